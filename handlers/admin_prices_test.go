package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dukani/models"
)

// A price list with mistakes changes nothing, names each mistake and can be mended on the
// page; a good one is shown before it is carried out.
func TestAPriceListIsLookedAtBeforeItIsCarriedOut(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	v := s.staff(models.RoleManager)
	named(v.open("/admin/prices"), "price-list-upload")
	bad := "slug;price;stock\nsulguni;ten;-1\nunknown;5;1\n"
	for what, r := range map[string]*reply{
		"uploaded": v.upload("/admin/prices", "prices.csv", []byte(bad), url.Values{"text": {""}}),
		"pasted":   v.upload("/admin/prices", "", nil, url.Values{"text": {bad}}),
	} {
		doc := r.document()
		mistakes := named(doc, "price-list-mistake")
		if r.StatusCode != http.StatusUnprocessableEntity || mistakes.Length() != 3 || mistakes.First().AttrOr("data-value", "") != "2" ||
			mistakes.First().AttrOr("data-field", "") != "price" || mistakes.Last().AttrOr("data-value", "") != "3" { // what is no amount, and what is no product
			t.Errorf("%s: %d with %d mistakes\n%s", what, r.StatusCode, mistakes.Length(), mistakes.Text())
		}
		if got := doc.Find("#text").Text(); strings.TrimSpace(got) != strings.TrimSpace(bad) {
			t.Errorf("%s: the list cannot be mended: %q", what, got)
		}
	}
	r := v.upload("/admin/prices", "prices.csv", []byte("slug;price;stock\nsulguni;31,90;12\n"), nil)
	page := r.Header.Get("Location")
	doc := v.shown(r).document()
	change := named(doc, "price-list-change")
	n := named(doc, "price-list-preview").AttrOr("data-value", "")
	if n != "1" || change.AttrOr("data-value", "") != "sulguni" || !strings.Contains(change.Text(), "31.90") {
		t.Fatalf("the preview shows %s: %q", n, change.Text())
	}
	before := textOf(s.page("/en/p/sulguni"), "product-price")
	confirm := fieldsOf(t, doc, "price-list-confirm")
	s.exec("UPDATE stock SET on_hand = on_hand - 1 WHERE product_id = (SELECT id FROM products WHERE slug = 'sulguni')") // one is sold
	r = v.command(page, confirm)
	if r.StatusCode != http.StatusConflict || textOf(r.document(), "form-error") == "" || textOf(s.page("/en/p/sulguni"), "product-price") != before {
		t.Errorf("what was shown is not what there is: %d", r.StatusCode)
	}
	if r = v.command(page, fieldsOf(t, r.document(), "price-list-confirm")); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d\n%s", r.StatusCode, r.text)
	}
	if flash := textOf(v.shown(r).document(), "flash"); !strings.Contains(flash, "1") {
		t.Errorf("it is not said what was done: %q", flash)
	}
	if got := textOf(s.page("/en/p/sulguni"), "product-price"); got != "31.90\u00a0₾" {
		t.Errorf("the price is %q", got)
	}
	export := v.send(request("GET", "/admin/prices/export?category=cheese", nil))
	if !strings.Contains(export.text, "\nsulguni,") || strings.Contains(export.text, "saperavi") || !strings.HasPrefix(export.text, "\ufeff") ||
		!strings.HasPrefix(export.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("exported %v\n%s", export.Header, export.text)
	}
	clerk := s.staff(models.RoleClerk)
	if r := clerk.command(page, confirm); r.StatusCode != http.StatusForbidden {
		t.Errorf("a clerk changes prices: %d", r.StatusCode)
	}
}
