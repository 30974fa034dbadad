package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dukani/models"
)

// openedForStaff is a till whose back office takes the password alone.
func openedForStaff(t *testing.T) *till {
	t.Helper()
	return newTill(t, noSecondFactor)
}

// backOffice is the page of staff about an order.
func (w *till) backOffice(page string) string { return "/admin/orders/" + w.orderOf(page).Number }

// presses sends the form around an element, with what is filled in besides.
func (v *visitor) presses(page, id string, more url.Values) *reply {
	v.t.Helper()
	action, form := button(v.open(page), id)
	if action == "" {
		v.t.Fatalf("no form around %q on %s", id, page)
	}
	for name, values := range more {
		form[name] = values
	}
	return v.post(action, form)
}

func wantField(t *testing.T, r *reply, field string) {
	t.Helper()
	doc := r.document()
	if r.StatusCode != http.StatusUnprocessableEntity || doc.Find(`[data-testid="field-error"][data-field="`+field+`"]`).Length() != 1 {
		t.Errorf("%d: %s", r.StatusCode, doc.Find("[data-testid=field-error], [data-testid=form-error]").Text())
	}
}

func TestStaffPackSendAndDeliver(t *testing.T) {
	t.Parallel()
	w := openedForStaff(t)
	customer, clerk := w.visitor(), w.staff(models.RoleClerk)
	page := w.byCourier(customer)
	order := w.backOffice(page)
	row := named(clerk.open("/admin/packing"), "packing-order")
	if row.Length() != 1 || row.Find(".packing-lines li").Length() != 2 {
		t.Errorf("%d orders are to be packed: %s", row.Length(), row.Text())
	}
	clerk.presses(order, "pack-submit", nil)
	if got := named(clerk.open(order), "admin-fulfilment").AttrOr("data-status", ""); got != "packed" {
		t.Fatalf("the order is %s", got)
	}
	for _, path := range []string{"/slip", "/label"} {
		text := clerk.open(order + path).Find("main").Text()
		if !strings.Contains(text, "ნინო კაპანაძე") || strings.Contains(text, "₾") {
			t.Errorf("%s has no name, or has prices: %s", path, text)
		}
	}
	r := clerk.presses(order, "ship-submit", url.Values{"carrier": {""}, "tracking": {"A1"}})
	wantField(t, r, "carrier")
	if got := r.document().Find("[name=tracking]").AttrOr("value", ""); got != "A1" {
		t.Errorf("what was typed is %q", got)
	}
	wantField(t, clerk.presses(order, "ship-submit", url.Values{"carrier": {"Post"}, "link": {"javascript:alert(1)"}}), "link")
	wantField(t, clerk.presses(order, "ship-submit", url.Values{"carrier": {"Post"}, "units_0": {"9"}}), "units")
	_, stale := button(clerk.open(order), "ship-submit")
	clerk.presses(order, "ship-submit", url.Values{"carrier": {"Post"}, "tracking": {"A1"}, "units_1": {"0"}})
	stale.Set("carrier", "Post")
	if r := clerk.post(order+"/ship", stale); r.StatusCode != http.StatusConflict || textOf(r.document(), "form-error") == "" {
		t.Errorf("the form of before: %d", r.StatusCode)
	}
	clerk.presses(order, "ship-submit", url.Values{"carrier": {"Post"}, "tracking": {"A2"}})
	if n := named(customer.open(page), "parcel").Length(); n != 2 {
		t.Errorf("the customer sees %d parcels", n)
	}
	if r := clerk.presses(order+"/parcels/2", "parcel-save", url.Values{"carrier": {"Post"}, "tracking": {"B2"}}); r.StatusCode != http.StatusSeeOther {
		t.Errorf("correct: %d", r.StatusCode)
	}
	if text := named(customer.open(page), "parcel").Text(); !strings.Contains(text, "B2") || strings.Contains(text, "A2") {
		t.Errorf("the customer reads %s", text)
	}
	wantField(t, clerk.presses(order, "deliver-submit", url.Values{"to": {""}}), "to")
	clerk.presses(order, "deliver-submit", url.Values{"to": {"Giorgi"}})
	clerk.presses(order, "deliver-submit", url.Values{"to": {"Giorgi"}})
	if got := named(customer.open(page), "order-fulfilment").AttrOr("data-status", ""); got != "delivered" {
		t.Errorf("the customer sees %q", got)
	}
}

