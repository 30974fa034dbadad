package simulator_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"dukani/payments/simulator"
)

func TestSeedMakesOrdersInEveryStatus(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]simulator.Settings{
		"as usual": {}, "strict": {Strict: true, StrictBasket: true}, "slow payments": {SettleMS: 60_000},
	} {
		w := start(t, &simulator.Bank{Settings: settings, ChaosPayments: 100})
		w.steer("seed", ``)
		var got []string
		for _, o := range w.ledgerOrders() {
			id := o.(map[string]any)["id"].(string)
			receipt := w.receipt(id)
			got = append(got, receipt.at("order_status.key").(string))
			if w.callbacks(id) != nil && w.callbacks(id)[0]["state"] != "lost" {
				t.Errorf("%s: a callback was sent", name)
			}
		}
		slices.Sort(got)
		want := "auth_requested blocked completed created partial_completed processing refund_requested refunded refunded_partially rejected rejected"
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestSeedSendsCallbacksWhereAsked(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	w.steer("seed", `{"count":3,"callback_url":"`+w.shop.URL+`/callback"}`)
	parse(t, w.shop.next(t).Body).expect(t, "body.order_status.key", "completed", "body.external_order_id", "SEED-3")
	r, _ := http.NewRequest("POST", w.url+"/_sim/seed", strings.NewReader(`{"count":-1}`))
	if status, _ := send(t, r); status != 400 {
		t.Error(status)
	}
}

func TestS21_12_LedgerOfAnOrderAddsUp(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create(ttl20, hold)
	w.pay(id, `{}`)
	w.call("POST", "/payment/authorization/approve/"+id, `{"amount":40}`)
	w.call("POST", "/payment/refund/"+id, `{"amount":15}`)
	w.steer("orders/"+id+"/plan", `{"later":"reject"}`)
	w.call("POST", "/payment/refund/"+id, `{"amount":5}`)
	var got []string
	for _, one := range w.sim("orders/" + id + "/ledger")["bookings"].([]any) {
		line := tree(one.(map[string]any))
		got = append(got, line.at("what").(string))
		if line.at("what") == "refund" {
			line.expect(t, "amount", 1500.0, "taken", 4000.0, "refunded", 1500.0, "held", 0.0)
		}
	}
	if want := []string{"hold", "capture", "release", "refund"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	w.order(id).expect(t, "taken", 4000.0, "refunded", 1500.0, "held", 0.0)
}
