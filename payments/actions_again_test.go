package payments_test

import (
	"testing"
	"time"

	"dukani/models"
)

// paidWith is an order that was paid with a card.
func (w *world) paidWith(card string) *models.Order {
	w.t.Helper()
	o, _ := w.place()
	w.pay(o, m{"force": true, "card": card, "callback": m{"mode": "lost"}})
	w.settle(o)
	w.wantStatus(o, models.Paid)
	return w.order(o)
}

// A refund that was rejected is asked for again, and the answer to that is lost: the old rejection
// in the receipt is not taken for the new one, or the money would go back twice.
func TestAnOldRejectionIsNotTakenForANewOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.paidWith("4000000000000163")
	if _, err := w.desk.Refund(t.Context(), models.RefundRequest{OrderID: o.ID, AmountTetri: 1_00, Reason: "x"}); err != nil {
		t.Fatal(err)
	}
	w.sweep(time.Second)
	w.sweep(time.Minute)
	w.steer("orders/"+*o.LastPayment().BankOrderID+"/plan", m{"later": "succeed"})
	for range 3 {
		w.steer("faults", m{"kind": "lost_reply", "route": "refund"})
		w.sweep(13 * time.Hour)
		w.heal()
		w.sweep(time.Minute)
		w.sweep(time.Minute)
	}
	if p := w.order(o).LastPayment(); p.RefundedTetri != 1_00 {
		t.Errorf("%s went back for one refund of 1.00", p.RefundedTetri)
	}
	if n := w.number("SELECT count(*) FROM refunds WHERE state = 'completed'"); n != 1 {
		t.Errorf("%d refunds are completed", n)
	}
}

// A hold whose order is cancelled is only released, also when the bank has rejected that once.
func TestAHoldOfACancelledOrderIsNotCaptured(t *testing.T) {
	t.Parallel()
	w := holding(t)
	o := w.held(goodCard)
	if _, err := w.store.CancelByCustomer(t.Context(), o.ID); err != nil {
		t.Fatal(err)
	}
	w.exec("UPDATE captures SET state = 'rejected', reject_code = '179'")
	if _, err := w.desk.Capture(t.Context(), models.CaptureRequest{OrderID: o.ID, All: true, Reason: "x"}); !models.IsKind(err, models.Conflict) {
		t.Errorf("captured: %v", err)
	}
	w.sweep(time.Minute)
	if p := w.order(o).LastPayment(); p.CapturedTetri != 0 {
		t.Errorf("%s is captured", p.CapturedTetri)
	}
}
