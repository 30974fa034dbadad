package simulator_test

import (
	"net/http"
	"strings"
	"testing"

	"dukani/payments/simulator"
)

func TestS21_06_OneKeyForTwoCallsDoesBoth(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	for _, path := range []string{"cards", "subscriptions", "subscriptions"} { // the third request repeats the second
		if status, out := w.call("PUT", "/orders/"+id+"/"+path, "", "Idempotency-Key", keyA); status != 202 || out != "" {
			t.Errorf("%s: %d %q", path, status, out)
		}
	}
	w.pay(id, `{}`)
	w.receipt(id).expect(t, "payment_detail.saved_card_type", "subscription")
}

func TestS21_07_AmountsAreNumbersOrNumericStrings(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	for _, quote := range []string{"", `"`} {
		amount := func(text string) string { return quote + text + quote }
		id := w.create(ttl20, hold, `47.3`, amount("47.3"), `18.65`, amount("18.65"), `"quantity":2`, `"quantity":`+amount("2"), `"amount":5`, `"amount":`+amount("5"))
		w.receipt(id).expect(t, "purchase_units.request_amount", "47.3")
		w.pay(id, `{}`)
		w.call("POST", "/payment/authorization/approve/"+id, `{"amount":`+amount("40.50")+`}`)
		w.receipt(id).expect(t, "order_status.key", "partial_completed", "purchase_units.transfer_amount", "40.5")
		w.call("POST", "/payment/refund/"+id, `{"amount":`+amount("10.5")+`}`)
		w.receipt(id).expect(t, "order_status.key", "refunded_partially", "purchase_units.refund_amount", "10.5")
	}
}

// One integrator had strings refused at creation only (docs/bog-api.md §3).
func TestS21_07_StringAmountsAtCreationAreRefusedBySwitch(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{StrictAmounts: true}})
	id := w.create(ttl20, hold)
	w.pay(id, `{}`)
	for _, field := range []string{`"total_amount":47.3`, `"unit_price":18.65`, `"quantity":2`} {
		name, value, _ := strings.Cut(field, ":")
		if status, out := w.call("POST", "/ecommerce/orders", w.body(field, name+`:"`+value+`"`)); status != 400 || !strings.Contains(out, "must be a number") {
			t.Errorf("%s as a string: %d %s", name, status, out)
		}
	}
	if status, out := w.call("POST", "/payment/authorization/approve/"+id, `{"amount":"40.5"}`); status != 200 {
		t.Errorf("the documentation's own sample: %d %s", status, out)
	}
}

// Some calls allow a missing body and some have none (docs/bog-api.md §9 to §11).
func TestS21_07_EmptyBodyAndEmptyObjectAreTheSame(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	for _, body := range []string{"", "{}", " \n", `{"unknown":{"list":[1]}}`} {
		paid := w.paid(good)
		parent := w.create()
		for path, c := range map[string]struct {
			method string
			want   int
		}{
			"/payment/refund/" + paid:                                     {"POST", 200},
			"/payment/authorization/approve/" + w.paid(good, ttl20, hold): {"POST", 200},
			"/payment/authorization/cancel/" + w.paid(good, ttl20, hold):  {"POST", 200},
			"/ecommerce/orders/" + paid + "/subscribe":                    {"POST", 200},
			"/orders/" + parent + "/cards":                                {"PUT", 202},
		} {
			if status, out := w.call(c.method, path, body); status != c.want {
				t.Errorf("%s %s with %q: %d %s", c.method, path, body, status, out)
			}
		}
		lastAction(w.receipt(paid)).expect(t, "action", "refund", "amount", "47.3")
		w.pay(parent, `{}`)
		if status, out := w.call("DELETE", "/charges/card/"+parent, body); status != 202 {
			t.Errorf("forgetting with %q: %d %s", body, status, out)
		}
	}
}

