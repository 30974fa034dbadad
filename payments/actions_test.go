package payments_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
)

// bankAction is something that staff ask the bank for.
type bankAction struct {
	name, route string
	kind        models.ActionKind
	order       func(w *world) *models.Order
	ask         func(w *world, o *models.Order) error
	state       models.PaymentState
	status      models.OrderStatus
}

func (w *world) paid() *models.Order {
	w.t.Helper()
	o := w.held(goodCard)
	if _, err := w.desk.Capture(w.t.Context(), models.CaptureRequest{OrderID: o.ID, All: true}); err != nil {
		w.t.Fatal(err)
	}
	w.sweep(time.Minute)
	w.wantStatus(o, models.Paid)
	return w.order(o)
}

var bankActions = []bankAction{
	{
		"a refund of a part", "refund", models.ActionRefund, (*world).paid,
		func(w *world, o *models.Order) error {
			_, err := w.desk.Refund(w.t.Context(), models.RefundRequest{OrderID: o.ID, AmountTetri: 5_00, Reason: "x"})
			return err
		},
		models.PaymentPartRefunded, models.PartlyRefunded,
	},
	{
		"a refund of all", "refund", models.ActionRefund, (*world).paid,
		func(w *world, o *models.Order) error {
			_, err := w.desk.Refund(w.t.Context(), models.RefundRequest{OrderID: o.ID, All: true, Reason: "x"})
			return err
		},
		models.PaymentRefunded, models.Refunded,
	},
	{
		"a capture of less", "approve", models.ActionCapture, func(w *world) *models.Order { return w.held(goodCard) },
		func(w *world, o *models.Order) error {
			_, err := w.desk.Capture(w.t.Context(), models.CaptureRequest{OrderID: o.ID, AmountTetri: 5_00, Reason: "x"})
			return err
		},
		models.PaymentPaid, models.Paid,
	},
	{
		"a release", "cancel", models.ActionRelease, func(w *world) *models.Order { return w.held(goodCard) },
		func(w *world, o *models.Order) error {
			_, err := w.desk.Release(w.t.Context(), models.ReleaseRequest{OrderID: o.ID, Reason: "x"})
			return err
		},
		models.PaymentReleased, models.Cancelled,
	},
}

func (a bankAction) table() string {
	if a.kind == models.ActionRefund {
		return "refunds"
	}
	return "captures"
}

// Whatever the bank does to the call, the action is carried out once, under one key.
func TestAnActionSurvivesTheBanksFaults(t *testing.T) {
	t.Parallel()
	for _, a := range bankActions {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			w := holding(t)
			for _, fault := range []string{"lost_reply", "500_after", "500_before", "reset", "truncated_json", "401", "429", "html_error_page"} {
				w.exec("UPDATE stock SET on_hand = on_hand + 5")
				o := a.order(w)
				w.steer("faults", m{"kind": fault, "route": a.route})
				if err := a.ask(w, o); err != nil {
					t.Fatal(fault, err)
				}
				w.sweep(time.Minute)
				w.heal()
				for range 3 {
					w.sweep(time.Hour)
				}
				if p := w.order(o).LastPayment(); p.State != a.state {
					t.Errorf("%s: payment is %s, want %s", fault, p.State, a.state)
				}
				w.wantStatus(o, a.status)
				var state, key string
				row := w.raw.QueryRow("SELECT state, idempotency_key FROM "+a.table()+" WHERE payment_id = ? ORDER BY id DESC", o.LastPayment().ID)
				if err := row.Scan(&state, &key); err != nil || state != "completed" {
					t.Errorf("%s: it is %s, %v", fault, state, err)
				}
				if n := w.number(`SELECT count(*) FROM payment_events WHERE payment_id = ? AND kind = 'call' AND cause LIKE ? AND
					json_extract(headers, '$.idempotency_key') <> ?`, o.LastPayment().ID, "%"+a.route+"%", key); n != 0 {
					t.Errorf("%s: %d calls under another key", fault, n)
				}
			}
			w.wantReview()
			w.wantSameMoney()
		})
	}
}

