package handlers_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"dukani/handlers"
	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
)

// office is a till with a manager at the back office's desk.
type office struct {
	*till
	desk    *payments.Desk
	manager *visitor
}

func newOffice(t *testing.T) *office {
	t.Helper()
	return newOfficeOf(t, bog.CaptureAutomatic)
}

// newOfficeFor is an office that captures by hand if a kind of items needs that.
func newOfficeFor(t *testing.T, kind models.ReviewKind) *office {
	t.Helper()
	if slices.Contains([]models.ReviewKind{models.ReviewHoldExpiring, models.ReviewCaptureRejected, models.ReviewCaptureUndecided}, kind) {
		return newOfficeOf(t, bog.CaptureManual)
	}
	return newOffice(t)
}

func newOfficeOf(t *testing.T, capture bog.Capture) *office {
	t.Helper()
	var cfg *handlers.Config
	w := &office{till: newTillOf(t, capture, noSecondFactor, func(c *handlers.Config) { cfg = c })}
	w.store.Log = slog.New(slog.DiscardHandler)
	w.desk, w.manager = cfg.Desk, w.staff(models.RoleManager)
	return w
}

// places orders one sweet, without paying.
func (w *office) places() *models.Order {
	w.t.Helper()
	v := w.visitor()
	v.add(sweet, "1")
	if r := v.post("/ka/checkout", v.checkoutForm(nil)); r.StatusCode != http.StatusSeeOther {
		w.t.Fatalf("placed: %d\n%s", r.StatusCode, r.text)
	}
	return w.newestOrder()
}

func (w *office) newestOrder() *models.Order {
	w.t.Helper()
	o, err := w.store.OrderByID(w.t.Context(), int64(w.number("SELECT max(id) FROM orders")))
	must(w.t, err)
	return o
}

// charge pays an attempt at the bank, whose callback is lost.
func (w *office) charge(p *models.Payment, how map[string]any) {
	w.t.Helper()
	w.steer("orders/"+*p.BankOrderID+"/pay", how)
}

// settles asks the bank about an attempt once it may be asked again.
func (w *office) settles(p *models.Payment) {
	w.t.Helper()
	w.later(3 * time.Second)
	_, err := w.desk.Settle(w.t.Context(), p.ID, models.CauseWorker)
	must(w.t, err)
}

// sweeps lets the worker look for what is due, a while later.
func (w *office) sweeps(after time.Duration) {
	w.t.Helper()
	w.later(after)
	_, err := w.desk.Sweep(w.t.Context())
	must(w.t, err)
}

// boughtBy is an order that the shop knows to be paid with a card.
func (w *office) boughtBy(card string) *models.Order { return w.comesTo(models.Paid, card) }

// heldOn is an order whose money the bank holds on a card.
func (w *office) heldOn(card string) *models.Order { return w.comesTo(models.OnHold, card) }

// comesTo places an order and pays it with a card, which has to bring it to a status.
func (w *office) comesTo(status models.OrderStatus, card string) *models.Order {
	w.t.Helper()
	o := w.places()
	w.charge(o.LastPayment(), map[string]any{"card": card})
	w.settles(o.LastPayment())
	o = w.newestOrder()
	if o.Status != status {
		w.t.Fatalf("the order is %s", o.Status)
	}
	return o
}

// raise makes an item of a kind, and the manager sign in after that: some take days.
func (w *office) raise(kind models.ReviewKind) (id int) {
	w.t.Helper()
	raised[kind](w)
	w.manager.enterAdmin("manager@dukani.example")
	if id = w.openItem(kind); id == 0 {
		w.t.Fatal("it was not raised")
	}
	return id
}

// openItem is the open item of a kind.
func (w *office) openItem(kind models.ReviewKind) (id int) {
	w.t.Helper()
	return w.number("SELECT coalesce(max(id), 0) FROM review_items WHERE kind = ? AND resolved_at IS NULL", kind)
}

