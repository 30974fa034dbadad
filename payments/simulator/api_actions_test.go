package simulator_test

import (
	"strings"
	"testing"
	"time"

	"dukani/payments/simulator"
)

// paid makes an order, pays it with a card and returns its id.
func (w *world) paid(card string, changes ...string) string {
	w.t.Helper()
	id := w.create(changes...)
	w.pay(id, `{"card":"`+card+`"}`)
	w.shop.next(w.t)
	return id
}

const (
	good  = "4000000000000001"
	sour  = "4000000000000003" // later operations are rejected
	hold  = `"capture":"manual"`
	ttl20 = `"ttl":20`
)

func lastAction(r tree) tree {
	list, _ := r["actions"].([]any)
	if len(list) == 0 {
		return tree{}
	}
	return list[len(list)-1].(map[string]any)
}

func TestS21_12_RefundInPartsAddsUp(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.paid(good)
	for _, c := range []struct{ body, status, kind, transfer, refund string }{
		{`{"amount":"7.3"}`, "refunded_partially", "partial_refund", "40.0", "7.3"},
		{`{"amount":10}`, "refunded_partially", "partial_refund", "30.0", "17.3"},
		{`{}`, "refunded", "partial_refund", "0.0", "47.3"},
	} {
		status, out := w.call("POST", "/payment/refund/"+id, c.body)
		a := parse(t, []byte(out))
		if status != 200 || a.at("key") != "request_received" || a.at("message") != "Refund request received" {
			t.Fatalf("%d %s", status, out)
		}
		r := w.receipt(id)
		r.expect(t, "order_status.key", c.status, "purchase_units.transfer_amount", c.transfer, "purchase_units.refund_amount", c.refund)
		lastAction(r).expect(t, "action_id", a.at("action_id"), "action", c.kind, "status", "completed", "request_channel", "public_api")
		w.shop.next(t)
		if status, _ := w.call("POST", "/payment/refund/"+id, `{"amount":40.01}`); status != 400 {
			t.Errorf("%d: more than is left", status)
		}
	}
	w.sim("ledger").expect(t, "totals.GEL.taken", 4730.0, "totals.GEL.refunded", 4730.0)
}

func TestS21_12_RefundRefusals(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	unpaid, paid, p2p := w.create(), w.paid(good), w.create(`["card"]`, `["bog_p2p"]`)
	w.pay(p2p, `{"method":"bog_p2p"}`)
	for _, c := range [][3]string{
		{"6e1d2b7c-90aa-4c35-b7f1-2d4e58c3a911", `{}`, "Invalid order_id"},
		{unpaid, `{}`, "cannot be refunded"},
		{paid, `{"amount":47.31}`, "exceeds"},
		{paid, `{"amount":0}`, "greater than 0"},
		{paid, `{"amount":1.001}`, "2 decimals"},
		{paid, `[]`, "The request body must be a JSON object"},
		{paid, ` [ {"amount":1} ]`, "The request body must be a JSON object"},
		{paid, `null`, "The request body must be a JSON object"},
		{paid, `"all"`, "The request body must be a JSON object"},
		{paid, `12.5`, "The request body must be a JSON object"},
		{paid, `[`, "Malformed JSON request"},
		{paid, `{"amount":1}{}`, "Malformed JSON request"},
		{p2p, `{"amount":1}`, "partially"},
	} {
		if status, out := w.call("POST", "/payment/refund/"+c[0], c[1]); status != 400 || !strings.Contains(out, c[2]) {
			t.Errorf("%s: %d %s", c[1], status, out)
		}
	}
	if status, out := w.call("POST", "/payment/refund/"+p2p, `{}`); status != 200 {
		t.Errorf("full refund of p2p: %d %s", status, out)
	}
}

func TestS21_11_RefundIsAcknowledgedThenDecided(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{ActionMS: 60_000}})
	id := w.paid(good)
	w.call("POST", "/payment/refund/"+id, `{"amount":1}`)
	w.receipt(id).expect(t, "order_status.key", "refund_requested", "purchase_units.refund_amount", nil, "actions", nil)
	if status, out := w.call("POST", "/payment/refund/"+id, `{"amount":1}`); status != 400 || !strings.Contains(out, "already requested") {
		t.Errorf("%d %s", status, out)
	}
	w.bank.Advance(time.Minute)
	w.receipt(id).expect(t, "order_status.key", "refunded_partially", "purchase_units.refund_amount", "1.0")
	w.shop.next(t)
}

func TestS21_11_RefundOfCard0003IsRejected(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.paid(sour)
	status, _ := w.call("POST", "/payment/refund/"+id, `{}`)
	r := w.receipt(id)
	r.expect(t, "order_status.key", "completed", "purchase_units.refund_amount", nil)
	lastAction(r).expect(t, "status", "rejected", "code", "162")
	if status != 200 {
		t.Error("the request itself is received")
	}
	w.shop.next(t)
}

