package simulator

import (
	"net/http"
	"slices"
	"time"
)

type actionAnswer struct {
	Key      string `json:"key"`
	Message  string `json:"message"`
	ActionID string `json:"action_id"`
}

// refundOrder handles POST /payments/v1/payment/refund/{id}.
func refundOrder(t *tx, c *call) reply {
	o := t.order(c.order)
	if o == nil {
		return refuse(http.StatusBadRequest, "Invalid order_id")
	}
	in := &input{strict: t.b.settings.Strict}
	body := in.root(c)
	amount, given := body.money("amount")
	body.rejectUnknown()
	if !given {
		amount = o.refundable()
	}
	kind := "partial_refund"
	if amount == o.Captured {
		kind = "refund"
	}
	switch {
	case in.problem != "":
		return refuse(http.StatusBadRequest, in.problem)
	case o.runningAction() != nil:
		return refuse(http.StatusBadRequest, "Refund already requested")
	case !slices.Contains([]string{statusCompleted, statusPartial, statusPartRefunded}, o.Status):
		return refuse(http.StatusBadRequest, "Order in status "+o.Status+" cannot be refunded")
	case amount <= 0:
		return refuse(http.StatusBadRequest, "amount must be greater than 0")
	case amount > o.refundable():
		return refuse(http.StatusBadRequest, "amount exceeds what is left to refund")
	case !slices.Contains(append([]string{"bog_p2p"}, holdable...), o.Method):
		return refuse(http.StatusBadRequest, "Payments by "+o.Method+" cannot be refunded")
	case kind == "partial_refund" && !slices.Contains(holdable, o.Method):
		return refuse(http.StatusBadRequest, "Payments by "+o.Method+" cannot be refunded partially")
	}
	return t.beginAction(o, action{Kind: kind, Amount: amount}, statusRefundRequested, "Refund request received")
}

// approveHold handles POST /payments/v1/payment/authorization/approve/{id}.
func approveHold(t *tx, c *call) reply {
	o, body, in, problem := t.heldOrder(c)
	if problem != nil {
		return *problem
	}
	amount, given := body.money("amount")
	body.text("description")
	shares := readSplit(body, o.Currency, t.b.settings)
	body.rejectUnknown()
	if !given {
		amount = o.Authorized
	}
	kind := "partial_authorize"
	if amount == o.Authorized {
		kind = "authorize"
	}
	switch {
	case in.problem != "":
		return refuse(http.StatusBadRequest, in.problem)
	case amount <= 0:
		return refuse(http.StatusBadRequest, "amount must be greater than 0")
	case amount > o.Authorized:
		return refuse(http.StatusBadRequest, "amount exceeds the held amount")
	}
	return t.beginAction(o, action{Kind: kind, Amount: amount, Split: shares}, statusAuthRequested, "Pre-authorization payment approval request received")
}

// cancelHold handles POST /payments/v1/payment/authorization/cancel/{id}.
func cancelHold(t *tx, c *call) reply {
	o, body, in, problem := t.heldOrder(c)
	if problem != nil {
		return *problem
	}
	body.text("description")
	body.rejectUnknown()
	if in.problem != "" {
		return refuse(http.StatusBadRequest, in.problem)
	}
	cancellation := action{Kind: "cancel_authorize", Amount: o.Authorized}
	return t.beginAction(o, cancellation, statusAuthRequested, "Pre-authorization payment cancellation request received")
}

// heldOrder returns the order of an approve or cancel call, and the request's body to read. It
// returns a refusal instead if the order holds no money or has another action running.
func (t *tx) heldOrder(c *call) (*order, *node, *input, *reply) {
	o := t.order(c.order)
	fail := func(message string) (*order, *node, *input, *reply) {
		r := refuse(http.StatusBadRequest, message)
		return nil, nil, nil, &r
	}
	switch {
	case o == nil:
		return fail("Invalid order_id")
	case o.runningAction() != nil:
		return fail("Operation already requested")
	case o.Status != statusBlocked:
		return fail("Order in status " + o.Status + " holds no money")
	}
	in := &input{strict: t.b.settings.Strict}
	return o, in.root(c), in, nil
}

// beginAction adds an action to the order and acknowledges it. The action ends after the
// configured delay. Without a delay it ends before the answer is sent, but the answer
// says "request received" all the same.
func (t *tx) beginAction(o *order, a action, during, message string) reply {
	a.ID, a.At, a.Before, a.Channel = t.b.newID(), t.now, o.Status, t.channel
	o.Status = during
	wait := o.actionMS(t.b.settings)
	if wait > 0 {
		a.Due = t.now.Add(time.Duration(wait) * time.Millisecond)
	}
	o.Actions = append(o.Actions, a)
	if wait == 0 {
		t.endAction(o, &o.Actions[len(o.Actions)-1])
	}
	return answer(http.StatusOK, actionAnswer{"request_received", message, a.ID})
}
