package conformance

import (
	"errors"
	"net/http"
	"strings"

	"dukani/payments/bog"
)

var cardChecks = []check{
	{"cards.save", "§11", "a save-card request is answered with 202 and no body", confirmed, cardsSave},
	{"cards.recurrent", "§11", "a saved card pays again without being typed", confirmed, cardsRecurrent},
	{"cards.subscription", "§11", "an automatic charge inherits the parent's order", confirmed, cardsSubscription},
	{"cards.subscription_own", "§11", "an automatic charge with its own callback address and id", confirmed, cardsSubscriptionOwn},
	{"cards.not_saved", "§11", "an order without a save-card request saves no card", confirmed, cardsNotSaved},
	{"cards.late_save", "§11", "a save-card request after the payment", unconfirmed, cardsLateSave},
	{"cards.save_unknown", "§11", "a save-card request for an unknown order is refused", confirmed, cardsSaveUnknown},
	{"cards.unknown_parent", "§21", "an unknown parent is refused", confirmed, cardsUnknownParent},
	{"cards.forget", "§11", "a forgotten card is not charged", confirmed, cardsForget},
	{"cards.forgotten_how", "§11", "how a charge of a forgotten card fails", unconfirmed, cardsForgottenHow},
	{"cards.wrong_kind", "§11", "a card saved for one purpose and used for the other", unconfirmed, cardsWrongKind},
	{"cards.charge_capture", "§11", "an automatic charge on a parent that was a hold is a hold", unconfirmed, cardsChargeCapture},
	{"cards.cancelled_hold", "§11", "a saved card outlives the cancelled hold it was saved with", unconfirmed, cardsCancelledHold},
	{"cards.charge_rejected", "§19", "a card whose automatic charges are rejected", confirmed, cardsChargeRejected},
}

// The ends of the addresses of save-card requests.
const (
	saveRecurrent    = "/cards"
	saveSubscription = "/subscriptions"
)

// requestSaving makes a save-card request. If the feature is not open (403, or 501 from the edge,
// as seen once in the sandbox), the check is skipped.
func (p *probe) requestSaving(id, kind string) answer {
	a := p.call("PUT", "/orders/"+id+kind, "", key(bog.NewIdempotencyKey()))
	if a.status == http.StatusForbidden || a.status == http.StatusNotImplemented {
		p.skip("saving cards is not open here: PUT %s", a.text())
	}
	return a
}

// parent returns a paid order that saved its card.
func (p *probe) parent(kind, card string) placed {
	o := p.order(func(r *bog.OrderRequest) { r.Buyer = &bog.Buyer{FullName: "ნინო კ."} })
	a := p.requestSaving(o.ID, kind)
	p.need(a.status == http.StatusAccepted, "save-card request: %s, want 202", a.text())
	r, _ := p.paid(o, Plan{Card: card})
	p.need(r.Status() == bog.StatusCompleted, "the order is %s, want completed", r.Status())
	return o
}

// heldParent returns a hold that saved its card for automatic charges.
func (p *probe) heldParent() placed {
	o := p.order(manual)
	a := p.requestSaving(o.ID, saveSubscription)
	p.need(a.status == http.StatusAccepted, "save-card request: %s, want 202", a.text())
	r, _ := p.paid(o, Plan{Card: goodCard})
	p.need(r.Status() == bog.StatusBlocked, "the hold is %s, want blocked", r.Status())
	return o
}

func cardsChargeCapture(p *probe) {
	_, r := p.charge(p.heldParent(), bog.ChargeRequest{})
	p.note("charge", "%s, capture %s", r.Status(), r.Capture)
	p.assume(r.Status() == bog.StatusBlocked, "a charge on a parent that was a hold is %s", r.Status())
	if r.Status() == bog.StatusBlocked {
		r, a := p.approved(placed{Order: &bog.Order{ID: r.OrderID}}, bog.ApproveRequest{All: true})
		p.checkCapture(r, a, bog.ActionAuthorize, 530, bog.StatusCompleted)
	}
}

