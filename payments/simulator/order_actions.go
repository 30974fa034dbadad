package simulator

import (
	"cmp"
	"time"
)

// event is the event of the callback about the action.
func (a *action) event() string {
	if a.Kind == "refund" || a.Kind == "partial_refund" {
		return "refund"
	}
	return "authorization"
}

// endAction completes or rejects a running action, as the plan or the test digits of the
// order say.
func (t *tx) endAction(o *order, a *action) {
	does := o.behaviour()
	if !does.LaterRejected && (does.RefundCode == "" || a.event() != "refund") {
		t.completeAction(o, a)
		return
	}
	a.At, a.Due, a.Status, a.Code = t.now, time.Time{}, "rejected", cmp.Or(does.RefundCode, "162")
	if a.event() == "authorization" {
		a.Code = "179" // the code seen on a rejected authorize
	}
	o.Status = a.Before
	t.afterChange(o, a.event())
}

// completeAction ends an action with success.
func (t *tx) completeAction(o *order, a *action) {
	a.At, a.Due = t.now, time.Time{}
	a.Status = "completed"
	if a.Split != nil {
		o.Split = a.Split.unexecuted()
	}
	switch a.Kind {
	case "refund", "partial_refund":
		o.Refunded += a.Amount
		if o.Status = statusPartRefunded; o.refundable() == 0 {
			o.Status = statusRefunded
		}
	case "authorize":
		o.Captured, o.Authorized, o.Status, o.Code = a.Amount, 0, statusCompleted, "100"
	case "partial_authorize":
		o.Captured, o.Authorized, o.Status, o.Code = a.Amount, 0, statusPartial, "100"
	case "cancel_authorize":
		o.Authorized = 0
		o.Status = cmp.Or(t.b.settings.CancelledHold, statusRejected)
	}
	t.afterChange(o, a.event())
}

// expireHold releases a hold that was neither approved nor cancelled in 30 days. The bank
// does so by itself, so neither the card nor the plan can reject it.
func (t *tx) expireHold(o *order, a action) {
	a.Before = o.Status
	o.Actions = append(o.Actions, a)
	t.completeAction(o, &o.Actions[len(o.Actions)-1])
}

// action is one refund, approval or cancellation.
type action struct {
	ID     string    `json:"id"`
	Kind   string    `json:"kind"`   // authorize, partial_authorize, cancel_authorize, refund, partial_refund
	Status string    `json:"status"` // "" while it runs, then completed or rejected
	Amount money     `json:"amount"`
	Code   string    `json:"code,omitempty"`
	At     time.Time `json:"at"`
	Due    time.Time `json:"due,omitzero"`     // when it ends; zero means never
	Before string    `json:"before,omitempty"` // the order's status, which it gets back if the action is rejected
	Split  *split    `json:"split,omitempty"`  // of an approval; replaces the order's own
	// Channel is who started it: channelConsole, channelSupport or channelAPI, which is also meant by "".
	Channel string `json:"channel,omitempty"`
}
