package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"dukani/handlers"
	"dukani/models"
)

// order puts an order into the database as its customer (0: a guest) placed it.
func (s *shop) order(id, customer int, status models.OrderStatus, email string) {
	s.t.Helper()
	s.exec(`INSERT INTO orders (id, number, token, checkout_key, fingerprint, customer_id, lang, theme, status, name, email, phone,
		delivery, region, city, street, note, items_tetri, delivery_tetri, total_tetri, vat_tetri, terms_version, terms_at,
		reserves_stock, reserved_until, created_at, updated_at)
		VALUES (?, ?, ?, ?, 'f', nullif(?, 0), 'en', '', ?, 'Nino Kapanadze', ?, '+995599123456',
		'tbilisi', 'tbilisi', 'Tbilisi', 'Hidden lane 12', 'a note', 1900, 500, 2400, 366, '2026-11-01', ?, 0, ?, ?, ?)`,
		id, fmt.Sprint("D-", 100000+id), fmt.Sprint("token-", id), fmt.Sprint("key-", id), customer, status, email, s.store.Now(), s.store.Now(), s.store.Now(), s.store.Now())
	s.exec(`INSERT INTO order_lines (order_id, position, product_id, slug, name_ka, name_en, measure_ka, measure_en, picture, tint, quantity, unit_tetri)
		SELECT ?, 0, p.id, p.slug, k.name, e.name, k.measure, e.measure, 'honey', p.tint, 1, 1900 FROM products p
		JOIN product_texts k ON k.product_id = p.id AND k.lang = 'ka' JOIN product_texts e ON e.product_id = p.id AND e.lang = 'en'
		WHERE p.slug = ?`, id, wine)
	s.exec(`INSERT INTO payments (order_id, attempt, kind, idempotency_key, request_body, state, requested_tetri, expires_at, created_at, updated_at)
		VALUES (?, 1, 'page', ?, '{}', 'paid', 2400, ?, ?, ?)`, id, fmt.Sprint("pay-", id), s.store.Now(), s.store.Now(), s.store.Now())
	s.exec("INSERT INTO order_events (order_id, at, status) VALUES (?, ?, ?)", id, s.store.Now(), status)
}

// accountPages are the pages of an account without the language; order is the number
// of one of its orders, address the id of one of its addresses.
func accountPages(order, address string) []string {
	return []string{
		"", "/orders", "/orders?show=paid&q=saperavi", "/orders/" + order, "/profile", "/email", "/password", "/confirm?next=%2Fka",
		"/addresses", "/addresses/new", "/addresses/" + address, "/sessions", "/cards", "/delete",
	}
}

func TestEveryAccountPage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.member("nino@example.ge")
	s.order(1, 1, models.Paid, "nino@example.ge")
	s.order(2, 0, models.Paid, "nino@example.ge")
	v.submit("/en/account/addresses", address("Rustaveli 12"))
	_, link := s.link("verify", "nino@example.ge")
	var paths []string
	for _, path := range accountPages("D-100001", "1") {
		paths = append(paths, "/account"+path)
	}
	guests := []string{"/login", "/login?next=%2Fka%2Faccount%2Forders", "/register", "/forgot", "/verify?link=" + link}
	key := regexp.MustCompile(`>\s*[a-z_]+\.[a-z_]+(\.[a-z_]+)?\s*<`)
	for _, lang := range []string{"ka", "en"} {
		for _, path := range append(slices.Clone(paths), guests...) {
			who := v
			if slices.Contains(guests, path) {
				who = s.visitor()
			}
			r := who.send(request("GET", "/"+lang+path, nil))
			doc := r.document()
			if r.StatusCode != http.StatusOK || doc.Find("html").AttrOr("lang", "") != lang || doc.Find("h1").Length() != 1 {
				t.Errorf("%s%s: %d, %d headings", lang, path, r.StatusCode, doc.Find("h1").Length())
				continue
			}
			if doc.Find("meta[name=robots][content=noindex]").Length() != 1 || r.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s%s may be kept or indexed", lang, path)
			}
			if strings.Contains(r.text, "ZgotmplZ") || strings.Contains(r.text, "%!") || key.MatchString(r.text) {
				t.Errorf("%s%s: refused value, wrong verb or untranslated key %q", lang, path, key.FindString(r.text))
			}
			other := named(doc, "language-switch").AttrOr("href", "")
			if again := who.send(request("GET", other, nil)); again.StatusCode != http.StatusOK {
				t.Errorf("%s%s: its other language is at %s, which is %d", lang, path, other, again.StatusCode)
			}
			doc.Find("main form[method=post]").Each(func(_ int, form *goquery.Selection) {
				action := form.AttrOr("action", "")
				if strings.Contains(action, "/account") && form.Find("[name=token]").AttrOr("value", "") == "" {
					t.Errorf("%s%s: the form %s has no token", lang, path, action)
				}
			})
		}
	}
}

