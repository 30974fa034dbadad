package simulator

import (
	"fmt"
	"slices"
	"time"
)

// plan is what should happen to one order, as chosen on its page or under /_sim/. The card
// and the settings decide about fields that are empty.
type plan struct {
	// Outcome is the response code with which the next payment ends: 100 or a decline.
	// 108 and 111 come at once, without the 3-D Secure step.
	Outcome string `json:"outcome,omitempty"`
	// SettleMS is how long the next payment stays in processing; -1 means for ever.
	SettleMS *int `json:"settle_ms,omitempty"`
	// Callback is how the callbacks of the order travel.
	Callback *Delivery `json:"callback,omitempty"`
	// Later is what happens to refunds, approvals, cancellations and automatic charges of
	// the card that the order saved: one of laters; or one of refundCodes, with which only
	// refunds are rejected; or one of chargeCodes, with which only charges are declined.
	Later string `json:"later,omitempty"`
}

// Values of plan.Later.
const (
	laterSucceed = "succeed"
	laterReject  = "reject"
	laterSlow    = "slow" // they take laterSlowPause and then end as the card says
	laterNever   = "never"
)

const laterSlowPause = 15 * time.Second

var laters = []string{laterSucceed, laterReject, laterSlow, laterNever}

func (p plan) check() error {
	if !slices.ContainsFunc(outcomeOptions, func(o option) bool { return o.Value == p.Outcome }) {
		return fmt.Errorf("outcome: %q is not a response code that ends a payment", p.Outcome)
	}
	if p.Later != "" && !slices.Contains(laters, p.Later) && !slices.Contains(refundCodes, p.Later) && !slices.Contains(chargeCodes, p.Later) {
		return fmt.Errorf("later: %q is none of %q, %q and %q", p.Later, laters, refundCodes, chargeCodes)
	}
	if p.SettleMS != nil && (*p.SettleMS < -1 || *p.SettleMS > maxDelayMS) {
		return fmt.Errorf("settle_ms must be -1..%d", maxDelayMS)
	}
	if p.Callback != nil {
		return p.Callback.check()
	}
	return nil
}

// overriddenBy returns the plan with the fields that over names in place of its own.
func (p plan) overriddenBy(over plan) plan {
	if over.Outcome != "" {
		p.Outcome = over.Outcome
	}
	if over.SettleMS != nil {
		p.SettleMS = over.SettleMS
	}
	if over.Callback != nil {
		p.Callback = over.Callback
	}
	if over.Later != "" {
		p.Later = over.Later
	}
	return p
}

// applyTo returns the behaviour of test digits as the plan changes it.
func (p plan) applyTo(does behaviour) behaviour {
	if p.Outcome != "" {
		does.Code = p.Outcome
		does.Without3DS = does.Without3DS || p.Outcome == "108" || p.Outcome == "111"
	}
	switch {
	case p.Later == laterSucceed:
		does.LaterRejected, does.RefundCode, does.ChargeCode = false, "", ""
	case p.Later == laterReject:
		does.LaterRejected, does.RefundCode, does.ChargeCode = true, "", ""
	case slices.Contains(refundCodes, p.Later):
		does.LaterRejected, does.RefundCode = false, p.Later
	case slices.Contains(chargeCodes, p.Later):
		does.LaterRejected, does.ChargeCode = false, p.Later
	}
	return does
}

// delivery is how callbacks of the order travel, by its plan or else by the settings.
func (o *order) delivery(settings Settings) Delivery {
	if o.Plan.Callback != nil {
		return *o.Plan.Callback
	}
	return settings.Callback
}

// settleMS is how long a payment stays in processing. The plan counts before the test
// digits, and those before the settings.
func (o *order) settleMS(settings Settings) int {
	if o.Plan.SettleMS != nil {
		return *o.Plan.SettleMS
	}
	if own := o.behaviour().DelayMS; own != 0 {
		return own
	}
	return settings.SettleMS
}

// actionMS is how long refunds, approvals and cancellations of the order take.
func (o *order) actionMS(settings Settings) int {
	switch o.Plan.Later {
	case laterSlow:
		return int(laterSlowPause / time.Millisecond)
	case laterNever:
		return -1
	}
	return settings.ActionMS
}
