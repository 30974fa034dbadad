package handlers_test

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"dukani/views"
)

func TestCart(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor()
	if doc := v.open("/en/cart"); named(doc, "cart-empty").Length() != 1 || len(v.cookies) != 0 {
		t.Errorf("a visitor without a cart has cookies %v", v.cookies)
	}
	r := v.add(wine, "2")
	if r.StatusCode != 303 || r.Header.Get("Location") != "/ka/cart?cookies=check" || v.cookies["__Host-cart"] == "" {
		t.Fatalf("adding: %d to %q, cookies %v", r.StatusCode, r.Header.Get("Location"), v.cookies)
	}
	key := v.cookies["__Host-cart"]
	v.add("churchkhela-saperavi", "1")
	v.add(wine, "1")
	doc := v.open("/en/cart")
	if n := named(doc, "cart-line").Length(); n != 2 || textOf(doc, "cart-count") != "4" || v.cookies["__Host-cart"] != key {
		t.Errorf("%d lines, count %s, cookies %v; want 2 lines, 4 units in the same cart", n, textOf(doc, "cart-count"), v.cookies)
	}
	price := s.number("SELECT 3 * price_tetri FROM products WHERE slug = ?", wine) +
		s.number("SELECT price_tetri FROM products WHERE slug = 'churchkhela-saperavi'")
	if got := textOf(doc, "cart-total"); got != views.Price("en", int64(price)) {
		t.Errorf("total %q, want %q", got, views.Price("en", int64(price)))
	}
	if named(doc, "go-to-checkout").Length() != 1 || named(doc, "delivery-cost").Length() != 4 {
		t.Error("the way to the checkout or the costs of delivery are missing")
	}
	v.post("/en/cart/items/"+wine, url.Values{"quantity": {"1"}})
	if r := v.post("/en/cart/items/churchkhela-saperavi/remove", url.Values{}); r.StatusCode != 303 || r.Header.Get("Location") != "/en/cart" {
		t.Errorf("removing: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	if doc = v.open("/ka/cart"); textOf(doc, "cart-count") != "1" || named(doc, "cart-line").Length() != 1 {
		t.Errorf("after that %q units on %d lines", textOf(doc, "cart-count"), named(doc, "cart-line").Length())
	}
	v.post("/ka/cart/items/"+wine, url.Values{"quantity": {"0"}})
	if doc = v.open("/ka/cart"); named(doc, "cart-empty").Length() != 1 {
		t.Error("quantity 0 does not take the line out")
	}
}

// Every kind of page counts the units in the cart alike, the page of a product too, which reads them in its own way.
func TestPagesCountTheCart(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor()
	v.add(wine, "2")
	for units := range 3 {
		want := strconv.Itoa(2 + units)
		for _, path := range []string{"/en/p/" + wine, "/ka/p/sulguni", "/en/cart", "/ka", "/en/c/wine", "/ka/search?q=wine", "/en/login"} {
			if got := textOf(v.open(path), "cart-count"); got != want {
				t.Errorf("%s: %q units in the cart, want %s", path, got, want)
			}
		}
		v.add(wine, "1")
	}
}

func TestCartKeepsThePlace(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor()
	v.add(wine, "2")
	v.add("churchkhela-saperavi", "1")
	if r := v.post("/en/cart/items/"+wine, url.Values{"quantity": {"3"}}); r.Header.Get("Location") != "/en/cart#line-"+wine {
		t.Errorf("changing a line leads to %q, want the line", r.Header.Get("Location"))
	}
	doc := v.open("/en/cart")
	if doc.Find("#line-"+wine).Length() != 1 || named(doc, "cart-removed").Length() != 0 {
		t.Error("the line has no place of its own, or something can be put back that was not taken out")
	}
	s.exec("UPDATE stock SET on_hand = 4, reserved = 0 WHERE product_id = (SELECT id FROM products WHERE slug = ?)", wine)
	v.post("/en/cart/items/"+wine, url.Values{"quantity": {"9"}})
	if doc = v.open("/en/cart"); !strings.Contains(doc.Find("#line-"+wine).Text(), views.N("en", "cart.capped", 4)) {
		t.Error("that there is no more is not said at the line")
	}
}

// An empty quantity leads back to the cart's page, and Back does not ask whether to send
// the form again.
func TestCartSaysAtTheLineThatAQuantityCannotBeRead(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor()
	v.add(wine, "2")
	for _, lang := range []string{"ka", "en"} {
		for _, typed := range []string{"", "2e1", "0.5", "10000"} {
			r := v.post("/"+lang+"/cart/items/"+wine, url.Values{"quantity": {typed}})
			if r.Header.Get("Location") != "/"+lang+"/cart#line-"+wine {
				t.Fatalf("%q is answered with %d, want the way back to its line", typed, r.StatusCode)
			}
			r = v.shown(r)
			doc := r.document()
			if r.StatusCode != 422 || !strings.Contains(doc.Find("#line-"+wine).Text(), views.T(lang, "cart.bad_quantity")) {
				t.Errorf("%q: the line does not say what is wrong: %d", typed, r.StatusCode)
			}
			if got := doc.Find("#quantity-"+wine).AttrOr("value", ""); got != "2" {
				t.Errorf("%q: the cart holds %s, want 2", typed, got)
			}
		}
	}
	if doc := v.open("/en/cart"); strings.Contains(doc.Text(), views.T("en", "cart.bad_quantity")) {
		t.Error("it is said twice")
	}
}

func TestCartPutsBackWhatWasTakenOut(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"removed": "/remove", "one fewer than one": ""} {
		s := newShop(t)
		v := s.visitor()
		v.add(wine, "2")
		v.post("/ka/cart/items/"+wine+path, url.Values{"quantity": {"0"}})
		doc := v.open("/ka/cart")
		undo := named(doc, "cart-removed")
		if got := undo.Find("p").Text(); got != views.T("ka", "cart.removed", "ქვევრის საფერავი") || named(doc, "cart-empty").Length() != 1 {
			t.Errorf("%s: the page says %q", name, got)
		}
		action, _ := undo.Attr("action")
		quantity, _ := undo.Find("[name=quantity]").Attr("value")
		product, _ := named(doc, "cart-undo").Attr("value")
		v.post(action, url.Values{"quantity": {quantity}, "product": {product}})
		if doc = v.open("/ka/cart"); textOf(doc, "cart-count") != "2" || named(doc, "cart-removed").Length() != 0 {
			t.Errorf("%s: put back, the cart holds %s", name, textOf(doc, "cart-count"))
		}
		s.exec("UPDATE products SET active = 0 WHERE slug = ?", wine)
		v.post("/ka/cart/items/"+wine+"/remove", url.Values{})
		if doc = v.open("/ka/cart"); named(doc, "cart-removed").Length() != 0 {
			t.Errorf("%s: what is no longer sold is offered to be put back", name)
		}
	}
}

