package conformance

import "dukani/payments/bog"

var refundChecks = []check{
	{"refund.full", "§9", "a full refund: acknowledged, then refunded", confirmed, refundFull},
	{"refund.partial", "§9", "parts add up until all is refunded", confirmed, refundPartial},
	{"refund.over", "§9", "more than is left is refused and changes nothing", confirmed, refundOver},
	{"refund.unpaid", "§9", "an unpaid order is refused", confirmed, refundUnpaid},
	{"refund.unknown", "§9", "an unknown order is refused", confirmed, refundUnknown},
	{"refund.again", "§9", "nothing is left to refund after a full refund", confirmed, refundAgain},
	{"refund.zero", "§9", "zero and less", unconfirmed, refundZero},
	{"refund.string_amount", "§9", "the amount as a string, as in the documentation's sample", unconfirmed, refundString},
	{"refund.no_body", "§9", "no body at all for a full refund", unconfirmed, refundNoBody},
	{"refund.names", "§6.3", "what refunds are called in actions", unconfirmed, refundNames},
	{"refund.rejected", "§19", "a card whose refunds are rejected", confirmed, refundRejected},
	{"refund.rejected_after", "§7", "where a rejected refund leaves the order", unconfirmed, refundRejectedAfter},
}

// acknowledgement checks the answer to a refund, approve or cancel, and returns its action id.
func (p *probe) acknowledgement(a answer) string {
	p.need(a.status == 200, "%s, want 200", a.text())
	d := p.decode(a)
	p.equal(d, "key", "request_received")
	p.must(d.string("message") != "", "no message")
	p.note("message", "%s", d.string("message"))
	id := d.string("action_id")
	p.must(lowerUUID4.MatchString(id), "action_id is %s, want a UUID", d.show("action_id"))
	return id
}

// refunded requests a refund and waits for its outcome.
func (p *probe) refunded(o placed, r bog.RefundRequest) (*bog.Receipt, bog.Action) {
	ack, err := p.client.Refund(p.ctx, o.ID, r)
	p.need(err == nil, "refund: %v", err)
	return p.actionOutcome(o.ID, ack.ActionID)
}

func refundFull(p *probe) {
	o := p.completed()
	id := p.acknowledgement(p.call("POST", "/payment/refund/"+o.ID, `{}`, key(bog.NewIdempotencyKey())))
	r, action := p.actionOutcome(o.ID, id)
	p.must(action.Status == bog.ActionCompleted, "the action is %s", action.Status)
	p.must(action.Amount == 530, "the action is about %s, want 5.30", action.Amount)
	p.status(r, bog.StatusRefunded)
	d := p.receipt(o.ID)
	p.equal(d, "purchase_units.refund_amount", "5.3")
	p.equal(d, "purchase_units.request_amount", "5.3")
	p.equal(d, "actions.0.request_channel", "public_api")
	p.bothDates(d, "actions.0.action_date")
	p.must(r.PurchaseUnits.TransferAmount == 0, "still captured: %s", r.PurchaseUnits.TransferAmount)
	p.note("transfer_amount", "%s", d.show("purchase_units.transfer_amount"))
	p.note("action", "%s", d.show("actions.0.action"))
}

func refundPartial(p *probe) {
	o := p.completed()
	for _, step := range []struct {
		amount, sum bog.Amount
		status      bog.Status
	}{{100, 100, bog.StatusRefundedPartially}, {230, 330, bog.StatusRefundedPartially}, {200, 530, bog.StatusRefunded}} {
		r, action := p.refunded(o, bog.RefundRequest{Amount: step.amount})
		p.must(action.Status == bog.ActionCompleted && action.Amount == step.amount,
			"the action is %s over %s, want completed over %s", action.Status, action.Amount, step.amount)
		p.must(r.PurchaseUnits.RefundAmount == step.sum, "refund_amount is %s, want %s", r.PurchaseUnits.RefundAmount, step.sum)
		p.must(r.PurchaseUnits.TransferAmount == 530-step.sum, "transfer_amount is %s, want %s", r.PurchaseUnits.TransferAmount, 530-step.sum)
		p.status(r, step.status)
	}
}

// requireRefusedRefund fails unless a refund is refused.
func (p *probe) requireRefusedRefund(id, body string) {
	a := p.call("POST", "/payment/refund/"+id, body)
	p.note("answer", "%s", a.text())
	p.must(a.refused(), "%s, want a refusal", a.text())
	p.must(a.message() != "", "the refusal has no message")
}

