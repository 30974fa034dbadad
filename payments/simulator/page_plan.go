package simulator

import (
	"cmp"
	"net/url"
	"strconv"
)

// planForm is the part "What should happen?" of the payment page. Its fields are named
// sim_outcome, sim_settle, sim_callback and sim_later; an empty value leaves the decision to
// the card and the settings. sim_fault and sim_fault_route set a fault for one API call about
// the order: the next one, or the next one of that kind.
type planForm struct{ Outcome, Settle, Callback, Later, Fault, FaultRoute string }

// Values of sim_callback other than names of modes. "sent" stands for what the settings say.
const (
	choiceUsual   = "sent"
	choiceTwice   = "twice"   // ModeDuplicate, two copies
	choiceRetried = "retried" // ModeSent, repeated choiceRetries times if it was not received
)

const choiceRetries = 3

// lateCallbackMS is how late ModeDelayed is from the page, for a person who watches.
const lateCallbackMS = 15_000

// readPlanForm returns the form as it was sent. Fields that were not sent show the plan and
// the faults of the order.
func (b *Bank) readPlanForm(form url.Values, o *order) planForm {
	p := planFormOf(o.Plan)
	p.Fault, p.FaultRoute = firstUsableFault(b.faults.ofOrder(o.ID))
	for name, field := range map[string]*string{"sim_outcome": &p.Outcome, "sim_settle": &p.Settle, "sim_callback": &p.Callback, "sim_later": &p.Later,
		"sim_fault": &p.Fault, "sim_fault_route": &p.FaultRoute} {
		if form.Has(name) {
			*field = form.Get(name)
		}
	}
	return p
}

// planFormOf returns the form that shows a plan.
func planFormOf(p plan) planForm {
	shown := planForm{Outcome: p.Outcome, Callback: choiceUsual, Later: p.Later}
	if p.SettleMS != nil {
		shown.Settle = strconv.Itoa(*p.SettleMS)
	}
	if p.Callback != nil {
		switch shown.Callback = cmp.Or(p.Callback.Mode, ModeSent); {
		case shown.Callback == ModeDuplicate:
			shown.Callback = choiceTwice
		case shown.Callback == ModeSent && p.Callback.Retries > 0:
			shown.Callback = choiceRetried
		}
	}
	return shown
}

// applyTo returns the plan old with the answers of the form. Where the form still shows the
// old plan, the old plan stays, because the steering API can express more than the form.
func (p planForm) applyTo(old plan) plan {
	shown, next := planFormOf(old), old
	if p.Outcome != shown.Outcome {
		next.Outcome = p.Outcome
	}
	if p.Later != shown.Later {
		next.Later = p.Later
	}
	if p.Settle != shown.Settle {
		next.SettleMS = nil
		if ms, err := strconv.Atoi(p.Settle); err == nil {
			next.SettleMS = &ms
		}
	}
	if p.Callback != shown.Callback {
		next.Callback = p.delivery()
	}
	if next.check() != nil {
		return old // the values are not from our page
	}
	return next
}

// firstUsableFault returns what the form shows of the faults of an order: the first that can
// still happen.
func firstUsableFault(set []Fault) (kind, route string) {
	for _, one := range set {
		if !one.usedUp() {
			return one.Kind, one.Route
		}
	}
	return "", ""
}

// setFault replaces the faults of the order by the one in the form, unless the form still
// shows the old one.
func (b *Bank) setFault(p planForm, orderID string) {
	kind, route := firstUsableFault(b.faults.ofOrder(orderID))
	chosen := Fault{Kind: p.Fault, Route: p.FaultRoute, OrderID: orderID, Count: 1}
	if p.Fault == kind && (p.FaultRoute == route || kind == "") || p.Fault != "" && chosen.check() != nil {
		return
	}
	b.faults.replaceForOrder(chosen)
}

func (p planForm) delivery() *Delivery {
	switch p.Callback {
	case "", choiceUsual:
		return nil
	case choiceTwice:
		return &Delivery{Mode: ModeDuplicate, Copies: 2}
	case choiceRetried:
		return &Delivery{Mode: ModeSent, Retries: choiceRetries}
	case ModeDelayed:
		return &Delivery{Mode: ModeDelayed, DelayMS: lateCallbackMS}
	}
	return &Delivery{Mode: p.Callback}
}