func TestCartTellsWhatChanged(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor()
	for _, slug := range []string{wine, "churchkhela-saperavi", "churchkhela-hazelnut", "tklapi-plum"} {
		if r := v.add(slug, "3"); r.StatusCode != 303 {
			t.Fatalf("add %s: %d", slug, r.StatusCode)
		}
	}
	s.exec("UPDATE products SET price_tetri = 5000, old_price_tetri = NULL WHERE slug = ?", wine)
	s.exec("UPDATE products SET active = 0 WHERE slug = 'churchkhela-saperavi'")
	s.exec("UPDATE stock SET on_hand = 2, reserved = 0 WHERE product_id = (SELECT id FROM products WHERE slug = 'churchkhela-hazelnut')")
	s.exec("UPDATE stock SET on_hand = 0, reserved = 0 WHERE product_id = (SELECT id FROM products WHERE slug = 'tklapi-plum')")
	doc := v.open("/en/cart")
	for slug, want := range map[string]string{
		wine: views.Price("en", 5000), "churchkhela-saperavi": views.T("en", "cart.gone"),
		"churchkhela-hazelnut": views.T("en", "cart.only_left", 2), "tklapi-plum": views.T("en", "cart.line_sold_out"),
	} {
		line := doc.Find(`[data-product="` + slug + `"]`)
		if got := line.Find(`[data-testid="cart-notice"]`).Text(); !strings.Contains(got, want) {
			t.Errorf("%s: notice %q, want %q", slug, got, want)
		}
	}
	if named(doc, "go-to-checkout").Length() != 0 {
		t.Error("a cart that cannot be had can be ordered")
	}
	if doc = v.open("/en/cart"); strings.Contains(doc.Find(`[data-product="`+wine+`"]`).Text(), "changed") {
		t.Error("the notice of a price that was shown appears again")
	}
}