func refundOver(p *probe) {
	o := p.completed()
	p.requireRefusedRefund(o.ID, `{"amount":5.31}`)
	p.refunded(o, bog.RefundRequest{Amount: 100})
	p.requireRefusedRefund(o.ID, `{"amount":4.31}`)
	r := p.settled(o.ID)
	p.must(len(r.Actions) == 1 && r.PurchaseUnits.RefundAmount == 100,
		"refunded %s in %d actions, want 1.00 in one", r.PurchaseUnits.RefundAmount, len(r.Actions))
}

func refundUnpaid(p *probe)  { p.requireRefusedRefund(p.order().ID, `{"amount":1}`) }
func refundUnknown(p *probe) { p.requireRefusedRefund(unknownOrder, `{}`) }

func refundAgain(p *probe) {
	o := p.completed()
	p.refunded(o, bog.RefundRequest{Amount: 530})
	p.requireRefusedRefund(o.ID, `{}`)
	p.requireRefusedRefund(o.ID, `{"amount":0.01}`)
}

func refundZero(p *probe) {
	o := p.completed()
	for _, body := range []string{`{"amount":0}`, `{"amount":-1}`, `{"amount":0.001}`} {
		a := p.call("POST", "/payment/refund/"+o.ID, body)
		p.note(body, "%s", a.text())
		p.assume(a.refused(), "%s: %s", body, a.text())
	}
}

func refundString(p *probe) {
	o := p.completed()
	a := p.call("POST", "/payment/refund/"+o.ID, `{"amount":"1.5"}`)
	p.note("answer", "%s", a.brief())
	p.assume(a.ok(), "refused: %s", a.text())
	if a.ok() {
		r, _ := p.actionOutcome(o.ID, p.decode(a).string("action_id"))
		p.must(r.PurchaseUnits.RefundAmount == 150, "refunded %s, want 1.50", r.PurchaseUnits.RefundAmount)
	}
}

func refundNoBody(p *probe) {
	o := p.completed()
	a := p.call("POST", "/payment/refund/"+o.ID, "")
	p.note("answer", "%s", a.brief())
	p.assume(a.ok(), "refused: %s", a.text())
}

func refundNames(p *probe) {
	whole := p.completed()
	_, a := p.refunded(whole, bog.RefundRequest{All: true})
	p.note("all, without an amount", "%s", a.Action)
	p.assume(a.Action == bog.ActionRefund, "a refund without an amount is called %s", a.Action)
	exact := p.completed()
	_, a = p.refunded(exact, bog.RefundRequest{Amount: 530})
	p.note("all, by amount", "%s", a.Action)
	p.assume(a.Action == bog.ActionRefund, "a refund of the exact amount is called %s", a.Action)
	parts := p.completed()
	_, a = p.refunded(parts, bog.RefundRequest{Amount: 130})
	p.note("a part", "%s", a.Action)
	p.assume(a.Action == bog.ActionPartialRefund, "a part is called %s", a.Action)
	_, a = p.refunded(parts, bog.RefundRequest{All: true})
	p.note("the rest", "%s", a.Action)
	p.assume(a.Action == bog.ActionPartialRefund, "the rest is called %s", a.Action)
}

// rejectedRefund pays with the card whose later operations are rejected, and returns the receipt
// and the rejected refund.
func (p *probe) rejectedRefund() (*bog.Receipt, bog.Action) {
	o, r := p.payNewOrder(laterRejectedCard)
	p.need(r.Status() == bog.StatusCompleted, "paid with %s, the order is %s, want completed", laterRejectedCard, r.Status())
	return p.refunded(o, bog.RefundRequest{Amount: 100})
}

func refundRejected(p *probe) {
	r, a := p.rejectedRefund()
	p.must(a.Status == bog.ActionRejected, "the refund is %s, want rejected", a.Status)
	p.must(r.PurchaseUnits.RefundAmount == 0, "refunded %s, want nothing", r.PurchaseUnits.RefundAmount)
	p.note("code", "%q %s", a.Code, a.CodeDescription)
}

func refundRejectedAfter(p *probe) {
	r, a := p.rejectedRefund()
	p.note("status", "%s", r.Status())
	p.assume(r.Status() == bog.StatusCompleted, "the order is %s, not completed as before", r.Status())
	p.assume(a.Code == "162", "the code is %q", a.Code)
}
