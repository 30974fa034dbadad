// Package views turns ready strings into pages and mails: templates, the words
// of both languages, and how prices, dates and telephone numbers are written. It
// knows neither the database nor HTTP.
package views

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"net/http"
	texttemplate "text/template"

	"github.com/gofiber/template/html/v2"
)

//go:embed layouts partials pages info mail
var files embed.FS

// Engine renders pages, fragments and mails. It keeps every template once for
// each language with that language's words already in place, so that a page costs
// no look-up of words. It is safe for concurrent use.
type Engine struct {
	sets  map[string]*html.Engine
	texts *texttemplate.Template
}

// New parses all templates. assetURL turns the name of a file in the static
// folder ("css/app.css") into its address. A broken template or a word that one
// of the languages lacks is an error.
func New(assetURL func(name string) string) (*Engine, error) {
	e := &Engine{sets: map[string]*html.Engine{}}
	for _, lang := range Languages {
		set := html.NewFileSystem(http.FS(files), ".html")
		set.AddFuncMap(map[string]any{
			"t": T, "n": N, "asset": assetURL, "all": all,
			"kept":  newFragments(set).get,
			"small": func(picture string) string { return assetURL("pictures/products/" + picture + "-160.webp") },
			"large": func(picture string) string { return assetURL("pictures/products/" + picture + ".webp") },
		})
		if err := set.Load(); err != nil {
			return nil, fmt.Errorf("views: %w", err)
		}
		for _, t := range set.Templates.Templates() {
			if t.Tree == nil || t.Tree.Root == nil {
				continue
			}
			if err := (settler{lang, assetURL}).settle(t.Tree.Root); err != nil {
				return nil, fmt.Errorf("views: %s: %w", t.Name(), err)
			}
		}
		e.sets[lang] = set
	}
	texts, err := texttemplate.New("").Funcs(texttemplate.FuncMap{"t": T, "n": N}).ParseFS(files, "mail/*.txt")
	if err != nil {
		return nil, fmt.Errorf("views: %w", err)
	}
	e.texts = texts
	return e, nil
}

// Load does nothing: New has parsed everything. It makes Engine a fiber.Views.
func (e *Engine) Load() error { return nil }

// Render writes the template name ("pages/cart") with one of this package's view
// structs. Layouts are partials of the pages and never given here.
func (e *Engine) Render(out io.Writer, name string, data any, _ ...string) error {
	lang := Languages[0]
	if l, ok := data.(spoken); ok && e.sets[l.language()] != nil {
		lang = l.language()
	}
	// The template is executed here and not by the library's Render, which copies
	// it and registers functions on every call.
	t := e.sets[lang].Templates.Lookup(name)
	if t == nil {
		return fmt.Errorf("views: no template %q", name)
	}
	return t.Execute(out, data)
}

// Fragment renders a template to be put into a page later, for parts that are
// kept longer than one answer.
func (e *Engine) Fragment(name string, data any) (template.HTML, error) {
	var b bytes.Buffer
	if err := e.Render(&b, name, data); err != nil {
		return "", err
	}
	return template.HTML(bytes.TrimSpace(b.Bytes())), nil // escaped by the template just executed
}

// spoken is implemented by every view struct.
type spoken interface{ language() string }
