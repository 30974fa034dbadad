package conformance

import (
	"bytes"
	"net/http"
	"strings"

	"dukani/payments/bog"
)

const keyFormat = `{"message":"Invalid Idempotency-Key format. Should be UUID v4."}`

var idempotencyChecks = []check{
	{"idempotency.format", "§17", "a key that is no UUID is refused, in exactly these words", confirmed, idempotencyFormat},
	{"idempotency.format_everywhere", "§17", "the form of the key is checked by every changing call", unconfirmed, idempotencyFormatEverywhere},
	{"idempotency.version", "§3", "keys that are UUIDs of another version", unconfirmed, idempotencyVersion},
	{"idempotency.create", "§3", "a repeated create gives the same bytes and no second order", confirmed, idempotencyCreate},
	{"idempotency.error", "§3", "a repeated refusal gives the same bytes", confirmed, idempotencyError},
	{"idempotency.mismatch", "§3", "a key used again with another body", unconfirmed, idempotencyMismatch},
	{"idempotency.scope", "§3", "a key counts for one endpoint only", confirmed, idempotencyScope},
	{"idempotency.refund", "§3", "a repeated refund gives the same action and gives money back once", confirmed, idempotencyRefund},
	{"idempotency.optional", "§3", "without a key every create makes an order", confirmed, idempotencyOptional},
}

func idempotencyFormat(p *probe) {
	for _, bad := range []string{"order-1042", "6f1e2d", strings.Repeat("a", 36)} {
		a := p.create(p.body().text(), key(bad))
		p.must(a.status == http.StatusBadRequest && strings.TrimSpace(string(a.body)) == keyFormat, "key %q: %s, want 400 %s", bad, a.text(), keyFormat)
	}
}

func idempotencyFormatEverywhere(p *probe) {
	for _, c := range p.apiCalls() {
		if c.method == "GET" {
			continue
		}
		a := p.call(c.method, c.path, c.body, key("order-1042"))
		p.note(c.method+" "+c.path, "%s", a.text())
		p.must(!a.ok(), "%s %s: %s", c.method, c.path, a.text())
		p.assume(a.message() == "Invalid Idempotency-Key format. Should be UUID v4.", "%s %s says %s", c.method, c.path, a.text())
	}
}

func idempotencyVersion(p *probe) {
	for _, k := range []struct{ name, key string }{
		{"version 1", "d9428888-122b-11e1-b85c-61cd3cbb3210"},
		{"version 3", "a3bb189e-8bf9-3888-9912-ace4e6543002"},
		{"version 7", "0190163d-8694-739b-aea5-966c26f8ad91"},
		{"in quotes", `"` + bog.NewIdempotencyKey() + `"`},
		{"without dashes", strings.ReplaceAll(bog.NewIdempotencyKey(), "-", "")},
	} {
		a := p.create(p.body().text(), key(k.key))
		p.note(k.name, "%s", a.text())
		p.assume(a.status == http.StatusBadRequest, "a key %s is not refused", k.name)
	}
	upper := p.create(p.body().text(), key(strings.ToUpper(bog.NewIdempotencyKey())))
	p.note("upper case", "%d", upper.status)
	p.assume(upper.ok(), "a key in upper case is refused")
}

func idempotencyCreate(p *probe) {
	body, k := p.body().text(), bog.NewIdempotencyKey()
	first := p.create(body, key(k))
	p.need(first.ok(), "create: %s", first.text())
	again := p.create(body, key(k))
	p.must(again.status == first.status && bytes.Equal(again.body, first.body), "repeated: %s, the first time: %s", again.text(), first.text())
	p.must(p.decode(again).string("id") == p.decode(first).string("id"), "a second order was made")
}

func idempotencyError(p *probe) {
	body, k := p.body().with("purchase_units.basket", drop).text(), bog.NewIdempotencyKey()
	first := p.create(body, key(k))
	p.need(first.refused(), "an order without a basket: %s", first.text())
	again := p.create(body, key(k))
	p.must(again.status == first.status && bytes.Equal(again.body, first.body), "repeated: %s, the first time: %s", again.text(), first.text())
}

func idempotencyMismatch(p *probe) {
	body, k := p.body(), bog.NewIdempotencyKey()
	first := p.create(body.text(), key(k))
	p.need(first.ok(), "create: %s", first.text())
	other := p.create(body.with("purchase_units.total_amount", num("7.5")).text(), key(k))
	switch {
	case !other.ok():
		p.note("another body", "refused: %s", other.text())
	case bytes.Equal(other.body, first.body):
		p.note("another body", "the first answer again")
	default:
		p.note("another body", "carried out: %s", other.text())
	}
	p.assume(bytes.Equal(other.body, first.body) && other.status == first.status, "another body under the same key does not get the first answer")
}

func idempotencyScope(p *probe) {
	k := bog.NewIdempotencyKey()
	first := p.create(p.body().text(), key(k))
	p.need(first.ok(), "create: %s", first.text())
	d := p.decode(first)
	// A refund of an unpaid order is refused. If the key counted here too, the answer would be
	// that of the create call.
	a := p.call("POST", "/payment/refund/"+d.string("id"), `{"amount":1}`, key(k))
	p.must(a.refused(), "the key of a create, used for a refund of the unpaid order: %s", a.text())
}

func idempotencyRefund(p *probe) {
	o := p.completed()
	k := bog.NewIdempotencyKey()
	path, body := "/payment/refund/"+o.ID, `{"amount":1.5}`
	first := p.call("POST", path, body, key(k))
	p.need(first.ok(), "refund: %s", first.text())
	p.actionOutcome(o.ID, p.decode(first).string("action_id"))
	again := p.call("POST", path, body, key(k))
	p.must(again.status == first.status && bytes.Equal(again.body, first.body), "repeated: %s, the first time: %s", again.text(), first.text())
	r := p.settled(o.ID)
	p.must(len(r.Actions) == 1, "%d actions after one refund and its repetition", len(r.Actions))
	p.must(r.PurchaseUnits.RefundAmount == 150, "refunded %s, want 1.50", r.PurchaseUnits.RefundAmount)
}

func idempotencyOptional(p *probe) {
	body := p.body().text()
	first, second := p.create(body), p.create(body)
	p.need(first.ok() && second.ok(), "create without a key: %s, %s", first.text(), second.text())
	p.must(p.decode(first).string("id") != p.decode(second).string("id"), "two creates without a key made one order")
}
