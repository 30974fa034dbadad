package handlers

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// visit is a request with its language and its customer, which are read once and passed on.
type visit struct {
	*fiber.Ctx
	lang models.Lang
	who  *account // nil: nobody has signed in
}

// visited makes a handler of one that takes a visit.
func (a *app) visited(handle func(visit) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		who, err := a.signedIn(c)
		if err != nil {
			return err
		}
		return handle(visit{c, a.lang(c), who})
	}
}

// owns reports whether the order belongs to the signed-in customer.
func (c visit) owns(o *models.Order) bool {
	return c.who != nil && o.CustomerID != nil && *o.CustomerID == c.who.ID
}

// customerID is nil for a guest.
func (c visit) customerID() *int64 {
	if c.who == nil {
		return nil
	}
	return &c.who.ID
}

// text returns the words for key in the language of the page.
func (c visit) text(key string, args ...any) string { return translate(c.lang, key, args...) }

// path is the address of a page of the shop in the language of this one.
func (c visit) path(rest string) string { return "/" + string(c.lang) + rest }

// goTo ends a form: the browser goes on to another page.
func (c visit) goTo(address string) error { return c.Redirect(address, fiber.StatusSeeOther) }

// translate returns the words for key. What models found wrong with a field may bring one
// argument along, after a space.
func translate(l models.Lang, key string, args ...any) string {
	if key, arg, with := strings.Cut(key, " "); with {
		return views.T(string(l), key, arg)
	}
	return views.T(string(l), key, args...)
}
