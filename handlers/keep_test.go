package handlers_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"dukani/views"
)

const wine = "saperavi-qvevri"

func TestChangesAreOnTheNextAnswer(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	pages := []string{"/en/p/" + wine, "/en/c/wine", "/en/search?q=saperavi"}
	see := func(what string) {
		t.Helper()
		for _, page := range pages {
			for _, encoding := range []string{"", "gzip", "br"} {
				if r := s.get(page, "Accept-Encoding", encoding); !strings.Contains(r.text, what) {
					t.Errorf("%s (%s) does not show %q", page, encoding, what)
				}
			}
		}
	}
	for i := range 5 {
		price := 4100 + i
		s.exec("UPDATE products SET price_tetri = ?, old_price_tetri = NULL WHERE slug = ?", price, wine)
		see(views.Price("en", int64(price)))
	}
	s.exec("UPDATE stock SET on_hand = 2, reserved = 0 WHERE product_id = (SELECT id FROM products WHERE slug = ?)", wine)
	see("Only 2 left")
	s.exec("UPDATE stock SET reserved = 2 WHERE product_id = (SELECT id FROM products WHERE slug = ?)", wine)
	see("Sold out")
	s.exec("UPDATE product_texts SET name = 'Renamed <Wine>' WHERE lang = 'en' AND product_id = (SELECT id FROM products WHERE slug = ?)", wine)
	pages = pages[:2]
	see("Renamed &lt;Wine&gt;")
	s.exec("UPDATE category_texts SET name = 'Bottles' WHERE lang = 'en' AND category_id = (SELECT id FROM categories WHERE slug = 'wine')")
	pages = append(pages, "/en", "/en/info/terms", "/en/cart")
	see("Bottles")
}

func TestKeptPagesAreForEverybody(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	nobody := s.get("/en/c/wine").text
	one, other := s.visitor(), s.visitor()
	one.add(wine, "2")
	other.add(wine, "7")
	for range 3 {
		for _, c := range []struct {
			v    *visitor
			want string
		}{{one, "2"}, {other, "7"}, {s.visitor(), "0"}} {
			for _, encoding := range []string{"", "gzip", "gzip, br"} {
				doc := c.v.open("/en/c/wine", "Accept-Encoding", encoding)
				if got := textOf(doc, "cart-count"); got != c.want {
					t.Errorf("the cart (%s) shows %q, want %q", encoding, got, c.want)
				}
			}
		}
	}
	if again := s.get("/en/c/wine").text; again != nobody {
		t.Error("the page is not the same for a visitor without a cart any more")
	}
	want := strings.Replace(nobody, `data-testid="cart-count" hidden>0<`, `data-testid="cart-count">2<`, 1)
	for _, encoding := range []string{"", "gzip", "br"} {
		got := one.send(request("GET", "/en/c/wine", nil, "Accept-Encoding", encoding))
		if used := got.Header.Get("Content-Encoding"); got.text != want || used != "" && used != encoding {
			t.Errorf("with a cart, accepting %q, sent as %q, more differs than the cart", encoding, used)
		}
	}
	if v := s.visitor(); true {
		v.cookies["__Host-cart"] = strings.Repeat("A", 43) // well formed, unknown
		if got := textOf(v.open("/en/c/wine"), "cart-count"); got != "0" {
			t.Errorf("an unknown cart holds %q", got)
		}
	}
}

