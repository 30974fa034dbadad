package conformance

import (
	"strings"
	"time"

	"dukani/payments/bog"
)

var paymentChecks = []check{
	{"payment.completed", "§6.4", "a card pays: completed, code 100, the amount captured", confirmed, paymentCompleted},
	{"payment.other_brands", "§19", "Mastercard and Amex test cards pay", unconfirmed, paymentOtherBrands},
	{"payment.declined", "§16", "a card without money: rejected, code 107 and its text", confirmed, paymentDeclined},
	{"payment.3ds_rejected", "§16", "3-D Secure refused: rejected, code 108", confirmed, payment3DSRejected},
	{"payment.cancelled", "§7", "the customer cancels on the page", unconfirmed, paymentCancelled},
	{"payment.expired", "§7", "the ttl runs out: rejected, expiration, the page takes no money", confirmed, paymentExpired},
	{"payment.status_order", "§7", "statuses come in the documented order", confirmed, paymentStatusOrder},
	{"payment.transaction", "§6.2", "what a card leaves in the receipt", unconfirmed, paymentTransaction},
	{"page.redirects", "§18", "the browser is sent to the redirect addresses, exactly as they are", confirmed, pageRedirects},
	{"page.result", "§18", "without redirect addresses it ends on the bank's result page", confirmed, pageResult},
	{"page.twice", "§18", "the link of a finished order takes no money again", confirmed, pageTwice},
	{"page.language", "§18", "the page speaks the language of the order", confirmed, pageLanguage},
	{"page.closed", "§18", "a customer who goes away leaves the order created", confirmed, pageClosed},
}

func paymentCompleted(p *probe) {
	o, r := p.payNewOrder(goodCard)
	p.need(r.Status() == bog.StatusCompleted, "the order is %s, want completed", r.Status())
	d := p.receipt(o.ID)
	p.equal(d, "order_status.key", "completed")
	p.equal(d, "payment_detail.transfer_method.key", "card")
	p.equal(d, "payment_detail.payment_option", "direct_debit")
	p.equal(d, "payment_detail.code", "100")
	p.equal(d, "purchase_units.request_amount", "5.3")
	p.equal(d, "purchase_units.transfer_amount", "5.3")
	p.equal(d, "purchase_units.refund_amount", nil)
	p.equal(d, "reject_reason", nil)
	p.equal(d, "actions", nil)
	p.equal(d, "external_order_id", o.ref)
	p.must(r.Status().IsPaid() && r.PaymentDetail.Code == bog.CodePaid, "the client does not call it paid")
	p.must(strings.Trim(d.string("payment_detail.transaction_id"), "0123456789") == "" && d.string("payment_detail.transaction_id") != "",
		"transaction_id is %s, want digits", d.show("payment_detail.transaction_id"))
}

func paymentTransaction(p *probe) {
	o, r := p.payNewOrder(goodCard)
	p.need(r.Status() == bog.StatusCompleted, "the order is %s, want completed", r.Status())
	d := p.receipt(o.ID)
	for _, name := range []string{"payer_identifier", "card_type", "card_expiry_date", "code_description", "pg_trx_id"} {
		p.note(name, "%s", d.show("payment_detail."+name))
	}
	p.note("transaction_id", "%d digits", len(d.string("payment_detail.transaction_id")))
	p.note("auth_code", "%d characters", len(d.string("payment_detail.auth_code")))
	p.note("transfer_method.value", "%s", d.show("payment_detail.transfer_method.value"))
	p.note("order_status.value", "%s", d.show("order_status.value"))
	p.assume(d.string("payment_detail.payer_identifier") == "400000***0001", "the card is masked as %s", d.show("payment_detail.payer_identifier"))
	p.assume(d.string("payment_detail.card_type") == "visa", "card_type is %s", d.show("payment_detail.card_type"))
	masked := strings.ReplaceAll(string(d.raw), goodCard, "")
	p.must(len(masked) == len(d.raw), "the receipt holds the whole card number")
}

