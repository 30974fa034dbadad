package handlers_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"dukani/models"
)

// refunded are the refunds of the database, by their states.
func (s *shop) refunded(state models.ActionState) int {
	s.t.Helper()
	return s.number("SELECT coalesce(sum(amount_tetri), 0) FROM refunds WHERE state = ?", state)
}

func TestAManagerRefundsAnOrder(t *testing.T) {
	t.Parallel()
	w := newTill(t, noSecondFactor)
	page := w.paidOrderPage(nil)
	total := w.number("SELECT total_tetri FROM orders")
	v := w.staff(models.RoleManager)
	doc := v.open(page)
	action, form := button(doc, "refund-submit")
	if action != page+"/refund" || form.Get("key") == "" {
		t.Fatalf("the form goes to %q with %v", action, form)
	}
	refused := func(what, amount, reason, field string) {
		t.Helper()
		form.Set("amount", amount)
		form.Set("reason", reason)
		r := v.command(action, form)
		again := r.document()
		if r.StatusCode != http.StatusUnprocessableEntity || named(again, "field-error").AttrOr("data-field", "") != field {
			t.Errorf("%s: %d, wrong is %q", what, r.StatusCode, named(again, "field-error").AttrOr("data-field", ""))
		}
		if got := named(again, "refund-amount").AttrOr("value", ""); got != amount {
			t.Errorf("%s: the amount %q is %q now", what, amount, got)
		}
		if got := again.Find("#refund-reason").AttrOr("value", ""); got != reason {
			t.Errorf("%s: the reason %q is %q now", what, reason, got)
		}
		if _, sent := button(again, "refund-submit"); sent.Get("key") != form.Get("key") {
			t.Errorf("%s: the form has another key", what)
		}
	}
	refused("more than was captured", strconv.Itoa(total/100+1), "too much", "amount")
	refused("no amount", "a lot", "words", "amount")
	refused("no reason", "1,00", "", "reason")
	if w.number("SELECT count(*) FROM refunds") != 0 {
		t.Fatal("a refused form has requested a refund")
	}
	form.Set("amount", "1.50")
	form.Set("reason", "a broken jar")
	for range 2 { // a double click
		shown := v.shown(v.command(action, form)).document()
		if refund := named(shown, "money-refund"); refund.Length() != 1 || refund.AttrOr("data-value", "") != "150" {
			t.Errorf("the page shows %d refunds of %q", refund.Length(), refund.AttrOr("data-value", ""))
		}
	}
	if n := w.number("SELECT count(*) FROM audit WHERE action = 'refund' AND after LIKE '%a broken jar%' AND who LIKE 'manager@%'"); n != 1 {
		t.Errorf("the audit list has %d refunds", n)
	}
	if got := orderFigure(v.open(page), "left"); got != total-150 {
		t.Errorf("%d can be refunded, want %d", got, total-150)
	}
	// All that is left, in a form of its own.
	action, form = button(v.open(page), "refund-submit")
	form.Set("reason", "all of it")
	v.shown(v.command(action, form))
	if n := w.number("SELECT sum(amount_tetri) FROM refunds"); n != total {
		t.Errorf("%d is refunded of %d", n, total)
	}
	if named(v.open(page), "refund-submit").Length() != 0 {
		t.Error("more is offered than there is")
	}
}

func TestUnitsAreRefundedAndGoOnTheShelf(t *testing.T) {
	t.Parallel()
	w := newTill(t, noSecondFactor)
	page := w.paidOrderPage(nil)
	v := w.staff(models.RoleManager)
	before := w.number("SELECT on_hand FROM stock WHERE product_id = (SELECT product_id FROM order_lines)")
	action, form := button(v.open(page), "refund-submit")
	form.Set("units-0", "2")
	form.Set("reason", "came back")
	form.Set("goods", "restock")
	r := v.command(action, form)
	if r.StatusCode != http.StatusUnprocessableEntity || named(r.document(), "field-error").AttrOr("data-field", "") != "lines" {
		t.Errorf("more units than were bought: %d", r.StatusCode)
	}
	if r.document().Find("[name=units-0]").AttrOr("value", "") != "2" || r.document().Find("[name=goods][value=restock][checked]").Length() != 1 {
		t.Error("what was typed is gone")
	}
	form.Set("units-0", "1")
	shown := v.shown(v.command(action, form)).document()
	if named(shown, "money-refund").AttrOr("data-value", "") != strconv.Itoa(w.number("SELECT unit_tetri FROM order_lines")) {
		t.Errorf("refunded is %s", named(shown, "money-refund").AttrOr("data-value", ""))
	}
	if n := w.number("SELECT on_hand FROM stock WHERE product_id = (SELECT product_id FROM order_lines)"); n != before+1 {
		t.Errorf("%d are on the shelf, there were %d", n, before)
	}
}

