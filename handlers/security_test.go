package handlers_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"dukani/handlers"
	"dukani/views"
)

// everyKind is one address of each kind of answer.
var everyKind = []string{
	"/", "/ka", "/en/c/wine", "/ka/p/" + wine, "/ka/search?q=x", "/ka/suggest?q=x", "/ka/info/terms", "/ka/cart", "/ka/",
	"/ka/checkout", "/ka/orders/unknown", "/ka/login", "/en/register", "/ka/account", "/healthz", "/readyz", "/metrics", "/robots.txt", "/favicon.ico",
	"/static/nothing.css", "/nothing", "/ka/nothing",
}

func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	css := s.assets.URL("css/app.css")
	for _, path := range append(slices.Clone(everyKind), css) {
		h := s.get(path).Header
		for name, want := range map[string]string{
			"X-Content-Type-Options":       "nosniff",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Strict-Transport-Security":    "max-age=63072000",
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
				"manifest-src 'self'; form-action 'self' https://payment.bog.ge; base-uri 'none'; frame-ancestors 'none'",
		} {
			if got := h.Get(name); got != want || len(h.Values(name)) != 1 {
				t.Errorf("%s: %s = %q, want %q", path, name, h.Values(name), want)
			}
		}
		policy := "strict-origin-when-cross-origin"
		if strings.Contains(path, "/orders/") {
			policy = "same-origin"
		}
		if got := h.Get("Referrer-Policy"); got != policy {
			t.Errorf("%s: Referrer-Policy = %q, want %q", path, got, policy)
		}
		if h.Get("Permissions-Policy") == "" || len(h.Get("X-Request-Id")) != 32 || h.Get("Server") != "" {
			t.Errorf("%s: %v", path, h)
		}
		cache := h.Get("Cache-Control")
		switch {
		case path == css:
			if cache != "public, max-age=31536000, immutable" {
				t.Errorf("%s: Cache-Control = %q", path, cache)
			}
		case path != "/robots.txt" && path != "/favicon.ico" && cache != "no-store" && cache != "private, no-cache":
			t.Errorf("%s: Cache-Control = %q", path, cache)
		}
	}
}

// Cookies and headers must work on plain http, too, as beside the simulator.
func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(cfg *handlers.Config) {
		cfg.BaseURL, cfg.PaymentPageOrigin = "http://127.0.0.1:8080", "http://127.0.0.1:8081"
	})
	v := s.visitor()
	r := v.add(wine, "1")
	if _, ok := v.cookies["dukani_cart"]; !ok || r.Header.Get("Strict-Transport-Security") != "" {
		t.Errorf("cookies %v, headers %v", v.cookies, r.Header)
	}
	if !strings.Contains(r.Header.Get("Content-Security-Policy"), "form-action 'self' http://127.0.0.1:8081;") {
		t.Errorf("the bank's page is not in %q", r.Header.Get("Content-Security-Policy"))
	}
}

func TestCookies(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor()
	v.add(wine, "1")
	r := v.add(wine, "99") // a cart, and a message in a session
	cookies := append(s.visitor().add(wine, "1").Cookies(), r.Cookies()...)
	cookies = append(cookies, s.get("/en", "Referer", shopURL+"/ka").Cookies()...)
	seen := map[string]bool{}
	for _, c := range cookies {
		seen[c.Name] = true
		if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("%s is set as %q", c.Name, c.Raw)
		}
	}
	for _, name := range []string{"__Host-cart", "__Host-session", "__Host-lang"} {
		if !seen[name] {
			t.Errorf("no cookie %s among %v", name, seen)
		}
	}
	for _, key := range []string{v.cookies["__Host-cart"], v.cookies["__Host-session"]} {
		if len(key) != 43 || s.number("SELECT count(*) FROM cart_keys WHERE key_hash = ?", key) != 0 ||
			s.number("SELECT count(*) FROM sessions WHERE key_hash = ? OR instr(data, ?) > 0", key, key) != 0 {
			t.Errorf("key %q is too short or stored as it is", key)
		}
	}
}