func paymentOtherBrands(p *probe) {
	for _, c := range []struct{ brand, number string }{{"mc", "5300000000000001"}, {"amex", "370000000000001"}} {
		_, r := p.payNewOrder(c.number)
		p.note(c.brand, "%s, card_type %q", r.Status(), r.PaymentDetail.CardType)
		p.assume(r.Status() == bog.StatusCompleted && r.PaymentDetail.CardType == c.brand,
			"%s: %s, card_type %q", c.brand, r.Status(), r.PaymentDetail.CardType)
	}
}

func paymentDeclined(p *probe) {
	o, r := p.payNewOrder(declinedCard)
	p.need(r.Status() == bog.StatusRejected, "the order is %s, want rejected", r.Status())
	d := p.receipt(o.ID)
	p.equal(d, "payment_detail.code", "107")
	p.equal(d, "purchase_units.transfer_amount", nil)
	p.equal(d, "actions", nil)
	for _, path := range []string{"reject_reason", "payment_detail.code_description"} {
		p.must(isTextOf(d.string(path), "107"), "%s is %s, want the text of code 107", path, d.show(path))
	}
}

func isTextOf(text string, code bog.Code) bool {
	return text == code.Text(bog.English) || text == code.Text(bog.Georgian)
}

func payment3DSRejected(p *probe) {
	o := p.order()
	r, v := p.paid(o, Plan{Card: goodCard, Deed: RejectIt})
	if v.Followed {
		p.must(len(v.Pages) > 1, "there was no 3-D Secure question")
	}
	p.need(r.Status() == bog.StatusRejected, "the order is %s, want rejected", r.Status())
	p.must(r.PaymentDetail.Code == "108", "code is %q, want 108", r.PaymentDetail.Code)
	p.must(isTextOf(r.RejectReason, "108"), "reject_reason is %q, want the text of code 108", r.RejectReason)
}

func paymentCancelled(p *probe) {
	o := p.order()
	v := p.visit(o, Plan{Deed: CancelIt})
	r, _ := p.until(o.ID, time.Second, func(r *bog.Receipt) bool { return r.Status() != bog.StatusCreated })
	p.note("status", "%s", r.Status())
	p.note("reject_reason", "%q", r.RejectReason)
	p.note("code", "%q", r.PaymentDetail.Code)
	if v.Followed {
		p.note("landed on", "%s", v.Landed)
		p.assume(v.Landed == failURL, "the browser is sent to %q", v.Landed)
	}
	p.must(!r.Status().IsPaid(), "a cancelled order is %s", r.Status())
	p.assume(r.Status() == bog.StatusRejected, "the order is %s, not rejected", r.Status())
	p.assume(r.RejectReason == bog.RejectUnknown, "reject_reason is %q, not %q", r.RejectReason, bog.RejectUnknown)
}

func paymentExpired(p *probe) {
	o := p.order(func(r *bog.OrderRequest) { r.TTL = 2 })
	p.wait(2*time.Minute+time.Second, "the least ttl")
	r, ok := p.until(o.ID, p.target.Patience, func(r *bog.Receipt) bool { return r.Status() != bog.StatusCreated })
	p.need(ok, "still created after its ttl")
	p.status(r, bog.StatusRejected)
	p.must(r.RejectReason == bog.RejectExpiration, "reject_reason is %q, want %q", r.RejectReason, bog.RejectExpiration)
	if p.target.Payer != nil {
		v := p.visit(o, Plan{Deed: LookAtIt})
		p.must(!v.last().CanPay, "the page still takes money")
	}
}

// onward are the statuses that may follow each status, itself included (§7).
var onward = map[bog.Status][]bog.Status{
	bog.StatusCreated:         {bog.StatusProcessing, bog.StatusCompleted, bog.StatusRejected, bog.StatusBlocked},
	bog.StatusProcessing:      {bog.StatusCompleted, bog.StatusRejected, bog.StatusBlocked},
	bog.StatusCompleted:       {bog.StatusRefundRequested, bog.StatusRefunded, bog.StatusRefundedPartially},
	bog.StatusRefundRequested: {bog.StatusRefunded, bog.StatusRefundedPartially, bog.StatusCompleted},
}

