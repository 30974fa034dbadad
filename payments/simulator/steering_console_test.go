package simulator_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"dukani/payments/simulator"
)

// The shop has not requested what the merchant does in Business Manager, or the bank by
// itself. It learns of it only by callback and receipt.
func TestConsoleActsWithoutTheShop(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	for _, c := range []struct {
		capture, body, channel, action, status, amount string
	}{
		{ttl20, `{"action":"refund","amount_minor":1050}`, "business_manager", "partial_refund", "refunded_partially", "10.5"},
		{ttl20, `{"action":"refund","channel":"support"}`, "support", "refund", "refunded", "47.3"},
		{hold, `{"action":"approve","amount_minor":4000}`, "business_manager", "partial_authorize", "partial_completed", "40.0"},
		{hold, `{"action":"cancel"}`, "business_manager", "cancel_authorize", "rejected", "47.3"},
	} {
		id := w.paid(good, ttl20, c.capture)
		w.steer("orders/"+id+"/console", c.body)
		m := w.shop.next(t)
		callback := tree(parse(t, m.Body).at("body").(map[string]any))
		for where, r := range map[string]tree{"callback": callback, "receipt": w.receipt(id)} {
			a := lastAction(r)
			if r.at("order_status.key") != c.status || a["request_channel"] != c.channel || a["action"] != c.action || a["status"] != "completed" || a["amount"] != c.amount {
				t.Errorf("%s: the %s says %v %v", c.body, where, r.at("order_status.key"), a)
			}
		}
		if !w.verify(m) {
			t.Error("bad signature")
		}
	}
}

func TestConsoleKeepsTheRulesOfTheAPI(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	unpaid, paid := w.create(), w.paid(good)
	for _, c := range []struct {
		id, body, want string
		status         int
	}{
		{unpaid, `{"action":"refund"}`, "cannot be refunded", 409},
		{paid, `{"action":"refund","amount_minor":4731}`, "exceeds", 409},
		{paid, `{"action":"approve"}`, "holds no money", 409},
		{paid, `{"action":"close"}`, "none of refund", 400},
		{paid, `{"action":"refund","amount_minor":-1}`, "more than 0", 400},
		{paid, `{"action":"refund","amount_minor":0}`, "leave it out for all", 400},
		{paid, `{"action":"refund","channel":"pigeon"}`, "channel", 400},
	} {
		r, _ := http.NewRequest("POST", w.url+"/_sim/orders/"+c.id+"/console", strings.NewReader(c.body))
		if status, out := send(t, r); status != c.status || !strings.Contains(string(out), c.want) {
			t.Errorf("%s: %d %s", c.body, status, out)
		}
	}
	p := newBrowser(t).submit(w.url+"/_sim/orders/"+paid+"/console", "action", "refund", "amount_minor", "100")
	if p.Status != 303 || !strings.HasSuffix(p.location(), paid) {
		t.Errorf("the inspector's form: %d %s", p.Status, p.HTML)
	}
	w.receipt(paid).expect(t, "purchase_units.refund_amount", "1.0")
}

func TestReleaseOfAHoldIsTheBanksOwnDoing(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.paid(good, ttl20, hold)
	w.bank.Advance(30 * 24 * time.Hour)
	if a := lastAction(w.receipt(id)); a["action"] != "cancel_authorize" || a["request_channel"] != "support" {
		t.Errorf("%v", a)
	}
}
