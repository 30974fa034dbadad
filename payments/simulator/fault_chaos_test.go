package simulator_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"dukani/payments/simulator"
	"dukani/payments/simulator/simtest"

	"github.com/google/go-cmp/cmp"
)

// history returns everything that a seeded bank did in a run of payments and refunds:
// answers, receipts and callbacks with their modes.
func history(t *testing.T, bank *simulator.Bank) []string {
	w := &world{t: t, bank: bank, shop: newShop(t)}
	w.shop.URL = "http://127.0.0.1:1" // the same in every run; nobody is there
	w.url = simtest.StartBank(t, bank)
	var out []string
	note := func(format string, args ...any) {
		out = append(out, strings.ReplaceAll(fmt.Sprintf(format, args...), w.url, "BANK"))
	}
	call := func(method, path, body string) string {
		status, answer, err := w.try(10*time.Second, w.request(method, path, body))
		note("%s %s: %d %s %t", method, path, status, answer, err != nil)
		return answer
	}
	for range 40 {
		r, _ := http.NewRequest("POST", w.url+simulator.TokenPath, strings.NewReader("grant_type=client_credentials"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth(simulator.DefaultClientID, simulator.DefaultClientSecret)
		status, answer, _ := w.try(10*time.Second, r)
		note("token %d", status) // without the token, which each bank signs with another secret
		w.token, _, _ = strings.Cut(strings.TrimPrefix(answer, `{"access_token":"`), `"`)
		if answer := call("POST", "/ecommerce/orders", w.body()); strings.HasPrefix(answer, `{"id":"`) && len(answer) > 60 {
			id := answer[7:43]
			w.pay(id, `{}`)
			call("POST", "/payment/refund/"+id, `{"amount":1}`)
			call("GET", "/receipt/"+id, "")
		}
	}
	for _, o := range w.ledgerOrders() {
		id := o.(map[string]any)["id"].(string)
		for _, c := range w.callbacks(id) {
			note("%s %s %s %s", c["id"], c["event"], c["mode"], c["raw"])
		}
	}
	return out
}

func chaotic(seed uint64) *simulator.Bank {
	return &simulator.Bank{Seed: seed, Chaos: 20, ChaosCallbacks: 30, ChaosPayments: 30, BaseURL: "http://bank.localhost",
		StartTime: time.Date(2026, 3, 2, 11, 4, 11, 0, time.UTC), FixedClock: true}
}

func TestS21_Determinism_SeededRunsGiveTheSameIdsFaultsOutcomesAndCallbacks(t *testing.T) {
	t.Parallel()
	one, two := history(t, chaotic(42)), history(t, chaotic(42))
	if diff := cmp.Diff(one, two); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(one, history(t, chaotic(43))) {
		t.Error("another seed gives the same")
	}
	all := strings.Join(one, "\n")
	for _, sign := range []string{`"code":"10`, " delayed ", `"processing"`, `"completed"`, "order_payment", " sent ", " out_of_order ", ": 500 ", "true"} {
		if !strings.Contains(all, sign) {
			t.Errorf("chaos shows no %s", sign)
		}
	}
}

func TestChaosOfCallbacksLeavesPlannedOnesAlone(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{ChaosCallbacks: 100, Seed: 3})
	plain, planned := w.create(), w.create()
	w.pay(plain, `{}`)
	w.pay(planned, `{"callback":{"mode":"sent"}}`)
	if mode := w.callbacks(plain)[0]["mode"]; mode == "sent" {
		t.Error("no chaos")
	}
	if mode := w.callbacks(planned)[0]["mode"]; mode != "sent" {
		t.Errorf("the planned callback is %s", mode)
	}
}

func TestChaosIsSteeredAndEnds(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Seed: 42, ChaosPayments: 10})
	w.sim("chaos").expect(t, "payments", 10.0, "api", 0.0, "seed", 42.0)
	w.steer("chaos", `{"payments":100,"seed":7}`).expect(t, "payments", 100.0, "seed", 7.0)
	id := w.create()
	if w.pay(id, `{}`); w.order(id).at("status") == "completed" {
		t.Error("no chaos")
	}
	r, _ := http.NewRequest("DELETE", w.url+"/_sim/faults", nil)
	send(t, r)
	w.sim("chaos").expect(t, "payments", 0.0)
	id = w.create()
	w.pay(id, `{}`).expect(t, "status", "completed")
	w.steer("reset", ``)
	w.sim("chaos").expect(t, "payments", 10.0, "seed", 42.0)
	r, _ = http.NewRequest("POST", w.url+"/_sim/chaos", strings.NewReader(`{"api":101}`))
	if status, _ := send(t, r); status != 400 {
		t.Error(status)
	}
}

func TestChaosOfPaymentsRejectsLaterOperationsToo(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{ChaosPayments: 100, Seed: 42})
	rejected := 0
	for range 60 {
		id := w.create()
		w.pay(id, `{}`)
		if w.order(id).at("status") != "completed" {
			continue
		}
		w.call("POST", "/payment/refund/"+id, ``)
		if lastAction(w.receipt(id))["status"] == "rejected" {
			rejected++
		}
	}
	if rejected == 0 {
		t.Error("of 60 payments none had its refund rejected")
	}
	for range 60 {
		id := w.create()
		w.pay(id, `{"later":"succeed"}`).expect(t, "status", "completed", "plan.later", "succeed")
	}
}

func TestS21_Determinism_ResetStartsTheSeedAnew(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Seed: 42})
	first := w.create()
	w.steer("reset", ``)
	w.token = w.newToken()
	if again := w.create(); again != first {
		t.Errorf("%s after the reset, %s before", again, first)
	}
}