func TestCartHoldsNoMoreThanThereIs(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.exec("UPDATE stock SET on_hand = 4, reserved = 0 WHERE product_id = (SELECT id FROM products WHERE slug = ?)", wine)
	v := s.visitor()
	v.add(wine, "3")
	v.add(wine, "3")
	doc := v.open("/en/cart")
	if got := doc.Find("p[data-testid=cart-notice]").Text(); textOf(doc, "cart-count") != "4" || got != views.N("en", "cart.capped", 4) {
		t.Errorf("%s units, notice %q", textOf(doc, "cart-count"), got)
	}
	v.post("/en/cart/items/"+wine, url.Values{"quantity": {"500"}})
	if doc = v.open("/en/cart"); textOf(doc, "cart-count") != "4" || named(doc, "cart-notice").Length() != 1 {
		t.Errorf("%s units, %d notices", textOf(doc, "cart-count"), named(doc, "cart-notice").Length())
	}
	s.exec("UPDATE stock SET on_hand = 0 WHERE product_id = (SELECT id FROM products WHERE slug = ?)", wine)
	other := s.visitor()
	if r := other.add(wine, "1"); r.StatusCode != 303 || r.Header.Get("Location") != "/ka/cart?cookies=check" {
		t.Errorf("adding what is sold out: %d", r.StatusCode)
	}
	if doc = other.open("/en/cart"); doc.Find("[data-testid=cart-notice]").Text() != views.T("en", "cart.sold_out") {
		t.Errorf("notice %q", doc.Find("[data-testid=cart-notice]").Text())
	}
	if other.cookies["__Host-cart"] != "" || s.number("SELECT count(*) FROM carts") != 1 {
		t.Error("a cart was made for nothing")
	}
}

func TestCartForScripts(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor()
	add := func(slug, quantity string) *reply {
		return v.post("/en/cart/items", url.Values{"product": {slug}, "quantity": {quantity}}, "Accept", "application/json")
	}
	added := views.T("en", "cart.added", "Qvevri Saperavi")
	if r := add(wine, "1"); r.StatusCode != 303 {
		t.Errorf("adding the first: %d %s", r.StatusCode, r.text)
	} else if r = v.send(request("GET", r.Header.Get("Location"), nil, "Accept", "application/json")); r.text != `{"count":1,"message":"`+added+`"}` {
		t.Errorf("adding the first, in the end: %d %s", r.StatusCode, r.text)
	}
	if r := add(wine, "1"); r.StatusCode != 200 || r.text != `{"count":2,"message":"`+added+`"}` {
		t.Errorf("adding: %d %s", r.StatusCode, r.text)
	}
	if r := add("no-such-thing", "2"); r.StatusCode != 404 || !strings.Contains(r.text, views.T("en", "product.not_found")) {
		t.Errorf("an unknown product: %d %s", r.StatusCode, r.text)
	}
	if r := add(wine, "x"); r.StatusCode != 422 || !strings.Contains(r.text, views.T("en", "cart.bad_quantity")) {
		t.Errorf("no number: %d %s", r.StatusCode, r.text)
	}
	s.exec("UPDATE stock SET on_hand = 0, reserved = 0 WHERE product_id = (SELECT id FROM products WHERE slug = 'tklapi-plum')")
	if r := add("tklapi-plum", "1"); r.StatusCode != 409 || !strings.Contains(r.text, views.T("en", "cart.sold_out")) {
		t.Errorf("sold out: %d %s", r.StatusCode, r.text)
	}
	if v.cookies["__Host-session"] != "" {
		t.Error("a script's request left a message for a page")
	}
}

