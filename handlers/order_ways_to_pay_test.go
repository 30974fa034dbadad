package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dukani/models"
)

// way is one way to pay: prepare does everything up to the last press, and returns that.
type way struct {
	prepare func(w *till, v *visitor) (action string, form url.Values)
	card    bool // with a saved card
	byCard  bool // the form cannot be paid but by card
	frozen  bool // an order that was placed before, at the prices of then
}

// spoiled is a declined order of customer v whose units were released.
func (w *till) spoiled(v *visitor) (page string) {
	w.t.Helper()
	v.add("imeruli", "1")
	at, err := url.Parse(v.post("/ka/checkout", v.checkoutForm(url.Values{"card": {""}})).Header.Get("Location"))
	must(w.t, err)
	w.steer("orders/"+at.Query().Get("order_id")+"/pay", map[string]string{"outcome": "107"})
	page = "/ka/orders/" + w.newest("token")
	if got := statusOf(v.open(page)); got != "declined" {
		w.t.Fatalf("the order is %s", got)
	}
	w.exec("UPDATE stock SET reserved = 0")
	w.exec("UPDATE orders SET status = 'expired', reserves_stock = 0 WHERE id = (SELECT max(id) FROM orders)")
	return page
}

var waysToPay = map[string]way{
	"first try": {prepare: func(w *till, v *visitor) (string, url.Values) {
		v.add("imeruli", "1")
		return "/ka/checkout", v.checkoutForm(url.Values{"card": {""}})
	}},
	"remembered card": {card: true, byCard: true, prepare: func(w *till, v *visitor) (string, url.Values) {
		v.add("imeruli", "1")
		return "/ka/checkout", v.checkoutForm(url.Values{"card": {named(v.open("/ka/checkout"), "use-card").AttrOr("value", "none")}})
	}},
	"second try": {frozen: true, byCard: true, prepare: func(w *till, v *visitor) (string, url.Values) {
		return button(v.open(w.spoiled(v)), "retry-payment")
	}},
	"second try, remembered card": {frozen: true, card: true, byCard: true, prepare: func(w *till, v *visitor) (string, url.Values) {
		return button(v.open(w.spoiled(v)), "retry-by-card")
	}},
	"reorder on the bank's page": {card: true, byCard: true, prepare: func(w *till, v *visitor) (string, url.Values) {
		return button(v.open(w.buys(v, "imeruli", url.Values{"card": {""}})+"/again"), "again-by-card")
	}},
	"reorder with one click": {card: true, byCard: true, prepare: func(w *till, v *visitor) (string, url.Values) {
		return button(v.open(w.buys(v, "imeruli", oneClick)), "buy-again")
	}},
}

// Whatever is checked on one way to pay is checked on all. A rule names the ways that it
// does not apply to, with the reason.
func TestEveryRuleHoldsOnEveryWayToPay(t *testing.T) {
	t.Parallel()
	rules := map[string]struct {
		spoil   func(w *till, v *visitor)
		allowed func(way) bool
	}{
		"nothing is wrong": {func(*till, *visitor) {}, func(way) bool { return true }},
		"the product is withdrawn": {func(w *till, _ *visitor) {
			w.exec("UPDATE products SET active = 0 WHERE slug = 'imeruli'")
		}, nil},
		"there are no units": {func(w *till, _ *visitor) { w.exec("UPDATE stock SET on_hand = reserved") }, nil},
		"the price has moved": {func(w *till, _ *visitor) {
			w.exec("UPDATE products SET price_tetri = price_tetri + 100")
		}, func(x way) bool { return x.frozen }}, // an order's prices are valid for a day
		"an old session": {func(w *till, _ *visitor) { w.signedInLongAgo() }, func(x way) bool { return !x.card }},
		"nobody is signed in": {func(w *till, v *visitor) { v.submit("/ka/logout", nil) },
			func(x way) bool { return x.frozen && !x.card }}, // whoever has the order's link may pay it
		"somebody else is signed in": {func(w *till, v *visitor) {
			v.submit("/ka/logout", nil)
			v.logIn("gio@example.ge", goodPassword)
		}, func(x way) bool { return x.frozen && !x.card }},
		"a form of somebody else": {func(w *till, v *visitor) {
			gio := w.visitor()
			gio.logIn("gio@example.ge", goodPassword)
			gio.add("imeruli", "1")
			v.cookies = gio.cookies
		}, func(x way) bool { return x.frozen && !x.card }},
		"cards are not offered": {func(w *till, _ *visitor) { // a form that names no way to pay is paid in another
			must(w.t, w.store.SwitchMethod(w.t.Context(), models.Actor{}, models.ByCard, false))
			must(w.t, w.store.SwitchMethod(w.t.Context(), models.Actor{}, models.ByTransfer, true))
		}, func(x way) bool { return !x.byCard }},
		"the card is being removed": {func(w *till, _ *visitor) {
			w.exec("UPDATE saved_cards SET state = 'removing', is_default = 0")
		}, func(x way) bool { return !x.card }},
		"the card is removed":   {func(w *till, _ *visitor) { w.exec("UPDATE saved_cards SET state = 'removed', is_default = 0") }, func(x way) bool { return !x.card }},
		"the card is dead":      {func(w *till, _ *visitor) { w.exec("UPDATE saved_cards SET state = 'dead', is_default = 0") }, func(x way) bool { return !x.card }},
		"the card has expired":  {func(w *till, _ *visitor) { w.exec("UPDATE saved_cards SET expiry = '01/20'") }, func(x way) bool { return !x.card }},
		"the card is of others": {func(w *till, _ *visitor) { w.exec("UPDATE saved_cards SET customer_id = 2, is_default = 0") }, func(x way) bool { return !x.card }},
		"the day is over": {func(w *till, _ *visitor) {
			w.exec("UPDATE orders SET created_at = ?", time.Now().UTC().Add(-25*time.Hour).Format("2006-01-02 15:04:05.999999999-07:00"))
		}, func(x way) bool { return !x.frozen }}, // only these have frozen prices
	}
	for rule, r := range rules {
		for name, x := range waysToPay {
			t.Run(rule+": "+name, func(t *testing.T) {
				t.Parallel()
				w := newTill(t)
				v := w.member("nino@example.ge")
				w.member("gio@example.ge")
				w.buys(v, sweet, url.Values{"save_card": {"1"}})
				action, form := x.prepare(w, v)
				if action == "" {
					t.Fatal("the way is not offered")
				}
				before := w.number("SELECT count(*) FROM payments")
				r.spoil(w, v)
				reply := v.post(action, form)
				tried := w.number("SELECT count(*) FROM payments") - before
				at := reply.Header.Get("Location")
				if want := r.allowed != nil && r.allowed(x); want != (tried == 1) || tried > 1 || strings.HasPrefix(at, w.bankURL) && !want {
					t.Errorf("%d tries to pay, want one: %v; %d to %q\n%s", tried, want, reply.StatusCode, at, reply.text)
				}
				// Only another customer's order or card is answered with an error page.
				others := rule == "the card is of others" || strings.Contains(rule, "somebody else") && name != "remembered card"
				if reply.StatusCode >= http.StatusInternalServerError || reply.StatusCode >= http.StatusBadRequest && !others {
					t.Errorf("an error page: %d", reply.StatusCode)
				}
			})
		}
	}
}