func cardsCancelledHold(p *probe) {
	parent := p.heldParent()
	ack, err := p.client.Cancel(p.ctx, parent.ID, bog.CancelRequest{})
	p.need(err == nil, "cancel: %v", err)
	p.actionOutcome(parent.ID, ack.ActionID)
	a := p.call("POST", "/ecommerce/orders/"+parent.ID+"/subscribe", `{}`)
	if !a.ok() {
		p.note("charge", "%s", a.text())
		p.assume(false, "the saved card went with its cancelled hold: %s", a.text())
		return
	}
	r := p.settled(p.decode(a).string("id"))
	p.note("charge", "%s, code %q", r.Status(), r.PaymentDetail.Code)
	p.assume(r.Status() != bog.StatusRejected, "the saved card went with its cancelled hold")
}

func cardsSave(p *probe) {
	for _, kind := range []string{saveRecurrent, saveSubscription} {
		a := p.requestSaving(p.order().ID, kind)
		p.must(a.status == http.StatusAccepted && len(a.body) == 0, "PUT …%s: %s, want 202 and no body", kind, a.text())
	}
}

func cardsRecurrent(p *probe) {
	parent := p.parent(saveRecurrent, goodCard)
	r, err := p.client.Receipt(p.ctx, parent.ID)
	p.need(err == nil, "receipt: %v", err)
	p.must(r.PaymentDetail.SavedCardType == bog.SavedRecurrent, "the parent's saved_card_type is %q, want recurrent", r.PaymentDetail.SavedCardType)

	ref := p.ref()
	request := p.request(ref)
	request.PurchaseUnits.TotalAmount, request.PurchaseUnits.Basket[0].UnitPrice = 710, 355
	order, err := p.client.PayWithSavedCard(p.ctx, parent.ID, request, bog.CallOptions{Language: bog.English})
	p.need(err == nil, "pay with the saved card: %v", err)
	p.must(order.RedirectURL != "", "there is no link for the customer")
	r, v := p.paid(placed{order, ref}, Plan{})
	p.status(r, bog.StatusCompleted)
	p.must(r.PaymentDetail.PaymentOption == bog.OptionRecurrent, "payment_option is %q, want recurrent", r.PaymentDetail.PaymentOption)
	p.must(r.PaymentDetail.SavedCardType == bog.SavedRecurrent, "saved_card_type is %q, want recurrent", r.PaymentDetail.SavedCardType)
	p.must(r.PaymentDetail.ParentOrderID == parent.ID, "parent_order_id is %q, want the parent", r.PaymentDetail.ParentOrderID)
	p.must(r.PurchaseUnits.TransferAmount == 710, "captured %s, want 7.10", r.PurchaseUnits.TransferAmount)
	for _, page := range v.Pages {
		p.must(!page.CardForm, "the page asks for a card")
	}
}

// charge makes an automatic charge and waits for its outcome.
func (p *probe) charge(parent placed, c bog.ChargeRequest) (doc, *bog.Receipt) {
	body, err := bog.EncodeCharge(c)
	p.need(err == nil, "%v", err)
	a := p.call("POST", "/ecommerce/orders/"+parent.ID+"/subscribe", string(body), key(bog.NewIdempotencyKey()))
	p.need(a.ok(), "charge: %s", a.text())
	d := p.decode(a)
	return d, p.settled(d.string("id"))
}

