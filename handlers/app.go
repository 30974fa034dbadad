// Package handlers answers the shop's visitors and the bank's callbacks over
// HTTP. Every address is in routes.go; a handler parses the request, makes one
// call and answers.
package handlers

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/valyala/fasthttp"

	"dukani/handlers/admin"
	"dukani/handlers/oidc"
	"dukani/handlers/pagecache"
	"dukani/models"
	"dukani/models/catalog"
	"dukani/payments"
	"dukani/static"
	"dukani/views"
)

// Config is what the shop's front door works with.
type Config struct {
	Store  *models.Store
	Desk   *payments.Desk
	Views  *views.Engine
	Assets *static.Assets
	Log    *slog.Logger

	// BaseURL is the shop's public address, without a slash at the end. Links in mails and
	// canonical addresses start with it, and never with the Host header of a request.
	BaseURL string
	// Secret signs the links in mails, at least 32 bytes. With another one, every
	// link that was sent before is dead.
	Secret string
	// PaymentPageOrigin is an address on the bank's payment page: the browser may
	// be sent there after a form was posted.
	PaymentPageOrigin string
	Provider          *Provider // lets customers sign in, too; nil: none
	Wallets           Wallets   // their buttons on the shop's own pages
	Seller            Seller
	Loans             Loans
	Simulated         bool // the bank is simulated: pages say so
	NoSecondFactor    bool // staff sign in with the password alone; only beside the simulated bank
	ShowMailbox       bool // mails are kept and can be read at /mailbox
	Ready             []Check
	Stopping          func() bool            // the shop is about to stop; nil: it never is
	Metrics           []prometheus.Collector // more to show at /metrics
	Now               func() time.Time       // nil: time.Now

	// TrustedProxies are the addresses whose ProxyHeader is believed to name the
	// visitor's address.
	TrustedProxies []string
	ProxyHeader    string
	// RatePerMinute limits how often one network may use the expensive routes; 0: no limit.
	RatePerMinute int
}

// Server is a running shop: Listener, ShutdownWithContext.
type Server = *fiber.App

// app is the shop's front door; all handlers are its methods.
type app struct {
	Config
	https    bool
	host     string // of BaseURL
	headers  []header
	csrf     *http.CrossOriginProtection
	sessions sessions.Store
	sealer   *securecookie.SecureCookie
	signer   linkSigner
	catalog  *catalog.Catalog
	provider *oidc.Client // nil: none
	metrics  *metrics
	refused  floods
	probe    probe

	pages      *pagecache.Cache[pagecache.Key, *pagecache.Page]
	cards      *pagecache.Cache[cardKey, template.HTML]
	links      *pagecache.Cache[linkKey, template.HTML]
	categories *pagecache.Cache[categoriesKey, []catalog.Category]
	related    *pagecache.Cache[relatedKey, []catalog.ProductCard]
	loans      *pagecache.Cache[int64, []models.Method]

	calculatorPolicy string // the Content-Security-Policy of pages with the loan calculator; "": there is none
}

const (
	// bodyLimit bounds a request's body; the longest form and the longest
	// callback are far smaller.
	bodyLimit = 1 << 20
	// timeLimit is how long a request may keep the database or the bank busy.
	timeLimit = 10 * time.Second
)

