package payments_test

import (
	"errors"
	"testing"
	"time"

	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
)

// outcome is what becomes of an order at the bank.
type outcome struct {
	name  string
	money bool                                                         // the bank has taken the money, or holds it
	come  func(w *world, place func() *models.Order) (o *models.Order) // places an order and lets it come to that
}

// outcomes are all of them, whatever the order is paid with.
var outcomes = []outcome{
	{"paid", true, func(w *world, place func() *models.Order) *models.Order {
		o := place()
		w.pay(o, m{"method": o.Method, "card": goodCard})
		return w.settle(o)
	}},
	{"refused", false, func(w *world, place func() *models.Order) *models.Order {
		o := place()
		w.pay(o, m{"method": o.Method, "card": "4000000000000002"})
		return w.settle(o)
	}},
	{"expired", false, func(w *world, place func() *models.Order) *models.Order {
		o := place()
		w.expire()
		return w.order(o)
	}},
	{"late", true, func(w *world, place func() *models.Order) *models.Order {
		o := place()
		w.expire()
		w.pay(o, m{"method": o.Method, "card": goodCard, "force": true})
		return w.settle(o)
	}},
	{"lost callback", true, func(w *world, place func() *models.Order) *models.Order {
		o := place()
		w.pay(o, m{"method": o.Method, "card": goodCard, "callback": m{"mode": "lost"}})
		w.sweep(time.Minute)
		return w.order(o)
	}},
	{"lost answer", true, func(w *world, place func() *models.Order) *models.Order {
		w.steer("faults", m{"kind": "lost_reply", "route": "create"})
		o := place()
		w.heal()
		w.sweep(time.Minute)
		w.pay(o, m{"method": o.Method, "card": goodCard})
		w.sweep(time.Minute)
		return w.order(o)
	}},
}

// operation is something that is done with an order's money, and what the rules of its way to pay
// say about it.
type operation struct {
	name    string
	capture bog.Capture
	do      func(w *world, o *models.Order) error
	allowed func(models.MethodRules) bool
	refusal func(models.MethodRules) models.ErrorCode // of what is not allowed, when there is money
	want    models.OrderStatus                        // after it, if it is allowed
}

var operations = []operation{
	{
		"refund all", bog.CaptureAutomatic, refunding(models.RefundRequest{All: true, Reason: "x"}),
		func(r models.MethodRules) bool { return r.FullRefund },
		func(models.MethodRules) models.ErrorCode { return models.CodeRefundMethod }, models.Refunded,
	},
	{
		"refund part", bog.CaptureAutomatic, refunding(models.RefundRequest{AmountTetri: 5_00, Reason: "x"}),
		func(r models.MethodRules) bool { return r.PartialRefund },
		func(r models.MethodRules) models.ErrorCode {
			if r.FullRefund {
				return models.CodeRefundInFullOnly
			}
			return models.CodeRefundMethod
		}, models.PartlyRefunded,
	},
	{
		"capture", bog.CaptureManual, func(w *world, o *models.Order) error {
			_, err := w.desk.Capture(w.t.Context(), models.CaptureRequest{OrderID: o.ID, All: true})
			return err
		},
		func(r models.MethodRules) bool { return r.Hold }, nil, models.Paid,
	},
	{
		"release", bog.CaptureManual, func(w *world, o *models.Order) error {
			_, err := w.desk.Release(w.t.Context(), models.ReleaseRequest{OrderID: o.ID, Reason: "x"})
			return err
		},
		func(r models.MethodRules) bool { return r.Hold }, nil, models.Cancelled,
	},
}

func refunding(r models.RefundRequest) func(*world, *models.Order) error {
	return func(w *world, o *models.Order) error {
		r.OrderID = o.ID
		_, err := w.desk.Refund(w.t.Context(), r)
		return err
	}
}

// Every way to pay comes to every outcome, and what can be done with the money then is what the
// table of rules says.
func TestEveryWayToPayComesToEveryOutcome(t *testing.T) {
	t.Parallel()
	for _, method := range models.Methods() {
		for _, c := range outcomes {
			t.Run(string(method)+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.steer("settings", m{"loans": true})
				w.people()
				for _, op := range operations {
					w.goThrough(method, c, op)
				}
				w.saveCardBy(method, c)
				w.wantSameMoney()
			})
		}
	}
}

// deskFor gives the world a desk that offers every way to pay and captures as it is told.
func (w *world) deskFor(capture bog.Capture) {
	w.t.Helper()
	w.newDesk(bog.Simulator(w.bankURL), payments.Config{CallTime: 40 * time.Second, Methods: models.Methods(), Capture: capture})
}

func (w *world) goThrough(method models.Method, c outcome, op operation) {
	w.t.Helper()
	w.deskFor(op.capture)
	o := c.come(w, func() *models.Order {
		o, err := w.placeBy(method)
		if err != nil {
			w.t.Fatal(err)
		}
		return o
	})
	rules := method.Rules()
	before := w.order(o).Status
	if paid := before == models.Paid || before == models.OnHold; paid != c.money || (before == models.OnHold) != (c.money && op.capture == bog.CaptureManual && rules.Hold) {
		w.t.Errorf("%s: the order is %s", op.name, before)
	}
	err := op.do(w, w.order(o))
	if !c.money || !op.allowed(rules) {
		e, ok := errors.AsType[*models.Error](err)
		if !ok || e.Kind != models.Conflict {
			w.t.Errorf("%s is not refused: %v", op.name, err)
		} else if c.money && op.refusal != nil && e.Code != op.refusal(rules) {
			w.t.Errorf("%s is refused with %s, want %s", op.name, e.Code, op.refusal(rules))
		}
		w.wantStatus(o, before)
		return
	}
	if err != nil {
		w.t.Errorf("%s: %v", op.name, err)
		return
	}
	w.sweep(time.Second)
	w.sweep(time.Minute)
	w.wantStatus(o, op.want)
}

// saveCardBy has a customer ask that the card be saved: only a card is, and only if it was paid
// with.
func (w *world) saveCardBy(method models.Method, c outcome) {
	w.t.Helper()
	w.deskFor(bog.CaptureAutomatic)
	c.come(w, func() *models.Order {
		o, _, err := w.placeAs(nino, func(f *models.Checkout) { f.SaveCard, f.Method = models.Recurrent, method })
		if err != nil {
			w.t.Fatal(err)
		}
		return o
	})
	want := 0
	if c.money && method.Rules().SaveCard {
		want = 1
	}
	if cards := len(w.cards()); cards != want {
		w.t.Errorf("%d cards are saved, want %d", cards, want)
	}
}