// takes goes a way out of an item as the manager does: by the button on its page.
func (w *office) takes(id int, way models.ReviewWay, more url.Values) *reply {
	w.t.Helper()
	page := fmt.Sprint("/admin/review/", id)
	doc := w.manager.open(page)
	form := url.Values{"reason": {"looked at the bank"}, "way": {string(way)}}
	for name, values := range more {
		form[name] = values
	}
	button := doc.Find(`button[name="way"][value="` + string(way) + `"]`)
	if button.Length() != 1 {
		w.t.Fatalf("%d buttons for %s on %s:\n%s", button.Length(), way, page, doc.Find("main").Text())
	}
	to := button.AttrOr("formaction", button.Closest("form").AttrOr("action", ""))
	return w.manager.command(to, form)
}

const plainCard, weakCard = "4000000000000001", "4000000000000003" // every later operation of the second is rejected

// A kind that no scenario raises has never been seen on its page.
func TestEveryKindOfReviewIsRaised(t *testing.T) {
	t.Parallel()
	for _, kind := range models.ReviewKinds() {
		if raised[kind] == nil {
			t.Errorf("nothing raises %s", kind)
		}
	}
}

// wantClosed checks that the manager has resolved an item, once, and that the audit list says so.
func (w *office) wantClosed(id int, way models.ReviewWay) {
	w.t.Helper()
	var resolution string
	var by *int64
	must(w.t, w.raw.QueryRow("SELECT resolution, resolved_by FROM review_items WHERE id = ? AND resolved_at IS NOT NULL", id).Scan(&resolution, &by))
	want := "looked at the bank"
	if way != models.WayClose {
		want = string(way) + ": " + want
	}
	if resolution != want || by == nil {
		w.t.Errorf("resolved with %q by %v, want %q", resolution, by, want)
	}
	if n := w.number("SELECT count(*) FROM audit WHERE action = 'review' AND after = ?", want); n != 1 {
		w.t.Errorf("the audit list has it %d times", n)
	}
}

// money is what the ledger has in all.
func (w *office) money() int {
	return w.number("SELECT coalesce(sum(CASE WHEN kind LIKE 'captured%' THEN amount_tetri ELSE -amount_tetri END), 0) FROM ledger")
}

func TestEveryKindOfReviewIsClosedWithAReason(t *testing.T) {
	t.Parallel()
	for kind := range raised {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newOfficeFor(t, kind)
			id := w.raise(kind)
			if n := named(w.manager.open("/admin/review?kind="+string(kind)), "admin-review-item").Length(); n != 1 {
				t.Errorf("the list shows %d items", n)
			}
			before := w.money()
			if r := w.manager.command(fmt.Sprint("/admin/review/", id), url.Values{"way": {"close"}, "reason": {" "}}); r.StatusCode != http.StatusUnprocessableEntity ||
				named(r.document(), "field-error").AttrOr("data-field", "") != "reason" {
				t.Errorf("without a reason: %d", r.StatusCode)
			}
			if r := w.takes(id, models.WayClose, nil); r.StatusCode != http.StatusSeeOther {
				t.Errorf("closed: %d\n%s", r.StatusCode, r.text)
			}
			w.wantClosed(id, models.WayClose)
			if after := w.money(); after != before {
				t.Errorf("closing moved %d tetri", after-before)
			}
			r := w.manager.command(fmt.Sprint("/admin/review/", id), url.Values{"way": {"close"}, "reason": {"me too"}})
			if r.StatusCode != http.StatusConflict || !strings.Contains(textOf(r.document(), "review-outcome"), "looked at the bank") {
				t.Errorf("whoever comes second: %d, %q", r.StatusCode, textOf(r.document(), "review-outcome"))
			}
			doc := w.manager.open("/admin/review?state=resolved&kind=" + string(kind))
			if n := named(doc, "admin-review-item").Length(); n != 1 {
				t.Errorf("%d resolved items are found", n)
			}
		})
	}
}

