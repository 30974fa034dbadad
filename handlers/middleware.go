package handlers

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"
	"github.com/gofiber/fiber/v2/middleware/limiter"

	"dukani/handlers/admin"
	"dukani/models"
	"dukani/static"
)

type requestKey struct{}

// requestID returns the id of the request that ctx belongs to.
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// newRequestID makes an id to find a request in the log. It is no secret.
func newRequestID() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], rand.Uint64())
	binary.BigEndian.PutUint64(b[8:], rand.Uint64())
	return hex.EncodeToString(b[:])
}

// LogHandler adds the request's id to every line that is logged with the request's
// context, and limits the warnings and errors among them, which visitors can cause.
func LogHandler(h slog.Handler) slog.Handler {
	if _, ok := h.(logHandler); ok {
		return h
	}
	return logHandler{h, &floods{}}
}

type logHandler struct {
	slog.Handler
	floods *floods
}

func (h logHandler) Handle(ctx context.Context, r slog.Record) error {
	if id := requestID(ctx); id != "" {
		if r.Level >= slog.LevelWarn {
			var ok bool
			if r, ok = h.floods.bounded(r); !ok {
				return nil
			}
		}
		r.AddAttrs(slog.String("request", id))
	}
	return h.Handler.Handle(ctx, r)
}

func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logHandler{h.Handler.WithAttrs(attrs), h.floods}
}

func (h logHandler) WithGroup(name string) slog.Handler {
	return logHandler{h.Handler.WithGroup(name), h.floods}
}

// observe is a middleware: it gives the request its id and its deadline, turns an error
// into an answer, and writes the log line and the metrics.
func (a *app) observe(c *fiber.Ctx) error {
	start := time.Now()
	id := newRequestID()
	ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), requestKey{}, id), timeLimit)
	defer cancel()
	if a.Desk != nil {
		ctx = a.Desk.Budget(ctx)
	}
	c.SetUserContext(ctx)
	c.Set(fiber.HeaderXRequestID, id)
	err := a.next(c)
	if err != nil {
		// Here and not in fiber's own handler, so that status and size are known below.
		err = a.fail(c, err)
	}
	took := time.Since(start)
	route, status := routeOf(c), c.Response().StatusCode()
	a.metrics.observe(c.Method(), route, status, took)
	a.logRequest(c, route, status, took)
	return err
}

// logRequest writes the log line of a request; of requests refused on the same route with
// the same status, one a second.
func (a *app) logRequest(c *fiber.Ctx, route string, status int, took time.Duration) {
	level, held := slog.LevelInfo, 0
	if quietRoutes[route] {
		level = slog.LevelDebug
	}
	if status >= fiber.StatusBadRequest {
		var ok bool
		if held, ok = a.refused.pass(route+" "+strconv.Itoa(status), time.Now()); !ok {
			return
		}
	}
	attrs := []slog.Attr{slog.String("method", c.Method()), slog.String("route", route), slog.Int("status", status),
		slog.Float64("ms", float64(took.Microseconds())/1000), slog.Int("bytes", len(c.Response().Body()))}
	if held > 0 {
		attrs = append(attrs, slog.Int("held_back", held))
	}
	a.Log.LogAttrs(c.UserContext(), level, "request", attrs...)
}

// quietRoutes are requested so often that they are logged at debug level only.
var quietRoutes = map[string]bool{
	"/healthz": true, "/readyz": true, "/metrics": true, static.Prefix + "*": true, "/favicon.ico": true, "/robots.txt": true,
}

// next runs the rest of the chain; a panic in it becomes an error.
func (a *app) next(c *fiber.Ctx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return c.Next()
}

// routeOf names the route that answered, never the address: an order's address
// is a secret.
func routeOf(c *fiber.Ctx) string {
	if path := c.Route().Path; path != "/" || c.Path() == "/" {
		return path
	}
	return "unmatched"
}

// trimSlash is a middleware: an address with a slash at its end is redirected to the one
// without.
func (a *app) trimSlash(c *fiber.Ctx) error {
	path := c.Path()
	if len(path) < 2 || path[len(path)-1] != '/' || c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead ||
		strings.ContainsAny(path, "\\\r\n") {
		return c.Next()
	}
	to := "/" + strings.Trim(path, "/") // one slash in front: two would be another host
	if query := c.Request().URI().QueryString(); len(query) > 0 {
		to += "?" + string(query)
	}
	return c.Redirect(to, fiber.StatusPermanentRedirect)
}