func cardsSubscription(p *probe) {
	parent := p.parent(saveSubscription, goodCard)
	before, err := p.client.Receipt(p.ctx, parent.ID)
	p.need(err == nil, "receipt: %v", err)
	saved := before.PaymentDetail.SavedCardType
	p.must(saved == bog.SavedSubscription, "the parent's saved_card_type is %q, want subscription", saved)

	d, r := p.charge(parent, bog.ChargeRequest{})
	_, link := d.at("_links.redirect")
	p.must(!link, "the answer has a link for the customer: %s", d.show("_links.redirect"))
	p.must(d.string("_links.details.href") != "", "the answer has no details link")
	p.must(d.string("id") != parent.ID, "the charge is the parent itself")
	p.status(r, bog.StatusCompleted)
	p.must(r.PaymentDetail.PaymentOption == bog.OptionSubscription, "payment_option is %q, want subscription", r.PaymentDetail.PaymentOption)
	p.must(r.PaymentDetail.ParentOrderID == parent.ID, "parent_order_id is %q, want the parent", r.PaymentDetail.ParentOrderID)
	p.must(r.PurchaseUnits.TransferAmount == 530, "captured %s, want the parent's 5.30", r.PurchaseUnits.TransferAmount)
	was, is := p.receipt(parent.ID), p.receipt(r.OrderID)
	for _, path := range []string{"buyer", "purchase_units.items", "purchase_units.currency_code", "external_order_id"} {
		p.must(is.show(path) == was.show(path), "%s is %s, want the parent's %s", path, is.show(path), was.show(path))
	}
	if p.target.Inbox != nil {
		p.requireCallbackAt(parent.ref, r.OrderID)
	}
}

// requireCallbackAt fails unless a callback about the order comes to the address of ref.
func (p *probe) requireCallbackAt(ref, id string) {
	_, ok := p.waitForMessage(ref, func(m message) bool { return strings.Contains(string(m.body), id) })
	p.must(ok, "no callback about the charge at its callback address")
}

func cardsSubscriptionOwn(p *probe) {
	parent := p.parent(saveSubscription, goodCard)
	ref := p.ref()
	_, r := p.charge(parent, bog.ChargeRequest{CallbackURL: p.callbackURL(ref), ExternalOrderID: ref})
	p.must(r.ExternalOrderID == ref, "external_order_id is %q, want the one sent", r.ExternalOrderID)
	if p.target.Inbox != nil {
		p.requireCallbackAt(ref, r.OrderID)
	}
}

// requireNoCharge fails if a saved card of the order can be charged in any way, and records how
// each attempt failed.
func (p *probe) requireNoCharge(parent placed) {
	charge := p.call("POST", "/ecommerce/orders/"+parent.ID+"/subscribe", `{}`)
	p.requireFailedCharge("automatic charge", charge, false)
	again := p.call("POST", "/ecommerce/orders/"+parent.ID, p.body().text())
	p.requireFailedCharge("payment on the page", again, true)
}

// requireFailedCharge records how a charge failed: refused at once, or as a rejected order.
func (p *probe) requireFailedCharge(what string, a answer, page bool) {
	if a.refused() {
		p.note(what, "%s", a.text())
		return
	}
	p.need(a.ok(), "%s: %s", what, a.text())
	id := p.decode(a).string("id")
	if page {
		link := p.decode(a).string("_links.redirect.href")
		v := p.visit(placed{Order: &bog.Order{ID: id, RedirectURL: link}}, Plan{Deed: LookAtIt})
		if v.last().CardForm {
			p.note(what, "the page asks for a card")
			return
		}
		p.visit(placed{Order: &bog.Order{ID: id, RedirectURL: link}}, Plan{})
	}
	r := p.settled(id)
	p.note(what, "%d, then %s with code %q", a.status, r.Status(), r.PaymentDetail.Code)
	p.must(r.Status() == bog.StatusRejected, "%s: the order is %s, want a refusal", what, r.Status())
}

func cardsNotSaved(p *probe) { p.requireNoCharge(p.completed()) }

func cardsLateSave(p *probe) {
	o := p.completed()
	for _, kind := range []string{saveRecurrent, saveSubscription} {
		a := p.requestSaving(o.ID, kind)
		p.note("PUT …"+kind, "%s", a.text())
		p.assume(a.refused(), "a save-card request after the payment is answered with %d", a.status)
	}
	p.requireNoCharge(o)
}

