package conformance

import (
	"strings"

	"dukani/payments/bog"
)

var walletChecks = []check{
	{"wallet.google", "§12.1", "Google Pay on the shop's page: the answer carries the outcome", confirmed, walletGoogle},
	{"wallet.google_3ds", "§12.1", "Google Pay with 3-D Secure: a link and no outcome", confirmed, walletGoogle3DS},
	{"wallet.google_alone", "§12.1", "a Google Pay token beside other methods", unconfirmed, walletGoogleAlone},
	{"wallet.google_hosted", "§12", "Google Pay on the bank's page", confirmed, func(p *probe) { p.hosted(bog.MethodGooglePay) }},
	{"wallet.apple", "§12.2", "Apple Pay on the shop's page: an accept link, then the outcome", confirmed, walletApple},
	{"wallet.apple_hosted", "§12", "Apple Pay on the bank's page", confirmed, func(p *probe) { p.hosted(bog.MethodApplePay) }},
	{"wallet.apple_other_order", "§12.2", "an order that was not made for it cannot be completed", confirmed, walletAppleOther},
}

// skipIfInactive skips the check if the target refuses a method or an extra that the bank opens on
// request only.
func (p *probe) skipIfInactive(a answer, what string) {
	if a.refused() {
		p.skip("%s is not open here: %s", what, a.text())
	}
	p.need(a.ok(), "create with %s: %s", what, a.text())
}

// createFrom creates an order from a body.
func (p *probe) createFrom(body object, what string) (placed, doc) {
	a := p.create(body.text(), key(bog.NewIdempotencyKey()))
	p.skipIfInactive(a, what)
	d := p.decode(a)
	return placed{&bog.Order{ID: d.string("id"), RedirectURL: d.string("_links.redirect.href")}, body.ref()}, d
}

// ref returns our id in the body.
func (o object) ref() string {
	text, _ := o["external_order_id"].(string)
	return text
}

func (p *probe) google(token string) object {
	return p.body().with("payment_method", []string{"google_pay"}).
		with("config", object{"google_pay": object{"external": true, "google_pay_token": token}})
}

func walletGoogle(p *probe) {
	if p.target.GooglePayToken == "" {
		p.skip("the target has no GooglePayToken")
	}
	o, d := p.createFrom(p.google(p.target.GooglePayToken), "Google Pay")
	p.note("shape", "%s", d.shape())
	p.must(d.string("status") == "completed", "status is %s, want completed", d.show("status"))
	p.must(d.string("order_details.order_id") == o.ID, "order_details are about %s", d.show("order_details.order_id"))
	p.equal(d, "order_details.payment_detail.transfer_method.key", "google_pay")
	p.must(d.string("_links.details.href") != "", "there is no details link")
	r := p.settled(o.ID)
	p.status(r, bog.StatusCompleted)
	p.must(r.PaymentDetail.TransferMethod.Key == bog.MethodGooglePay, "the receipt says %q", r.PaymentDetail.TransferMethod.Key)
}

func walletGoogle3DS(p *probe) {
	if p.target.GooglePayToken3DS == "" {
		p.skip("the target has no GooglePayToken3DS")
	}
	o, d := p.createFrom(p.google(p.target.GooglePayToken3DS), "Google Pay")
	_, details := d.at("order_details")
	p.must(!details, "order_details are there before 3-D Secure")
	p.note("status", "%s", d.show("status"))
	p.must(strings.Contains(o.RedirectURL, "/3ds/"), "the redirect link is %s, want the way to 3-D Secure", d.show("_links.redirect.href"))
	v := p.visit(o, Plan{Deed: PayIt, Method: bog.MethodGooglePay, Challenge: true})
	p.status(p.settled(o.ID), bog.StatusCompleted)
	if v.Followed {
		p.must(v.Landed == successURL, "the browser is sent to %q, want %q", v.Landed, successURL)
	}
}

func walletGoogleAlone(p *probe) {
	token := p.target.GooglePayToken
	if token == "" {
		token = "{}"
	}
	p.recordAcceptance("google_pay and card", p.google(token).with("payment_method", []string{"google_pay", "card"}).text(), false)
	p.recordAcceptance("without a token", p.google(token).with("config.google_pay.google_pay_token", drop).text(), false)
}

// hosted pays by a method on the bank's page.
func (p *probe) hosted(m bog.Method) (placed, *bog.Receipt) {
	o, _ := p.createFrom(p.body().with("payment_method", []string{string(m)}), string(m))
	r, _ := p.paid(o, Plan{Method: m})
	p.status(r, bog.StatusCompleted)
	p.must(r.PaymentDetail.TransferMethod.Key == m, "transfer_method is %q, want %s", r.PaymentDetail.TransferMethod.Key, m)
	p.must(r.PurchaseUnits.TransferAmount == 530, "captured %s, want 5.30", r.PurchaseUnits.TransferAmount)
	p.note("card_type", "%q", r.PaymentDetail.CardType)
	return o, r
}

func (p *probe) apple() object {
	return p.body().with("payment_method", []string{"apple_pay"}).with("application_type", "web").
		with("config", object{"apple_pay": object{"external": true}})
}

func walletApple(p *probe) {
	if p.target.ApplePayToken == "" {
		p.skip("the target has no ApplePayToken")
	}
	o, d := p.createFrom(p.apple(), "Apple Pay")
	p.note("first answer", "%s", d.shape())
	accept := strings.TrimRight(p.target.Config.Endpoints.API, "/") + "/ecommerce/orders/" + o.ID + "/payment"
	p.must(d.string("_links.accept.href") == accept, "_links.accept.href is %s, want %s", d.show("_links.accept.href"), accept)
	_, session := d.value.(map[string]any)["result"].(map[string]any)
	p.must(session, "result is %s, want the data for Apple's script", d.show("result"))
	r, err := p.client.Receipt(p.ctx, o.ID)
	p.need(err == nil, "receipt: %v", err)
	p.status(r, bog.StatusCreated)

	done, err := p.client.CompleteApplePay(p.ctx, o.ID, p.target.ApplePayToken)
	p.need(err == nil, "complete: %v", err)
	p.must(done.ID == o.ID && done.Status == bog.StatusCompleted, "completed order %s is %q, want completed", done.ID, done.Status)
	p.must(done.Details != nil && done.Details.OrderID == o.ID, "the answer has no order_details")
	r = p.settled(o.ID)
	p.status(r, bog.StatusCompleted)
	p.must(r.PaymentDetail.TransferMethod.Key == bog.MethodApplePay, "the receipt says %q", r.PaymentDetail.TransferMethod.Key)
}

func walletAppleOther(p *probe) {
	_, err := p.client.CompleteApplePay(p.ctx, p.order().ID, "{}")
	e := p.refusal(err, "an ordinary order")
	p.note("ordinary order", "%d %s", e.Status, e.Message)
	_, err = p.client.CompleteApplePay(p.ctx, unknownOrder, "{}")
	e = p.refusal(err, "an unknown order")
	p.note("unknown order", "%d %s", e.Status, e.Message)
}
