package payments_test

import (
	"testing"
	"time"

	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
)

// holding is a world whose shop captures by hand.
func holding(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.newDesk(bog.Simulator(w.bankURL), payments.Config{CallTime: 40 * time.Second, Capture: bog.CaptureManual})
	return w
}

// held is an order whose money the bank holds on card.
func (w *world) held(card string) *models.Order {
	w.t.Helper()
	o, _ := w.place()
	w.pay(o, m{"card": card})
	o = w.settle(o)
	w.wantStatus(o, models.OnHold)
	return o
}

func (w *world) wantPayment(o *models.Order, state models.PaymentState, authorized, captured models.Tetri) {
	w.t.Helper()
	if p := w.order(o).LastPayment(); p.State != state || p.AuthorizedTetri != authorized || p.CapturedTetri != captured {
		w.t.Errorf("payment is %s, authorized %v, captured %v; want %s, %v, %v", p.State, p.AuthorizedTetri, p.CapturedTetri, state, authorized, captured)
	}
}

func TestAHoldIsCaptured(t *testing.T) {
	t.Parallel()
	w := holding(t)
	o := w.held(goodCard)
	w.wantPayment(o, models.PaymentHeld, 12_50, 0)
	if n := w.number("SELECT reserved FROM stock"); n != 1 {
		t.Errorf("%d units reserved, want 1", n)
	}
	if method := w.order(o).LastPayment().Method; method != "card" {
		t.Errorf("method %q", method)
	}
	c, err := w.desk.Capture(t.Context(), models.CaptureRequest{OrderID: o.ID, All: true})
	if err != nil || c.AmountTetri != 12_50 {
		t.Fatalf("%+v, %v", c, err)
	}
	w.sweep(time.Second)
	w.wantStatus(o, models.Paid)
	w.wantPayment(o, models.PaymentPaid, 12_50, 12_50)
	w.wantMails(o, models.MailHeld, models.MailPaid)
	if n := w.number("SELECT count(*) FROM captures WHERE state = 'completed' AND request_body IS NOT NULL"); n != 1 {
		t.Errorf("%d captures completed", n)
	}
	w.wantSameMoney()
}

func TestLessOfAHoldIsCaptured(t *testing.T) {
	t.Parallel()
	w := holding(t)
	o := w.held(goodCard)
	if _, err := w.desk.Capture(t.Context(), models.CaptureRequest{OrderID: o.ID, AmountTetri: 10_00, Reason: "dented jar"}); err != nil {
		t.Fatal(err)
	}
	w.sweep(time.Second)
	w.wantStatus(o, models.Paid)
	w.wantPayment(o, models.PaymentPaid, 12_50, 10_00)
	w.wantMails(o, models.MailHeld, models.MailCapturedLess)
	w.wantSameMoney()
	if _, err := w.desk.Refund(t.Context(), models.RefundRequest{OrderID: o.ID, All: true, Reason: "gone bad"}); err != nil {
		t.Fatal(err)
	}
	w.sweep(time.Second)
	w.wantStatus(o, models.Refunded)
	w.wantSameMoney()
}

func TestAHoldIsReleased(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"rejected", "refunded"} { // both are told of the bank
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			w := holding(t)
			w.steer("settings", m{"cancelled_hold": word})
			o := w.held(goodCard)
			if _, err := w.desk.Release(t.Context(), models.ReleaseRequest{OrderID: o.ID, Reason: "sold out"}); err != nil {
				t.Fatal(err)
			}
			w.sweep(time.Second)
			w.wantStatus(o, models.Cancelled)
			w.wantPayment(o, models.PaymentReleased, 12_50, 0)
			w.wantMails(o, models.MailHeld, models.MailReleased)
			if n := w.number("SELECT reserved FROM stock"); n != 0 {
				t.Errorf("%d units reserved, want none", n)
			}
			if n := w.number("SELECT count(*) FROM captures WHERE kind = 'release' AND state = 'completed'"); n != 1 {
				t.Errorf("%d releases completed", n)
			}
			w.wantSameMoney()
			w.sweep(25 * time.Hour) // the first of the later looks: the bank still says the same
			w.wantPayment(o, models.PaymentReleased, 12_50, 0)
			w.wantReview()
		})
	}
}