// Every address that changes something is requested in every way that another site's page
// could request it.
func TestForeignPagesChangeNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(withBank(t, s.store))
	posts := 0
	for _, route := range s.server.GetRoutes(true) {
		if route.Method == "GET" || route.Method == "HEAD" || route.Path == "/bog/callback" {
			continue
		}
		posts++
		path := strings.NewReplacer(":product", wine, ":token", "unknown").Replace(route.Path)
		for name, c := range map[string]struct {
			headers []string
			refused bool
		}{
			"another site":                    {[]string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, true},
			"a sibling":                       {[]string{"Sec-Fetch-Site", "same-site", "Origin", "https://blog.dukani.example"}, true},
			"no origin":                       {[]string{"Sec-Fetch-Site", "cross-site", "Origin", "null"}, true},
			"another site, old browser":       {[]string{"Origin", "https://evil.example"}, true},
			"no origin, old browser":          {[]string{"Origin", "null"}, true},
			"our name on another port":        {[]string{"Origin", "https://dukani.example:8443"}, true},
			"a page of ours":                  {[]string{"Sec-Fetch-Site", "same-origin", "Origin", shopURL}, false},
			"a page of ours, old browser":     {[]string{"Origin", shopURL}, false},
			"no browser, which is no forgery": {nil, false},
		} {
			r := request(route.Method, path, url.Values{"product": {wine}, "quantity": {"1"}}, c.headers...)
			r.Host = "dukani.example"
			if got := s.do(r); (got.StatusCode == http.StatusForbidden) != c.refused {
				t.Errorf("%s %s from %s = %d", route.Method, path, name, got.StatusCode)
			}
		}
	}
	if posts < 8 {
		t.Errorf("only %d routes that change something were found", posts)
	}
}

func TestReadingChangesNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor()
	v.add(wine, "2")
	count := func() int {
		return s.number("SELECT (SELECT coalesce(sum(quantity), 0) FROM cart_items) + 1000 * (SELECT count(*) FROM sessions) + 100000 * (SELECT count(*) FROM carts)")
	}
	before := count()
	for _, path := range append(slices.Clone(everyKind), "/ka/cart/items", "/ka/cart/items/"+wine+"/remove") {
		v.send(request("GET", path, nil))
	}
	if after := count(); after != before {
		t.Errorf("reading changed the shop: %d, then %d", before, after)
	}
}

func TestAddressesComeFromTheConfiguration(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, path := range everyKind {
		r := request("GET", path, nil, "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "evil", "X-Forwarded-For", "evil",
			"X-Original-Url", "/evil", "Forwarded", "host=evil.example")
		r.Host = "evil.example"
		got := s.do(r)
		if strings.Contains(got.text, "evil") || strings.Contains(fmt.Sprint(got.Header), "evil") {
			t.Errorf("%s repeats a name that the request made up: %v", path, got.Header)
		}
	}
	if strings.Contains(s.log.String(), "evil") {
		t.Error("the log repeats it")
	}
}

