package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// A shopper who is sent to the cart because something was sold out meanwhile finds
// the form as they left it, until the order is placed.
func TestWhatWasTypedOutlivesAVisitToTheCart(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(withBank(t, s.store))
	v := s.visitor()
	v.add("tklapi-plum", "1")
	name := func() string {
		value, _ := v.open("/ka/checkout").Find("[name=name]").Attr("value")
		return value
	}
	page := v.open("/ka/checkout")
	hidden := func(name string) string { return page.Find("[name="+name+"]").AttrOr("value", "") }
	form := url.Values{
		"checkout_key": {"6f3c2a8e-0d1b-4c57-9f6a-1f0e5d7c9b11"}, "expected_total": {hidden("expected_total")}, "shown": {hidden("shown")}, "name": {"ნინო ბერიძე"},
		"email": {"nino@example.ge"}, "phone": {"599 12 34 56"}, "delivery": {"tbilisi"}, "region": {"tbilisi"},
		"street": {"რუსთაველის 1"}, "terms": {"1"},
	}
	onHand := s.number("SELECT on_hand FROM stock WHERE product_id = (SELECT id FROM products WHERE slug = 'tklapi-plum')")
	stock := func(n int) {
		s.exec("UPDATE stock SET on_hand = ? WHERE product_id = (SELECT id FROM products WHERE slug = 'tklapi-plum')", n)
	}
	stock(0)
	if r := v.post("/ka/checkout", form); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/ka/cart" {
		t.Fatalf("sold out: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	v.open("/ka/cart")
	stock(onHand)
	if got := name(); got != "ნინო ბერიძე" {
		t.Errorf("the name is %q, want the one that was typed", got)
	}
	if r := v.post("/ka/checkout", form); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") == "/ka/cart" {
		t.Fatalf("in stock again: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	// Back from the bank: the form is as it was ordered; the terms have to be accepted again.
	doc := v.open("/ka/checkout")
	for field, want := range map[string]string{"name": "ნინო ბერიძე", "email": "nino@example.ge", "phone": "+995 599 12 34 56"} {
		if got := doc.Find("#"+field).AttrOr("value", ""); strings.ReplaceAll(got, "\u00a0", " ") != want {
			t.Errorf("back from the bank %s is %q", field, got)
		}
	}
	if doc.Find("#street").Text() != "რუსთაველის 1" || doc.Find("[name=delivery][checked]").AttrOr("value", "") != "tbilisi" || doc.Find("#terms[checked]").Length() != 0 {
		t.Errorf("back from the bank the form is %s", doc.Find("form.checkout").Text())
	}
	for status, want := range map[string]string{"declined": "ნინო ბერიძე", "expired": "ნინო ბერიძე", "cancelled": "", "paid": ""} {
		s.exec("UPDATE orders SET status = ?", status)
		if got := name(); got != want {
			t.Errorf("with the order %s the name is %q", status, got)
		}
	}
	s.exec("UPDATE orders SET status = 'expired', created_at = ?", s.store.Now().Add(-25*time.Hour))
	if got := name(); got != "" {
		t.Errorf("after a day the name is still %q", got)
	}
}

// Only the courier delivers in Tbilisi, and the list of regions is for everybody else: so
// Tbilisi must not be its first choice.
func TestNoRegionIsChosenForTheShopper(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(withBank(t, s.store))
	v := s.visitor()
	v.add("tklapi-plum", "1")
	if chosen, _ := v.open("/ka/checkout").Find("[name=region] option[selected]").Attr("value"); chosen != "" {
		t.Errorf("region %q is chosen before the shopper has chosen one", chosen)
	}
}