// Without a fresh proof no form is offered, and none is carried out.
func TestMoneyMovesOnlyAfterAFreshProof(t *testing.T) {
	t.Parallel()
	w := newTill(t, noSecondFactor)
	page := w.paidOrderPage(nil)
	v := w.staff(models.RoleManager)
	action, form := button(v.open(page), "refund-submit")
	form.Set("reason", "a broken jar")
	w.forgetProof()
	doc := v.open(page)
	if named(doc, "refund-submit").Length() != 0 || !strings.HasPrefix(named(doc, "confirm-first").AttrOr("href", ""), "/admin/confirm?next=") {
		t.Error("the form is offered without a proof, or no way to one")
	}
	r := v.command(action, form, "Referer", shopURL+page)
	if !strings.HasPrefix(r.Header.Get("Location"), "/admin/confirm?next=") || w.number("SELECT count(*) FROM refunds") != 0 {
		t.Errorf("without a proof: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	clerk := w.staff(models.RoleClerk)
	if named(clerk.open(page), "refund-submit").Length() != 0 || clerk.command(action, form).StatusCode != http.StatusForbidden {
		t.Error("a clerk refunds")
	}
}

// refundsOneLari has a manager refund a part of a new order, and returns the order's page.
func (w *till) refundsOneLari() (page string, manager *visitor) {
	w.t.Helper()
	page, manager = w.paidOrderPage(nil), w.staff(models.RoleManager)
	action, form := button(manager.open(page), "refund-submit")
	form.Set("reason", "a broken jar")
	form.Set("amount", "1.00")
	manager.shown(manager.command(action, form))
	return page, manager
}

// A refund that the bank rejects says why, and is asked for again by one press.
func TestARejectedRefundIsAskedForAgain(t *testing.T) {
	t.Parallel()
	w := newTill(t, noSecondFactor)
	page, v := w.refundsOneLari()
	w.exec("UPDATE refunds SET state = 'rejected', reject_code = '163', reject_reason = 'Not enough funds available'")
	doc := v.open(page)
	text := named(doc, "reject-reason").Text()
	if !strings.Contains(text, "not enough settled money") || !strings.Contains(doc.Find("main").Text(), "Not enough funds available") {
		t.Errorf("the reason is %q", text)
	}
	action, form := button(doc, "retry-refund")
	v.shown(v.command(action, form))
	if n := w.refunded(models.ActionRejected); n != 0 {
		t.Errorf("%d is still rejected", n)
	}
	if r := v.command("/admin/orders/D-1/refunds/1/retry", url.Values{}); r.StatusCode != http.StatusNotFound {
		t.Errorf("by another order: %d", r.StatusCode)
	}
}

// A refund that waits for settled money is given up by one form, which wants a reason.
func TestARefundThatWaitsIsStopped(t *testing.T) {
	t.Parallel()
	w := newTill(t, noSecondFactor)
	page, v := w.refundsOneLari()
	if named(v.open(page), "stop-refund").Length() != 0 {
		t.Error("a refund that the bank has can be stopped")
	}
	w.exec("UPDATE refunds SET state = 'queued', action_id = NULL, reject_code = '163', reject_reason = 'x', next_try_at = '2099-01-01 00:00:00+00:00'")
	if named(w.staff(models.RoleClerk).open(page), "stop-refund").Length() != 0 {
		t.Error("a clerk is offered it")
	}
	action, form := button(v.open(page), "stop-refund")
	r := v.command(action, form)
	if r.StatusCode != http.StatusUnprocessableEntity || named(r.document(), "field-error").AttrOr("data-field", "") != "reason" {
		t.Errorf("without a reason: %d", r.StatusCode)
	}
	form.Set("reason", "given back in cash")
	doc := v.shown(v.command(action, form)).document()
	if refund := named(doc, "money-refund"); refund.AttrOr("data-status", "") != "rejected" || !strings.Contains(refund.Text(), "given back in cash") {
		t.Errorf("the refund is %s: %s", refund.AttrOr("data-status", ""), refund.Text())
	}
	if text := named(doc, "reject-reason").Text(); !strings.Contains(text, "Stopped by staff") {
		t.Errorf("it says %q", text)
	}
	if n := w.number("SELECT count(*) FROM audit WHERE action = 'refund_stop' AND after = 'given back in cash' AND who LIKE 'manager@%'"); n != 1 {
		t.Errorf("the audit list has %d lines", n)
	}
	if got, want := orderFigure(doc, "left"), orderFigure(doc, "captured"); got != want {
		t.Errorf("%d can be refunded, want %d", got, want)
	}
	if r := v.command(action, form); r.StatusCode != http.StatusConflict {
		t.Errorf("a second time: %d", r.StatusCode)
	}
}
