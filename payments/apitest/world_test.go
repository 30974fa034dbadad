package apitest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"dukani/payments/bog"
	"dukani/payments/simulator"
	"dukani/payments/simulator/simtest"
)

// world is a simulator, a shop that gets its callbacks, and a client between
// which and the simulator a witness stands.
type world struct {
	t       *testing.T
	bank    *simulator.Bank
	url     string
	shop    string // callback address
	client  *bog.Client
	witness *witness
}

// start makes a world. What its witness meets is added to seen, which other
// worlds share.
func start(t *testing.T, d *description, seen *sightings, settings simulator.Settings) *world {
	t.Helper()
	w := &world{t: t, bank: &simulator.Bank{Settings: settings}, witness: &witness{t: t, d: d, seen: seen}}
	shop := httptest.NewServer(w)
	t.Cleanup(shop.Close) // after the simulator's, which comes later
	w.shop = shop.URL + "/callback"
	w.url = simtest.StartBank(t, w.bank)
	client, err := bog.New(bog.Config{
		Endpoints: bog.Simulator(w.url), ClientID: simulator.DefaultClientID, ClientSecret: simulator.DefaultClientSecret,
		CallbackKeys: []string{w.bank.PublicKeyPEM()}, HTTPClient: &http.Client{Transport: w.witness},
		Retry: bog.Retry{Attempts: 1, PerTry: time.Minute, Total: time.Minute},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.client = client
	return w
}

// ServeHTTP is the shop's end of callbacks.
func (w *world) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Errorf("callback: %v", err)
		return
	}
	op := w.witness.d.operation("receiveCallback")
	if err := w.witness.d.checkRequest(op, r, body); err != nil {
		w.t.Errorf("the simulator's callback:\n%v\n%s", err, body)
	}
	if err := w.client.Verifier().Verify(body, r.Header.Get("Callback-Signature")); err != nil {
		w.t.Error(err)
	}
	w.witness.noteBody(op.at+"/requestBody/content/application~1json/schema", body)
	w.witness.seen.note("receiveCallback 200")
}

// must gives what the client returned, or ends the test.
func must[T any](value T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// request is a small order; change may make it another.
func (w *world) request(change func(*bog.OrderRequest)) bog.OrderRequest {
	r := bog.OrderRequest{
		CallbackURL:     w.shop,
		ExternalOrderID: "A-1042",
		PurchaseUnits: bog.PurchaseUnits{TotalAmount: 4730, Basket: []bog.BasketItem{
			{ProductID: "CNDL-3", Description: "ცვილის სანთელი", Quantity: 2, UnitPrice: 2365},
		}},
	}
	if change != nil {
		change(&r)
	}
	return r
}

func (w *world) create(change func(*bog.OrderRequest)) *bog.Order {
	w.t.Helper()
	return must(w.client.CreateOrder(w.t.Context(), w.request(change)))(w.t)
}

// pay pays without a browser. The callback has been answered when it returns.
func (w *world) pay(id, how string) {
	w.t.Helper()
	w.steer("/_sim/orders/"+id+"/pay", how)
}

func (w *world) steer(path, body string) {
	w.t.Helper()
	res, err := http.Post(w.url+path, "application/json", strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	if text, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusOK {
		w.t.Fatalf("%s %s: %d %s", path, body, res.StatusCode, text)
	}
}

// expect reads the receipt and wants this status.
func (w *world) expect(id string, want bog.Status) *bog.Receipt {
	w.t.Helper()
	r := must(w.client.Receipt(w.t.Context(), id))(w.t)
	if r.Status() != want {
		w.t.Errorf("status %s, want %s", r.Status(), want)
	}
	return r
}

// raw sends a request as no client of ours would.
func (w *world) raw(method, path, authorization, kind, body string, header ...string) (int, []byte) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, bytes.NewReader([]byte(body)))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set(wrong, "yes")
	r.Header.Set("Authorization", authorization)
	r.Header.Set("Accept", "application/json")
	if body != "" {
		r.Header.Set("Content-Type", kind)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := (&http.Client{Transport: w.witness}).Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res.StatusCode, text
}

// bearer is an access token as it goes into the header.
func (w *world) bearer() string {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url+simulator.TokenPath, strings.NewReader("grant_type=client_credentials"))
	if err != nil {
		w.t.Fatal(err)
	}
	r.SetBasicAuth(simulator.DefaultClientID, simulator.DefaultClientSecret)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	var token struct {
		Value string `json:"access_token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&token); err != nil {
		w.t.Fatal(err)
	}
	return "Bearer " + token.Value
}
