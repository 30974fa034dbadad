package conformance

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"dukani/payments/bog"
)

var callbackChecks = []check{
	{"callback.paid", "§8", "a payment is reported by a signed POST", confirmed, callbackPaid},
	{"callback.signature", "§8.3", "signed over the raw bytes with the published key, and only over those", confirmed, callbackSignature},
	{"callback.bytes", "§8.2", "compact UTF-8 JSON, letters and slashes unescaped, nulls kept", confirmed, callbackBytes},
	{"callback.envelope", "§8.2", "event, both request times, the receipt under body", confirmed, callbackEnvelope},
	{"callback.key_order", "§8.2", "the order of the keys", unconfirmed, callbackKeyOrder},
	{"callback.same_as_receipt", "§8.2", "body is the receipt of that moment", confirmed, callbackSameAsReceipt},
	{"callback.declined", "§8.1", "a declined payment is reported", confirmed, callbackDeclined},
	{"callback.refund", "§8.1", "a refund is reported", confirmed, callbackRefund},
	{"callback.blocked", "§8.1", "a hold is reported", unconfirmed, callbackBlocked},
	{"callback.approve", "§8.1", "an approve is reported", unconfirmed, callbackApprove},
	{"callback.cancel", "§8.1", "a cancelled hold is reported", unconfirmed, callbackCancel},
	{"callback.expired", "§8.1", "an expired order is reported", unconfirmed, callbackExpired},
	{"callback.once", "§8.4", "how often a received callback comes", unconfirmed, callbackOnce},
	{"callback.retry", "§8.4", "whether a callback answered with 500 is repeated", unconfirmed, callbackRetry},
}

// receivedCallback is a callback whose body is JSON.
type receivedCallback struct {
	message
	doc
}

// status returns the order status in the message, or "".
func (m message) status() string {
	d, err := parse(m.body)
	if err != nil {
		return ""
	}
	return d.string("body.order_status.key")
}

func (p *probe) needInbox() {
	if p.target.Inbox == nil {
		p.skip("no callbacks: the target has no public callback address")
	}
}

// waitForCallback waits for a callback about o with the status.
func (p *probe) waitForCallback(o placed, status bog.Status) (receivedCallback, bool) {
	m, ok := p.waitForMessage(o.ref, func(m message) bool { return m.status() == string(status) })
	if !ok {
		return receivedCallback{}, false
	}
	d, err := parse(m.body)
	return receivedCallback{m, d}, err == nil
}

// waitForMessage waits for a callback that was sent to the address of ref.
func (p *probe) waitForMessage(ref string, wanted func(message) bool) (message, bool) {
	ctx, cancel := context.WithTimeout(p.ctx, p.target.Patience)
	defer cancel()
	return p.target.Inbox.wait(ctx, ref, wanted)
}

// requireCallback is waitForCallback for callbacks that the documentation promises.
func (p *probe) requireCallback(o placed, status bog.Status) receivedCallback {
	m, ok := p.waitForCallback(o, status)
	if !ok {
		got, _ := p.target.Inbox.all(o.ref)
		p.need(false, "no callback with status %s within %s (%d others)", status, p.target.Patience, len(got))
	}
	return m
}

// paidWithCallback returns a completed order and its callback.
func (p *probe) paidWithCallback() (placed, receivedCallback) {
	p.needInbox()
	o := p.completed(func(r *bog.OrderRequest) {
		r.Buyer = &bog.Buyer{FullName: "ნინო კ.", MaskedEmail: "n***@mail.example"}
	})
	return o, p.requireCallback(o, bog.StatusCompleted)
}

func callbackPaid(p *probe) {
	_, m := p.paidWithCallback()
	p.must(m.method == http.MethodPost, "came by %s, want POST", m.method)
	kind, _, _ := strings.Cut(m.header.Get("Content-Type"), ";")
	p.must(kind == "application/json", "Content-Type is %q, want application/json", m.header.Get("Content-Type"))
	names := []string{}
	for name := range m.header {
		names = append(names, name)
	}
	slices.Sort(names)
	p.note("headers", "%s", strings.Join(names, ", "))
	p.must(m.header.Get(bog.SignatureHeader) != "", "no %s", bog.SignatureHeader)
}

func callbackSignature(p *probe) {
	_, m := p.paidWithCallback()
	if len(p.target.Config.CallbackKeys) == 0 && p.target.Config.Endpoints.CallbackKey == "" {
		p.skip("no key to verify with: the target has neither CallbackKeys nor a published one")
	}
	signature := m.header.Get(bog.SignatureHeader)
	err := p.client.Verifier().Verify(m.body, signature)
	p.must(err == nil, "over the raw body: %v", err)
	spaced := bytes.Replace(m.body, []byte(`":`), []byte(`": `), 1)
	p.must(p.client.Verifier().Verify(spaced, signature) != nil, "the signature also fits other bytes")
	_, err = bog.ParseCallback(m.body)
	p.must(err == nil, "the client cannot read it: %v", err)
}

func callbackBytes(p *probe) {
	_, m := p.paidWithCallback()
	var compact bytes.Buffer
	inText, escaped := false, false
	for _, c := range m.body {
		if inText || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			compact.WriteByte(c)
		}
		switch {
		case escaped:
			escaped = false
		case inText && c == '\\':
			escaped = true
		case c == '"':
			inText = !inText
		}
	}
	p.must(bytes.Equal(compact.Bytes(), m.body), "it has %d bytes of white space between tokens", len(m.body)-compact.Len())
	for _, escape := range []string{`\u10`, `\u0026`, `\u003c`, `\u003e`, `\/`} {
		p.must(!bytes.Contains(bytes.ToLower(m.body), []byte(escape)), "letters are escaped: %s…", escape)
	}
	p.must(bytes.Contains(m.body, []byte("ნინო კ.")), "the buyer's name is not in it as it was sent")
	p.must(bytes.Contains(m.body, []byte(`სანთელი <&> \"№3\"`)), "the item's name is not in it as it was sent")
	for _, name := range []string{"actions", "disputes", "reject_reason"} {
		p.must(bytes.Contains(m.body, []byte(`"`+name+`":null`)), "%s is not null", name)
	}
}

