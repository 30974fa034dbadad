package simulator

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// payRequest is the body of POST /_sim/orders/{id}/pay. Every field is optional.
type payRequest struct {
	Card   string `json:"card"`   // a test card; 4000000000000001 by default
	Expiry string `json:"expiry"` // MM/YY
	CVV    string `json:"cvv"`    // not checked
	Method string `json:"method"` // card by default; with other methods too the card's digits decide what happens
	Force  bool   `json:"force"`  // pays a rejected order as well: a late success
	plan          // its outcome may also be outcomeCancel
}

func (p payRequest) number() string { return cardDigits(cmp.Or(p.Card, "4000000000000001")) }

func (p payRequest) check() error {
	if _, _, known := testCard(p.number()); !known {
		return errors.New("card is not a test card")
	}
	if p.Method != "" && !slices.Contains(allMethods, p.Method) {
		return errors.New("method is unknown")
	}
	if p.Outcome == outcomeCancel {
		p.Outcome = ""
	}
	return p.plan.check()
}

// outcomeCancel is the outcome of a payRequest in which the payer cancels.
const outcomeCancel = "cancel"

// steerPay handles POST /_sim/orders/{id}/pay: it pays without a browser and without 3-D
// Secure. Its answer waits for the callback as long as the payer's browser would.
func (b *Bank) steerPay(w http.ResponseWriter, r *http.Request) {
	var p payRequest
	o := b.steeredOrder(w, r)
	if o == nil || !readSteering(w, r, &p) {
		return
	}
	cancels := p.Outcome == outcomeCancel
	if cancels {
		p.Outcome = ""
	}
	paying := b.demoCard(p.number())
	paying.Expiry = cmp.Or(p.Expiry, paying.Expiry)
	refused := ""
	flights, err := b.inTx(func(t *tx) {
		o = t.order(o.ID)
		if !o.payable() && !(p.Force && o.Status == statusRejected) {
			refused = fmt.Sprintf("the order is not waiting for a payment; force takes a rejected one (status %s)", o.Status)
			return
		}
		o.Plan = o.Plan.overriddenBy(p.plan)
		switch {
		case cancels:
			t.cancelPayment(o)
		case o.ParentID != "":
			t.payBySavedCard(o, false)
		default:
			t.pay(o, cmp.Or(p.Method, "card"), paying, false, false)
		}
	})
	switch {
	case err != nil:
		writeError(w, http.StatusInternalServerError, err.Error())
	case refused != "":
		writeError(w, http.StatusConflict, refused)
	default:
		b.waitForFlights(r, flights, b.currentSettings().redirectWait())
		b.releaseAfterRedirect(o.ID)
		b.answerWithOrder(w, r, o.ID)
	}
}

// steerPlan handles POST /_sim/orders/{id}/plan: what should happen to the order from now
// on. Fields that are not named stay.
func (b *Bank) steerPlan(w http.ResponseWriter, r *http.Request) {
	var p plan
	o := b.steeredOrder(w, r)
	if o == nil || !readSteering(w, r, &p) {
		return
	}
	if _, err := b.inTx(func(t *tx) {
		o = t.order(o.ID)
		o.Plan = o.Plan.overriddenBy(p)
	}); err != nil {
		writeError(w, http.StatusInternalServerError, err.Error())
		return
	}
	b.answerWithOrder(w, r, o.ID)
}
