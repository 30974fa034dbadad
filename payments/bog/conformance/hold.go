package conformance

import (
	"strings"
	"time"

	"dukani/payments/bog"
)

var holdChecks = []check{
	{"hold.blocked", "§10", "a manual order is blocked, nothing is captured", confirmed, holdBlocked},
	{"hold.details", "§7", "code and amount of a hold", unconfirmed, holdDetails},
	{"hold.approve_full", "§10", "approve without an amount captures all", confirmed, holdApproveFull},
	{"hold.approve_exact", "§10", "approve of the exact amount captures all", confirmed, holdApproveExact},
	{"hold.approve_partial", "§10", "approve of less captures that and limits refunds", confirmed, holdApprovePartial},
	{"hold.approve_over", "§10", "approve of more than the hold is refused", confirmed, holdApproveOver},
	{"hold.approve_twice", "§10", "a second approve", unconfirmed, holdApproveTwice},
	{"hold.approve_string", "§3", "the amount as a string, as in the documentation's sample", unconfirmed, holdApproveString},
	{"hold.approve_automatic", "§10", "approve and cancel of an automatic order are refused", confirmed, holdApproveAutomatic},
	{"hold.approve_unpaid", "§10", "approve of an unpaid order is refused", confirmed, holdApproveUnpaid},
	{"hold.refund", "§10", "a hold cannot be refunded", unconfirmed, holdRefund},
	{"hold.cancel", "§10", "cancel releases the hold", confirmed, holdCancel},
	{"hold.cancel_status", "§7", "the status after a cancelled hold", unconfirmed, holdCancelStatus},
	{"hold.declined", "§10", "a declined hold is rejected", confirmed, holdDeclined},
	{"hold.rejected", "§19", "a card whose approvals are rejected", confirmed, holdRejected},
	{"hold.rejected_after", "§7", "where a rejected approve leaves the order", unconfirmed, holdRejectedAfter},
	{"hold.released", "§10", "an unused hold is released after 30 days", unconfirmed, holdReleased},
}

// held returns a hold of 5.30.
func (p *probe) held(card string) placed {
	o, r := p.payNewOrder(card, manual)
	p.need(r.Status() == bog.StatusBlocked, "a manual order is %s, want blocked", r.Status())
	return o
}

func (p *probe) approved(o placed, r bog.ApproveRequest) (*bog.Receipt, bog.Action) {
	r.Description = "conformance"
	ack, err := p.client.Approve(p.ctx, o.ID, r)
	p.need(err == nil, "approve: %v", err)
	return p.actionOutcome(o.ID, ack.ActionID)
}

func holdBlocked(p *probe) {
	o := p.held(goodCard)
	d := p.receipt(o.ID)
	p.equal(d, "capture", "manual")
	p.equal(d, "order_status.key", "blocked")
	p.equal(d, "purchase_units.request_amount", "5.3")
	p.equal(d, "purchase_units.refund_amount", nil)
	p.equal(d, "actions", nil)
	p.equal(d, "reject_reason", nil)
}

func holdDetails(p *probe) {
	d := p.receipt(p.held(goodCard).ID)
	p.note("code", "%s", d.show("payment_detail.code"))
	p.note("transfer_amount", "%s", d.show("purchase_units.transfer_amount"))
	p.assume(d.string("payment_detail.code") == "200", "the code is %s", d.show("payment_detail.code"))
	p.assume(d.string("purchase_units.transfer_amount") == "5.3", "transfer_amount is %s, not the authorized amount", d.show("purchase_units.transfer_amount"))
}

func (p *probe) checkCapture(r *bog.Receipt, a bog.Action, kind bog.ActionKind, amount bog.Amount, status bog.Status) {
	p.must(a.Status == bog.ActionCompleted && a.Action == kind && a.Amount == amount,
		"the action is %s %s over %s, want %s completed over %s", a.Action, a.Status, a.Amount, kind, amount)
	p.must(r.PurchaseUnits.TransferAmount == amount, "transfer_amount is %s, want %s", r.PurchaseUnits.TransferAmount, amount)
	p.status(r, status)
}

func holdApproveFull(p *probe) {
	o := p.held(goodCard)
	id := p.acknowledgement(p.call("POST", "/payment/authorization/approve/"+o.ID, `{}`, key(bog.NewIdempotencyKey())))
	r, a := p.actionOutcome(o.ID, id)
	p.checkCapture(r, a, bog.ActionAuthorize, 530, bog.StatusCompleted)
}

func holdApproveExact(p *probe) {
	r, a := p.approved(p.held(goodCard), bog.ApproveRequest{Amount: 530})
	p.checkCapture(r, a, bog.ActionAuthorize, 530, bog.StatusCompleted)
}

func holdApprovePartial(p *probe) {
	o := p.held(goodCard)
	r, a := p.approved(o, bog.ApproveRequest{Amount: 320})
	p.checkCapture(r, a, bog.ActionPartialAuthorize, 320, bog.StatusPartialCompleted)
	p.must(r.PurchaseUnits.RequestAmount == 530, "request_amount is %s, want 5.30", r.PurchaseUnits.RequestAmount)
	p.requireRefusedRefund(o.ID, `{"amount":3.21}`)
	r, _ = p.refunded(o, bog.RefundRequest{Amount: 320})
	p.status(r, bog.StatusRefunded)
}

// requireRefusedAction fails unless an approve or a cancel is refused.
func (p *probe) requireRefusedAction(what, id, body string) answer {
	a := p.call("POST", "/payment/authorization/"+what+"/"+id, body)
	p.note(what, "%s", a.text())
	p.must(a.refused() && a.message() != "", "%s: %s, want a refusal with a message", what, a.text())
	return a
}

