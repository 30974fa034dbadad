package simulator_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"dukani/payments/simulator"
	"dukani/payments/simulator/simtest"
)

// try makes a call that may end without an answer.
func (w *world) try(timeout time.Duration, r *http.Request) (int, string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	// It uses a connection of its own, because the default client repeats requests on a
	// connection that was in use before.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r.WithContext(ctx))
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault  string
		status int // 0 means no answer
		want   string
		orders int
	}{
		{`{"kind":"500_before","route":"create","count":1}`, 500, "Internal Server Error", 0},
		{`{"kind":"500_after","route":"create","count":1}`, 500, "Internal Server Error", 1},
		{`{"kind":"lost_reply","route":"create","count":1}`, 0, "", 1},
		{`{"kind":"reset","route":"create","count":1}`, 0, "", 0},
		{`{"kind":"blackhole","route":"create","count":1,"delay_ms":1}`, 0, "", 0},
		{`{"kind":"401","route":"create","count":1}`, 401, "Unauthorized", 0},
		{`{"kind":"429","route":"create","count":1}`, 429, "Too Many", 0},
		{`{"kind":"html_error_page","route":"create","count":1}`, 403, "<!DOCTYPE html>", 0},
		{`{"kind":"truncated_json","route":"create","count":1}`, 200, `{"id":"`, 1},
		{`{"kind":"extra_fields","route":"create","count":1}`, 200, `"campaign_hint"`, 1},
		{`{"kind":"delay","route":"create","count":1,"delay_ms":1}`, 200, `{"id":"`, 1},
		{`{"kind":"delay_after","route":"create","count":1,"delay_ms":1}`, 200, `{"id":"`, 1},
		{`{"kind":"500_before","route":"receipt"}`, 200, `{"id":"`, 1},
	} {
		t.Run(c.fault, func(t *testing.T) {
			w := start(t, &simulator.Bank{})
			w.steer("faults", c.fault)
			request := func() *http.Request { return w.request("POST", "/ecommerce/orders", w.body(), "Idempotency-Key", keyA) }
			status, out, err := w.try(10*time.Second, request())
			if status != c.status || !strings.Contains(out, c.want) || (err != nil) != (c.status == 0) {
				t.Errorf("got %d %q %v", status, out, err)
			}
			if n := len(w.ledgerOrders()); n != c.orders {
				t.Errorf("%d orders, want %d", n, c.orders)
			}
			if strings.Contains(c.fault, "truncated") && json.Valid([]byte(out)) {
				t.Error("answer is whole")
			}
			// With a new token and the same key the second attempt finds the order or makes it.
			w.token = w.newToken()
			if status, out, err = w.try(10*time.Second, request()); status != 200 || err != nil {
				t.Fatalf("second try: %d %s %v", status, out, err)
			}
			if n := len(w.ledgerOrders()); n != 1 {
				t.Errorf("%d orders after the second try, want 1", n)
			}
		})
	}
}

func TestFault401RevokesTheToken(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	w.steer("faults", `{"kind":"401","count":1}`)
	w.try(time.Second*10, w.request("GET", "/receipt/x", ""))
	if status, _ := w.call("GET", "/receipt/x", ""); status != 401 {
		t.Errorf("the token still works: %d", status)
	}
	w.token = w.newToken()
	if status, _ := w.call("GET", "/receipt/x", ""); status != 400 {
		t.Error("a fresh token must work")
	}
}

func TestFaultsOfTheReceipt(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	w.steer("faults", `{"kind":"unknown_status","route":"receipt","count":1}`)
	w.receipt(id).expect(t, "order_status.key", "under_review")
	w.steer("faults", `{"kind":"number_amounts","route":"receipt","count":1}`)
	w.receipt(id).expect(t, "purchase_units.request_amount", 47.3)
	w.pay(id, `{}`)
	w.call("POST", "/payment/refund/"+id, `{"amount":1.5}`)
	w.steer("faults", `{"kind":"number_amounts","route":"receipt","count":1}`)
	r := w.receipt(id)
	line := r.at("purchase_units.items").([]any)[0].(map[string]any)
	if line["unit_price"] != 18.65 || line["quantity"] != 2.0 || line["vat"] != nil || lastAction(r)["amount"] != 1.5 {
		t.Errorf("amounts further down stay strings: %v %v", line, lastAction(r))
	}
	id = w.create()
	w.receipt(id).expect(t, "order_status.key", "created", "purchase_units.request_amount", "47.3")
}

