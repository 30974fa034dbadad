package simulator_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"dukani/payments/simulator"
)

// nowhere is a transport that sends no callback.
type nowhere struct{}

func (nowhere) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("nobody there")
}

// fuzzed is a bank without a network. It forgets its orders from time to time.
//
// Run it with -fuzzminimizetime=10x. By default most of the time goes into shortening inputs
// that are only new.
type fuzzed struct {
	*world
	handler http.Handler
	orders  int
}

func newFuzzed(f *testing.F) *fuzzed {
	f.Helper()
	w := start(f, &simulator.Bank{CallbackTransport: nowhere{}, Settings: simulator.Settings{RedirectWaitMS: -1, TokenSeconds: 86_400}})
	return &fuzzed{world: w, handler: w.bank.Handler()}
}

// ask hands a request to the handler, and fails the test if the bank answers with a 5xx status.
func (b *fuzzed) ask(t *testing.T, method, path, kind, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+b.token)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Content-Type", kind)
	out := httptest.NewRecorder()
	b.handler.ServeHTTP(out, r)
	if out.Code >= 500 {
		t.Fatalf("%s %s: %d %s", method, path, out.Code, out.Body)
	}
	return out
}

// create sends a request for an order.
func (b *fuzzed) create(t *testing.T, body string) *httptest.ResponseRecorder {
	t.Helper()
	if b.orders++; b.orders%500 == 0 {
		b.ask(t, "POST", "/_sim/reset", jsonBody, "")
	}
	return b.ask(t, "POST", simulator.APIPath+"/ecommerce/orders", jsonBody, body)
}

const (
	jsonBody = "application/json"
	formBody = "application/x-www-form-urlencoded"
)

// Every create request is refused with a message, or makes an order whose receipt and page
// can be shown.
func FuzzCreate(f *testing.F) {
	b := newFuzzed(f)
	for _, seed := range []string{
		b.body(), b.body(`"ttl":20`, `"capture":"manual"`), b.body("47.3", `"47.30"`), b.body("GEL", "USD"), `{}`, `[]`, `null`, ``,
		b.body(`["card"]`, `["google_pay"],"config":{"google_pay":{"external":true,"google_pay_token":"4000000000000002"}}`),
		b.body(`["card"]`, `["apple_pay"],"application_type":"web","config":{"apple_pay":{"external":true}}`),
		b.body(`["card"]`, `["bog_loan"],"config":{"loan":{"type":"A","month":6}}`),
		b.body(`["card"]`, `["card"],"config":{"campaign":{"card":"visa","type":"client_discount"},"account":{"tag":"x"}}`),
		b.body(`["card"]`, `["card"],"config":{"split":{"split_payments":[{"iban":"GE00XX0000000000000001","percent":85}]}}`),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		out := b.create(t, body)
		if !json.Valid(out.Body.Bytes()) {
			t.Fatalf("%d %q", out.Code, out.Body)
		}
		if out.Code != http.StatusOK {
			return
		}
		id := idOf(t, out.Body.String())
		if receipt := b.ask(t, "GET", simulator.APIPath+"/receipt/"+id, "", ""); receipt.Code != http.StatusOK || !json.Valid(receipt.Body.Bytes()) {
			t.Errorf("receipt: %d %q", receipt.Code, receipt.Body)
		}
		b.ask(t, "GET", "/?order_id="+id, "", "")
	})
}