func callbackEnvelope(p *probe) {
	o, m := p.paidWithCallback()
	p.equal(m.doc, "event", bog.EventOrderPayment)
	p.equal(m.doc, "body.order_id", o.ID)
	p.equal(m.doc, "body.external_order_id", o.ref)
	p.bothDates(m.doc, "request_time")
	p.bothDates(m.doc, "body.create_date")
	_, there := m.at("body.body")
	p.must(!there, "the receipt is wrapped twice")
}

func callbackKeyOrder(p *probe) {
	_, m := p.paidWithCallback()
	p.inOrder("callback", m.keys(), []string{"event", "request_time", "zoned_request_time", "body"})
	p.inOrder("body", m.keys("body"), receiptKeys)
	p.inOrder("body.payment_detail", m.keys("body", "payment_detail"), detailKeys)
}

// localised are the texts that depend on a language, so that they may differ between a callback
// and a receipt.
var localised = []string{"order_status.value", "payment_detail.transfer_method.value", "payment_detail.code_description", "reject_reason"}

func callbackSameAsReceipt(p *probe) {
	o, m := p.paidWithCallback()
	body, _ := m.at("body")
	there, err := parse([]byte(spell(body)))
	p.need(err == nil, "no receipt in it")
	here := p.receipt(o.ID)
	for _, path := range localised {
		set(there.value, strings.Split(path, "."), nil)
		set(here.value, strings.Split(path, "."), nil)
	}
	for _, name := range here.keys() {
		p.must(there.show(name) == here.show(name), "%s is %s in the callback and %s in the receipt", name, there.show(name), here.show(name))
	}
}

func callbackDeclined(p *probe) {
	p.needInbox()
	o, _ := p.payNewOrder(declinedCard)
	m := p.requireCallback(o, bog.StatusRejected)
	p.equal(m.doc, "body.payment_detail.code", "107")
}

func callbackRefund(p *probe) {
	p.needInbox()
	o := p.completed()
	ack, err := p.client.Refund(p.ctx, o.ID, bog.RefundRequest{Amount: 130})
	p.need(err == nil, "refund: %v", err)
	m := p.requireCallback(o, bog.StatusRefundedPartially)
	p.equal(m.doc, "body.purchase_units.refund_amount", "1.3")
	p.equal(m.doc, "body.actions.0.action_id", ack.ActionID)
}

// recordCallback records whether a callback with the status comes.
func (p *probe) recordCallback(o placed, status bog.Status) {
	m, ok := p.waitForCallback(o, status)
	p.note("callback", "%v", ok)
	p.assume(ok, "no callback with status %s", status)
	if ok {
		err := p.client.Verifier().Verify(m.body, m.header.Get(bog.SignatureHeader))
		p.must(err == nil, "its signature: %v", err)
	}
}

func callbackBlocked(p *probe) {
	p.needInbox()
	p.recordCallback(p.held(goodCard), bog.StatusBlocked)
}

func callbackApprove(p *probe) {
	p.needInbox()
	o := p.held(goodCard)
	ack, err := p.client.Approve(p.ctx, o.ID, bog.ApproveRequest{All: true})
	p.need(err == nil, "approve: %v", err)
	p.actionOutcome(o.ID, ack.ActionID)
	p.recordCallback(o, bog.StatusCompleted)
}

func callbackCancel(p *probe) {
	p.needInbox()
	o := p.held(goodCard)
	ack, err := p.client.Cancel(p.ctx, o.ID, bog.CancelRequest{})
	p.need(err == nil, "cancel: %v", err)
	r, _ := p.actionOutcome(o.ID, ack.ActionID)
	p.recordCallback(o, r.Status())
}

func callbackExpired(p *probe) {
	p.needInbox()
	o := p.order(func(r *bog.OrderRequest) { r.TTL = 2 })
	p.wait(2*time.Minute+time.Second, "the least ttl")
	p.until(o.ID, p.target.Patience, func(r *bog.Receipt) bool { return r.Status() == bog.StatusRejected })
	p.recordCallback(o, bog.StatusRejected)
}

func callbackOnce(p *probe) {
	o, _ := p.paidWithCallback()
	got, _ := p.target.Inbox.all(o.ref)
	p.note("callbacks by the time the payment is seen", "%d", len(got))
	p.assume(len(got) == 1, "%d callbacks about one payment", len(got))
}

func callbackRetry(p *probe) {
	p.needInbox()
	o := p.order()
	p.target.Inbox.fail(o.ref)
	p.paid(o, Plan{Card: goodCard})
	p.requireCallback(o, bog.StatusCompleted)
	p.wait(time.Minute, "waiting for a repetition")
	// Target.Wait may move a clock, and what is due then takes a moment.
	ctx, cancel := context.WithTimeout(p.ctx, 200*time.Millisecond)
	defer cancel()
	_, again := p.target.Inbox.wait(ctx, o.ref, func(message) bool {
		got, _ := p.target.Inbox.all(o.ref)
		return len(got) > 1
	})
	p.note("repeated within a minute", "%v", again)
	p.assume(!again, "a callback that was answered with 500 is repeated")
}