func TestFaultOfAnUnknownStatusReachesAnswersOfWallets(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	w.steer("faults", `{"kind":"unknown_status","count":1}`)
	w.made(google("4000000000000010")...).expect(t, "status", "under_review", "order_details.order_status.key", "under_review")
}

func TestFaultsAreSeededAndCanBeCleared(t *testing.T) {
	t.Parallel()
	run := func() (pattern string) {
		w := start(t, &simulator.Bank{})
		w.steer("faults", `{"kind":"500_before","percent":50,"seed":42}`)
		for range 30 {
			r := w.request("GET", "/receipt/x", "")
			status, _, _ := w.try(10*time.Second, r)
			pattern += map[int]string{500: "x", 400: "."}[status]
		}
		r, _ := http.NewRequest("DELETE", w.url+"/_sim/faults", nil)
		if status, _ := send(t, r); status != 204 {
			t.Error(status)
		}
		for range 5 {
			w.receipt(w.create())
		}
		return pattern
	}
	one, two := run(), run()
	if one != two || !strings.Contains(one, "x") || !strings.Contains(one, ".") {
		t.Errorf("%s\n%s", one, two)
	}
}

func TestChaosHitsAboutItsShare(t *testing.T) {
	t.Parallel()
	w := &world{t: t, bank: &simulator.Bank{Chaos: 50, Seed: 7}, shop: newShop(t)}
	w.url = simtest.StartBank(t, w.bank)
	hits := 0
	for range 60 {
		if status, _, err := w.try(10*time.Second, w.request("GET", "/receipt/x", "")); status != 401 || err != nil {
			hits++
		}
	}
	if hits < 10 || hits > 50 {
		t.Errorf("%d of 60", hits)
	}
}

func TestSteeringRefusesMistakes(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	for path, body := range map[string]string{
		"faults":                      `{"kind":"earthquake"}`,
		"settings":                    `{"settle":1}`,
		"clock":                       `{"offset_seconds":"x"}`,
		"orders/" + id + "/callback":  `{"mode":"carrier_pigeon"}`,
		"orders/" + id + "/pay":       `{"card":"4111111111111111"}`,
		"orders/" + id + "/pay?x=1":   `{"outcome":"999"}`,
		"orders/" + id + "/pay?x=2":   `{"callback":{"mode":"no"}}`,
		"settings?x=1":                `{"methods":["cash"]}`,
		"settings?x=2":                `{"silent_on":["birth"]}`,
		"faults?x=1":                  `{"kind":"reset","route":"everything"}`,
		"orders/" + id + "/pay?x=3":   `{"method":"cash"}`,
		"settings?x=3":                `{"expires_in":"weeks"}`,
		"orders/" + id + "/pay?x=4":   `not json`,
		"settings?x=4":                `{"http_callbacks":"sometimes"}`,
		"orders/" + id + "/callback?": `{"copies":-1}`,
	} {
		r, _ := http.NewRequest("POST", w.url+"/_sim/"+path, strings.NewReader(body))
		if status, out := send(t, r); status != 400 {
			t.Errorf("%s %s: %d %s", path, body, status, out)
		}
	}
	w.pay(id, `{}`)
	r, _ := http.NewRequest("POST", w.url+"/_sim/orders/"+id+"/pay", nil)
	if status, _ := send(t, r); status != 409 {
		t.Errorf("paying twice: %d", status)
	}
}