func cardsSaveUnknown(p *probe) {
	for _, kind := range []string{saveRecurrent, saveSubscription} {
		a := p.requestSaving(unknownOrder, kind)
		p.note("PUT …"+kind, "%s", a.text())
		p.must(a.refused(), "PUT …%s: %s, want a refusal", kind, a.text())
	}
}

func cardsUnknownParent(p *probe) {
	for _, c := range []struct{ method, path, body string }{
		{"POST", "/ecommerce/orders/" + unknownOrder, p.body().text()},
		{"POST", "/ecommerce/orders/" + unknownOrder + "/subscribe", `{}`},
		{"DELETE", "/charges/card/" + unknownOrder, ""},
	} {
		a := p.call(c.method, c.path, c.body)
		p.note(c.method+" "+c.path, "%s", a.text())
		p.must(a.refused(), "%s %s: %s, want a refusal", c.method, c.path, a.text())
	}
}

// forgotten returns a parent whose card was deleted.
func (p *probe) forgotten(kind string) placed {
	parent := p.parent(kind, goodCard)
	a := p.call("DELETE", "/charges/card/"+parent.ID, "", key(bog.NewIdempotencyKey()))
	p.must(a.status == http.StatusAccepted && len(a.body) == 0, "forget: %s, want 202 and no body", a.text())
	return parent
}

func cardsForget(p *probe) {
	p.requireNoCharge(p.forgotten(saveRecurrent))
	p.requireNoCharge(p.forgotten(saveSubscription))
	p.facts = nil // cards.forgotten_how records them
}

func cardsForgottenHow(p *probe) {
	parent := p.forgotten(saveSubscription)
	a := p.call("POST", "/ecommerce/orders/"+parent.ID+"/subscribe", `{}`)
	p.requireFailedCharge("automatic charge", a, false)
	p.assume(a.ok(), "refused at once: %s", a.text())
	if a.ok() {
		r := p.settled(p.decode(a).string("id"))
		p.assume(r.PaymentDetail.Code == "102", "the code is %q", r.PaymentDetail.Code)
	}
	again := p.call("DELETE", "/charges/card/"+parent.ID, "")
	p.note("forgotten a second time", "%s", again.text())
}

func cardsWrongKind(p *probe) {
	recurrent := p.parent(saveRecurrent, goodCard)
	charge := p.call("POST", "/ecommerce/orders/"+recurrent.ID+"/subscribe", `{}`)
	p.wrongKind("a recurrent card, charged automatically", charge)

	subscription := p.parent(saveSubscription, goodCard)
	order, err := p.client.PayWithSavedCard(p.ctx, subscription.ID, p.request(p.ref()))
	if e, ok := errors.AsType[*bog.APIError](err); ok {
		p.note("a subscription's card, on the page", "%d %s", e.Status, e.Message)
		return
	}
	p.need(err == nil, "pay with the saved card: %v", err)
	r, _ := p.paid(placed{Order: order}, Plan{})
	p.note("a subscription's card, on the page", "%s, code %q", r.Status(), r.PaymentDetail.Code)
	p.assume(r.Status() == bog.StatusRejected, "a subscription's card also pays on the page")
}

func (p *probe) wrongKind(what string, a answer) {
	if !a.ok() {
		p.note(what, "%s", a.text())
		return
	}
	r := p.settled(p.decode(a).string("id"))
	p.note(what, "%s, code %q", r.Status(), r.PaymentDetail.Code)
	p.assume(r.Status() == bog.StatusRejected, "%s: %s", what, r.Status())
}

func cardsChargeRejected(p *probe) {
	_, r := p.charge(p.parent(saveSubscription, laterRejectedCard), bog.ChargeRequest{})
	p.status(r, bog.StatusRejected)
	p.note("code", "%q %s", r.PaymentDetail.Code, r.PaymentDetail.CodeDescription)
}
