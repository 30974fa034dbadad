package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestBuyAgainFromEveryPageThatOffersIt(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.member("nino@example.ge")
	page := w.buys(v, sweet, oneClick)
	for _, from := range []string{page, page + "/again", "/ka/account", "/ka/account/orders", "/en/account"} {
		doc := v.open(from)
		if text := named(doc, "buy-again").First().Text(); !strings.Contains(text, "Visa •••• 0010") || !strings.Contains(text, "₾") {
			t.Errorf("%s: the button says %q", from, text)
		}
		r := v.press(doc, "buy-again")
		if r.StatusCode != http.StatusSeeOther || !strings.Contains(r.Header.Get("Location"), "/orders/") {
			t.Fatalf("%s: %d to %q\n%s", from, r.StatusCode, r.Header.Get("Location"), r.text)
		}
		if got := statusOf(v.open(r.Header.Get("Location"))); got != "paid" {
			t.Errorf("%s: the new order is %s", from, got)
		}
	}
	if n := w.number("SELECT count(*) FROM ledger"); n != 6 {
		t.Errorf("%d payments taken, want 6", n)
	}
}

// A list offers to buy at once only what it shows. If prices differ at the same total, or
// a product has changed, the button leads to the page of the reorder.
func TestOneClickStandsBesideWhatItBuys(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"prices that cancel each other out": "UPDATE products SET price_tetri = price_tetri + CASE slug WHEN '" + sweet + "' THEN 100 WHEN 'imeruli' THEN -100 ELSE 0 END",
		"another name":                      "UPDATE product_texts SET name = 'X' || name",
		"for adults now":                    "UPDATE products SET adult = 1",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTill(t)
			v := w.member("nino@example.ge")
			v.add("imeruli", "1")
			page := w.buys(v, sweet, oneClick)
			action, form := button(v.open(page), "buy-again")
			w.exec(change)
			if name != "for adults now" { // which the button itself says
				for _, at := range []string{page, "/ka/account/orders"} {
					doc := v.open(at)
					if action, _ := button(doc, "buy-again"); action != "" || named(doc, "buy-again").AttrOr("href", "") != page+"/again" {
						t.Errorf("%s: a button buys something else at once", at)
					}
				}
			}
			if r := v.shown(v.post(action, form)); r.StatusCode != http.StatusConflict || w.number("SELECT count(*) FROM orders") != 1 {
				t.Errorf("a page from before: %d, %d orders", r.StatusCode, w.number("SELECT count(*) FROM orders"))
			}
			if r := v.press(v.open(page+"/again"), "buy-again"); statusOf(v.open(r.Header.Get("Location"))) != "paid" {
				t.Errorf("confirmed: %d to %q", r.StatusCode, r.Header.Get("Location"))
			}
		})
	}
}

// An order that can still be paid has no button to buy it again, on its page and in the
// list; a decided one has.
func TestAnOrderIsPaidOrBoughtAgain(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.member("nino@example.ge")
	page := w.buys(v, sweet, nil)
	for _, c := range []struct {
		status string
		age    time.Duration
		retry  int
	}{
		{"declined", time.Hour, 1}, {"expired", time.Hour, 1}, {"declined", 25 * time.Hour, 0}, {"expired", 25 * time.Hour, 0},
		{"paid", time.Hour, 0}, {"cancelled", time.Hour, 0}, {"refunded", time.Hour, 0},
	} {
		w.exec("UPDATE orders SET status = ?, reserves_stock = 0, created_at = ?", c.status, time.Now().UTC().Add(-c.age).Format("2006-01-02 15:04:05.999999999-07:00"))
		doc := v.open(page)
		if retry, again := named(doc, "retry-payment").Length(), named(doc, "buy-again").Length(); retry != c.retry || again != 1-c.retry {
			t.Errorf("%s for %s: %d ways to pay, %d to buy again", c.status, c.age, retry, again)
		}
		if again := named(v.open("/ka/account/orders"), "buy-again").Length(); again != 1-c.retry {
			t.Errorf("%s for %s: %d ways to buy again in the list", c.status, c.age, again)
		}
	}
}

// The page offers instead the remembered card on the bank's page, and the cart.
func TestTheNextBestWays(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.member("nino@example.ge")
	w.buys(v, sweet, url.Values{"save_card": {"1"}})
	page := w.buys(v, "imeruli", oneClick)
	w.exec("UPDATE products SET price_tetri = price_tetri + 100")
	if href := named(v.open(page), "buy-again").AttrOr("href", ""); href != page+"/again" {
		t.Fatalf("the button leads to %q", href)
	}
	doc := v.open(page + "/again")
	if named(doc, "again-by-card").Length() != 1 { // a card for one click is for one total only
		t.Fatalf("%d remembered cards offered", named(doc, "again-by-card").Length())
	}
	r := v.press(doc, "again-by-card")
	if !strings.HasPrefix(r.Header.Get("Location"), w.bankURL+"/?order_id=") {
		t.Fatalf("%d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	w.exec("UPDATE orders SET status = 'expired', reserves_stock = 0 WHERE status = 'awaiting_payment'")
	if r := v.press(v.open(page+"/again"), "again-into-cart"); r.Header.Get("Location") != "/ka/cart" {
		t.Errorf("%d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	if got := named(v.open("/ka/cart"), "cart-line").Length(); got != 1 {
		t.Errorf("%d lines in the cart", got)
	}
}
