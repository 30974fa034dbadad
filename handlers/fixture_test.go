package handlers_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/brotli"

	"dukani/handlers"
	"dukani/models"
	"dukani/models/storetest"
	"dukani/payments"
	"dukani/payments/bog"
	"dukani/payments/simulator"
	"dukani/payments/simulator/simtest"
	"dukani/seed"
	"dukani/static"
	"dukani/views"
)

const (
	shopURL    = "https://dukani.example"
	shopSecret = "a secret of the tests, 32 bytes or more"
)

// shop is a whole shop on a real file, beside a simulated bank. Requests go
// through its front door.
type shop struct {
	t      testing.TB
	server handlers.Server
	store  *models.Store
	assets *static.Assets
	raw    *sql.DB // plain SQL, as another process would
	log    *logBook
}

// cheapPasswords is so little memory that hashing a password is quick: otherwise it would be half of the tests' time.
const cheapPasswords = 64 // KiB

// newShop opens a shop with the demo catalogue; change may alter its settings.
func newShop(t testing.TB, change ...func(*handlers.Config)) *shop {
	t.Helper()
	address := storetest.Filled(t, "demo", func(s *models.Store) error {
		s.PasswordMemory = cheapPasswords
		return seed.Run(context.Background(), s)
	})
	store, err := models.Open(t.Context(), address)
	must(t, err)
	store.PasswordMemory = cheapPasswords
	raw := storetest.Raw(t, address)
	t.Cleanup(func() {
		must(t, store.Close())
	})
	s := &shop{t: t, store: store, raw: raw, log: &logBook{}}
	s.open(change...)
	return s
}

// appearance is what pages are made of. Nothing changes it once it is made.
type appearance struct {
	assets *static.Assets
	engine *views.Engine
}

// looks reads the files and the templates once: doing so for every test would be a third
// of their work.
var looks = sync.OnceValues(func() (a appearance, err error) {
	if a.assets, err = static.New(); err == nil {
		a.engine, err = views.New(a.assets.URL)
	}
	return a, err
})

// open builds the front door over the shop's store.
func (s *shop) open(change ...func(*handlers.Config)) {
	s.t.Helper()
	p, err := looks()
	must(s.t, err)
	cfg := handlers.Config{
		Store: s.store, Views: p.engine, Assets: p.assets, Log: slog.New(slog.NewTextHandler(s.log, nil)),
		BaseURL: shopURL, Secret: shopSecret, PaymentPageOrigin: "https://payment.bog.ge/?order_id=1", Simulated: true,
		Seller: handlers.Seller{
			Name: "შპს სანთლები|Candles LLC", ID: "405123456", Address: "თბილისი, აღმაშენებლის 12|12 Aghmashenebeli, Tbilisi",
			Phone: "+995 32 212 34 56", Email: "hello@candles.ge",
		},
	}
	for _, f := range change {
		f(&cfg)
	}
	s.server, err = handlers.New(cfg)
	must(s.t, err)
	s.assets = p.assets
}

