package simulator_test

import (
	"testing"
	"time"

	"dukani/payments/simulator"

	"github.com/google/go-cmp/cmp"
)

// Each transition of docs/bog-api.md §7 is looked at twice: while the bank works on it, and a
// minute later.
func TestS21_10_TheMachine(t *testing.T) {
	t.Parallel()
	type step struct{ call, body, during, after string }
	pay := func(card, after string) step { return step{"", `{"card":"` + card + `"}`, "processing", after} }
	const refund, approve, cancel = "/payment/refund/", "/payment/authorization/approve/", "/payment/authorization/cancel/"
	for name, c := range map[string]struct {
		capture string
		steps   []step
	}{
		"paid and refunded in parts": {"automatic", []step{pay(good, "completed"),
			{refund, `{"amount":7.3}`, "refund_requested", "refunded_partially"}, {refund, `{"amount":10}`, "refund_requested", "refunded_partially"}, {refund, `{}`, "refund_requested", "refunded"}}},
		"declined":                   {"automatic", []step{pay("4000000000000002", "rejected")}},
		"hold captured":              {"manual", []step{pay(good, "blocked"), {approve, `{}`, "auth_requested", "completed"}, {refund, `{}`, "refund_requested", "refunded"}}},
		"hold captured in part":      {"manual", []step{pay(good, "blocked"), {approve, `{"amount":40}`, "auth_requested", "partial_completed"}, {refund, `{"amount":1}`, "refund_requested", "refunded_partially"}}},
		"hold released":              {"manual", []step{pay(good, "blocked"), {cancel, `{}`, "auth_requested", "rejected"}}},
		"refund fails":               {"automatic", []step{pay(sour, "completed"), {refund, `{}`, "refund_requested", "completed"}}},
		"approval and release fail":  {"manual", []step{pay(sour, "blocked"), {approve, `{}`, "auth_requested", "blocked"}, {cancel, `{}`, "auth_requested", "blocked"}}},
		"declined instead of a hold": {"manual", []step{pay("4000000000000002", "rejected")}},
	} {
		w := start(t, &simulator.Bank{Settings: simulator.Settings{SettleMS: 60_000, ActionMS: 60_000}})
		id := w.create(ttl20, `"capture":"`+c.capture+`"`)
		w.receipt(id).expect(t, "order_status.key", "created")
		for _, s := range c.steps {
			if s.call == "" {
				w.pay(id, s.body)
			} else if status, out := w.call("POST", s.call+id, s.body); status != 200 {
				t.Fatalf("%s, %s: %d %s", name, s.call, status, out)
			}
			during := w.receipt(id).at("order_status.key")
			w.bank.Advance(time.Minute)
			if after := w.receipt(id).at("order_status.key"); during != s.during || after != s.after {
				t.Errorf("%s, %s%s: %s, then %s; want %s, then %s", name, s.call, s.body, during, after, s.during, s.after)
			}
		}
	}
}

func TestS21_10_OperationsMayNeverEnd(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{ActionMS: -1}})
	for path, c := range map[string]struct {
		changes []string
		want    string
	}{
		"/payment/refund/":                {nil, "refund_requested"},
		"/payment/authorization/approve/": {[]string{ttl20, hold}, "auth_requested"},
		"/payment/authorization/cancel/":  {[]string{ttl20, hold}, "auth_requested"},
	} {
		id := w.paid(good, c.changes...)
		w.call("POST", path+id, `{}`)
		w.bank.Advance(24 * time.Hour)
		w.receipt(id).expect(t, "order_status.key", c.want)
	}
}

// The answer says that the request was received. The receipt says under the same action_id
// what became of it.
func TestS21_11_ActionIDOfTheAnswerIsInTheReceipt(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{ActionMS: 60_000}})
	for _, card := range []string{good, sour} {
		for path, c := range map[string]struct {
			changes             []string
			message, kind, code string
		}{
			"/payment/refund/":                {nil, "Refund request received", "refund", "162"},
			"/payment/authorization/approve/": {[]string{ttl20, hold}, "Pre-authorization payment approval request received", "authorize", "179"},
			"/payment/authorization/cancel/":  {[]string{ttl20, hold}, "Pre-authorization payment cancellation request received", "cancel_authorize", "179"},
		} {
			id := w.paid(card, c.changes...)
			status, out := w.call("POST", path+id, `{}`)
			answer := parse(t, []byte(out))
			answer.expect(t, "key", "request_received", "message", c.message)
			if status != 200 || len(answer) != 3 {
				t.Errorf("%s: %d %s", path, status, out)
			}
			w.bank.Advance(time.Minute)
			done := lastAction(w.receipt(id))
			done.expect(t, "action_id", answer["action_id"], "action", c.kind, "amount", "47.3", "request_channel", "public_api")
			if card == good {
				done.expect(t, "status", "completed")
			} else {
				done.expect(t, "status", "rejected", "code", c.code)
			}
		}
	}
}

func TestS21_14_TheParentMustExist(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	const unknown = "6e1d2b7c-90aa-4c35-b7f1-2d4e58c3a911"
	for path, method := range map[string]string{
		"/ecommerce/orders/" + unknown: "POST", "/ecommerce/orders/" + unknown + "/subscribe": "POST", "/charges/card/" + unknown: "DELETE",
		"/orders/" + unknown + "/cards": "PUT", "/orders/" + unknown + "/subscriptions": "PUT",
	} {
		if status, out := w.call(method, path, w.body()); status != 400 || out != `{"message":"Invalid order_id"}` {
			t.Errorf("%s %s: %d %s", method, path, status, out)
		}
	}
	if n := len(w.ledgerOrders()); n != 0 {
		t.Errorf("%d orders", n)
	}
}

func TestS21_15_SubscribeInheritsUnlessTold(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	parent := w.create(`"GEL"`, `"USD"`)
	w.call("PUT", "/orders/"+parent+"/subscriptions", "")
	w.pay(parent, `{}`)
	w.shop.next(t)
	first := w.receipt(parent)
	other := newShop(t)
	for body, c := range map[string]struct {
		external string
		receiver *shop
	}{
		``:                                       {"A-1042", w.shop},
		`{"external_order_id":"SUB-77/2026-04"}`: {"SUB-77/2026-04", w.shop},
		`{"callback_url":"` + other.URL + `/hook"}`:                                               {"A-1042", other},
		`{"callback_url":"` + other.URL + `/hook","external_order_id":"S","purchase_units":null}`: {"S", other},
	} {
		status, out := w.call("POST", "/ecommerce/orders/"+parent+"/subscribe", body)
		if status != 200 {
			t.Fatalf("%s: %d %s", body, status, out)
		}
		id := idOf(t, out)
		parse(t, c.receiver.next(t).Body).expect(t, "body.order_id", id, "body.external_order_id", c.external)
		r := w.receipt(id)
		r.expect(t, "order_status.key", "completed", "external_order_id", c.external, "purchase_units.currency_code", "USD",
			"purchase_units.request_amount", "47.3", "purchase_units.transfer_amount", "47.3", "buyer.full_name", first.at("buyer.full_name"))
		if diff := cmp.Diff(first.at("purchase_units.items"), r.at("purchase_units.items")); diff != "" {
			t.Error(diff)
		}
		w.shop.none(t)
		other.none(t)
	}
}
