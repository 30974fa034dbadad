package simulator

import (
	"cmp"
	"net/http"
	"slices"
)

// What a saved card may be used for.
const (
	savedRecurrent    = "recurrent"    // payments on the page, with the payer present
	savedSubscription = "subscription" // automatic charges, without the payer
)

// saveCard handles PUT /payments/v1/orders/{id}/cards and …/subscriptions: a save-card request.
// The card is saved when it pays the order; a request after the payment saves nothing.
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

// featureClosed is the answer to a call that needs a feature of Settings.Inactive.
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

// hasSavedCard reports whether o saved a card of this kind that can still be charged. If
// o held money once and neither holds nor captured any now, its hold was cancelled or
// released, and Settings.CancelledHoldCard decides.
func (t *tx) hasSavedCard(o *order, kind string) bool {
	if o.ParentID != "" || o.SavedType != kind || o.Forgotten {
		return false
	}
	return o.AuthorizedAt.IsZero() || o.Authorized > 0 || o.Captured > 0 || t.b.settings.CancelledHoldCard != "forgotten"
}

// paySaved handles POST /payments/v1/ecommerce/orders/{id}: it creates an order whose page
// does not ask for a card. If the saved card is gone, the payment fails with code 102;
// whether the bank refuses this call already is not known.
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

// savedCard returns the card that o would charge, or nil if its parent has none.
func (t *tx) savedCard(o *order) *card {
	parent := t.order(o.ParentID)
	if parent == nil || !t.hasSavedCard(parent, o.Option) {
		return nil
	}
	return parent.Card
}

// payBySavedCard starts the payment of an order by the card that its parent saved.
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

// subscribe handles POST /payments/v1/ecommerce/orders/{id}/subscribe: an automatic charge of the
// parent's amount. It also inherits the parent's capture, unless the settings say otherwise, so a
// charge on a hold is a hold. The answer says only that the charge was started.
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
		AccountTag: parent.AccountTag, Campaign: parent.Campaign, Split: parent.Split.unexecuted(),
		Created: t.now, Expires: t.now.Add(parent.Expires.Sub(parent.Created)),
		Status: statusCreated, Option: savedSubscription, ParentID: parent.ID,
	}
	if t.b.settings.needsClosedFeature(o) {
		return featureClosed()
	}
	t.add(o)
	t.payBySavedCard(o, false)
	return created(o, false)
}
