package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dukani/models"
)

func TestClerksMoveStockAndNothingElse(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	s.exec("UPDATE stock SET on_hand = 10, reserved = 4 WHERE product_id = (SELECT id FROM products WHERE slug = 'sulguni')")
	v := s.staff(models.RoleClerk)
	if named(v.open("/admin/products/sulguni"), "product-save").Length() != 0 {
		t.Error("a clerk is offered to change the product")
	}
	if r := v.command("/admin/products/sulguni", url.Values{"price": {"1"}}); r.StatusCode != http.StatusForbidden {
		t.Errorf("a clerk changes a price: %d", r.StatusCode)
	}
	const page = "/admin/products/sulguni/stock"
	for name, test := range map[string]struct {
		reason, quantity, seen string
		status                 int
		message                string
	}{
		"a word":               {"delivered", "many", "10", 422, "whole number"},
		"nothing delivered":    {"delivered", "0", "10", 422, "one or more"},
		"less than nothing":    {"counted", "-1", "10", 422, "less than zero"},
		"no such reason":       {"sold", "1", "10", 422, "reason"},
		"more lost than free":  {"lost", "7", "10", 409, "reserved 4"},
		"counted too few":      {"counted", "3", "10", 409, "reserved 4"},
		"counted another time": {"counted", "9", "11", 409, "there are 10"},
		"far too many":         {"delivered", "1000000", "10", 422, "cannot be that many"},
	} {
		r := v.command(page, url.Values{"reason": {test.reason}, "quantity": {test.quantity}, "seen": {test.seen}, "note": {"kept note"}})
		doc := r.document()
		if text := textOf(doc, "field-error"); r.StatusCode != test.status || !strings.Contains(text, test.message) {
			t.Errorf("%s: %d %q, want %d %q", name, r.StatusCode, text, test.status, test.message)
		}
		if kept := fieldsOf(t, doc, "stock-save"); kept.Get("quantity") != test.quantity || kept.Get("note") != "kept note" {
			t.Errorf("%s: what was typed is lost: %v", name, kept)
		}
	}
	if n := s.number("SELECT count(*) FROM stock_moves"); n != 0 {
		t.Errorf("%d moves were booked", n)
	}
	for _, move := range []url.Values{
		{"reason": {"delivered"}, "quantity": {"5"}},
		{"reason": {"lost"}, "quantity": {"2"}, "note": {"broken"}},
		{"reason": {"counted"}, "quantity": {"11"}, "seen": {"13"}},
	} {
		if r := v.command(page, move); r.StatusCode != http.StatusSeeOther {
			t.Fatalf("%v: %d\n%s", move, r.StatusCode, r.text)
		}
	}
	doc := v.open(page)
	if got := named(doc, "admin-figure-on-hand").AttrOr("data-value", ""); got != "11" {
		t.Errorf("%s on hand, want 11", got)
	}
	if n := named(doc, "stock-move").Length(); n != 3 || !strings.Contains(named(doc, "stock-move").Eq(1).Text(), "broken") {
		t.Errorf("%d moves listed", n)
	}
}
