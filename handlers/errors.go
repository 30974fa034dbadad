package handlers

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// statusOf is the HTTP status for each kind of error.
var statusOf = map[models.Kind]int{
	models.Internal:    http.StatusInternalServerError,
	models.Invalid:     http.StatusUnprocessableEntity,
	models.NotFound:    http.StatusNotFound,
	models.Conflict:    http.StatusConflict,
	models.Forbidden:   http.StatusForbidden,
	models.Unavailable: http.StatusServiceUnavailable,
	models.Limited:     http.StatusTooManyRequests,
}

// explain returns the HTTP status for err and the translation key of what the visitor may
// read about it, "" for nothing beyond the status.
func explain(err error) (status int, message string) {
	status = http.StatusInternalServerError
	if e, ok := errors.AsType[*fiber.Error](err); ok {
		status = e.Code
	}
	if e, ok := errors.AsType[*models.Error](err); ok {
		status, message = statusOf[e.Kind], string(e.Code)
	}
	if status == http.StatusInternalServerError && models.StorageDown(err) {
		status, message = http.StatusServiceUnavailable, string(models.CodeDatabaseBusy)
	}
	if status >= http.StatusInternalServerError && status != http.StatusServiceUnavailable {
		message = "" // a fault of ours: its text is for the log
	}
	return status, message
}

// fail is the one place where an error becomes an answer: a page, or JSON for a script.
func (a *app) fail(c *fiber.Ctx, err error) error {
	a.setHeaders(c) // the server's own refusals have not been through the middleware
	status, message := explain(err)
	if status >= http.StatusInternalServerError {
		a.Log.ErrorContext(c.UserContext(), "request failed", "method", c.Method(), "route", routeOf(c), "err", err)
	}
	c.Status(status)
	c.Response().ResetBody()
	c.Response().Header.Del(fiber.HeaderContentEncoding)
	c.Set(fiber.HeaderCacheControl, noStore)
	if status == http.StatusServiceUnavailable {
		c.Set(fiber.HeaderRetryAfter, "30")
	}
	if wantsJSON(c) {
		return c.JSON(map[string]string{"message": a.errorText(c, status, message)})
	}
	if err := a.renderError(c, status, message, a.Store.Postgres() && models.StorageDown(err)); err != nil {
		a.Log.ErrorContext(c.UserContext(), "error page failed", "err", err)
		c.Set(fiber.HeaderContentType, fiber.MIMETextPlainCharsetUTF8)
		return c.SendString(http.StatusText(status))
	}
	return nil
}

// renderError shows the error page. The visitor's message is left for the page they go to next. If
// the database's server is down, it is not asked for the navigation: it might hang. SQLite's file can mostly
// be read when it cannot be written.
func (a *app) renderError(c *fiber.Ctx, status int, message string, down bool) error {
	newPage := a.basePage
	if down {
		newPage = a.plainPage
	}
	page := newPage(c, "")
	if c.Method() != fiber.MethodGet {
		page.Path = "" // there is no page to see in the other language
	}
	return c.Render("pages/error", views.NewError(page, status, message, requestID(c.UserContext())))
}

func (a *app) errorText(c *fiber.Ctx, status int, message string) string {
	return views.NewError(views.Page{Lang: string(a.lang(c))}, status, message, "").Message
}

// wantsJSON reports whether the request comes from a script.
func wantsJSON(c *fiber.Ctx) bool {
	return strings.HasPrefix(c.Get(fiber.HeaderAccept), fiber.MIMEApplicationJSON)
}