// The program is killed after the action was stored, and after the call was claimed: the worker goes on.
func TestAnActionOutlivesACrash(t *testing.T) {
	t.Parallel()
	w := holding(t)
	stored := w.held(goodCard)
	if _, err := w.store.RequestCapture(t.Context(), models.CaptureRequest{OrderID: stored.ID, All: true}); err != nil {
		t.Fatal(err)
	}
	claimed := w.held(goodCard)
	c, err := w.store.RequestRelease(t.Context(), models.ReleaseRequest{OrderID: claimed.ID, Reason: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.store.ClaimAction(t.Context(), models.Action{BankAction: c.BankAction, Kind: c.Kind}, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	w.sweep(0)
	w.calledBack(3) // two holds and the capture
	w.sweep(0)
	w.wantStatus(stored, models.Paid)
	w.wantStatus(claimed, models.OnHold) // its next call is not due yet
	w.sweep(time.Minute)
	w.calledBack(4) // and the release
	w.sweep(0)
	w.wantStatus(claimed, models.Cancelled)
	w.wantSameMoney()
}

// I6: the key and the exact body of every action are on disk when its call arrives at the bank.
func TestAnActionIsOnDiskBeforeItsCall(t *testing.T) {
	t.Parallel()
	w, e, _ := behindEdge(t)
	w.newDesk(bog.Simulator(e.url), payments.Config{CallTime: 40 * time.Second, Capture: bog.CaptureManual})
	seen := map[string]int{}
	e.set(func(_ http.ResponseWriter, r *http.Request) bool {
		for _, a := range bankActions {
			if !strings.Contains(r.URL.Path, "/"+a.route+"/") {
				continue
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			var n int
			if err := w.raw.QueryRow("SELECT count(*) FROM "+a.table()+" WHERE idempotency_key = ? AND request_body = ? AND state = 'starting'",
				r.Header.Get("Idempotency-Key"), body).Scan(&n); err != nil || n != 1 {
				t.Errorf("%s: %d rows with key and body %s, %v", a.route, n, body, err)
			}
			seen[a.route]++
			break
		}
		return false
	})
	for _, a := range bankActions {
		if err := a.ask(w, a.order(w)); err != nil {
			t.Fatal(err)
		}
		w.sweep(time.Minute)
	}
	if len(seen) != 3 {
		t.Errorf("calls %v", seen)
	}
	w.wantSameMoney()
}

// Card 0003: the bank rejects what comes after the payment. It can be tried again, under a new key.
func TestARejectedCaptureCanBeTriedAgain(t *testing.T) {
	t.Parallel()
	w := holding(t)
	o := w.held("4000000000000003")
	c, err := w.desk.Capture(t.Context(), models.CaptureRequest{OrderID: o.ID, All: true})
	if err != nil {
		t.Fatal(err)
	}
	w.sweep(time.Minute)
	w.wantStatus(o, models.OnHold)
	w.wantReview(models.ReviewCaptureRejected)
	money, err := w.store.OrderMoney(t.Context(), w.order(o))
	if err != nil {
		t.Fatal(err)
	}
	if got := money.Captures[0]; got.State != models.ActionRejected || got.RejectCode != "179" || got.RejectReason == "" {
		t.Errorf("%+v", got)
	}
	w.steer("orders/"+*o.LastPayment().BankOrderID+"/plan", m{"later": "succeed"})
	if err := w.store.RetryCapture(t.Context(), c.ID, models.Actor{}); err != nil {
		t.Fatal(err)
	}
	w.sweep(time.Minute)
	w.sweep(time.Minute)
	w.wantStatus(o, models.Paid)
	w.wantReview()
	w.wantSameMoney()
}

// Staff refund in the bank's console while the shop asks for a refund, too: the bank takes one at
// a time. The shop's waits, and then gives back just what it was for.
func TestAnActionWaitsForOneThatIsAlreadyRequested(t *testing.T) {
	t.Parallel()
	w := holding(t)
	o := w.paid()
	bankID := *o.LastPayment().BankOrderID
	w.steer("settings", m{"callback": m{"mode": "lost"}})
	w.steer("orders/"+bankID+"/plan", m{"later": "slow"})
	w.steer("orders/"+bankID+"/console", m{"action": "refund", "amount_minor": 200})
	if _, err := w.desk.Refund(t.Context(), models.RefundRequest{OrderID: o.ID, AmountTetri: 3_00, Reason: "x"}); err != nil {
		t.Fatal(err)
	}
	if state := w.number("SELECT count(*) FROM refunds WHERE state = 'starting' AND request_body IS NULL"); state != 1 {
		t.Error("it does not wait for its turn")
	}
	w.steer("clock", m{"offset_seconds": 60})
	for range 3 {
		w.sweep(time.Minute)
		w.steer("clock", m{"offset_seconds": 300})
	}
	w.sweep(time.Hour)
	if p := w.order(o).LastPayment(); p.RefundedTetri != 5_00 || p.State != models.PaymentPartRefunded {
		t.Errorf("payment is %s, refunded %v", p.State, p.RefundedTetri)
	}
	w.wantReview()
	w.wantSameMoney()
}

// The answer to a refund is lost and the bank has forgotten its key when it is asked again. The
// receipt tells that the refund was made.
func TestARefundIsNotRepeatedWhenTheKeyIsForgotten(t *testing.T) {
	t.Parallel()
	w := holding(t)
	o := w.paid()
	w.steer("settings", m{"callback": m{"mode": "lost"}})
	w.steer("faults", m{"kind": "lost_reply", "route": "refund"})
	if _, err := w.desk.Refund(t.Context(), models.RefundRequest{OrderID: o.ID, AmountTetri: 3_00, Reason: "x"}); err != nil {
		t.Fatal(err)
	}
	w.heal()
	w.exec("UPDATE refunds SET idempotency_key = ?", uuid.NewString()) // which the bank sees for the first time
	w.sweep(time.Minute)
	w.sweep(time.Minute)
	if p := w.order(o).LastPayment(); p.RefundedTetri != 3_00 {
		t.Errorf("refunded %v, want 3.00", p.RefundedTetri)
	}
	if n := w.number("SELECT count(*) FROM refunds WHERE state = 'completed'"); n != 1 {
		t.Errorf("%d refunds completed", n)
	}
	w.wantSameMoney()
}

// Two refunds of one payment: the second is asked for when the first is decided.
func TestRefundsTakeTurns(t *testing.T) {
	t.Parallel()
	w := holding(t)
	o := w.paid()
	w.steer("orders/"+*o.LastPayment().BankOrderID+"/plan", m{"later": "slow"})
	for _, amount := range []models.Tetri{3_00, 4_00} {
		if _, err := w.desk.Refund(t.Context(), models.RefundRequest{OrderID: o.ID, AmountTetri: amount, Reason: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	w.sweep(time.Minute)
	if n := w.calls()["refund"]; n != 1 {
		t.Errorf("%d calls, want one at a time", n)
	}
	w.wantStatus(o, models.Refunding)
	for i := range 4 {
		w.steer("clock", m{"offset_seconds": 60 * (i + 1)})
		w.sweep(time.Minute)
	}
	if p := w.order(o).LastPayment(); p.RefundedTetri != 7_00 {
		t.Errorf("refunded %v, want 7.00", p.RefundedTetri)
	}
	w.wantReview()
	w.wantSameMoney()
}

// The second payment of an order is given back by staff; the order stays paid.
func TestASecondPaymentIsRefundedByStaff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.place()
	w.pay(o, m{"outcome": "107"})
	w.settle(o)
	first := w.order(o).LastPayment()
	if _, err := w.desk.Pay(t.Context(), w.order(o), models.PayWith{}); err != nil {
		t.Fatal(err)
	}
	w.pay(o, m{"card": goodCard})
	w.settle(o)
	w.steer("orders/"+*first.BankOrderID+"/pay", m{"force": true, "card": goodCard})
	w.sweep(time.Minute)
	w.wantReview(models.ReviewSecondPayment)
	r := models.RefundRequest{OrderID: o.ID, PaymentID: first.ID, All: true, Reason: "paid twice"}
	if _, err := w.desk.Refund(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	w.sweep(time.Minute)
	w.wantStatus(o, models.Paid)
	w.wantReview()
	if n := w.number("SELECT count(*) FROM refund_lines"); n != 0 {
		t.Errorf("%d lines are refunded", n)
	}
	w.wantSameMoney()
}

// The bank releases a hold by itself after 30 days.
func TestAHoldThatNobodyEndsExpires(t *testing.T) {
	t.Parallel()
	w := holding(t)
	o := w.held(goodCard)
	const days = 24 * 3600
	w.steer("clock", m{"offset_seconds": 26 * days})
	w.sweep(26 * 24 * time.Hour)
	w.wantReview(models.ReviewHoldExpiring)
	w.wantStatus(o, models.OnHold)
	w.steer("clock", m{"offset_seconds": 31 * days})
	w.sweep(5 * 24 * time.Hour)
	w.wantStatus(o, models.Cancelled)
	w.wantPayment(o, models.PaymentReleased, 12_50, 0)
	w.wantMails(o, models.MailHeld, models.MailReleased)
	w.wantReview()
	w.wantSameMoney()
}

// An automatic charge inherits the hold (bog-api.md §11), and the saved card outlives the release
// of the hold that it was saved on.
func TestAnAutomaticChargeIsAHoldToo(t *testing.T) {
	t.Parallel()
	w := holding(t)
	w.people()
	parent := w.bought(models.Subscription, goodCard)
	w.wantStatus(parent, models.OnHold)
	w.card() // is saved
	if _, err := w.desk.Release(t.Context(), models.ReleaseRequest{OrderID: parent.ID, Reason: "x"}); err != nil {
		t.Fatal(err)
	}
	w.sweep(time.Minute)
	w.wantStatus(parent, models.Cancelled)
	o, err := w.again(parent)
	if err != nil {
		t.Fatal(err)
	}
	w.settle(o)
	w.wantStatus(o, models.OnHold)
	w.wantPayment(o, models.PaymentHeld, 12_50, 0)
	if _, err := w.desk.Capture(t.Context(), models.CaptureRequest{OrderID: o.ID, All: true}); err != nil {
		t.Fatal(err)
	}
	w.sweep(time.Minute)
	w.wantStatus(o, models.Paid)
	w.wantSameMoney()
}
