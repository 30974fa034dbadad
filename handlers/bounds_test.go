package handlers_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"dukani/models"
	"dukani/views"
)

// One network cannot reserve without limit, whichever way it places orders; a visitor who is
// refused is told what to do, and nothing that they typed is lost.
func TestReservingIsBoundedOnEveryWay(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	nino := w.member("nino@example.ge")
	bought := w.buys(nino, sweet, oneClick)
	w.store.Bounds = models.Bounds{NetworkOrders: 2}
	buy := func() (*visitor, *reply) {
		v := w.visitor()
		v.add("tklapi-plum", "1")
		return v, v.post("/en/checkout", v.checkoutForm(nil))
	}
	var lapsed *visitor
	for range 2 {
		v, r := buy()
		if r.StatusCode != 303 || !strings.HasPrefix(r.Header.Get("Location"), w.bankURL) {
			t.Fatalf("an order within the bound: %d %s", r.StatusCode, r.text)
		}
		lapsed = v
	}
	v, r := buy()
	r = v.shown(r)
	doc := r.document()
	if r.StatusCode != 429 || !strings.Contains(r.text, views.T("en", "bounds.network")) || doc.Find("[name=name]").AttrOr("value", "") != "ნინო კაპანაძე" {
		t.Errorf("one order too many: %d, name %q", r.StatusCode, doc.Find("[name=name]").AttrOr("value", ""))
	}
	if n := w.number("SELECT count(*) FROM orders"); n != 3 {
		t.Errorf("%d orders, want 3", n)
	}
	again := nino.open(bought + "/again")
	if r := nino.shown(nino.press(again, "buy-again")); r.StatusCode != 429 || !strings.Contains(r.text, views.T("ka", "bounds.network")) {
		t.Errorf("buying again: %d", r.StatusCode)
	}
	// One lapses, another visitor takes its place, and then it is tried again.
	var token string
	must(t, w.raw.QueryRow("SELECT token FROM orders ORDER BY id DESC LIMIT 1").Scan(&token))
	start := time.Now()
	w.store.Now = func() time.Time { return start.Add(30 * time.Minute).UTC() }
	w.exec("UPDATE orders SET status = 'expired', reserves_stock = 0 WHERE token = ?", token)
	w.exec("UPDATE stock SET reserved = reserved - 1 WHERE product_id = (SELECT id FROM products WHERE slug = 'tklapi-plum')")
	w.exec("UPDATE payments SET state = 'expired', next_check_at = NULL, bank_order_id = NULL WHERE order_id = (SELECT id FROM orders WHERE token = ?)", token)
	if r := v.post("/en/checkout", v.checkoutForm(nil)); r.StatusCode != 303 {
		t.Errorf("after one has lapsed: %d", r.StatusCode)
	}
	lapsed.post("/en/orders/"+token+"/pay", url.Values{})
	if got := lapsed.open("/en/orders/" + token); !strings.Contains(got.Text(), views.T("en", "bounds.network")) {
		t.Errorf("the second try is not told why it reserves nothing")
	}
	if n := w.number("SELECT count(*) FROM orders WHERE network <> '' AND network NOT LIKE '%0.0.0.0%'"); n != 4 {
		t.Errorf("%d orders know their network, as a hash", n)
	}
}
