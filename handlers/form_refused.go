package handlers

import (
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// A form that is refused is not answered with a page: Back and Reload would ask
// whether to send the form again. The answer is a redirect to the page of the form; what was
// typed and what is wrong with it wait in the session for that page.

const (
	refusedKey  = "refused"        // where the session keeps the form that was refused last
	refusedLife = 30 * time.Minute // how long it is kept
	refusedSize = 8 << 10          // bytes of the longest form that is kept
)

// refusal is a form that was refused.
type refusal struct {
	Path   string            // of the form's page, without language and query
	Values map[string]string // what was typed; never a password
	At     time.Time

	// What follows is shown once, in the language in which the form was sent.
	Status  int                    // of the page that shows it; 0: it has been shown
	Errors  map[string]string      // field -> what is wrong with it
	Problem string                 // what is wrong with the form as a whole
	Changed *views.CheckoutChanged // only for the checkout
}

// backToForm answers a form that err refuses with a redirect to its page, whose path may
// have a query, or by show with that page itself if the form cannot be kept. An error that
// does not concern the form is returned.
func (a *app) backToForm(c visit, page string, form views.Form, err error, show func(visit, views.Form) error) error {
	e, ok := errors.AsType[*models.Error](err)
	if !ok || e.Kind != models.Invalid && e.Kind != models.Limited && e.Kind != models.Conflict {
		return err
	}
	for field, key := range e.Fields {
		form.Errors[field] = c.text(key)
	}
	if len(e.Fields) == 0 {
		form.Problem = c.text(string(e.Code))
	}
	status := statusOf[e.Kind]
	if !a.keepRefusal(c.Ctx, page, refusal{Values: form.Typed(), Status: status, Errors: form.Errors, Problem: form.Problem}) {
		a.tryCookies(c.Ctx)
		c.Status(status)
		return show(c, form)
	}
	return c.goTo(c.path(page))
}

// keepRefusal keeps a form for its page, and reports whether it could.
func (a *app) keepRefusal(c *fiber.Ctx, page string, r refusal) bool {
	size := 0
	for name, value := range r.Values {
		size += len(name) + len(value)
	}
	if !a.canKeep(c, size) {
		return false
	}
	r.Path, _, _ = strings.Cut(page, "?")
	r.At = a.Store.Now()
	return a.remember(c, refusedKey, r)
}

// takeRefusal returns the refused form that belongs on this page, an empty one if
// there is none, and sets the page's status. What is wrong with it is shown once; what
// was typed stays for Back and for the other language.
func (a *app) takeRefusal(c *fiber.Ctx) refusal {
	if speculative(c) {
		return refusal{}
	}
	_, path, _ := splitLang(c.Path())
	r, _ := a.remembered(c, refusedKey).(refusal)
	if r.Path != path {
		return refusal{}
	}
	if a.Store.Now().Sub(r.At) > refusedLife {
		a.forget(c, refusedKey)
		return refusal{}
	}
	if r.Status != 0 {
		c.Status(r.Status)
		a.remember(c, refusedKey, refusal{Path: r.Path, Values: r.Values, At: r.At})
	}
	return r
}

// fillRefused puts into the form of this page what was typed when it was refused, and
// what is wrong with it. It reports whether it was refused just now.
func (a *app) fillRefused(c *fiber.Ctx, form *views.Form) bool {
	r := a.takeRefusal(c)
	maps.Copy(form.Values, r.Values)
	maps.Copy(form.Errors, r.Errors)
	form.Problem = r.Problem
	return r.Status != 0
}