func TestS21_12_HoldApproveFullPartlyAndCancel(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	for _, c := range []struct{ call, body, status, kind, transfer string }{
		{"approve", ``, "completed", "authorize", "47.3"},
		{"approve", `{"amount":47.30,"description":"all"}`, "completed", "authorize", "47.3"},
		{"approve", `{"amount":"10.5"}`, "partial_completed", "partial_authorize", "10.5"},
		{"cancel", `{"description":"gone"}`, "rejected", "cancel_authorize", ""},
	} {
		id := w.paid(good, ttl20, hold)
		w.receipt(id).expect(t, "order_status.key", "blocked", "payment_detail.code", "200", "purchase_units.transfer_amount", "47.3")
		status, out := w.call("POST", "/payment/authorization/"+c.call+"/"+id, c.body)
		if status != 200 || !strings.Contains(out, `"key":"request_received","message":"Pre-authorization payment `) {
			t.Fatalf("%d %s", status, out)
		}
		r := w.receipt(id)
		r.expect(t, "order_status.key", c.status)
		if c.transfer != "" {
			r.expect(t, "purchase_units.transfer_amount", c.transfer)
		}
		lastAction(r).expect(t, "action", c.kind, "status", "completed")
		w.shop.next(t)
		if status, _ := w.call("POST", "/payment/authorization/approve/"+id, ``); status != 400 {
			t.Error("only one approve per hold")
		}
		if c.kind == "partial_authorize" {
			if status, _ := w.call("POST", "/payment/refund/"+id, `{"amount":10.51}`); status != 400 {
				t.Error("a partial approve limits refunds")
			}
		}
	}
}

func TestS21_12_HoldRefusals(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{ActionMS: -1}})
	held, automatic := w.paid(good, ttl20, hold), w.paid(good)
	for _, c := range [][4]string{
		{"approve", held, `{"amount":47.31}`, "exceeds"},
		{"approve", automatic, ``, "holds no money"},
		{"cancel", automatic, ``, "holds no money"},
		{"cancel", "x", ``, "Invalid order_id"},
	} {
		if status, out := w.call("POST", "/payment/authorization/"+c[0]+"/"+c[1], c[2]); status != 400 || !strings.Contains(out, c[3]) {
			t.Errorf("%v: %d %s", c, status, out)
		}
	}
	w.call("POST", "/payment/authorization/approve/"+held, ``)
	w.receipt(held).expect(t, "order_status.key", "auth_requested")
	if status, out := w.call("POST", "/payment/authorization/cancel/"+held, ``); status != 400 || !strings.Contains(out, "already requested") {
		t.Errorf("%d %s", status, out)
	}
}

func TestS21_11_HoldOfCard0003RejectsApproveWith179(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.paid(sour, ttl20, hold)
	w.call("POST", "/payment/authorization/approve/"+id, ``)
	r := w.receipt(id)
	r.expect(t, "order_status.key", "blocked")
	lastAction(r).expect(t, "action", "authorize", "status", "rejected", "code", "179")
}

func TestS21_14_SaveCardRequestsCountOnlyBeforePayment(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	for path, kind := range map[string]string{"cards": "recurrent", "subscriptions": "subscription"} {
		id := w.create()
		if status, out := w.call("PUT", "/orders/"+id+"/"+path, ""); status != 202 || out != "" {
			t.Errorf("%d %q", status, out)
		}
		w.receipt(id).expect(t, "payment_detail.saved_card_type", nil)
		w.pay(id, `{}`)
		w.receipt(id).expect(t, "payment_detail.saved_card_type", kind)
		late := w.create()
		w.pay(late, `{}`)
		if status, _ := w.call("PUT", "/orders/"+late+"/"+path, ""); status != 400 {
			t.Error("a save-card request after the payment must be refused")
		}
		w.steer("settings", `{"late_save":"ignored"}`)
		if status, out := w.call("PUT", "/orders/"+late+"/"+path, ""); status != 202 || out != "" {
			t.Errorf("%d %q, want it accepted without effect", status, out)
		}
		w.receipt(late).expect(t, "payment_detail.saved_card_type", nil)
		w.steer("settings", `{"late_save":"refused"}`)
		declined := w.create()
		w.call("PUT", "/orders/"+declined+"/"+path, "")
		w.pay(declined, `{"card":"4000000000000002"}`)
		w.receipt(declined).expect(t, "payment_detail.saved_card_type", nil)
	}
}