func TestBodiesThatNoFormSends(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(withBank(t, s.store))
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	io.CopyN(z, zeros{}, 50<<20)
	must(t, z.Close())
	for name, c := range map[string]struct {
		path, kind, encoding string
		body                 []byte
		want                 int
	}{
		"packed form":        {"/ka/cart/items", "application/x-www-form-urlencoded", "gzip", bomb.Bytes(), 415},
		"packed callback":    {"/bog/callback", "application/json", "gzip", bomb.Bytes(), 415},
		"packed in no way":   {"/bog/callback", "application/json", "identity", []byte("{}"), 415},
		"file":               {"/ka/cart/items", "multipart/form-data; boundary=x", "", []byte("--x\r\n\r\n--x--\r\n"), 415},
		"file, capitals":     {"/ka/checkout", "Multipart/Form-Data; boundary=x", "", []byte("--x--\r\n"), 415},
		"too large":          {"/ka/cart/items", "application/x-www-form-urlencoded", "", bytes.Repeat([]byte("a"), 1<<20+1), 413},
		"too large callback": {"/bog/callback", "application/json", "", bytes.Repeat([]byte("a"), 1<<20+1), 413},
	} {
		r, err := http.NewRequest("POST", c.path, bytes.NewReader(c.body))
		must(t, err)
		r.Host = "dukani.example"
		r.Header.Set("Content-Type", c.kind)
		if c.encoding != "" {
			r.Header.Set("Content-Encoding", c.encoding)
		}
		if c.want == 413 { // the test transport reports the server's refusal as an error
			if got := rawStatus(t, s, r); got != c.want {
				t.Errorf("%s: %d, want %d", name, got, c.want)
			}
			continue
		}
		if got := s.do(r); got.StatusCode != c.want || got.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d, want %d", name, got.StatusCode, c.want)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// rawStatus sends the request over a real connection.
func rawStatus(t *testing.T, s *shop, r *http.Request) int {
	t.Helper()
	c := dial(t, listen(t, s))
	go r.Write(c) // the answer may come before everything is sent
	resp, err := http.ReadResponse(bufio.NewReader(c), r)
	must(t, err)
	defer resp.Body.Close()
	if resp.Header.Get("Content-Security-Policy") == "" {
		t.Error("the server's own refusal has no security headers")
	}
	return resp.StatusCode
}

func listen(t *testing.T, s *shop) (address string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	done := make(chan error, 1)
	go func() { done <- s.server.Listener(ln) }()
	t.Cleanup(func() {
		must(t, s.server.Shutdown())
		must(t, <-done)
	})
	return ln.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	must(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

// Strings of one request must not change with the next one on the same connection, which
// uses the same buffer.
func TestKeptAddressesAreCopies(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	c := dial(t, listen(t, s))
	in := bufio.NewReader(c)
	for range 2 { // the second time from the cache
		for _, q := range []string{"honey", "spice", "bread", "wines", "clays"} {
			fmt.Fprintf(c, "GET /en/search?q=%s HTTP/1.1\r\nHost: dukani.example\r\n\r\n", q)
			resp, err := http.ReadResponse(in, nil)
			must(t, err)
			doc, err := goquery.NewDocumentFromReader(resp.Body)
			must(t, err)
			resp.Body.Close()
			if got := named(doc, "search-input").AttrOr("value", ""); got != q {
				t.Errorf("asked for %q, the page says %q", q, got)
			}
		}
	}
}

func TestServerHasLimits(t *testing.T) {
	t.Parallel()
	c := newShop(t).server.Config()
	if c.ReadTimeout <= 0 || c.WriteTimeout <= 0 || c.IdleTimeout <= 0 || c.BodyLimit > 1<<20 || !c.Immutable || !c.EnableTrustedProxyCheck {
		t.Errorf("%+v", c)
	}
}

const markup = `"><script>alert(1)</script><img src=x onerror=alert(2)>'{{.}}<!--cart-->`

func TestMarkupIsText(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.exec("UPDATE product_texts SET name = ?, text = ?, producer = ?, measure = ?, attributes = ? WHERE lang = 'en'",
		markup, markup, markup, markup, `[{"key":"<b>k</b>","value":"<script>v</script>"}]`)
	s.exec("UPDATE product_pictures SET alt_en = ?", markup)
	s.exec("UPDATE category_texts SET name = ?, text = ? WHERE lang = 'en'", markup, markup)
	s.exec("UPDATE product_groups SET name_en = ?, text_en = ?", markup, markup)
	s.exec("UPDATE regions SET name_en = ?", markup)
	v := s.visitor()
	v.add(wine, "1")
	q := url.QueryEscape(markup)
	for _, path := range []string{
		"/en", "/en/c/wine", "/en/p/" + wine, "/en/cart", "/en/search?q=" + q, "/en/search?q=" + q + "&sort=" + q + "&page=" + q,
		"/en/c/wine?min=" + q + "&max=" + q + "&region=" + q + "&sort=" + q, "/en/" + q, "/en/p/" + q, "/en/c/" + q,
	} {
		r := v.send(request("GET", path, nil))
		doc := r.document()
		if n := doc.Find("script").Length(); n != 1 {
			t.Errorf("%s: %d scripts, want the shop's own", path, n)
		}
		if doc.Find("[onerror], [src=x], b > script").Length() != 0 || strings.Contains(r.text, "<script>") || strings.Contains(r.text, "<!--") {
			t.Errorf("%s: markup from outside is on the page", path)
		}
	}
	if r := s.get("/en/suggest?q=saperavi"); strings.Contains(r.text, "<script>") {
		t.Errorf("suggestions hold markup: %s", r.text)
	}
}

func TestLogTellsNoSecrets(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor()
	v.add(wine, "1")
	v.add(wine, "99")
	session := v.cookies["__Host-session"]
	v.open("/ka/search?q=SECRETQUERY")
	v.send(request("GET", "/ka/orders/SECRETTOKEN", nil))
	v.send(request("GET", "/ka/orders/SECRETTOKEN/nothing", nil))
	v.send(request("GET", "/ka/orders/SECRETTOKEN/", nil))
	log := s.log.String()
	for _, secret := range []string{"SECRET", v.cookies["__Host-cart"], session} {
		if secret == "" || strings.Contains(log, secret) {
			t.Errorf("the log contains %q:\n%s", secret, log)
		}
	}
	if !strings.Contains(log, "route=/ka/cart/items status=303") || !strings.Contains(log, "request=") {
		t.Errorf("the log does not tell what happened:\n%s", log)
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(cfg *handlers.Config) { cfg.RatePerMinute = 3 })
	for i := range 5 {
		want := 200
		if i >= 3 {
			want = 429
		}
		if r := s.get("/ka/suggest?q=a"); r.StatusCode != want {
			t.Errorf("request %d = %d, want %d", i+1, r.StatusCode, want)
		}
	}
	if r := s.get("/ka"); r.StatusCode != 200 {
		t.Errorf("pages are limited, too: %d", r.StatusCode)
	}
}

// Cookies of other programs can make a request too long to be read. Its language is not
// known then: the page says in both what helps.
func TestAnOversizeHeaderIsExplained(t *testing.T) {
	t.Parallel()
	address := listen(t, newShop(t))
	for name, head := range map[string]string{
		"cookies":      "GET /en/cart HTTP/1.1\r\nHost: dukani.example\r\nCookie: other=" + strings.Repeat("x", 9_000),
		"many cookies": "GET /en/cart HTTP/1.1\r\nHost: dukani.example\r\nCookie: a=1" + strings.Repeat("; other=1234", 10_000),
		"address":      "GET /en/search?q=" + strings.Repeat("x", 9_000) + " HTTP/1.1\r\nHost: dukani.example",
	} {
		c := dial(t, address)
		go io.WriteString(c, head+"\r\n\r\n") // the answer may come before everything is sent
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		must(t, err)
		doc, err := goquery.NewDocumentFromReader(resp.Body)
		must(t, err)
		resp.Body.Close()
		if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge || resp.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d, %v", name, resp.StatusCode, resp.Header)
		}
		for _, lang := range []string{"ka", "en"} {
			said := doc.Find("[lang=" + lang + "]").Text()
			if !strings.Contains(said, views.T(lang, "error.431.title")) || !strings.Contains(said, views.T(lang, "error.431.text")) {
				t.Errorf("%s: not said in %s", name, lang)
			}
		}
	}
}