// Whatever is requested for a paid, held or waiting order, no more is refunded than was captured.
func FuzzOperations(f *testing.F) {
	b := newFuzzed(f)
	for n, seed := range []string{`{}`, `{"amount":10}`, `{"amount":"47.30"}`, `{"amount":-1}`, `{"amount":1e9}`, `[]`, ``, `{"apple_pay_token":"x"}`,
		`{"amount":20,"split":{"split_payments":[{"iban":"GE00XX0000000000000001","amount":2.5}]}}`} {
		f.Add(uint8(n), seed)
	}
	paths := []string{"/payment/refund/%", "/payment/authorization/approve/%", "/payment/authorization/cancel/%", "/ecommerce/orders/%/subscribe",
		"/ecommerce/orders/%/payment", "/ecommerce/orders/%"}
	f.Fuzz(func(t *testing.T, choice uint8, body string) {
		request := b.body()
		if choice&1 == 1 {
			request = b.body(`"ttl":20`, `"capture":"manual"`)
		}
		id := idOf(t, b.create(t, request).Body.String())
		if choice&2 == 0 {
			b.ask(t, "POST", "/_sim/orders/"+id+"/pay", jsonBody, `{"callback":{"mode":"lost"}}`)
		}
		path := strings.Replace(paths[int(choice>>2)%len(paths)], "%", id, 1)
		for range 2 {
			if out := b.ask(t, "POST", simulator.APIPath+path, jsonBody, body); !json.Valid(out.Body.Bytes()) {
				t.Errorf("%d %q", out.Code, out.Body)
			}
		}
		var sums struct {
			Requested  int64 `json:"asked"`
			Captured   int64 `json:"taken"`
			Refunded   int64 `json:"refunded"`
			Authorized int64 `json:"held"`
		}
		if err := json.Unmarshal(b.ask(t, "GET", "/_sim/orders/"+id, "", "").Body.Bytes(), &sums); err != nil {
			t.Fatal(err)
		}
		if sums.Captured > sums.Requested || sums.Authorized > sums.Requested || sums.Refunded > sums.Captured || min(sums.Captured, sums.Refunded, sums.Authorized) < 0 {
			t.Errorf("%s %s: %+v", path, body, sums)
		}
	})
}

// Whatever is typed on the payment page, the order is paid by a test card or not at all.
func FuzzPaymentForm(f *testing.F) {
	b := newFuzzed(f)
	for _, seed := range []string{
		"method=card&number=4000000000000001&expiry=12/30&cvv=123", "method=card&number=4111111111111111&expiry=12/30&cvv=123", "action=cancel",
		"method=bog_p2p&choice=0001", "number=4000+0000+0000+0010&expiry=0130&cvv=12&sim_callback=twice&sim_outcome=107",
		"number=4000000000000010&expiry=0130&cvv=123&sim_fault=lost_reply&sim_fault_route=refund&sim_later=163", "%", "method=%00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, form string) {
		id := idOf(t, b.create(t, b.body()).Body.String())
		b.ask(t, "POST", "/?order_id="+id, formBody, form)
		b.ask(t, "GET", "/?order_id="+id, "", "")
	})
}

// Whatever is sent to the steering API, the bank says what is wrong or goes on working.
func FuzzSteering(f *testing.F) {
	b := newFuzzed(f)
	for n, seed := range []string{`{"kind":"429","count":2}`, `{"offset_seconds":1200}`, `{"settle_ms":-1}`, `{"mode":"duplicate","copies":3}`,
		`{"outcome":"107"}`, `{"callback":{"mode":"lost"}}`, `{}`, `[]`, `{"card":"1"}`, `{"action":"refund","amount_minor":100,"channel":"support"}`} {
		f.Add(uint8(n), seed)
	}
	places := []string{"faults", "clock", "settings", "orders/%/callback", "orders/%/pay", "orders/%/plan", "chaos", "orders/%/console"}
	f.Fuzz(func(t *testing.T, choice uint8, body string) {
		b.ask(t, "POST", "/_sim/reset", jsonBody, "")
		b.ask(t, "POST", "/_sim/clock", jsonBody, `{"offset_seconds":0}`)
		id := idOf(t, b.create(t, b.body()).Body.String())
		place := strings.Replace(places[int(choice)%len(places)], "%", id, 1)
		out := b.ask(t, "POST", "/_sim/"+place, jsonBody, body)
		if len(out.Body.Bytes()) > 0 && !json.Valid(out.Body.Bytes()) {
			t.Errorf("%d %q", out.Code, out.Body)
		}
		b.ask(t, "GET", "/_sim/", "", "")
	})
}