func paymentStatusOrder(p *probe) {
	o := p.order()
	seen := []bog.Status{}
	look := func() bog.Status {
		r, err := p.client.Receipt(p.ctx, o.ID)
		if err != nil {
			p.must(false, "receipt: %v", err)
			return ""
		}
		if len(seen) == 0 || seen[len(seen)-1] != r.Status() {
			seen = append(seen, r.Status())
		}
		return r.Status()
	}
	p.must(look() == bog.StatusCreated, "a new order is %s, want created", seen)
	halfway := bog.Status("")
	p.visit(o, Plan{Card: goodCard, Halfway: func() { halfway = look() }})
	p.must(halfway == "" || halfway == bog.StatusProcessing || halfway == bog.StatusCreated, "during 3-D Secure the order is %s", halfway)
	for deadline := time.Now().Add(p.target.Patience); look() != bog.StatusCompleted; {
		p.need(time.Now().Before(deadline), "seen %s, but not completed", seen)
		p.need(sleep(p.ctx, 5*time.Millisecond) == nil, "the run was ended")
	}
	ack, err := p.client.Refund(p.ctx, o.ID, bog.RefundRequest{Amount: 530})
	p.need(err == nil, "refund: %v", err)
	look()
	p.actionOutcome(o.ID, ack.ActionID)
	p.must(look() == bog.StatusRefunded, "seen %s, want refunded at the end", seen)
	for i := 1; i < len(seen); i++ {
		fine := false
		for _, next := range onward[seen[i-1]] {
			fine = fine || next == seen[i]
		}
		p.must(fine, "%s came after %s", seen[i], seen[i-1])
	}
	p.note("during 3-D Secure", "%s", halfway)
}

func pageRedirects(p *probe) {
	for _, c := range []struct {
		card, want string
	}{{goodCard, successURL}, {declinedCard, failURL}} {
		o := p.order()
		_, v := p.paid(o, Plan{Card: c.card})
		if !v.Followed {
			p.skip("the payer does not say where the browser went")
		}
		p.must(v.Landed == c.want, "with %s the browser is sent to %q, want %q and nothing added", c.card, v.Landed, c.want)
	}
}

func pageResult(p *probe) {
	o := p.order(func(r *bog.OrderRequest) { r.RedirectURLs = nil })
	_, v := p.paid(o, Plan{Card: goodCard})
	if !v.Followed {
		p.skip("the payer does not say where the browser went")
	}
	p.must(v.Landed == "", "the browser is sent away to %q", v.Landed)
	p.must(strings.HasSuffix(v.last().URL, "/receipt?order_id="+o.ID), "the visit ends at %s, want /receipt?order_id=", v.last().URL)
	p.must(v.last().Status == 200 && !v.last().CanPay, "the result page answers %d", v.last().Status)
}

func pageTwice(p *probe) {
	o := p.completed()
	v := p.visit(o, Plan{Deed: LookAtIt})
	r := p.settled(o.ID)
	p.status(r, bog.StatusCompleted)
	p.must(r.PurchaseUnits.TransferAmount == 530, "captured %s, want 5.30", r.PurchaseUnits.TransferAmount)
	if v.Followed {
		p.must(!v.last().CardForm && !v.last().CanPay, "the page takes money again: %s", v.last().Text)
		p.note("the page says", "%s", v.last().Title)
	}
}

func pageLanguage(p *probe) {
	for _, lang := range []bog.Lang{bog.Georgian, bog.English} {
		order, err := p.client.CreateOrder(p.ctx, p.request(p.ref()), bog.CallOptions{Language: lang, Theme: bog.Dark})
		p.need(err == nil, "create: %v", err)
		v := p.visit(placed{Order: order}, Plan{Deed: LookAtIt})
		if !v.Followed {
			p.skip("the payer does not say what the page says")
		}
		p.must(strings.HasPrefix(v.last().Lang, string(lang)), "an order in %s has a page in %q", lang, v.last().Lang)
		p.must(v.last().CanPay && v.last().CardForm, "the page has no card form")
		p.note("title in "+string(lang), "%s", v.last().Title)
	}
}

func pageClosed(p *probe) {
	o := p.order()
	p.visit(o, Plan{Deed: LookAtIt})
	r, err := p.client.Receipt(p.ctx, o.ID)
	p.need(err == nil, "receipt: %v", err)
	p.status(r, bog.StatusCreated)
}
