package handlers_test

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"dukani/models"
)

// strays has the bank tell us, under a number that is none of ours, about the payment of an order,
// and returns the page of the item. set changes our record of that payment before.
func (w *office) strays(set string) (o *models.Order, page string) {
	w.t.Helper()
	o = w.places()
	bankID := *o.LastPayment().BankOrderID
	w.exec("UPDATE payments SET " + set)
	w.charge(o.LastPayment(), map[string]any{"card": plainCard})
	must(w.t, w.store.StoreCallback(w.t.Context(), models.Callback{Body: []byte(`{"event":"x"}`), BankOrderID: bankID, OrderNumber: "Z-1"}))
	return o, fmt.Sprint("/admin/review/", w.openItem(models.ReviewUnknownOrder))
}

// asks presses the button that asks the bank, and returns the page after it.
func (w *office) asks(page string) *goquery.Document {
	w.t.Helper()
	action, form := button(w.manager.open(page), "ask-bank")
	if r := w.manager.command(action, form); r.StatusCode != http.StatusSeeOther {
		w.t.Fatalf("%d\n%s", r.StatusCode, r.text)
	}
	return w.manager.open(page)
}

// The bank's order has the number of an order of ours, but that order's attempt is another one.
func TestAskingAboutAnUnknownOrderBooksNothingOnAnother(t *testing.T) {
	t.Parallel()
	w := newOffice(t)
	o, page := w.strays("bank_order_id = 'another one', next_check_at = NULL")
	before := w.number("SELECT count(*) FROM payment_events WHERE payment_id IS NOT NULL")
	doc := w.asks(page)
	for _, want := range []string{"completed", *o.LastPayment().BankOrderID, o.Number, strconv.Itoa(int(o.TotalTetri))} {
		if doc.Find(`[data-testid="review-fact"] [data-value="`+want+`"]`).Length() == 0 {
			t.Errorf("the page does not say %q", want)
		}
	}
	if to := doc.Find(`.review-facts a`).AttrOr("href", ""); to != "/admin/orders/"+o.Number {
		t.Errorf("the order of the same number is at %q", to)
	}
	if w.openItem(models.ReviewUnknownOrder) == 0 {
		t.Error("the item has closed")
	}
	if got := w.newestOrder(); got.Status != o.Status || *got.LastPayment().BankOrderID != "another one" || w.money() != 0 {
		t.Errorf("the order is %s now, with %d tetri", got.Status, w.money())
	}
	if n := w.number("SELECT count(*) FROM payment_events WHERE payment_id IS NOT NULL"); n != before {
		t.Errorf("the journal of the other payment has %d lines more", n-before)
	}
	if n := w.number("SELECT count(*) FROM audit WHERE action = 'review_ask'"); n != 1 {
		t.Errorf("the audit list has it %d times", n)
	}
}

// An attempt that was given up without its id at the bank is settled as if the bank's message had
// found it.
func TestAskingAboutAnUnknownOrderFindsAnAttemptWithoutId(t *testing.T) {
	t.Parallel()
	w := newOffice(t)
	o, page := w.strays("bank_order_id = NULL, state = 'expired', next_check_at = NULL")
	doc := w.asks(page)
	if w.openItem(models.ReviewUnknownOrder) != 0 || textOf(doc, "review-outcome") == "" {
		t.Error("the item is open still")
	}
	if got := w.newestOrder(); got.Status != models.Paid || w.money() != int(o.TotalTetri) {
		t.Errorf("the order is %s, the ledger has %d of %d", got.Status, w.money(), o.TotalTetri)
	}
}

func TestTheBankMayNotKnowAnUnknownOrderEither(t *testing.T) {
	t.Parallel()
	w := newOffice(t)
	page := fmt.Sprint("/admin/review/", w.raise(models.ReviewUnknownOrder))
	if got := w.manager.open(page).Find(`[data-testid="review-fact"] [data-value="none"]`).Length(); got != 1 {
		t.Error("the page does not say that nobody has asked")
	}
	if doc := w.asks(page); doc.Find(`[data-testid="review-fact"] [data-value="unknown"]`).Length() != 1 {
		t.Errorf("the page says %s", doc.Find(".review-facts").Text())
	}
	w.steer("faults", map[string]any{"kind": "500_before", "route": "receipt"})
	action, form := button(w.manager.open(page), "ask-bank")
	if r := w.manager.command(action, form); r.StatusCode != http.StatusServiceUnavailable || w.openItem(models.ReviewUnknownOrder) == 0 {
		t.Errorf("a silent bank: %d", r.StatusCode)
	}
}
