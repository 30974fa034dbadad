package simulator

import (
	"cmp"
	"net/http"
	"slices"
)

// Kinds of saved cards.
const (
	savedRecurrent    = "recurrent"    // the payer is there, on the page
	savedSubscription = "subscription" // charged without the payer
)

// markCard handles PUT /payments/v1/orders/{id}/cards and …/subscriptions.
// The mark is empty of effect until a card has paid the order, and for ever when it
// comes later than the payment.
func saveCard(kind string) changeFunc {
	return func(t *tx, c *call) reply {
		o := t.order(c.order)
		switch {
		case o == nil:
			return refuse(http.StatusBadRequest, "Invalid order_id")
		case slices.Contains(t.b.settings.Inactive, featureCards):
			return featureClosed()
		case o.Status != statusCreated && t.b.settings.LateSave == "ignored":
			return reply{status: http.StatusAccepted}
		case o.Status != statusCreated:
			return refuse(http.StatusBadRequest, "Order in status "+o.Status+" cannot save a card")
		}
		o.SaveRequest = kind
		return reply{status: http.StatusAccepted}
	}
}

// notOpen is the answer to a call about a feature that the bank has not opened.
func featureClosed() reply {
	return refuse(http.StatusForbidden, "The feature is not active for this merchant")
}

// forgetCard handles DELETE /payments/v1/charges/card/{id}.
func forgetCard(t *tx, c *call) reply {
	o := t.order(c.order)
	switch {
	case o == nil:
		return refuse(http.StatusBadRequest, "Invalid order_id")
	case !t.hasSavedCard(o, savedRecurrent) && !t.hasSavedCard(o, savedSubscription):
		return refuse(http.StatusBadRequest, codeTexts["102"].EN)
	}
	o.Forgotten = true
	return reply{status: http.StatusAccepted}
}

// remembers says whether the order is the handle of a saved card of a kind. An order
// that saved a card and is not paid is a hold that was cancelled or released.
func (t *tx) hasSavedCard(o *order, kind string) bool {
	if o.ParentID != "" || o.SavedType != kind || o.Forgotten {
		return false
	}
	return o.AuthorizedAt.IsZero() || o.Authorized > 0 || o.Captured > 0 || t.b.settings.CancelledHoldCard != "forgotten"
}

// paySaved handles POST /payments/v1/ecommerce/orders/{id}: a new order whose
// page does not ask for the card. If the card is gone the payment fails with
// 102; whether the bank says so at once is not known.
func paySaved(t *tx, c *call) reply {
	parent := t.order(c.order)
	if parent == nil {
		return refuse(http.StatusBadRequest, "Invalid order_id")
	}
	o, problem := t.readOrder(c)
	if problem != "" {
		return refuse(http.StatusBadRequest, problem)
	}
	o.Option, o.ParentID = savedRecurrent, parent.ID
	t.add(o)
	return created(o, true)
}

// savedCard is the card a saved-card order would charge, or nil.
func (t *tx) savedCard(o *order) *card {
	parent := t.order(o.ParentID)
	if parent == nil || !t.hasSavedCard(parent, o.Option) {
		return nil
	}
	return parent.Card
}

// submitSaved starts the payment of an order by the card its parent saved.
func (t *tx) payBySavedCard(o *order, byPage bool) {
	saved := t.savedCard(o)
	if saved == nil {
		o.Method = "card"
		o.Attempts = append(o.Attempts, attempt{At: t.now, Method: "card", ByPage: byPage})
		t.endPayment(o, "102")
		return
	}
	o.SaveRequest = o.Option
	does := t.order(o.ParentID).behaviour()
	if !byPage && o.Plan.Outcome == "" && (does.LaterRejected || does.ChargeCode != "") {
		o.Card, o.Method = saved, "card"
		o.Attempts = append(o.Attempts, attempt{At: t.now, Method: "card", Card: saved.Masked})
		t.endPayment(o, cmp.Or(does.ChargeCode, "101"))
		return
	}
	t.payByCard(o, *saved, byPage)
}

// subscribe handles POST /payments/v1/ecommerce/orders/{id}/subscribe: a
// charge without the payer, of the parent's amount and, unless the settings say
// otherwise, of its capture: what repeats a hold is a hold. The answer says only that
// it was started.
func subscribe(t *tx, c *call) reply {
	parent := t.order(c.order)
	if parent == nil {
		return refuse(http.StatusBadRequest, "Invalid order_id")
	}
	in := &input{strict: t.b.settings.Strict}
	body := in.root(c)
	callback := readCallbackURL(body, t.b.settings, false)
	external := body.text("external_order_id")
	body.rejectUnknown()
	if in.problem != "" {
		return refuse(http.StatusBadRequest, in.problem)
	}
	if external == nil {
		external = parent.ExternalID
	}
	capture := parent.Capture
	if t.b.settings.ChargeCapture == "automatic" {
		capture = "automatic"
	}
	o := &order{
		ID: t.b.newID(), ExternalID: external, CallbackURL: cmp.Or(callback, parent.CallbackURL),
		Success: parent.Success, Fail: parent.Fail, Base: c.base, Capture: capture, Lang: parent.Lang, Theme: parent.Theme,
		Currency: parent.Currency, Buyer: parent.Buyer, Total: parent.Total, Items: slices.Clone(parent.Items),
		AccountTag: parent.AccountTag, Campaign: parent.Campaign, Split: parent.Split.unexecuted(), Created: t.now, Expires: t.now.Add(parent.Expires.Sub(parent.Created)),
		Status: statusCreated, Option: savedSubscription, ParentID: parent.ID,
	}
	if t.b.settings.needsClosedFeature(o) {
		return featureClosed()
	}
	t.add(o)
	t.payBySavedCard(o, false)
	return created(o, false)
}