func address(street string) url.Values {
	return url.Values{"name": {"Nino Kapanadze"}, "phone": {"599 12 34 56"}, "delivery": {"tbilisi"}, "street": {street}}
}

func TestComingBackAfterSigningIn(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.member("nino@example.ge")
	v := s.visitor()
	r := v.send(request("GET", "/en/account/orders?page=2", nil))
	to := r.Header.Get("Location")
	if r.StatusCode != 303 || to != "/en/login?next=%2Fen%2Faccount%2Forders%3Fpage%3D2" {
		t.Fatalf("%d to %q", r.StatusCode, to)
	}
	next := v.open(to).Find("main [name=next]").AttrOr("value", "")
	wrong := v.shown(v.post("/en/login", url.Values{"email": {"nino@example.ge"}, "password": {"wrong"}, "next": {next}})).document()
	if got := wrong.Find("main [name=next]").AttrOr("value", ""); got != "/en/account/orders?page=2" {
		t.Errorf("after a wrong password it would go on to %q", got)
	}
	r = v.post("/en/login", url.Values{"email": {"nino@example.ge"}, "password": {goodPassword}, "next": {next}})
	if got := r.Header.Get("Location"); got != "/en/account/orders?page=2" {
		t.Errorf("went on to %q", got)
	}
	for _, path := range []string{"/en/login", "/en/account/confirm"} {
		form := url.Values{"email": {"nino@example.ge"}, "password": {goodPassword}, "next": {"//evil.example"}, "token": {v.token()}}
		if got := v.post(path, form).Header.Get("Location"); got != "/en/account" {
			t.Errorf("%s: sent to %q", path, got)
		}
	}
	if r := v.send(request("GET", "/en/login?next=%2Fen%2Fcart", nil)); r.Header.Get("Location") != "/en/cart" {
		t.Errorf("who is signed in sees the sign-in page: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
}

// Only addresses inside the account lead to the sign-in page; an address that merely begins
// like it is not found.
func TestAddressesThatBeginLikeTheAccount(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(func(cfg *handlers.Config) { cfg.ShowMailbox = true })
	member := s.member("nino@example.ge")
	for _, path := range []string{
		"/en/accountants", "/ka/accountx", "/en/account-old", "/ka/accountants/orders", "/en/account%20", "/en/accounts/orders",
		"/mailboxes", "/en/carts", "/ka/logins", "/enx/account", "/healthzz", "/en/ordersx/token-1",
	} {
		for who, r := range map[string]*reply{"a guest": s.get(path), "a customer": member.send(request("GET", path, nil))} {
			if r.StatusCode != http.StatusNotFound {
				t.Errorf("%s, %s: %d to %q", path, who, r.StatusCode, r.Header.Get("Location"))
			}
		}
		if r := s.visitor().post(path, url.Values{"a": {"b"}}); r.StatusCode != http.StatusNotFound {
			t.Errorf("POST %s: %d", path, r.StatusCode)
		}
	}
	for _, path := range []string{"/en/account", "/ka/account/orders", "/en/account/nothing"} {
		if r := s.get(path); r.StatusCode != http.StatusSeeOther || !strings.Contains(r.Header.Get("Location"), "/login?next=") {
			t.Errorf("%s, a guest: %d to %q", path, r.StatusCode, r.Header.Get("Location"))
		}
	}
	if r := member.send(request("GET", "/en/account/nothing", nil)); r.StatusCode != http.StatusNotFound {
		t.Errorf("nothing in the account: %d", r.StatusCode)
	}
	if r := s.get("/en/account/"); r.StatusCode != http.StatusPermanentRedirect || r.Header.Get("Location") != "/en/account" {
		t.Errorf("with a slash: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
}