func holdApproveOver(p *probe) {
	o := p.held(goodCard)
	p.requireRefusedAction("approve", o.ID, `{"amount":5.31}`)
	p.status(p.settled(o.ID), bog.StatusBlocked)
}

func holdApproveTwice(p *probe) {
	o := p.held(goodCard)
	ack, err := p.client.Approve(p.ctx, o.ID, bog.ApproveRequest{Amount: 100})
	p.need(err == nil, "approve: %v", err)
	at := p.call("POST", "/payment/authorization/approve/"+o.ID, `{"amount":2}`)
	p.note("at once", "%s", at.text())
	r, _ := p.actionOutcome(o.ID, ack.ActionID)
	if r.Status() != bog.StatusPartialCompleted {
		p.note("status in between", "%s", r.Status())
	}
	later := p.call("POST", "/payment/authorization/approve/"+o.ID, `{"amount":2}`)
	p.note("after the first is done", "%s", later.text())
	p.assume(at.refused() && later.refused(), "a hold can be approved twice")
	if at.status == 400 && strings.Contains(at.message(), "already requested") {
		p.note("while running", "the text of §17")
	}
	r = p.settled(o.ID)
	p.must(r.PurchaseUnits.TransferAmount <= 530, "captured %s of a hold of 5.30", r.PurchaseUnits.TransferAmount)
}

func holdApproveString(p *probe) {
	o := p.held(goodCard)
	a := p.call("POST", "/payment/authorization/approve/"+o.ID, `{"amount":"3.2"}`)
	p.note("answer", "%s", a.brief())
	p.assume(a.ok(), "refused: %s", a.text())
}

func holdApproveAutomatic(p *probe) {
	o := p.completed()
	p.requireRefusedAction("approve", o.ID, `{}`)
	p.requireRefusedAction("cancel", o.ID, `{}`)
	p.status(p.settled(o.ID), bog.StatusCompleted)
}

func holdApproveUnpaid(p *probe) {
	o := p.order(manual)
	p.requireRefusedAction("approve", o.ID, `{}`)
	p.requireRefusedAction("cancel", o.ID, `{}`)
	p.requireRefusedAction("approve", unknownOrder, `{}`)
}

func holdRefund(p *probe) {
	o := p.held(goodCard)
	a := p.call("POST", "/payment/refund/"+o.ID, `{}`)
	p.note("answer", "%s", a.text())
	p.assume(a.refused(), "a hold can be refunded")
}

func (p *probe) cancelled(card string) (placed, *bog.Receipt, bog.Action) {
	o := p.held(card)
	id := p.acknowledgement(p.call("POST", "/payment/authorization/cancel/"+o.ID, `{"description":"conformance"}`, key(bog.NewIdempotencyKey())))
	r, a := p.actionOutcome(o.ID, id)
	return o, r, a
}

func holdCancel(p *probe) {
	o, r, a := p.cancelled(goodCard)
	p.must(a.Status == bog.ActionCompleted && a.Action == bog.ActionCancelAuthorize, "the action is %s %s, want cancel_authorize completed", a.Action, a.Status)
	p.must(!r.Status().IsHeld() && !r.Status().IsPaid(), "the order is %s", r.Status())
	p.must(r.PurchaseUnits.TransferAmount == 0, "transfer_amount is %s", r.PurchaseUnits.TransferAmount)
	p.requireRefusedAction("approve", o.ID, `{}`)
	p.requireRefusedAction("cancel", o.ID, `{}`)
}

func holdCancelStatus(p *probe) {
	_, r, a := p.cancelled(goodCard)
	p.note("status", "%s", r.Status())
	p.note("reject_reason", "%q", r.RejectReason)
	p.note("action", "%s %s over %s", a.Action, a.Status, a.Amount)
	p.assume(r.Status() == bog.StatusRejected, "a cancelled hold ends as %s, not rejected", r.Status())
}

func holdDeclined(p *probe) {
	_, r := p.payNewOrder(declinedCard, manual)
	p.status(r, bog.StatusRejected)
	p.must(r.PaymentDetail.Code == "107", "code is %q, want 107", r.PaymentDetail.Code)
}

func holdRejected(p *probe) {
	r, a := p.approved(p.held(laterRejectedCard), bog.ApproveRequest{All: true})
	p.must(a.Status == bog.ActionRejected, "the approve is %s, want rejected", a.Status)
	p.must(!r.Status().IsPaid(), "the order is %s", r.Status())
}

func holdRejectedAfter(p *probe) {
	r, a := p.approved(p.held(laterRejectedCard), bog.ApproveRequest{All: true})
	p.note("status", "%s", r.Status())
	p.note("code", "%q %s", a.Code, a.CodeDescription)
	p.assume(r.Status() == bog.StatusBlocked, "the order is %s, not blocked as before", r.Status())
	p.assume(a.Code == "179", "the code is %q", a.Code)
}

func holdReleased(p *probe) {
	o := p.held(goodCard)
	p.wait(30*24*time.Hour+time.Minute, "the life of a hold")
	r, err := p.client.Receipt(p.ctx, o.ID)
	p.need(err == nil, "receipt: %v", err)
	p.note("status", "%s", r.Status())
	p.must(!r.Status().IsHeld() && !r.Status().IsPaid(), "after 30 days the order is %s", r.Status())
	p.assume(r.Status() == bog.StatusRejected, "a released hold ends as %s, not rejected", r.Status())
}
