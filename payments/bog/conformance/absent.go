package conformance

import (
	"net/http"
	"strings"

	"dukani/payments/bog"
)

var absentChecks = []check{
	{"absent.paths", "§20", "invented and old addresses do nothing", confirmed, absentPaths},
	{"absent.calls", "§2", "there is no cancel order, list or update", confirmed, absentCalls},
	{"format.accept_text", "§3", "what comes for Accept: text/plain, */*", unconfirmed, func(p *probe) { formatAccept(p, "text/plain, */*") }},
	{"format.accept_xml", "§3", "what comes for Accept: application/xml", unconfirmed, func(p *probe) { formatAccept(p, "application/xml") }},
	{"format.accept_none", "§3", "what comes without Accept", unconfirmed, func(p *probe) { formatAccept(p, "") }},
	{"format.content_type", "§3", "the type of answers", unconfirmed, formatContentType},
	{"format.error", "§17", "the form of errors", unconfirmed, formatError},
}

// requireRefusals makes calls that do not exist at the bank, and fails for those that succeed.
func (p *probe) requireRefusals(calls []struct{ method, path, body string }) {
	for _, c := range calls {
		a := p.call(c.method, c.path, c.body)
		p.note(c.method+" "+c.path, "%d %s", a.status, a.kind())
		p.must(a.status >= 400, "%s %s: %s, want nothing there", c.method, c.path, a.text())
	}
}

func absentPaths(p *probe) {
	id := p.order().ID
	p.requireRefusals([]struct{ method, path, body string }{
		{"POST", "/services/orders/" + id + "/refund", `{}`},
		{"POST", "/services/orders/" + id + "/cancel", `{}`},
		{"POST", "/services/orders/" + id + "/confirm", `{}`},
		{"POST", "/services/split-payment/create", `{}`},
		{"GET", "/orders/" + id + "/payments", ""},
		{"PUT", "/orders/" + id + "/save-card", ""},
		{"POST", "/checkout/refund", `{}`},
		{"POST", "/checkout/orders", p.body().text()},
		{"POST", "/charges/card", `{}`},
		{"POST", "/applepay/complete", `{}`},
		{"POST", "/googlepay/complete", `{}`},
	})
}

func absentCalls(p *probe) {
	o := p.order()
	p.requireRefusals([]struct{ method, path, body string }{
		{"DELETE", "/ecommerce/orders/" + o.ID, ""},
		{"POST", "/ecommerce/orders/" + o.ID + "/cancel", `{}`},
		{"GET", "/ecommerce/orders", ""},
		{"GET", "/orders", ""},
		{"PUT", "/ecommerce/orders/" + o.ID, p.body().text()},
		{"PATCH", "/ecommerce/orders/" + o.ID, `{}`},
		{"GET", "/charges/card", ""},
		{"GET", "/receipt", ""},
		{"POST", "/webhooks", `{}`},
	})
	r, err := p.client.Receipt(p.ctx, o.ID)
	p.need(err == nil, "receipt: %v", err)
	p.status(r, bog.StatusCreated)
}

func formatAccept(p *probe, accept string) {
	o := p.order()
	a := p.call("GET", "/receipt/"+o.ID, "", func(r *http.Request) {
		r.Header.Del("Accept")
		if accept != "" {
			r.Header.Set("Accept", accept)
		}
	})
	p.note("status", "%d", a.status)
	p.note("type", "%s", a.kind())
	p.note("begins", "%.30s", strings.TrimSpace(string(a.body)))
	p.must(a.status < 500, "%s", a.text())
	p.assume(a.ok() && strings.Contains(a.kind(), "json"), "it is %d %s", a.status, a.kind())
}

func formatContentType(p *probe) {
	created := p.create(p.minimal().text())
	p.need(created.ok(), "create: %s", created.text())
	receipt := p.call("GET", "/receipt/"+p.decode(created).string("id"), "")
	refused := p.call("GET", "/receipt/"+unknownOrder, "")
	for _, c := range []struct {
		name string
		a    answer
	}{{"create", created}, {"receipt", receipt}, {"error", refused}} {
		p.note(c.name, "%s", c.a.header.Get("Content-Type"))
		p.assume(c.a.kind() == "application/json", "%s comes as %q", c.name, c.a.kind())
	}
}

func formatError(p *probe) {
	a := p.call("POST", "/payment/refund/"+unknownOrder, `{}`)
	d := p.decode(a)
	p.note("shape", "%s", d.shape())
	p.assume(d.shape() == "{message: string}", "an error is %s", d.shape())
}