func TestWaysOutOfReviewItems(t *testing.T) {
	t.Parallel()
	status := func(want models.OrderStatus) func(*testing.T, *office) {
		return func(t *testing.T, w *office) {
			if o := w.newestOrder(); o.Status != want {
				t.Errorf("the order is %s, want %s", o.Status, want)
			}
		}
	}
	refunded := func(t *testing.T, w *office) {
		w.sweeps(time.Minute)
		w.sweeps(time.Minute)
		if n := w.number("SELECT count(*) FROM payments WHERE state = 'refunded'"); n != 1 {
			t.Errorf("%d payments are refunded", n)
		}
	}
	held := func(want models.ActionKind, then models.OrderStatus) func(*testing.T, *office) {
		return func(t *testing.T, w *office) {
			if n := w.number("SELECT count(*) FROM captures WHERE kind = ? AND staff_id IS NOT NULL", want); n != 1 {
				t.Errorf("%d were requested", n)
			}
			w.sweeps(time.Minute)
			w.sweeps(time.Minute)
			status(then)(t, w)
		}
	}
	for _, c := range []struct {
		kind  models.ReviewKind
		way   models.ReviewWay
		more  url.Values
		check func(*testing.T, *office)
	}{
		{models.ReviewChargeUnknown, models.WayGiveUp, nil, status(models.Expired)},
		{models.ReviewUndecided, models.WayGiveUp, nil, status(models.Expired)},
		{models.ReviewRefundRejected, models.WayRetryRefund, nil, func(t *testing.T, w *office) {
			if n := w.number("SELECT count(*) FROM refunds WHERE state IN ('starting', 'requested')"); n != 1 {
				t.Errorf("%d refunds are on their way", n)
			}
		}},
		{models.ReviewSecondPayment, models.WayRefund, nil, func(t *testing.T, w *office) {
			refunded(t, w)
			status(models.Paid)(t, w) // the first payment stays
			if n := w.number("SELECT count(*) FROM stock_moves WHERE kind = 'sold'"); n != 1 {
				t.Errorf("the units were sold %d times", n)
			}
		}},
		{models.ReviewMismatch, models.WayAccept, nil, func(t *testing.T, w *office) {
			status(models.Paid)(t, w)
			if money, p := w.money(), w.newestOrder().LastPayment(); money != int(p.RequestedTetri)-100 || p.State != models.PaymentPaid {
				t.Errorf("the ledger has %d, the payment is %s", money, p.State)
			}
			w.settles(w.newestOrder().LastPayment())
			status(models.Paid)(t, w) // what was accepted is not reviewed again
		}},
		{models.ReviewMismatch, models.WayRefund, nil, func(t *testing.T, w *office) {
			refunded(t, w)
			if n := w.number("SELECT count(*) FROM stock_moves WHERE kind = 'sold'") + w.number("SELECT sum(reserved) FROM stock") + w.money(); n != 0 {
				t.Errorf("units or money stayed: %d", n)
			}
		}},
		{models.ReviewPaidAfterCancel, models.WayFulfil, nil, status(models.Paid)},
		{models.ReviewPaidAfterCancel, models.WayRefund, nil, func(t *testing.T, w *office) {
			refunded(t, w)
			if n := w.number("SELECT count(*) FROM stock_moves WHERE kind = 'returned'"); n != 1 {
				t.Errorf("the units came back %d times", n)
			}
		}},
		{models.ReviewMailNotSent, models.WayMail, url.Values{"email": {"nino.new@example.ge"}}, func(t *testing.T, w *office) {
			if n := w.number("SELECT count(*) FROM mails WHERE recipient = 'nino.new@example.ge' AND given_up_at IS NULL"); n != 1 {
				t.Errorf("%d mails go to the new address", n)
			}
		}},
		{models.ReviewCardNotForgotten, models.WayForgetCard, nil, func(t *testing.T, w *office) {
			if n := w.number("SELECT count(*) FROM saved_cards WHERE state = 'removed'"); n != 1 {
				t.Errorf("%d cards are removed", n)
			}
		}},
		{models.ReviewCardKind, models.WayForgetCard, nil, func(t *testing.T, w *office) {
			if n := w.number("SELECT count(*) FROM saved_cards WHERE state = 'removed' AND customer_id IS NULL"); n != 1 {
				t.Errorf("%d cards are removed", n)
			}
		}},
		{models.ReviewHoldExpiring, models.WayCapture, nil, held(models.ActionCapture, models.Paid)},
		{models.ReviewHoldExpiring, models.WayRelease, nil, held(models.ActionRelease, models.Cancelled)},
		{models.ReviewCaptureRejected, models.WayCapture, nil, held(models.ActionCapture, models.OnHold)}, // the card rejects all of them
		{models.ReviewCaptureRejected, models.WayRelease, nil, held(models.ActionRelease, models.OnHold)},
		{models.ReviewReconciliation, models.WayAccept, nil, func(t *testing.T, w *office) {
			status(models.Paid)(t, w)
			if n := w.number("SELECT count(*) FROM reconciliation_differences WHERE resolved_at IS NULL"); n != 0 {
				t.Errorf("%d differences are open", n)
			}
		}},
	} {
		t.Run(string(c.kind)+" "+string(c.way), func(t *testing.T) {
			t.Parallel()
			w := newOfficeFor(t, c.kind)
			id := w.raise(c.kind)
			if r := w.takes(id, c.way, c.more); r.StatusCode != http.StatusSeeOther {
				t.Fatalf("%d\n%s", r.StatusCode, r.text)
			}
			w.wantClosed(id, c.way)
			c.check(t, w)
		})
	}
}