func TestS21_17_SavedCardPaysOnAPageWithoutCardForm(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	parent := w.create()
	w.call("PUT", "/orders/"+parent+"/cards", "")
	w.pay(parent, `{}`)
	w.shop.next(t)
	status, out := w.call("POST", "/ecommerce/orders/"+parent, w.body("47.3", "12.5"))
	if status != 200 || !strings.Contains(out, `"redirect"`) {
		t.Fatalf("%d %s", status, out)
	}
	id := idOf(t, out)
	b := newBrowser(t)
	p := b.get(w.page(id))
	if p.id("pay-card-number").Length() != 0 || !strings.Contains(p.id("pay-saved-card").Text(), "400000***0001") {
		t.Error("the page must show the saved card and ask for none")
	}
	asked := b.post(w.page(id), "action", "pay")
	b.post(w.url+asked.location(), "action", "confirm")
	w.receipt(id).expect(t, "order_status.key", "completed", "payment_detail.payment_option", "recurrent", "payment_detail.saved_card_type", "recurrent",
		"payment_detail.parent_order_id", parent, "purchase_units.transfer_amount", "12.5")
}

func TestS21_15_SubscribeInheritsAndCharges(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	parent := w.create()
	w.call("PUT", "/orders/"+parent+"/subscriptions", "")
	w.pay(parent, `{}`)
	w.shop.next(t)
	for body, external := range map[string]string{"": "A-1042", `{"external_order_id":"SUB-77/2026-04"}`: "SUB-77/2026-04"} {
		status, out := w.call("POST", "/ecommerce/orders/"+parent+"/subscribe", body)
		if status != 200 || strings.Contains(out, "redirect") {
			t.Fatalf("%d %s", status, out)
		}
		w.receipt(idOf(t, out)).expect(t, "order_status.key", "completed", "external_order_id", external, "payment_detail.payment_option", "subscription",
			"payment_detail.saved_card_type", "subscription", "payment_detail.parent_order_id", parent, "purchase_units.transfer_amount", "47.3", "buyer.full_name", "ნინო კ.")
		parse(t, w.shop.next(t).Body).expect(t, "body.external_order_id", external)
	}
}

func TestS21_14_SubscribeFailsWith102WithoutASavedCard(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	never, recurrent, forgotten := w.paid(good), w.create(), w.create()
	w.call("PUT", "/orders/"+recurrent+"/cards", "")
	w.pay(recurrent, `{}`)
	w.call("PUT", "/orders/"+forgotten+"/subscriptions", "")
	w.pay(forgotten, `{}`)
	if status, out := w.call("DELETE", "/charges/card/"+forgotten, ""); status != 202 || out != "" {
		t.Errorf("%d %q", status, out)
	}
	if status, _ := w.call("DELETE", "/charges/card/"+forgotten, ""); status != 400 {
		t.Error("a card can be forgotten once")
	}
	for _, parent := range []string{never, recurrent, forgotten} {
		_, out := w.call("POST", "/ecommerce/orders/"+parent+"/subscribe", `{}`)
		w.receipt(idOf(t, out)).expect(t, "order_status.key", "rejected", "payment_detail.code", "102")
	}
}

func TestSubscribeOfCard0003IsRejected(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	parent := w.create()
	w.call("PUT", "/orders/"+parent+"/subscriptions", "")
	w.pay(parent, `{"card":"`+sour+`"}`)
	_, out := w.call("POST", "/ecommerce/orders/"+parent+"/subscribe", `{}`)
	w.receipt(idOf(t, out)).expect(t, "order_status.key", "rejected")
}

// The card of this hold has approvals and cancellations rejected. The release by the bank
// itself is neither.
func TestS21_13_HoldIsReleasedWhateverTheCard(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create(`"ttl":20`, hold)
	w.pay(id, `{"card":"4000000000000003"}`)
	w.call("POST", "/payment/authorization/approve/"+id, `{}`)
	w.receipt(id).expect(t, "order_status.key", "blocked")
	w.bank.Advance(30*24*time.Hour + time.Minute)
	r := w.receipt(id)
	r.expect(t, "order_status.key", "rejected")
	lastAction(r).expect(t, "action", "cancel_authorize", "status", "completed")
}

// A refund is rejected with each code of docs/bog-api.md §16 that the last digits of the card
// or the order's plan name. The approval of the hold before it is not.
func TestS21_11_RefundIsRejectedWithEachCodeOfSection16(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	for _, code := range []string{"161", "162", "163", "164", "165", "166", "167", "168", "169", "179"} {
		for how, pay := range map[string]string{
			"card": `{"card":"400000000000` + "0" + code + `"}`,
			"plan": `{"later":"` + code + `"}`,
		} {
			id := w.create(ttl20, hold)
			w.pay(id, pay)
			w.call("POST", "/payment/authorization/approve/"+id, ``)
			w.receipt(id).expect(t, "order_status.key", "completed")
			if status, out := w.call("POST", "/payment/refund/"+id, `{"amount":10}`); status != 200 {
				t.Errorf("%s %s: %d %s", how, code, status, out)
			}
			r := w.receipt(id)
			r.expect(t, "order_status.key", "completed", "purchase_units.refund_amount", nil)
			a := lastAction(r)
			a.expect(t, "action", "partial_refund", "status", "rejected", "code", code)
			if text, _ := a["code_description"].(string); text == "" {
				t.Errorf("%s %s: no text", how, code)
			}
		}
	}
}