func TestStaffHandOver(t *testing.T) {
	t.Parallel()
	w := openedForStaff(t)
	customer, clerk := w.visitor(), w.staff(models.RoleClerk)
	page := w.buys(customer, sweet, nil)
	order := w.backOffice(page)
	if named(clerk.open(order), "ship-submit").Length() != 0 {
		t.Error("what is picked up can be sent")
	}
	clerk.presses(order, "ready-submit", nil)
	wantField(t, clerk.presses(order, "handover-submit", url.Values{"to": {"Nino"}, "day": {"2020-01-01"}}), "day")
	clerk.presses(order, "handover-submit", url.Values{"to": {"Nino"}})
	if got := named(customer.open(page), "order-fulfilment").AttrOr("data-status", ""); got != "handed_over" {
		t.Errorf("the customer sees %q", got)
	}
}

func TestStaffBookWhatCameBack(t *testing.T) {
	t.Parallel()
	w := openedForStaff(t)
	customer, manager := w.visitor(), w.staff(models.RoleManager)
	page := w.byCourier(customer)
	w.deliveredNow(page)
	customer.post(page+"/withdraw", customer.withdrawal(page))
	row := named(manager.open("/admin/returns"), "return-row")
	if row.Length() != 1 || named(manager.open("/admin/returns"), "return-due").AttrOr("data-value", "") != "14" {
		t.Fatalf("%d returns wait: %s", row.Length(), row.Text())
	}
	const back = "/admin/returns/1"
	wantField(t, manager.presses(back, "return-submit", url.Values{"restock_0": {"0"}}), "note")
	wantField(t, manager.presses(back, "return-submit", url.Values{"restock_0": {"2"}}), "units")
	r := manager.presses(back, "return-submit", url.Values{"restock_0": {"0"}, "write_off_0": {"1"}})
	if r.Header.Get("Location") != "/admin/returns" {
		t.Fatalf("%d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	o := w.orderOf(page)
	if n := w.number("SELECT coalesce(sum(amount_tetri), 0) FROM refunds"); n != int(o.TotalTetri) {
		t.Errorf("%d tetri go back, want %d", n, o.TotalTetri)
	}
	if text := w.mailed(models.MailReturned); !strings.Contains(text, "1 × "+o.Lines[0].NameKa) {
		t.Errorf("the mail says %s", text)
	}
	if got := named(customer.open(page), "order-return").AttrOr("data-status", ""); got != "received" {
		t.Errorf("the customer sees %q", got)
	}
	if r := manager.command(back, url.Values{"restock_0": {"1"}, "restock_1": {"1"}}); r.StatusCode != http.StatusConflict {
		t.Errorf("booked twice: %d", r.StatusCode)
	}
}

func TestStaffEnterAWithdrawalAndCancel(t *testing.T) {
	t.Parallel()
	w := openedForStaff(t)
	customer, manager := w.visitor(), w.staff(models.RoleManager)
	page := w.byCourier(customer)
	order := w.backOffice(page)
	wantField(t, manager.presses(order, "cancel-order", nil), "reason")
	stale := manager.open(order)
	w.deliveredNow(page)
	action, form := button(stale, "cancel-order")
	form.Set("reason", "asked by telephone")
	if r := manager.post(action, form); r.StatusCode != http.StatusConflict {
		t.Errorf("what was delivered is cancelled: %d", r.StatusCode)
	}
	manager.presses(order, "announce-submit", url.Values{"units_0": {"1"}, "reason": {"called"}})
	if named(manager.open(order), "return").Length() != 1 || named(customer.open(page), "order-return").Length() != 1 {
		t.Error("the withdrawal is not there")
	}
	other := w.buys(w.visitor(), sweet, nil)
	manager.presses(w.backOffice(other), "cancel-order", url.Values{"reason": {"asked by telephone"}})
	wantStatusAfter(t, customer, other, "cancelled")
	w.forgetProof()
	if named(manager.open(w.backOffice(page)), "cancel-order").Length() != 0 {
		t.Error("money moves without a fresh proof")
	}
	if r := manager.command("/admin/returns/1", nil); !strings.HasPrefix(r.Header.Get("Location"), "/admin/confirm") {
		t.Errorf("booked without a fresh proof: %d", r.StatusCode)
	}
}