// What the bank's answer settles closes by itself.
func TestAskingTheBankClosesWhatItsAnswerSettles(t *testing.T) {
	t.Parallel()
	for _, kind := range []models.ReviewKind{
		models.ReviewUnknownStatus, models.ReviewUnknownAtBank, models.ReviewReconciliation, models.ReviewNoAccess, models.ReviewCaptureUndecided,
		models.ReviewRefundUndecided,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newOfficeFor(t, kind)
			id := w.raise(kind)
			action, form := button(w.manager.open(fmt.Sprint("/admin/review/", id)), "ask-bank")
			if r := w.manager.command(action, form); r.StatusCode != http.StatusSeeOther {
				t.Fatalf("%d\n%s", r.StatusCode, r.text)
			}
			if w.openItem(kind) != 0 {
				t.Error("it is open still")
			}
			if n := w.number("SELECT count(*) FROM audit WHERE action = 'review_ask'"); n != 1 {
				t.Errorf("the audit list has it %d times", n)
			}
		})
	}
}

// Money moves only for a manager who has just confirmed who they are.
func TestMoneyWaysAreForManagersWithAFreshProof(t *testing.T) {
	t.Parallel()
	w := newOffice(t)
	id := w.raise(models.ReviewSecondPayment)
	page := fmt.Sprint("/admin/review/", id)
	clerk := w.staff(models.RoleClerk)
	if n := clerk.open(page).Find(`button[value="refund"]`).Length(); n != 0 {
		t.Error("a clerk is offered the refund")
	}
	answer := url.Values{"way": {"refund"}, "reason": {"x"}}
	if r := clerk.command(page+"/money", answer); r.StatusCode != http.StatusForbidden {
		t.Errorf("a clerk: %d", r.StatusCode)
	}
	if r := clerk.command(page, answer); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a clerk by the other address: %d", r.StatusCode)
	}
	if r := clerk.command(page, url.Values{"way": {"close"}, "reason": {"x"}}); r.StatusCode != http.StatusForbidden || w.openItem(models.ReviewSecondPayment) != id {
		t.Errorf("a clerk closes what is about money: %d", r.StatusCode)
	}
	w.forgetProof()
	if named(w.manager.open(page), "review-confirm").Length() != 1 {
		t.Error("the page does not ask for the proof first")
	}
	if r := w.manager.command(page+"/money", answer); r.StatusCode != http.StatusSeeOther || !strings.HasPrefix(r.Header.Get("Location"), "/admin/confirm") {
		t.Errorf("without a fresh proof: %d to %s", r.StatusCode, r.Header.Get("Location"))
	}
	if n := w.number("SELECT count(*) FROM refunds"); n != 0 {
		t.Errorf("%d refunds", n)
	}
}
