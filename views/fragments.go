package views

import (
	"bytes"
	"fmt"
	"html/template"
	"sync"

	"github.com/gofiber/template/html/v2"
)

// fragments caches parts of pages in one language that are the same on many pages,
// such as the navigation.
type fragments struct {
	pages *html.Engine
	mu    sync.Mutex
	cache map[string]template.HTML
}

// maxFragments is far more than there are: a navigation for each category, and a
// list for each order of sorting.
const maxFragments = 200

func newFragments(pages *html.Engine) *fragments {
	return &fragments{pages: pages, cache: map[string]template.HTML{}}
}

// render renders the template name with data, once for equal data. The data is part
// of the cache's key as it is printed, so it must have no pointers.
func (f *fragments) render(name string, data any) (template.HTML, error) {
	key := fmt.Sprintf("%s %#v", name, data)
	f.mu.Lock()
	defer f.mu.Unlock()
	if fragment, ok := f.cache[key]; ok {
		return fragment, nil
	}
	var b bytes.Buffer
	if err := f.pages.Templates.ExecuteTemplate(&b, name, data); err != nil {
		return "", err
	}
	if len(f.cache) >= maxFragments {
		clear(f.cache)
	}
	fragment := template.HTML(bytes.TrimSpace(b.Bytes())) // escaped by the template just executed
	f.cache[key] = fragment
	return fragment, nil
}
