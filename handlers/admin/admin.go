// Package admin is the back office: what staff see and do under /admin. Every address, with the role
// that it takes, is in routes.go; a handler parses the request, makes one call and answers.
// Staff have their own sign-in and session, which have nothing to do with a customer's.
package admin

import (
	"context"
	"log/slog"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/securecookie"

	"dukani/models"
	"dukani/models/catalog"
	"dukani/payments"
	"dukani/static"
	"dukani/views"
)

// Config is what the back office works with.
type Config struct {
	Store   *models.Store
	Desk    *payments.Desk
	Catalog *catalog.Catalog
	Views   *views.Engine
	Assets  *static.Assets
	Log     *slog.Logger
	BaseURL string // the shop's public address, without a slash at the end
	Secret  string // at least 32 bytes
	HTTPS   bool   // the cookie is only for https
	// NoSecondFactor lets staff in with the password alone. It is for the demonstration beside
	// the simulated bank, and every page says so.
	NoSecondFactor bool
	// Seller is who sells, in a language.
	Seller func(models.Lang) views.Seller
	// Address returns the network address of a request's sender.
	Address func(*fiber.Ctx) string
	// Network returns what tries to sign in are counted by: the address, or the network that
	// many addresses belong to.
	Network func(*fiber.Ctx) string
	// Device names a browser and its system in a few words, from its User-Agent.
	Device func(string) string
	// Explain returns the HTTP status for an error, and the translation key of what people may
	// read about it, "" for nothing beyond the status.
	Explain func(error) (status int, message string)
	// RequestID returns the id by which a request is found in the log.
	RequestID func(context.Context) string
	// Limit bounds how often one network may use a route.
	Limit fiber.Handler
}

// app is the back office; all handlers are its methods.
type app struct {
	Config
	sealer *securecookie.SecureCookie
}

// Prefix is where the back office lives.
const Prefix = "/admin"

// IsUpload reports whether a request may carry files, which are refused everywhere else:
// its size is bounded by MaxUpload.
func IsUpload(method, path string) bool {
	return method == fiber.MethodPost && strings.HasPrefix(path, Prefix+"/") && path != Prefix+"/login"
}

// MaxUpload bounds the body of a request that IsUpload lets through, in bytes.
const MaxUpload = 12 << 20

// Mount puts the back office's addresses into r.
func Mount(r fiber.Router, cfg Config) error {
	sealer, err := newSealer(cfg.Secret)
	if err != nil {
		return err
	}
	a := &app{cfg, sealer}
	for _, route := range a.routes() {
		if route.limited {
			r.Add(route.method, Prefix+route.path, cfg.Limit, a.guard(route))
			continue
		}
		r.Add(route.method, Prefix+route.path, a.guard(route))
	}
	r.Use(Prefix, func(c *fiber.Ctx) error { return a.fail(c, nil, fiber.ErrNotFound) })
	return nil
}
