package simulator

import (
	"time"
)

// submit starts the payment of an order by card. Ordinary cards meet the 3-D
// Secure question next.
func (t *tx) submit(o *order, c card, byPage bool) { t.submitBy(o, "card", c, byPage, byPage) }

// submitBy starts the payment of an order by any method; see payBy for what c
// is then. With asks the 3-D Secure question comes first, unless the card
// never asks.
func (t *tx) submitBy(o *order, method string, c card, asks, byPage bool) {
	o.payBy(method, c)
	if o.Plan.Outcome == "" && o.Plan.SettleMS == nil && o.Plan.Later == "" {
		o.Plan = o.Plan.and(t.b.faults.plan())
	}
	o.Status, o.Discount = statusProcessing, o.discount(t.b.settings)
	try := attempt{At: t.now, Method: method, ByPage: byPage, Result: "processing"}
	if o.Card != nil {
		try.Card = o.Card.Masked
	}
	closed := t.b.settings.closedTo(o)
	if asks = asks && !closed && !o.behaviour().Direct; asks {
		o.Challenge = &challenge{ID: t.b.newID(), At: t.now}
		try.Result = "3ds"
	}
	o.Attempts = append(o.Attempts, try)
	switch {
	case closed, !o.accepts(o.Card): // where no page could ask for another card
		t.decide(o, "101")
	case !asks:
		t.authorise(o)
	}
}

// authorise goes on after 3-D Secure, at once or after the delay that the
// plan, the card, the client or the settings ask for.
func (t *tx) authorise(o *order) {
	o.Challenge = nil
	switch wait := o.settleMS(t.b.settings); {
	case wait == 0:
		t.decide(o, o.behaviour().Code)
	case wait > 0:
		o.SettleAt = t.now.Add(time.Duration(wait) * time.Millisecond)
	}
}

// decide ends a payment with a response code; 100 means the money was there.
func (t *tx) decide(o *order, code string) {
	o.SettleAt, o.Challenge = time.Time{}, nil
	o.Plan.Outcome, o.Plan.SettleMS = "", nil // they were for this payment
	o.Transaction = t.b.digits(12)
	if code == "100" {
		o.Reason, o.PaidAt = "", t.now
		o.AuthCode = t.b.digits(6)
		if o.Method == "card" {
			o.SavedType = o.Mark // the mark counts only once the card has paid
		}
		o.POS = t.b.settings.pos(o.AccountTag)
		o.Discount = o.discount(t.b.settings)
	}
	event := statusCompleted
	switch {
	case code != "100":
		o.Status, o.Code, o.Reason = statusRejected, code, code
		event = statusRejected
	case o.Capture == "manual":
		o.Status, o.Code, o.Held, o.HeldAt = statusBlocked, "200", o.due(), t.now
		event = statusBlocked
	default:
		o.Status, o.Code, o.Taken = statusCompleted, "100", o.due()
	}
	if n := len(o.Attempts); n > 0 {
		o.Attempts[n-1].Result = o.Code
	}
	t.changed(o, event)
}

// cancel is the payer giving up on the page. What the bank writes as the
// reason is not known.
func (t *tx) cancel(o *order) {
	o.Status, o.Reason, o.Challenge = statusRejected, reasonUnknown, nil
	t.changed(o, statusRejected)
}

// catchUp makes happen what time alone has brought about.
func (t *tx) catchUp(o *order) {
	for {
		due := o.nextDue()
		if due.IsZero() || due.After(t.now) {
			return
		}
		now := t.now
		t.now = due // what was due then happened then, also if nobody looked
		switch running := o.running(); {
		case due.Equal(o.splitDue()):
			t.endSplit(o)
		case o.Challenge != nil:
			t.decide(o, "111")
		case o.Status == statusCreated:
			o.Status, o.Reason = statusRejected, reasonExpiration
			t.changed(o, reasonExpiration)
		case o.Status == statusProcessing:
			t.decide(o, o.behaviour().Code)
		case running != nil:
			t.decideAction(o, running)
		default:
			t.release(o, action{ID: t.b.newID(), Kind: "cancel_authorize", Status: "completed", Amount: o.Held, At: t.now, Channel: channelSupport})
		}
		t.now = now
	}
}
