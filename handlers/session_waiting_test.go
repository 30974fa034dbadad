package handlers_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"dukani/views"
)

// storedAnything counts the rows that visitors can make without an account.
func (s *shop) storedAnything() int {
	return s.number(`SELECT (SELECT count(*) FROM carts) + (SELECT count(*) FROM cart_keys) + (SELECT count(*) FROM cart_items) +
		(SELECT count(*) FROM sessions) + (SELECT count(*) FROM orders) + (SELECT count(*) FROM mails)`)
}

// A client that keeps no cookies, or makes them up, leaves no row in the database.
func TestNothingIsStoredBeforeACookieComesBack(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for name, cookie := range map[string]string{
		"none": "", "a made-up cart": "__Host-cart=" + strings.Repeat("B", 43), "a made-up session": "__Host-session=" + strings.Repeat("B", 43),
		"a language": "__Host-lang=en", "rubbish": "__Host-cart=x; __Host-session=" + strings.Repeat("x", 500), "somebody else's": "session=1; cart=2",
	} {
		for range 5 {
			for path, form := range map[string]url.Values{
				"/en/cart/items":                    {"product": {wine}, "quantity": {"1"}},
				"/en/cart/items/" + wine:            {"quantity": {"2"}},
				"/en/cart/items/tklapi-plum/remove": {},
				"/en/checkout":                      {"name": {"Nino"}},
				"/en/login":                         {"email": {"a@example.ge"}, "password": {"wrong"}},
				"/en/register":                      {"email": {"a"}},
				"/en/reset":                         {"link": {"x"}},
			} {
				s.do(request("POST", path, form, "Sec-Fetch-Site", "same-origin", "Cookie", cookie))
				s.do(request("GET", "/en/cart?cookies=check", nil, "Cookie", cookie))
			}
		}
		if n := s.storedAnything(); n != 0 {
			t.Fatalf("%s: %d rows are stored", name, n)
		}
	}
}

// A client that brings back only the cookie of a cart gets one session, not one with each request.
func TestACartsCookieMakesOneSession(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor()
	v.add(wine, "1")
	for range 10 {
		for path, form := range map[string]url.Values{
			"/en/cart/items":                    {"product": {wine}, "quantity": {"999"}},
			"/en/cart/items/tklapi-plum/remove": {},
			"/en/login":                         {"email": {"a@example.ge"}, "password": {"wrong"}},
			"/en/checkout":                      {"name": {"Nino"}, "note": {strings.Repeat("long ", 500)}},
		} {
			s.do(request("POST", path, form, "Sec-Fetch-Site", "same-origin", "Cookie", "__Host-cart="+v.cookies["__Host-cart"]))
		}
	}
	if n := s.number("SELECT count(*) FROM sessions"); n > 1 {
		t.Errorf("%d sessions are stored whose cookies have not come back", n)
	}
	v.shown(v.post("/en/cart/items/tklapi-plum/remove", nil))
	r := v.shown(v.post("/en/login", url.Values{"email": {"a@example.ge"}, "password": {"wrong"}}))
	if r.document().Find("[name=email]").AttrOr("value", "") != "a@example.ge" {
		t.Error("the form has lost what was typed")
	}
}

func TestFirstThingInTheCart(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor()
	r := v.post("/en/cart/items", url.Values{"product": {wine}, "quantity": {"2"}})
	promised := v.cookies["__Host-cart"]
	if s.storedAnything() != 0 {
		t.Error("the cart is stored before its cookie has come back")
	}
	if doc := v.open("/en"); textOf(doc, "cart-count") != "2" || s.storedAnything() != 0 {
		t.Errorf("another page first: %q in the cart, %d rows", textOf(doc, "cart-count"), s.storedAnything())
	}
	doc := v.open(r.Header.Get("Location"))
	if textOf(doc, "cart-count") != "2" || named(doc, "cart-line").Length() != 1 || named(doc, "cart-notice").Length() != 0 {
		t.Errorf("the cart's page counts %q and has %d lines", textOf(doc, "cart-count"), named(doc, "cart-line").Length())
	}
	if key := v.cookies["__Host-cart"]; len(key) != 43 {
		t.Errorf("the cart's cookie is %q", key)
	}
	for range 3 { // the same cookie again, as from a page that was open meanwhile
		twin := s.visitor()
		twin.cookies["__Host-cart"] = promised
		twin.open("/en/cart")
	}
	if carts, units := s.number("SELECT count(*) FROM carts"), s.number("SELECT sum(quantity) FROM cart_items"); carts != 1 || units != 2 {
		t.Errorf("one cookie made %d carts with %d units", carts, units)
	}
	// The second product may come before the cart's page was opened.
	v = s.visitor()
	v.post("/en/cart/items", url.Values{"product": {wine}, "quantity": {"1"}})
	v.post("/en/cart/items", url.Values{"product": {"tklapi-plum"}, "quantity": {"1"}})
	if doc := v.open("/en/cart"); named(doc, "cart-line").Length() != 2 {
		t.Errorf("%d lines, want 2", named(doc, "cart-line").Length())
	}
	// The first product may be sold out by then.
	v = s.visitor()
	r = v.post("/en/cart/items", url.Values{"product": {wine}, "quantity": {"1"}})
	s.exec("UPDATE stock SET on_hand = reserved WHERE product_id = (SELECT id FROM products WHERE slug = ?)", wine)
	if doc := v.open(r.Header.Get("Location")); textOf(doc, "cart-notice") != views.T("en", "cart.sold_out") || v.cookies["__Host-cart"] != "" {
		t.Errorf("sold out meanwhile: %q, cookies %v", textOf(doc, "cart-notice"), v.cookies)
	}
}

// A visitor whose browser keeps no cookies is not told that something is in the cart, or that
// they are signed in.
func TestWithoutCookiesThePageSaysSo(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.member("nino@example.ge")
	forgetful := func(path string, form url.Values, headers ...string) *reply {
		return s.do(request("POST", path, form, append(headers, "Sec-Fetch-Site", "same-origin")...))
	}
	for _, lang := range []string{"ka", "en"} {
		add := url.Values{"product": {wine}, "quantity": {"1"}}
		doc := s.page(forgetful("/"+lang+"/cart/items", add).Header.Get("Location"))
		if got := textOf(doc, "cart-notice"); got != views.T(lang, "cookies.cart") {
			t.Errorf("the cart's page says %q", got)
		}
		to := forgetful("/"+lang+"/cart/items", add, "Accept", "application/json").Header.Get("Location")
		if r := s.get(to, "Accept", "application/json"); r.StatusCode != 409 || r.text != fmt.Sprintf(`{"count":0,"message":%q}`, views.T(lang, "cookies.cart")) {
			t.Errorf("a script is told %d %s", r.StatusCode, r.text)
		}
		to = forgetful("/"+lang+"/login", url.Values{"email": {"nino@example.ge"}, "password": {goodPassword}}).Header.Get("Location")
		if got := textOf(s.page(to), "form-error"); got != views.T(lang, "cookies.signin") {
			t.Errorf("%s says %q", to, got)
		}
		v := s.visitor() // with cookies it goes on to the account
		r := v.post("/"+lang+"/login", url.Values{"email": {"nino@example.ge"}, "password": {goodPassword}})
		if r = v.send(request("GET", r.Header.Get("Location"), nil)); r.StatusCode != 302 && r.StatusCode != 303 || r.Header.Get("Location") != "/"+lang+"/account" {
			t.Errorf("with cookies: %d to %q", r.StatusCode, r.Header.Get("Location"))
		}
	}
}