func TestSteeringIsForThisMachineOnly(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	r, _ := http.NewRequest("GET", w.url+"/_sim/orders", nil)
	r.Host = "rebound.example"
	if status, _ := send(t, r); status != 403 {
		t.Error(status)
	}
	for _, address := range []string{"0.0.0.0:0", "192.0.2.1:0"} {
		if _, err := (&simulator.Bank{}).Listen(address); err == nil || !strings.Contains(err.Error(), "other machines") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestSteeringLateSuccessAfterRejection(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	w.pay(id, `{"outcome":"109"}`)
	w.receipt(id).expect(t, "order_status.key", "rejected", "payment_detail.code", "109")
	w.pay(id, `{"force":true}`)
	w.receipt(id).expect(t, "order_status.key", "completed", "reject_reason", nil, "payment_detail.code", "100")
	w.shop.next(t)
	w.shop.next(t)
}

func TestS21_Determinism_SettingsMergeAndReset(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{TokenSeconds: 100}})
	w.steer("settings", `{"settle_ms":5,"callback":{"mode":"lost"}}`)
	w.steer("settings", `{"retries":2}`).expect(t, "settle_ms", 5.0, "callback.mode", "lost", "retries", 2.0, "token_seconds", 100.0)
	w.create()
	w.steer("clock", `{"offset_seconds":60}`)
	w.steer("reset", ``)
	w.sim("settings").expect(t, "settle_ms", "no settle_ms", "token_seconds", 100.0)
	w.sim("clock").expect(t, "offset_seconds", 0.0)
	if n := len(w.ledgerOrders()); n != 0 {
		t.Errorf("%d orders left", n)
	}
}

func TestS21_Determinism_LedgerAndJournal(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	a, b := w.create(), w.create(ttl20, hold)
	w.pay(a, `{}`)
	w.pay(b, `{}`)
	w.call("POST", "/payment/refund/"+a, `{"amount":7.3}`)
	w.sim("ledger").expect(t, "totals.GEL.taken", 4730.0, "totals.GEL.refunded", 730.0, "totals.GEL.held", 4730.0, "totals.GEL.orders", 2.0, "calls.create", 2.0)
	r, _ := http.NewRequest("GET", w.url+"/_sim/requests?order_id="+a, nil)
	_, out := send(t, r)
	if strings.Contains(string(out), w.token) || !strings.Contains(string(out), `"route": "refund"`) || !strings.Contains(string(out), `"route": "create"`) {
		t.Errorf("%s", out)
	}
	for _, path := range []string{"/_sim/", "/_sim/inspect/" + a} {
		p := newBrowser(t).get(w.url + path)
		if p.Status != 200 || !strings.Contains(p.Text(), a) {
			t.Errorf("%s: %d", path, p.Status)
		}
	}
}

func TestCardDataAreNotKept(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/bank.db"
	w := start(t, &simulator.Bank{DB: file})
	id := w.create()
	newBrowser(t).post(w.page(id), "action", "pay", "number", "4000000000000001", "expiry", "11/29", "cvv", "987")
	for _, path := range []string{"orders/" + id, "ledger"} {
		out, _ := json.Marshal(w.sim(path))
		if strings.Contains(string(out), "4000000000000001") || strings.Contains(string(out), `"987"`) {
			t.Errorf("%s holds card data", path)
		}
	}
	for _, name := range []string{file, file + "-wal"} {
		if holds(t, name, "4000000000000001") {
			t.Errorf("%s holds the card number", name)
		}
	}
}

func TestBeforeAnswerSeesTheWorkDoneAndMayLie(t *testing.T) {
	t.Parallel()
	bank := &simulator.Bank{}
	bank.BeforeAnswer = func(r *http.Request) int {
		if strings.HasSuffix(r.URL.Path, "/ecommerce/orders") {
			return 503
		}
		return 0
	}
	w := start(t, bank)
	if status, _ := w.call("POST", "/ecommerce/orders", w.body()); status != 503 {
		t.Error(status)
	}
	if n := len(w.ledgerOrders()); n != 1 {
		t.Errorf("%d orders, want 1", n)
	}
}
