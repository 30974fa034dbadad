package simulator

import "time"

// payByCard starts the payment of an order by card. On the page an ordinary card asks for
// 3-D Secure next.
func (t *tx) payByCard(o *order, c card, byPage bool) { t.pay(o, "card", c, byPage, byPage) }

// pay starts the payment of an order by any method. For a method without a card, c stands
// for the demo client who pays (see recordMethod). With asks the payer answers 3-D Secure
// first, unless the card works without.
func (t *tx) pay(o *order, method string, c card, asks, byPage bool) {
	o.recordMethod(method, c)
	if o.Plan.Outcome == "" && o.Plan.SettleMS == nil && o.Plan.Later == "" {
		o.Plan = o.Plan.overriddenBy(t.b.faults.randomPlan())
	}
	o.Status, o.Discount = statusProcessing, o.campaignDiscount(t.b.settings)
	try := attempt{At: t.now, Method: method, ByPage: byPage, Result: "processing"}
	if o.Card != nil {
		try.Card = o.Card.Masked
	}
	closed := t.b.settings.needsClosedFeature(o)
	if asks = asks && !closed && !o.behaviour().Without3DS; asks {
		o.Challenge = &challenge{ID: t.b.newID(), At: t.now}
		try.Result = "3ds"
	}
	o.Attempts = append(o.Attempts, try)
	switch {
	case closed, !o.campaignAccepts(o.Card): // the page has refused such a card before it came here
		t.endPayment(o, "101")
	case !asks:
		t.afterChallenge(o)
	}
}

// afterChallenge ends the payment, at once or after the delay that the plan, the test
// digits or the settings ask for.
func (t *tx) afterChallenge(o *order) {
	o.Challenge = nil
	switch wait := o.settleMS(t.b.settings); {
	case wait == 0:
		t.endPayment(o, o.behaviour().Code)
	case wait > 0:
		o.SettleAt = t.now.Add(time.Duration(wait) * time.Millisecond)
	}
}

// endPayment ends a payment with a response code. 100 means success: the amount is
// captured or, with capture manual, authorized.
func (t *tx) endPayment(o *order, code string) {
	o.SettleAt, o.Challenge = time.Time{}, nil
	o.Plan.Outcome, o.Plan.SettleMS = "", nil // they count for one payment only
	o.Transaction = t.b.digits(12)
	if code == "100" {
		o.Reason, o.PaidAt = "", t.now
		o.AuthCode = t.b.digits(6)
		if o.Method == "card" {
			o.SavedType = o.SaveRequest // no other method saves a card
		}
		o.CreditedTag = t.b.settings.creditedTag(o.AccountTag)
		o.Discount = o.campaignDiscount(t.b.settings)
	}
	event := statusCompleted
	switch {
	case code != "100":
		o.Status, o.Code, o.Reason = statusRejected, code, code
		event = statusRejected
	case o.Capture == "manual":
		o.Status, o.Code, o.Authorized, o.AuthorizedAt = statusBlocked, "200", o.amountDue(), t.now
		event = statusBlocked
	default:
		o.Status, o.Code, o.Captured = statusCompleted, "100", o.amountDue()
	}
	if n := len(o.Attempts); n > 0 {
		o.Attempts[n-1].Result = o.Code
	}
	t.afterChange(o, event)
}

// cancelPayment ends an order that the payer cancelled on the page. What the bank gives as
// reject_reason then is not known.
func (t *tx) cancelPayment(o *order) {
	o.Status, o.Reason, o.Challenge = statusRejected, reasonUnknown, nil
	t.afterChange(o, statusRejected)
}

// catchUp brings o up to the present: it does, one after the other, what became due since
// somebody last looked.
func (t *tx) catchUp(o *order) {
	for {
		due := o.nextDue()
		if due.IsZero() || due.After(t.now) {
			return
		}
		now := t.now
		t.now = due // the change gets the time at which it was due
		switch running := o.runningAction(); {
		case due.Equal(o.splitDue()):
			t.completeSplit(o)
		case o.Challenge != nil:
			t.endPayment(o, "111")
		case o.Status == statusCreated:
			o.Status, o.Reason = statusRejected, reasonExpiration
			t.afterChange(o, reasonExpiration)
		case o.Status == statusProcessing:
			t.endPayment(o, o.behaviour().Code)
		case running != nil:
			t.endAction(o, running)
		default:
			t.expireHold(o, action{ID: t.b.newID(), Kind: "cancel_authorize", Status: "completed", Amount: o.Authorized, At: t.now, Channel: channelSupport})
		}
		t.now = now
	}
}
