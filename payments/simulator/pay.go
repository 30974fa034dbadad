package simulator

import (
	"time"
)

// submit starts the payment of an order by card. Ordinary cards meet the 3-D
// Secure question next.
func (t *tx) submit(o *order, c card, does behaviour, byPage bool) {
	o.Method, o.Card, o.Status = "card", &c, statusProcessing
	try := attempt{At: t.now, Method: "card", Card: c.Masked, ByPage: byPage, Result: "processing"}
	if byPage && !does.Direct {
		o.Challenge = &challenge{ID: t.b.newID(), At: t.now}
		try.Result = "3ds"
	}
	o.Attempts = append(o.Attempts, try)
	if o.Challenge == nil {
		t.authorise(o, does)
	}
}

// authorise goes on after 3-D Secure, at once or after the delay that the
// card or the settings ask for.
func (t *tx) authorise(o *order, does behaviour) {
	o.Challenge = nil
	wait := t.b.settings.SettleMS
	if does.DelayMS != 0 {
		wait = does.DelayMS
	}
	switch {
	case wait == 0:
		t.settle(o)
	case wait > 0:
		o.SettleAt = t.now.Add(time.Duration(wait) * time.Millisecond)
	}
}

// settle decides a payment by its card.
func (t *tx) settle(o *order) {
	code := "100"
	if o.Card != nil {
		if does, known := behaviourOf(o.Card.Test); known {
			code = does.Code
		}
	}
	t.decide(o, code)
}

// decide ends a payment with a response code; 100 means the money was there.
func (t *tx) decide(o *order, code string) {
	o.SettleAt, o.Challenge = time.Time{}, nil
	o.Transaction = t.b.digits(12)
	event := statusCompleted
	switch {
	case code != "100":
		o.Status, o.Code, o.Reason = statusRejected, code, code
		event = statusRejected
	case o.Capture == "manual":
		o.Status, o.Code, o.Held, o.HeldAt = statusBlocked, "200", o.Total, t.now
		event = statusBlocked
	default:
		o.Status, o.Code, o.Taken = statusCompleted, "100", o.Total
	}
	if code == "100" {
		o.Reason = ""
		o.AuthCode = t.b.digits(6)
		o.SavedType = o.Mark // the mark counts only once the card has paid
	}
	if n := len(o.Attempts); n > 0 {
		o.Attempts[n-1].Result = o.Code
	}
	t.notify(o, event)
}

// cancel is the payer giving up on the page. What the bank writes as the
// reason is not known.
func (t *tx) cancel(o *order) {
	o.Status, o.Reason, o.Challenge = statusRejected, reasonUnknown, nil
	t.notify(o, statusRejected)
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
		case o.Challenge != nil:
			t.decide(o, "111")
		case o.Status == statusCreated:
			o.Status, o.Reason = statusRejected, reasonExpiration
			t.notify(o, reasonExpiration)
		case o.Status == statusProcessing:
			t.settle(o)
		case running != nil:
			t.finish(o, running)
		default:
			t.release(o, action{ID: t.b.newID(), Kind: "cancel_authorize", Status: "completed", Amount: o.Held, At: t.now})
		}
		t.now = now
	}
}