// refuseBodies is a middleware: it refuses bodies that no form of the shop sends.
// Compressed ones could unpack to any size, and only staff upload files.
func (a *app) refuseBodies(c *fiber.Ctx) error {
	h := &c.Request().Header
	files := strings.HasPrefix(strings.ToLower(string(h.ContentType())), "multipart/")
	if len(h.Peek(fiber.HeaderContentEncoding)) > 0 || files && !admin.IsUpload(c.Method(), c.Path()) {
		return fiber.ErrUnsupportedMediaType
	}
	return c.Next()
}

// sameOrigin is a middleware: it refuses requests that change something and come from
// another site's page.
func (a *app) sameOrigin(c *fiber.Ctx) error {
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions:
		return c.Next()
	}
	h := http.Header{}
	for _, name := range []string{"Sec-Fetch-Site", fiber.HeaderOrigin} {
		if v := c.Get(name); v != "" {
			h.Set(name, v)
		}
	}
	if err := a.csrf.Check(&http.Request{Method: c.Method(), Host: string(c.Request().Host()), Header: h}); err != nil {
		return &models.Error{Kind: models.Forbidden, Code: models.CodeForeignForm, Err: err}
	}
	return c.Next()
}

// pack is a middleware: it compresses the pages that are made for one visitor. Cached
// pages come compressed.
func (a *app) pack(c *fiber.Ctx) error { return packer(c) }

var packer = compress.New(compress.Config{Level: compress.LevelBestSpeed})

// limited is a middleware: it limits how often one network may use a route or, where that is
// given, all routes of a name together. Several instances count together, in their database.
func (a *app) limited(together ...string) fiber.Handler {
	if a.RatePerMinute <= 0 {
		return func(c *fiber.Ctx) error { return c.Next() }
	}
	if a.Store.Postgres() {
		return func(c *fiber.Ctx) error {
			what := c.Route().Path
			if len(together) > 0 {
				what = together[0]
			}
			n, err := a.Store.CountRequest(c.UserContext(), what+" "+network(c))
			if err == nil && n > a.RatePerMinute {
				c.Set(fiber.HeaderRetryAfter, "60")
				err = fiber.ErrTooManyRequests
			}
			if err != nil {
				return err
			}
			return c.Next()
		}
	}
	return limiter.New(limiter.Config{
		Max:          a.RatePerMinute,
		Expiration:   time.Minute,
		KeyGenerator: network,
		LimitReached: func(*fiber.Ctx) error { return fiber.ErrTooManyRequests },
	})
}

// The cookies of the shop, as cookieName takes them.
const (
	sessionCookie = "session"
	cartCookie    = "cart"
	langCookie    = "lang"    // the language that a visitor switched to
	tryCookie     = "cookies" // its coming back shows that the browser keeps cookies
)

// visitorLang is the visitor's language where the address names none.
func (a *app) visitorLang(c *fiber.Ctx) models.Lang {
	for _, value := range a.cookies(c, langCookie) {
		if lang, ok := models.ParseLang(value); ok {
			return lang
		}
	}
	return acceptedLang(c.Get(fiber.HeaderAcceptLanguage))
}

// chooseLanguage handles GET /.
func (a *app) chooseLanguage(c *fiber.Ctx) error {
	c.Set(fiber.HeaderVary, "Cookie, Accept-Language")
	return c.Redirect("/"+string(a.visitorLang(c)), fiber.StatusFound)
}

// noteSwitch is a middleware: it remembers the page's language when the visitor has
// switched languages, that is, came from a page of the shop in the other one.
func (a *app) noteSwitch(c *fiber.Ctx) error {
	if from, ok := strings.CutPrefix(c.Get(fiber.HeaderReferer), a.BaseURL); ok {
		before, _, had := splitLang(from)
		lang, _, has := splitLang(c.Path())
		if had && has && before != lang {
			a.setCookie(c, a.cookieName(langCookie), string(lang), 365*24*time.Hour)
		}
	}
	return c.Next()
}

// setCookie sets a cookie that scripts cannot read and that does not come with other
// sites' forms. A life of 0 removes it.
func (a *app) setCookie(c *fiber.Ctx, name, value string, life time.Duration) {
	cookie := &fiber.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(life.Seconds()),
		HTTPOnly: true, Secure: a.https, SameSite: fiber.CookieSameSiteLaxMode,
	}
	if life <= 0 {
		cookie.MaxAge, cookie.Expires = 0, time.Unix(1, 0)
	}
	c.Cookie(cookie)
}

// cookieName is the full name of a cookie. On https the prefix makes browsers accept it
// from this very host only. Plain http is for one's own machine, where all programs share
// their cookies whatever their port: there the name is one that no other program uses.
func (a *app) cookieName(name string) string {
	if a.https {
		return "__Host-" + name
	}
	return "dukani_" + name
}
