package admin

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"dukani/views"
)

// fail is the one place where an error becomes an answer.
func (a *app) fail(c *fiber.Ctx, v *visit, err error) error {
	if v == nil {
		v = &visit{Ctx: c, app: a}
		if read := v.readSession(); read != nil {
			err = errors.Join(err, read)
		}
	}
	switch {
	case errors.Is(err, errSignIn):
		return v.goTo("/login" + v.next())
	case errors.Is(err, errSecondFactor):
		return v.goTo("/login/code" + v.next())
	case errors.Is(err, errNewPassword):
		return v.goTo("/login/password" + v.next())
	case errors.Is(err, errProof):
		v.keepForm()
		return v.goTo("/confirm" + v.next())
	}
	status, message := a.Explain(err)
	if status >= http.StatusInternalServerError {
		a.Log.ErrorContext(c.UserContext(), "request failed", "method", c.Method(), "route", c.Route().Path, "err", err)
	}
	c.Status(status)
	c.Response().ResetBody()
	heading := v.text("admin.error.title")
	if status == http.StatusNotFound {
		heading = v.text("admin.error.not_found")
	}
	text := v.text("admin.error.fault")
	switch {
	case message != "":
		text = v.text(message)
	case status < http.StatusInternalServerError:
		text = v.text("admin.error.request")
	}
	return c.Render("admin/error", views.AdminError{AdminPage: v.page(heading), Message: text, Request: a.RequestID(c.UserContext())})
}

// next is the query that leads back here after signing in: to the page itself or, if a form was
// sent, to the page on which the form stands.
func (v visit) next() string {
	page := v.OriginalURL()
	if v.Method() != fiber.MethodGet {
		u, err := url.Parse(v.Get(fiber.HeaderReferer))
		if err != nil {
			return ""
		}
		page = u.RequestURI()
	}
	return nextQuery(page)
}

// sameNext is the query with the page that this request names as the next one.
func (v visit) sameNext() string { return nextQuery(v.Query("next")) }

// nextQuery is the query that names the next page, "" for one that is not of the back office,
// and for the first page.
func nextQuery(page string) string {
	if !ownPath(page) || page == Prefix {
		return ""
	}
	return "?next=" + url.QueryEscape(page)
}

// ownOrNone is a page of the back office that a form names, "" for any other.
func ownOrNone(page string) string {
	if !ownPath(page) {
		return ""
	}
	return page
}
