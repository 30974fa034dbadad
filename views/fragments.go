package views

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"
	"sync"

	"github.com/gofiber/template/html/v2"
)

// fragments are parts of pages in one language that are the same on many pages:
// they are rendered once for the same data.
type fragments struct {
	set  *html.Engine
	mu   sync.Mutex
	kept map[string]template.HTML
}

// maxFragments is far more than there are: a navigation for each category, and a
// list for each order of sorting.
const maxFragments = 200

func newFragments(set *html.Engine) *fragments {
	return &fragments{set: set, kept: map[string]template.HTML{}}
}

// get renders the template name with data, which must be a plain value without
// pointers.
func (f *fragments) get(name string, data any) (template.HTML, error) {
	key := fmt.Sprintf("%s %#v", name, data)
	f.mu.Lock()
	defer f.mu.Unlock()
	if made, ok := f.kept[key]; ok {
		return made, nil
	}
	var b bytes.Buffer
	if err := f.set.Templates.ExecuteTemplate(&b, name, data); err != nil {
		return "", err
	}
	if len(f.kept) >= maxFragments {
		clear(f.kept)
	}
	made := template.HTML(bytes.TrimSpace(b.Bytes())) // escaped by the template just executed
	f.kept[key] = made
	return made, nil
}

// all puts fragments together.
func all(parts []template.HTML) template.HTML {
	size := 0
	for _, part := range parts {
		size += len(part)
	}
	var b strings.Builder
	b.Grow(size)
	for _, part := range parts {
		b.WriteString(string(part))
	}
	return template.HTML(b.String())
}