// withBank gives the shop a payment desk at a simulated bank.
func withBank(t testing.TB, store *models.Store) func(*handlers.Config) {
	bank := &simulator.Bank{}
	client, err := bog.New(bog.Config{
		Endpoints: bog.Simulator(simtest.StartBank(t, bank)), CallbackKeys: []string{bank.PublicKeyPEM()},
		ClientID: simulator.DefaultClientID, ClientSecret: simulator.DefaultClientSecret,
	})
	must(t, err)
	desk, err := payments.New(payments.Config{
		Store: store, Bank: client, BaseURL: shopURL, TTL: 15 * time.Minute, Log: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	return func(cfg *handlers.Config) { cfg.Desk = desk }
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// logBook is what the shop has logged.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// exec changes the database as another program would.
func (s *shop) exec(query string, args ...any) {
	s.t.Helper()
	if _, err := s.raw.Exec(query, args...); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
}

func (s *shop) number(query string, args ...any) (n int) {
	s.t.Helper()
	must(s.t, s.raw.QueryRow(query, args...).Scan(&n))
	return n
}

// reply is an answer of the shop, unpacked.
type reply struct {
	*http.Response
	t    testing.TB
	text string
}

func (s *shop) do(r *http.Request) *reply {
	s.t.Helper()
	resp, err := s.server.Test(r, -1)
	must(s.t, err)
	body := io.Reader(resp.Body)
	switch resp.Header.Get("Content-Encoding") {
	case "br":
		body = brotli.NewReader(body)
	case "gzip":
		z, err := gzip.NewReader(body)
		must(s.t, err)
		body = z
	}
	text, err := io.ReadAll(body)
	must(s.t, err)
	return &reply{resp, s.t, string(text)}
}

// request makes a request; headers are names and values in turn.
func request(method, path string, form url.Values, headers ...string) *http.Request {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, path, body)
	r.Host = strings.TrimPrefix(shopURL, "https://")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func (s *shop) get(path string, headers ...string) *reply {
	s.t.Helper()
	return s.do(request("GET", path, nil, headers...))
}

// page is get for a page that must be there.
func (s *shop) page(path string, headers ...string) *goquery.Document {
	s.t.Helper()
	r := s.get(path, headers...)
	if r.StatusCode != http.StatusOK {
		s.t.Fatalf("GET %s = %d\n%s", path, r.StatusCode, r.text)
	}
	return r.document()
}

func (r *reply) document() *goquery.Document {
	r.t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(r.text))
	must(r.t, err)
	return doc
}

// visitor is a browser: it keeps cookies.
type visitor struct {
	*shop
	cookies map[string]string
}

func (s *shop) visitor() *visitor { return &visitor{s, map[string]string{}} }

func (v *visitor) send(r *http.Request) *reply {
	v.t.Helper()
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	reply := v.do(r)
	for _, c := range reply.Cookies() {
		if c.MaxAge < 0 || !c.Expires.IsZero() && c.Expires.Before(time.Now()) {
			delete(v.cookies, c.Name)
		} else {
			v.cookies[c.Name] = c.Value
		}
	}
	return reply
}

func (v *visitor) open(path string, headers ...string) *goquery.Document {
	v.t.Helper()
	r := v.send(request("GET", path, nil, headers...))
	if r.StatusCode != http.StatusOK {
		v.t.Fatalf("GET %s = %d\n%s", path, r.StatusCode, r.text)
	}
	return r.document()
}

func (v *visitor) post(path string, form url.Values, headers ...string) *reply {
	v.t.Helper()
	return v.send(request("POST", path, form, append([]string{"Sec-Fetch-Site", "same-origin"}, headers...)...))
}

// shown is the page that an answer leads to, as a browser opens it.
func (v *visitor) shown(r *reply) *reply {
	v.t.Helper()
	to := r.Header.Get("Location")
	if r.StatusCode != http.StatusSeeOther || to == "" {
		v.t.Fatalf("%s leads nowhere: %d to %q\n%s", r.Request.URL, r.StatusCode, to, r.text)
	}
	return v.send(request("GET", to, nil))
}

// add puts a product into the visitor's cart. The first one goes by way of the cart's
// page, which makes the cart.
func (v *visitor) add(slug, quantity string) *reply {
	v.t.Helper()
	r := v.post("/ka/cart/items", url.Values{"product": {slug}, "quantity": {quantity}})
	if to := r.Header.Get("Location"); strings.HasSuffix(to, "?cookies=check") && v.cookies["__Host-cart"]+v.cookies["dukani_cart"] != "" {
		v.open(to)
	}
	return r
}

// named finds an element by its data-testid.
func named(doc *goquery.Document, id string) *goquery.Selection {
	return doc.Find(`[data-testid="` + id + `"]`)
}

func textOf(doc *goquery.Document, id string) string {
	return strings.TrimSpace(named(doc, id).First().Text())
}