// New builds the shop's front door.
func New(cfg Config) (Server, error) {
	base, err := url.Parse(cfg.BaseURL)
	if err != nil || base.Host == "" || strings.HasSuffix(cfg.BaseURL, "/") {
		return nil, fmt.Errorf("handlers: %q is not the shop's address", cfg.BaseURL)
	}
	if cfg.Store == nil || cfg.Views == nil || cfg.Assets == nil || cfg.Log == nil {
		return nil, errors.New("handlers: store, views, assets and log are needed")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.Log = slog.New(LogHandler(cfg.Log.Handler()))
	a := &app{Config: cfg, https: base.Scheme == "https", host: base.Host}
	if a.headers, err = a.securityHeaders(); err != nil {
		return nil, err
	}
	a.csrf = http.NewCrossOriginProtection()
	if err := a.csrf.AddTrustedOrigin(base.Scheme + "://" + base.Host); err != nil {
		return nil, fmt.Errorf("handlers: %w", err)
	}
	if a.sealer, err = newSealer(cfg.Secret); err != nil {
		return nil, err
	}
	a.catalog = catalog.New(cfg.Store)
	a.sessions = a.newSessionStore()
	if a.signer, err = newLinkSigner(cfg.Secret, cfg.BaseURL, func() time.Time { return cfg.Store.Now() }); err != nil {
		return nil, err
	}
	if cfg.Provider != nil {
		a.provider, err = oidc.New(cfg.Provider.oidc(), cfg.BaseURL+ProviderCallback, func() time.Time { return cfg.Store.Now() })
		if err != nil {
			return nil, fmt.Errorf("handlers: %w", err)
		}
	}
	a.pages = pagecache.New[pagecache.Key, *pagecache.Page](maxPageBytes)
	a.cards = pagecache.New[cardKey, template.HTML](maxCardBytes)
	a.links = pagecache.New[linkKey, template.HTML](maxLinkBytes)
	a.categories = pagecache.New[categoriesKey, []catalog.Category](maxListBytes)
	a.related = pagecache.New[relatedKey, []catalog.ProductCard](maxListBytes)
	a.loans = pagecache.New[int64, []models.Method](1 << 10)
	if a.metrics, err = newMetrics(cfg.Metrics...); err != nil {
		return nil, fmt.Errorf("handlers: %w", err)
	}

	server := fiber.New(fiber.Config{
		AppName:               "dukani",
		Views:                 cfg.Views,
		ErrorHandler:          a.fail,
		DisableStartupMessage: true,
		// Strings from a request outlive it only if they are copies.
		Immutable:     true,
		StrictRouting: true,
		CaseSensitive: true,
		BodyLimit:     bodyLimit,
		// Files are uploaded in the back office alone; see refuseBodies.
		DisablePreParseMultipartForm: true,
		ReadTimeout:                  15 * time.Second,
		WriteTimeout:                 30 * time.Second,
		IdleTimeout:                  75 * time.Second,
		ReadBufferSize:               8 << 10,  // bounds the request's header
		WriteBufferSize:              16 << 10, // a page leaves in one write
		EnableTrustedProxyCheck:      true,
		TrustedProxies:               cfg.TrustedProxies,
		ProxyHeader:                  cfg.ProxyHeader,
		EnableIPValidation:           cfg.ProxyHeader != "",
	})
	server.Server().HeaderReceived = func(h *fasthttp.RequestHeader) (limits fasthttp.RequestConfig) {
		if admin.IsUpload(string(h.Method()), string(h.RequestURI())) {
			limits.MaxRequestBodySize = admin.MaxUpload
		}
		return limits
	}
	if err := a.routes(server); err != nil {
		return nil, err
	}
	return server, nil
}

// lang returns the language of the request's address, or the visitor's if the address has
// none.
func (a *app) lang(c *fiber.Ctx) models.Lang {
	if lang, _, ok := splitLang(c.Path()); ok {
		return lang
	}
	return a.visitorLang(c)
}

// splitLang takes the language off the front of a path: "/ka/cart" is ka and
// "/cart".
func splitLang(path string) (lang models.Lang, rest string, ok bool) {
	if len(path) < 3 || path[0] != '/' || len(path) > 3 && path[3] != '/' {
		return "", path, false
	}
	lang, ok = models.ParseLang(path[1:3])
	return lang, path[3:], ok
}

// version returns the version of what public pages show: of the catalogue, and of the
// days on which orders arrive. It is read from the database each time: nothing made
// from an older one may be shown.
func (a *app) version(ctx context.Context) (int64, error) {
	n, err := a.catalog.Version(ctx)
	return n<<24 | models.DeliveryPeriod(a.Store.Now()), err
}

// small is the request's context for a query that reads a few rows.
func (a *app) small(c *fiber.Ctx) context.Context { return a.Store.SmallRead(c.UserContext()) }

// text returns the words for key in the request's language.
func (a *app) text(c *fiber.Ctx, key string, args ...any) string {
	return translate(a.lang(c), key, args...)
}

// local is the address of a page of the shop in the request's language.
func (a *app) local(c *fiber.Ctx, rest string) string { return "/" + string(a.lang(c)) + rest }

// Check is one thing that must work for the shop to be ready.
type Check struct {
	Name string
	Func func(context.Context) error
	// Required: without it the shop cannot serve. Otherwise it is only reported.
	Required bool
}