// What a browser would never send.
func TestTamperedCart(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor()
	v.add(wine, "2")
	for name, c := range map[string]struct {
		form url.Values
		want int
	}{
		"less than none":     {url.Values{"product": {wine}, "quantity": {"-3"}}, 422},
		"none":               {url.Values{"product": {wine}, "quantity": {"0"}}, 422},
		"half":               {url.Values{"product": {wine}, "quantity": {"0.5"}}, 422},
		"1e18":               {url.Values{"product": {wine}, "quantity": {"1e18"}}, 422},
		"very many":          {url.Values{"product": {wine}, "quantity": {"1000000000000000000"}}, 422},
		"beyond all numbers": {url.Values{"product": {wine}, "quantity": {"99999999999999999999"}}, 422},
		"too many":           {url.Values{"product": {wine}, "quantity": {"100"}}, 422},
		"another field":      {url.Values{"product": {wine}, "quantity": {"1&quantity=9"}}, 422},
		"twice":              {url.Values{"product": {wine}, "quantity": {"1", "9"}}, 422},
		"two products":       {url.Values{"product": {wine, "tklapi-plum"}, "quantity": {"1"}}, 422},
		"a plus":             {url.Values{"product": {wine}, "quantity": {"+1"}}, 422},
		"a space":            {url.Values{"product": {wine}, "quantity": {" 1"}}, 422},
		"other digits":       {url.Values{"product": {wine}, "quantity": {"１"}}, 422},
		"hexadecimal":        {url.Values{"product": {wine}, "quantity": {"0x1"}}, 422},
		"nothing":            {url.Values{}, 422},
		"no product":         {url.Values{"quantity": {"1"}}, 404},
		"SQL":                {url.Values{"product": {"' OR 1=1 --"}, "quantity": {"1"}}, 404},
		"a zero byte":        {url.Values{"product": {wine + "\x00"}, "quantity": {"1"}}, 404},
	} {
		if r := v.post("/ka/cart/items", c.form); r.StatusCode != c.want {
			t.Errorf("add %s: %d, want %d", name, r.StatusCode, c.want)
		}
		if q, ok := c.form["quantity"]; ok && c.want == 422 && name != "none" && name != "too many" && name != "two products" {
			r := v.post("/ka/cart/items/"+wine, url.Values{"quantity": q})
			if to := r.Header.Get("Location"); r.StatusCode != 303 || to != "/ka/cart#line-"+wine {
				t.Errorf("change to %s: %d %q, want the way to its line", name, r.StatusCode, to)
			}
			if r = v.shown(r); r.StatusCode != 422 {
				t.Errorf("the cart after a change to %s: %d, want 422", name, r.StatusCode)
			}
		}
	}
	// A price, a status or an owner in the form decides nothing.
	before := s.number("SELECT price_tetri FROM products WHERE slug = ?", wine)
	v.post("/ka/cart/items", url.Values{"product": {wine}, "quantity": {"1"}, "price": {"1"}, "price_tetri": {"1"}, "cart_id": {"1"}, "seen_tetri": {"1"}})
	doc := v.open("/en/cart")
	if got := textOf(doc, "cart-total"); got != views.Price("en", int64(3*before)) {
		t.Errorf("total %q, want three times the price", got)
	}
	if n := s.number("SELECT coalesce(sum(quantity), 0) FROM cart_items"); n != 3 {
		t.Errorf("%d units in all carts, want 3", n)
	}
}

func TestNobodyReachesAnothersCart(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	owner, other := s.visitor(), s.visitor()
	owner.add(wine, "2")
	other.add("tklapi-plum", "1")
	other.post("/ka/cart/items/"+wine, url.Values{"quantity": {"9"}})
	other.post("/ka/cart/items/"+wine+"/remove", url.Values{})
	if doc := owner.open("/ka/cart"); textOf(doc, "cart-count") != "2" {
		t.Errorf("the owner's cart holds %q", textOf(doc, "cart-count"))
	}
	if doc := other.open("/en/cart"); doc.Find("[data-testid=cart-notice]").Text() != views.T("en", "cart.no_line") {
		t.Errorf("the other was told %q", doc.Find("[data-testid=cart-notice]").Text())
	}
}

// A script gets the number of units in the cart, and nothing else happens.
func TestTheCartIsCountedForAScript(t *testing.T) {
	t.Parallel()
	v := newShop(t).visitor()
	count := func(want string) {
		t.Helper()
		r := v.send(request("GET", "/en/cart", nil, "Accept", "application/json"))
		if strings.TrimSpace(r.text) != want || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s, %s; want %s", r.text, r.Header.Get("Cache-Control"), want)
		}
	}
	count(`{"count":0}`)
	v.add(wine, "1")
	v.add(wine, "99") // leaves a message
	count(fmt.Sprintf(`{"count":%d}`, v.number("SELECT sum(quantity) FROM cart_items")))
	if named(v.open("/en/cart"), "cart-notice").Length() != 1 {
		t.Error("the message was taken by the script")
	}
}
