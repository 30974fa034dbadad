package payments_test

import (
	"testing"
	"time"

	"dukani/models"
)

// waitsForMoney is an order of which a refund of 1.00 waits, because the bank has rejected it with
// the code 163; the bank would carry it out now.
func waitsForMoney(w *world) *models.Order {
	w.t.Helper()
	o := w.paidWith("4000000000000163")
	if _, err := w.desk.Refund(w.t.Context(), models.RefundRequest{OrderID: o.ID, AmountTetri: 1_00, Reason: "x", By: models.Actor{Email: "staff@example.ge"}}); err != nil {
		w.t.Fatal(err)
	}
	w.sweep(time.Second)
	w.sweep(time.Minute)
	if n := w.number("SELECT count(*) FROM refunds WHERE state = 'queued' AND reject_code = '163'"); n != 1 {
		w.t.Fatal("the refund does not wait")
	}
	w.wantReview(models.ReviewRefundRejected)
	w.steer("orders/"+*o.LastPayment().BankOrderID+"/plan", m{"later": "succeed"})
	return o
}

func (w *world) wantRefunded(o *models.Order, want models.Tetri, state, code string) {
	w.t.Helper()
	if p := w.order(o).LastPayment(); p.RefundedTetri != want {
		w.t.Errorf("%s went back, want %s", p.RefundedTetri, want)
	}
	var is, why string
	if err := w.raw.QueryRow("SELECT state, reject_code FROM refunds").Scan(&is, &why); err != nil || is != state || why != code {
		w.t.Errorf("the refund is %s, %q, %v; want %s, %q", is, why, err, state, code)
	}
	w.wantSameMoney()
}

// While a refund waits for settled money, staff refund the same part in the bank's console: it
// does not go back a second time.
func TestWhatWentBackInTheConsoleDoesNotGoBackAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		byHand models.Tetri
		all    models.Tetri // what has gone back in the end
		state  string
		code   string
		review []models.ReviewKind
	}{
		"the same part":       {1_00, 1_00, "rejected", models.StoppedOutside, []models.ReviewKind{models.ReviewRefundRejected}},
		"nearly all":          {12_00, 12_00, "rejected", models.StoppedTooLarge, []models.ReviewKind{models.ReviewRefundRejected}},
		"all of it":           {12_50, 12_50, "rejected", "163", nil},
		"less than was asked": {50, 1_50, "completed", "163", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			o := waitsForMoney(w)
			w.steer("orders/"+*o.LastPayment().BankOrderID+"/console", m{"action": "refund", "amount_minor": int(c.byHand)})
			w.sweep(13 * time.Hour)
			w.sweep(time.Minute)
			w.sweep(time.Minute)
			if c.byHand == 12_50 {
				c.state = "completed" // it counts as a part of what went back
			}
			w.wantRefunded(o, c.all, c.state, c.code)
			w.wantReview(c.review...)
		})
	}
}

// A refund that was stopped because as much had gone back is sent all the same if staff say so.
func TestAStoppedRefundCanBeAskedForAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := waitsForMoney(w)
	w.steer("orders/"+*o.LastPayment().BankOrderID+"/console", m{"action": "refund", "amount_minor": 1_00})
	w.sweep(13 * time.Hour)
	w.wantRefunded(o, 1_00, "rejected", models.StoppedOutside)
	if err := w.store.RetryRefund(t.Context(), 1, models.Actor{Email: "staff@example.ge"}); err != nil {
		t.Fatal(err)
	}
	w.sweep(time.Second)
	w.sweep(time.Minute)
	w.wantRefunded(o, 2_00, "completed", "")
	w.wantReview()
}

// Staff stop a refund that waits: it is never sent, and its amount is free again.
func TestAStoppedRefundIsNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := waitsForMoney(w)
	by := models.Actor{Email: "staff@example.ge"}
	if err := w.store.StopRefund(t.Context(), by, 1, " "); !models.IsKind(err, models.Invalid) {
		t.Errorf("without a reason: %v", err)
	}
	if err := w.store.StopRefund(t.Context(), by, 99, "x"); !models.IsKind(err, models.NotFound) {
		t.Errorf("one that is not there: %v", err)
	}
	if err := w.store.StopRefund(t.Context(), by, 1, "paid back in cash"); err != nil {
		t.Fatal(err)
	}
	if err := w.store.StopRefund(t.Context(), by, 1, "again"); !models.IsKind(err, models.Conflict) {
		t.Errorf("a second time: %v", err)
	}
	w.wantReview()
	money, err := w.store.OrderMoney(t.Context(), w.order(o))
	if err != nil || money.Left() != 12_50 || money.RefundsRunning != 0 || money.Refunds[0].RejectReason != "paid back in cash" {
		t.Errorf("%+v, %v", money, err)
	}
	w.sweep(13 * time.Hour)
	w.sweep(time.Minute)
	w.wantRefunded(o, 0, "rejected", models.StoppedByStaff)
	if n := w.number("SELECT count(*) FROM audit WHERE action = 'refund_stop' AND after = 'paid back in cash'"); n != 1 {
		t.Errorf("%d entries in the audit list", n)
	}
	if n := w.number("SELECT count(*) FROM order_events WHERE detail = 'refund_stopped'"); n != 1 {
		t.Errorf("%d entries in the timeline", n)
	}
}

// What the bank is working on is not stopped.
func TestARefundThatTheBankHasIsNotStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.paidWith(goodCard)
	w.steer("orders/"+*o.LastPayment().BankOrderID+"/plan", m{"later": "slow"})
	if _, err := w.desk.Refund(t.Context(), models.RefundRequest{OrderID: o.ID, AmountTetri: 1_00, Reason: "x"}); err != nil {
		t.Fatal(err)
	}
	if err := w.store.StopRefund(t.Context(), models.Actor{Email: "staff@example.ge"}, 1, "x"); !models.IsKind(err, models.Conflict) {
		t.Errorf("stopped: %v", err)
	}
}

// The money of a cancelled order stays owed after its refund was stopped: staff are told.
func TestAStoppedRefundOfACancelledOrderIsStillOwed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.paidWith("4000000000000163")
	if _, err := w.store.CancelByCustomer(t.Context(), o.ID); err != nil {
		t.Fatal(err)
	}
	w.sweep(time.Second)
	w.sweep(time.Minute)
	if err := w.store.StopRefund(t.Context(), models.Actor{Email: "staff@example.ge"}, 1, "by hand"); err != nil {
		t.Fatal(err)
	}
	w.wantReview(models.ReviewRefundRejected)
	bankID := *o.LastPayment().BankOrderID
	w.steer("orders/"+bankID+"/plan", m{"later": "succeed"})
	w.steer("orders/"+bankID+"/console", m{"action": "refund"})
	w.sweep(time.Minute)
	w.wantReview()
	w.wantSameMoney()
}
