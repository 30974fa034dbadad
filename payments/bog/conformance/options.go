package conformance

import "dukani/payments/bog"

var optionChecks = []check{
	{"method.p2p", "§15", "bog_p2p pays, and is refunded in full only", confirmed, methodP2P},
	{"method.loyalty", "§15", "bog_loyalty pays; whether it can be refunded", unconfirmed, methodLoyalty},
	{"method.gift_card", "§15", "gift_card", unconfirmed, methodGiftCard},
	{"method.loan", "§13", "bog_loan with the calculator's terms", confirmed, func(p *probe) { methodLoan(p, bog.MethodLoan) }},
	{"method.bnpl", "§13", "bnpl with the calculator's terms", confirmed, func(p *probe) { methodLoan(p, bog.MethodBNPL) }},
	{"split.amounts", "§14", "a split by percent and amount is echoed and executed", confirmed, splitAmounts},
	{"split.refusals", "§14", "splits that break the rules", unconfirmed, splitRefusals},
	{"split.at_approve", "§10", "a split given with the approve of a hold", unconfirmed, splitAtApprove},
	{"split.cancelled", "§14", "the split of a cancelled hold", unconfirmed, splitCancelled},
	{"campaign.discount", "§15", "a discount for a kind of card", unconfirmed, campaignDiscount},
	{"campaign.restrict", "§15", "an order for one kind of card", unconfirmed, campaignRestrict},
	{"account.unknown", "§5.3", "an unknown account tag falls back silently", confirmed, accountUnknown},
	{"account.known", "§15", "a known account tag is used", confirmed, accountKnown},
}

func methodP2P(p *probe) {
	o, _ := p.hosted(bog.MethodP2P)
	p.requireRefusedRefund(o.ID, `{"amount":1}`)
	r, a := p.refunded(o, bog.RefundRequest{All: true})
	p.must(a.Status == bog.ActionCompleted, "the refund is %s", a.Status)
	p.status(r, bog.StatusRefunded)
}

func methodLoyalty(p *probe) {
	o, _ := p.hosted(bog.MethodLoyalty)
	a := p.call("POST", "/payment/refund/"+o.ID, `{}`)
	p.note("refund", "%s", a.brief())
	p.assume(a.refused(), "points can be refunded")
}

func methodGiftCard(p *probe) {
	_, r := p.hosted(bog.MethodGiftCard)
	p.note("payer_identifier", "%q", r.PaymentDetail.PayerIdentifier)
}

func methodLoan(p *probe, m bog.Method) {
	body := p.body().with("payment_method", []string{string(m)}).with("config", object{"loan": object{"type": "CONFORMANCE", "month": 6}})
	o, _ := p.createFrom(body, string(m))
	r, _ := p.paid(o, Plan{Method: m})
	p.status(r, bog.StatusCompleted)
	p.must(r.PaymentDetail.TransferMethod.Key == m, "transfer_method is %q, want %s", r.PaymentDetail.TransferMethod.Key, m)
	p.must(len([]rune(r.PaymentDetail.PayerIdentifier)) == 1, "payer_identifier is %q, want the first letter of a name", r.PaymentDetail.PayerIdentifier)
}

// splitBody is a create request with the split of §14.
func (p *probe) splitBody() object {
	return p.body().with("config", object{"split": splitOf(
		object{"iban": "GE00XX0000000000000001", "percent": 60, "description": "Seller 12"},
		object{"iban": "GE00XX0000000000000002", "amount": num("1.5")})})
}

func splitOf(lines ...object) object { return object{"split_payments": lines} }

func splitAmounts(p *probe) {
	o, _ := p.createFrom(p.splitBody(), "split")
	d := p.receipt(o.ID)
	if d.show("split") == "null" {
		p.skip("split is not open here: the receipt has none")
	}
	p.note("shape", "%s", shapeOf([]byte(d.show("split"))))
	p.equal(d, "split.split_status", "created")
	p.equal(d, "split.currency", "GEL")
	r, _ := p.paid(o, Plan{Card: goodCard})
	p.need(r.Split != nil && len(r.Split.Payments) == 2, "the receipt's split has not two lines")
	first, second := r.Split.Payments[0], r.Split.Payments[1]
	p.must(first.IBAN == "GE00XX0000000000000001" && first.Description == "Seller 12", "the first line is %+v", first)
	amount, err := second.Amount.Amount()
	p.must(err == nil && amount == 150, "the second line is over %q, want 1.50", second.Amount)
	r, ok := p.until(o.ID, p.target.Patience, func(r *bog.Receipt) bool { return r.Split != nil && r.Split.Status == "completed" })
	p.must(ok, "the split is %q, want completed", r.Split.Status)
}

func splitRefusals(p *probe) {
	base := p.splitBody()
	p.createFrom(base, "split") // skips the check if splits are not open
	line := func(l object) string { return base.with("config.split", splitOf(l)).text() }
	a := p.recordAcceptance("amount zero", line(object{"iban": "GE1", "amount": 0}), false)
	p.assume(a.message() == "Split amount should be more than 0", "amount zero: the message is %q", a.message())
	p.recordAcceptance("percent 101", line(object{"iban": "GE1", "percent": 101}), false)
	p.recordAcceptance("both", line(object{"iban": "GE1", "percent": 1, "amount": 1}), false)
	p.recordAcceptance("neither", line(object{"iban": "GE1"}), false)
	p.recordAcceptance("26 characters", line(object{"iban": "GE1", "percent": 1, "description": "12345678901234567890123456"}), false)
	p.recordAcceptance("Georgian description", line(object{"iban": "GE1", "percent": 1, "description": "გამყიდველი"}), false)
	lines := make([]object, 11)
	for i := range lines {
		lines[i] = object{"iban": "GE1", "percent": 1}
	}
	p.recordAcceptance("11 lines", base.with("config.split", splitOf(lines...)).text(), false)
	p.recordAcceptance("in dollars", base.with("purchase_units.currency", "USD").text(), false)
}