func TestS21_07_UnknownFieldsAreIgnored(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	more := func(body string) string {
		return strings.NewReplacer(`"purchase_units":{`, `"purchase_units":{"note":1,`, `"basket":[{`, `"basket":[{"colour":"red",`, `"config":{`, `"config":{"later":{"x":null},`).
			Replace(strings.Replace(body, "{", `{"trace":[{"a":1}],`, 1))
	}
	parent := w.paid(good)
	for _, path := range []string{"/ecommerce/orders", "/ecommerce/orders/" + parent} {
		if status, out := w.call("POST", path, more(w.body())); status != 200 {
			t.Errorf("%s: %d %s", path, status, out)
		}
	}
	status, out := w.call("POST", "/ecommerce/orders", more(w.body(apple...)))
	if status != 200 {
		t.Fatalf("%d %s", status, out)
	}
	if status, out = w.call("POST", "/ecommerce/orders/"+idOf(t, out)+"/payment", more(`{"apple_pay_token":"x"}`)); status != 200 {
		t.Errorf("%d %s", status, out)
	}
}

func TestS21_08_AmountsHaveMinimalDigits(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	for sent, want := range map[string]string{"5.30": "5.3", "5.300": "5.3", "10": "10.0", "0.01": "0.01", "1.13": "1.13", "100.5": "100.5", "1e2": "100.0"} {
		w.receipt(w.create(`47.3`, sent)).expect(t, "purchase_units.request_amount", want)
	}
	for sent, want := range map[string]string{"2": "2", "2.0": "2", "1.5": "1.5", "1.250": "1.25", "1000": "1000"} {
		items := w.receipt(w.create(`"quantity":2`, `"quantity":`+sent)).at("purchase_units.items").([]any)
		if got := items[0].(map[string]any)["quantity"]; got != want {
			t.Errorf("quantity %s came back as %v", sent, got)
		}
	}
}

func TestS21_09_ErrorsAreOneMessage(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	for _, c := range [][3]string{
		{"POST", "/ecommerce/orders", `{}`}, {"GET", "/receipt/x", ""}, {"POST", "/payment/refund/" + w.create(), `{}`},
		{"POST", "/payment/authorization/approve/x", ``}, {"PUT", "/orders/x/cards", ``}, {"DELETE", "/charges/card/x", ``}, {"POST", "/ecommerce/orders/x/payment", `{}`},
	} {
		status, out := w.call(c[0], c[1], c[2])
		said := parse(t, []byte(out))
		if text, is := said.at("message").(string); status != 400 || len(said) != 1 || !is || text == "" {
			t.Errorf("%v: %d %s", c, status, out)
		}
	}
	r := w.request("GET", "/receipt/x", "", "Authorization", "Bearer x")
	if status, out := send(t, r); status != 401 || len(parse(t, out)) != 1 {
		t.Errorf("%d %s", status, out)
	}
}

func TestS21_09_WhatIsRunningIsAlreadyRequested(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{ActionMS: -1}})
	for path, changes := range map[string][]string{"payment/refund": nil, "payment/authorization/approve": {ttl20, hold}, "payment/authorization/cancel": {ttl20, hold}} {
		path = "/" + path + "/" + w.paid(good, changes...)
		if status, out := w.call("POST", path, `{}`); status != 200 {
			t.Errorf("%s: %d %s", path, status, out)
		}
		if status, out := w.call("POST", path, `{}`); status != 400 || !strings.Contains(out, "already requested") {
			t.Errorf("%s again: %d %s", path, status, out)
		}
	}
}

func TestS21_09_TheEdgeMayAnswerInHTML(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	for field, want := range map[string]int{``: 403, `,"status":403`: 403, `,"status":404`: 404, `,"status":501`: 501} {
		w.steer("faults", `{"kind":"html_error_page","route":"save_card","count":1`+field+`}`)
		status, out := w.call("PUT", "/orders/"+id+"/cards", "")
		if status != want || !strings.HasPrefix(out, "<!DOCTYPE html>") {
			t.Errorf("%s: %d %s", field, status, out)
		}
	}
	for _, wrong := range []string{`{"kind":"html_error_page","status":200}`, `{"kind":"429","status":501}`} {
		r, _ := http.NewRequest("POST", w.url+"/_sim/faults", strings.NewReader(wrong))
		if status, _ := send(t, r); status != 400 {
			t.Errorf("%s: %d", wrong, status)
		}
	}
}