func TestBrowsersAskAgainAndAreToldNothingChanged(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	first := s.get("/ka/p/" + wine)
	etag := first.Header.Get("Etag")
	if got := first.Header.Get("Cache-Control"); got != "private, no-cache" || etag == "" {
		t.Errorf("Cache-Control = %q, ETag = %q", got, etag)
	}
	if got := first.Header.Get("Vary"); !strings.Contains(got, "Cookie") || !strings.Contains(got, "Accept-Encoding") {
		t.Errorf("Vary = %q", got)
	}
	r := s.get("/ka/p/"+wine, "If-None-Match", etag, "Accept-Encoding", "br")
	if r.StatusCode != 304 || r.text != "" || r.Header.Get("Etag") != etag || r.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("asked again: %d with %d bytes, %v", r.StatusCode, len(r.text), r.Header)
	}
	if r := s.get("/ka/p/"+wine, "If-None-Match", `"x", `+etag); r.StatusCode != 304 {
		t.Errorf("with several tags: %d, want 304", r.StatusCode)
	}
	v := s.visitor()
	v.add(wine, "1")
	if r := v.send(request("GET", "/ka/p/"+wine, nil, "If-None-Match", etag)); r.StatusCode != 200 {
		t.Errorf("with a cart now: %d, want 200", r.StatusCode)
	}
	// A page with a count is stored nowhere: Back would show an old one.
	if r := v.send(request("GET", "/ka/p/"+wine, nil)); r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("Etag") != "" {
		t.Errorf("with a cart Cache-Control = %q, ETag = %q", r.Header.Get("Cache-Control"), r.Header.Get("Etag"))
	}
	s.exec("UPDATE products SET price_tetri = price_tetri + 1 WHERE slug = ?", wine)
	if r := s.get("/ka/p/"+wine, "If-None-Match", etag); r.StatusCode != 200 {
		t.Errorf("after a change: %d, want 200", r.StatusCode)
	}
}

func TestHeadIsGetWithoutABody(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, path := range []string{"/ka", "/en/c/wine", "/ka/cart"} {
		want := s.get(path)
		r := s.do(request("HEAD", path, nil))
		if r.StatusCode != 200 || r.text != "" || r.ContentLength != int64(len(want.text)) || r.Header.Get("Etag") != want.Header.Get("Etag") {
			t.Errorf("HEAD %s = %d, %d bytes, length %d, want %d", path, r.StatusCode, len(r.text), r.ContentLength, len(want.text))
		}
	}
}

// Readers with carts of different sizes look while the price goes up and up:
// each sees its own cart, and no price that was gone before it asked.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.exec("UPDATE products SET price_tetri = 100000, old_price_tetri = NULL WHERE slug = ?", wine)
	var mu sync.Mutex
	now := 100000
	var all sync.WaitGroup
	for reader := range 6 {
		v := s.visitor()
		if reader > 0 {
			v.add(wine, strconv.Itoa(reader))
		}
		all.Go(func() {
			for range 30 {
				mu.Lock()
				least := now
				mu.Unlock()
				doc := v.open("/en/p/"+wine, "Accept-Encoding", []string{"", "gzip", "br"}[reader%3])
				var lari, tetri int
				text := strings.ReplaceAll(textOf(doc, "product-price"), ",", "")
				if _, err := fmt.Sscanf(text, "%d.%d", &lari, &tetri); err != nil || lari*100+tetri < least {
					t.Errorf("saw %q when the price was at least %d", text, least)
				}
				if got := textOf(doc, "cart-count"); got != strconv.Itoa(reader) {
					t.Errorf("reader %d has %q in the cart", reader, got)
				}
			}
		})
	}
	for range 40 {
		s.exec("UPDATE products SET price_tetri = price_tetri + 1 WHERE slug = ?", wine)
		mu.Lock()
		now++
		mu.Unlock()
	}
	all.Wait()
}

func TestMessagesAppearOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.exec("UPDATE stock SET on_hand = 3, reserved = 0 WHERE product_id = (SELECT id FROM products WHERE slug = ?)", wine)
	v := s.visitor()
	v.add("tklapi-plum", "1")
	v.add(wine, "5") // only 3 are there
	if _, ok := v.cookies["__Host-session"]; !ok {
		t.Fatalf("no session to hold the message: %v", v.cookies)
	}
	if n := s.number("SELECT count(*) FROM sessions"); n != 1 {
		t.Errorf("%d sessions stored, want 1", n)
	}
	said := views.N("en", "cart.capped", 3)
	if s.get("/en/c/wine"); strings.Contains(s.get("/en/c/wine").text, said) {
		t.Error("somebody else got the message")
	}
	first := v.send(request("GET", "/en/c/wine", nil, "Accept-Encoding", "br"))
	if !strings.Contains(first.text, said) || first.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the message is not there, or the page may be kept (%s)", first.Header.Get("Cache-Control"))
	}
	if v.cookies["__Host-session"] != "" || s.number("SELECT count(*) FROM sessions") != 0 {
		t.Error("a session with nothing in it goes on")
	}
	for _, page := range []string{"/en/c/wine", "/en/cart", "/en"} {
		if strings.Contains(v.send(request("GET", page, nil)).text, said) {
			t.Errorf("the message is on %s again", page)
		}
	}
}

func TestSessionsAreNeverAdopted(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for name, cookie := range map[string]string{
		"well formed": strings.Repeat("B", 43), "short": "abc", "odd": "../../etc", "empty": "", "long": strings.Repeat("x", 3000),
	} {
		v := s.visitor()
		v.cookies["__Host-session"] = cookie
		if r := v.add("no-such-thing", "1"); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: adding an unknown product = %d, want 404", name, r.StatusCode)
		}
		v.open("/ka")
		v.post("/ka/cart/items/"+wine, map[string][]string{"quantity": {"1"}}) // leaves a message: not in the cart
		if got := v.cookies["__Host-session"]; got == cookie || got == "" {
			t.Errorf("%s: the session's key is %q", name, got)
		}
	}
	if n := s.number("SELECT count(*) FROM sessions"); n != 0 {
		t.Errorf("%d sessions are stored whose cookies have not come back", n)
	}
}

func TestCopiedCookieIsWorthlessAfterTheEnd(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor()
	v.add("tklapi-plum", "1")
	v.post("/ka/cart/items/"+wine, map[string][]string{"quantity": {"1"}})
	thief := s.visitor()
	thief.cookies["__Host-session"] = v.cookies["__Host-session"]
	v.open("/ka/cart") // takes the message; the session has nothing left in it
	doc := thief.open("/ka/cart")
	if named(doc, "cart-notice").Length() != 0 || thief.cookies["__Host-session"] != "" {
		t.Error("a copied cookie still works")
	}
}

// TestSearchesShareTheirResults asks for the same goods by different words, packed
// in every way, by visitors with a cart and without.
func TestSearchesShareTheirResults(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	withCart := s.visitor()
	withCart.add(wine, "3")
	want := s.visitor().open("/en/search?q=saperavi").Find("[data-testid=product-card]").Length()
	if want == 0 {
		t.Fatal("nothing found")
	}
	for _, q := range []string{"saperavi", "saperavi+xylophone", "SAPERAVI+zzz"} {
		for _, encoding := range []string{"gzip", "", "br", "gzip", "br"} { // the first time is packed another way
			for _, v := range []*visitor{s.visitor(), withCart} {
				r := v.send(request("GET", "/en/search?q="+q, nil, "Accept-Encoding", encoding))
				if n := strings.Count(r.text, `data-testid="product-card"`); r.StatusCode != 200 || n != want {
					t.Errorf("%s (%s): %d with %d cards, want %d", q, encoding, r.StatusCode, n, want)
				}
				if !strings.Contains(r.text, "</html>") || strings.Contains(r.text, "<!--") {
					t.Errorf("%s (%s): the page is not whole", q, encoding)
				}
			}
		}
	}
	v := s.visitor()
	v.post("/en/cart/items/"+wine, map[string][]string{"quantity": {"1"}}) // not in the cart: says so on the next page
	r := v.send(request("GET", "/en/search?q=saperavi", nil))
	if !strings.Contains(r.text, `class="notice info"`) || !strings.Contains(r.text, `data-testid="product-card"`) || strings.Contains(r.text, "<!--") {
		t.Error("the page with a message is not whole")
	}
}