// The card of somebody who has only the link of an order is not saved in the account of the
// order's customer, who has agreed for their own card.
func TestAStrangersCardIsNotSaved(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"a stranger": 0, "the customer": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTill(t)
			v := w.member("nino@example.ge")
			v.add(sweet, "1")
			at, err := url.Parse(v.post("/ka/checkout", v.checkoutForm(url.Values{"save_card": {"1"}})).Header.Get("Location"))
			must(t, err)
			w.steer("orders/"+at.Query().Get("order_id")+"/pay", map[string]string{"outcome": "107"})
			page := "/ka/orders/" + w.newest("token")
			payer := v
			if want == 0 {
				payer = w.visitor()
			}
			if got := statusOf(payer.open(page)); got != "declined" {
				t.Fatalf("the order is %s", got)
			}
			at, err = url.Parse(payer.press(payer.open(page), "retry-payment").Header.Get("Location"))
			must(t, err)
			w.steer("orders/"+at.Query().Get("order_id")+"/pay", map[string]string{"card": "4000000000000010"})
			if got := statusOf(payer.open(page)); got != "paid" {
				t.Fatalf("the order is %s", got)
			}
			if n := w.number("SELECT count(*) FROM saved_cards"); n != want {
				t.Errorf("%d cards saved, want %d", n, want)
			}
		})
	}
}

// The same for the bank's page that the customer themselves has opened.
func TestAStrangersCardIsNotSavedOnAPageThatWaits(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"a stranger": 0, "the customer": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTill(t)
			var ahead atomic.Int64
			w.store.Now = func() time.Time { return time.Now().UTC().Add(time.Duration(ahead.Load())) }
			v := w.member("nino@example.ge")
			v.add(sweet, "1")
			v.post("/ka/checkout", v.checkoutForm(url.Values{"save_card": {"1"}}))
			page := "/ka/orders/" + w.newest("token")
			payer := v
			if want == 0 {
				payer = w.visitor()
			}
			at, err := url.Parse(payer.press(payer.open(page), "retry-payment").Header.Get("Location"))
			must(t, err)
			w.steer("orders/"+at.Query().Get("order_id")+"/pay", map[string]string{"card": "4000000000000010"})
			ahead.Store(int64(5 * time.Second)) // the bank is asked again
			if got := statusOf(payer.open(page)); got != "paid" {
				t.Fatalf("the order is %s", got)
			}
			if n := w.number("SELECT count(*) FROM saved_cards WHERE customer_id IS NOT NULL"); n != want {
				t.Errorf("%d cards saved, want %d", n, want)
			}
			if n := w.number("SELECT count(*) FROM saved_cards WHERE customer_id IS NULL AND state <> 'live'"); n != 1-want {
				t.Errorf("%d cards that the bank is told to forget, want %d", n, 1-want)
			}
			if n := named(v.open(page), "card-not-saved").Length(); n != 1-want {
				t.Errorf("the customer is told %d times that no card was saved", n)
			}
		})
	}
}

// A product whose last unit is reserved by the visitor's own unpaid order is sold out for
// everybody but this visitor, on its page and in the cart.
func TestTheProductsPageKnowsTheVisitorsOwnReservation(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	w.exec("UPDATE stock SET on_hand = 1 WHERE product_id = (SELECT id FROM products WHERE slug = '" + sweet + "')")
	v := w.visitor()
	v.add(sweet, "1")
	v.post("/ka/checkout", v.checkoutForm(nil))
	v.post("/ka/cart/items/"+sweet+"/remove", nil)
	v.add("imeruli", "1") // so that the cart is kept
	for name, c := range map[string]struct {
		who  *visitor
		want int
	}{"the shopper": {v, 1}, "somebody else": {w.visitor(), 0}} {
		if got := c.who.open("/ka/p/" + sweet).Find("main [data-testid=add-to-cart]").Length(); got != c.want {
			t.Errorf("%s: %d buttons to buy it, want %d", name, got, c.want)
		}
	}
	v.add(sweet, "1")
	if r := v.post("/ka/checkout", v.checkoutForm(nil)); !strings.HasPrefix(r.Header.Get("Location"), w.bankURL) {
		t.Errorf("ordered again: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
}