// sharedHold returns a hold with a split.
func (p *probe) sharedHold() placed {
	o, _ := p.createFrom(p.splitBody().with("capture", "manual"), "split")
	r, _ := p.paid(o, Plan{Card: goodCard})
	p.need(r.Status() == bog.StatusBlocked, "a manual order is %s, want blocked", r.Status())
	if r.Split == nil {
		p.skip("split is not open here: the receipt has none")
	}
	return o
}

func splitAtApprove(p *probe) {
	o := p.sharedHold()
	ack, err := p.client.Approve(p.ctx, o.ID, bog.ApproveRequest{Amount: 300, Split: &bog.Split{Payments: []bog.SplitPayment{
		{IBAN: "GE00XX0000000000000003", Percent: 10},
	}}})
	p.need(err == nil, "approve: %v", err)
	r, _ := p.actionOutcome(o.ID, ack.ActionID)
	p.need(r.Split != nil && len(r.Split.Payments) > 0, "the split is gone")
	p.note("split", "%s, %d lines", r.Split.Status, len(r.Split.Payments))
	p.assume(len(r.Split.Payments) == 1 && r.Split.Payments[0].IBAN == "GE00XX0000000000000003", "the split of the approve does not replace the order's")
}

func splitCancelled(p *probe) {
	o := p.sharedHold()
	ack, err := p.client.Cancel(p.ctx, o.ID, bog.CancelRequest{})
	p.need(err == nil, "cancel: %v", err)
	r, _ := p.actionOutcome(o.ID, ack.ActionID)
	p.need(r.Split != nil, "the split is gone")
	p.note("split_status", "%s", r.Split.Status)
	p.assume(r.Split.Status == "canceled", "split_status is %q, not canceled", r.Split.Status)
}

func campaignDiscount(p *probe) {
	o, _ := p.createFrom(p.body().with("config", object{"campaign": object{"card": "visa", "type": "client_discount"}}), "campaign")
	r, _ := p.paid(o, Plan{Card: goodCard})
	p.status(r, bog.StatusCompleted)
	d := p.receipt(o.ID)
	p.note("discount", "%s", d.show("discount"))
	p.note("request_amount", "%s", d.show("purchase_units.request_amount"))
	p.note("transfer_amount", "%s", d.show("purchase_units.transfer_amount"))
	p.assume(r.Discount != nil, "no discount in the receipt")
	p.must(r.PurchaseUnits.TransferAmount <= 530, "captured %s of 5.30", r.PurchaseUnits.TransferAmount)
	if r.Discount != nil {
		original, err := r.Discount.OriginalAmount.Amount()
		p.assume(err == nil && original == 530, "original_order_amount is %q", r.Discount.OriginalAmount)
		discounted, err := r.Discount.Discounted.Amount()
		p.assume(err == nil && discounted == r.PurchaseUnits.TransferAmount,
			"discounted_amount is %q, captured %s", r.Discount.Discounted, r.PurchaseUnits.TransferAmount)
	}
}

func campaignRestrict(p *probe) {
	o, _ := p.createFrom(p.body().with("config", object{"campaign": object{"card": "mc", "type": "restrict"}}), "campaign")
	p.visit(o, Plan{Card: goodCard, Refused: true})
	r, err := p.client.Receipt(p.ctx, o.ID)
	p.need(err == nil, "receipt: %v", err)
	p.note("a Visa on an order for Mastercard", "%s", r.Status())
	p.assume(!r.Status().IsPaid(), "a Visa pays an order for Mastercard")
}

// paidWithTag returns the receipt of an order for an account after its payment.
func (p *probe) paidWithTag(tag string) *bog.Receipt {
	o, _ := p.createFrom(p.body().with("config", object{"account": object{"tag": tag}}), "account tag")
	r, _ := p.paid(o, Plan{Card: goodCard})
	p.status(r, bog.StatusCompleted)
	p.must(r.PaymentDetail.RequestAccountTag == tag, "request_account_tag is %q, want %q", r.PaymentDetail.RequestAccountTag, tag)
	return r
}

func accountUnknown(p *probe) {
	r := p.paidWithTag("conformance-unknown")
	p.must(r.PaymentDetail.TransferAccountTag != "conformance-unknown", "an unknown tag was used")
	p.note("transfer_account_tag", "%q", r.PaymentDetail.TransferAccountTag)
}

func accountKnown(p *probe) {
	if p.target.AccountTag == "" {
		p.skip("the target has no AccountTag")
	}
	r := p.paidWithTag(p.target.AccountTag)
	used := r.PaymentDetail.TransferAccountTag
	p.must(used == p.target.AccountTag, "transfer_account_tag is %q, want %q", used, p.target.AccountTag)
}
