package bog_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"dukani/payments/bog"
)

const (
	orderID  = "6e1d2b7c-90aa-4c35-b7f1-2d4e58c3a911"
	parentID = "0b9d7a10-52c4-4e8f-a1d6-7f30c2b94e58"
	actionID = "b1c5f0d8-3e7a-4f19-8c60-9a41d2e7734f"
	testKey  = "3f0c9a52-7b1e-4d68-9a3f-5c2d81e7b604"
	secret   = "s3cret+with/odd=characters"
)

// record is a request as it arrived at the bank.
type record struct {
	Method, Path string
	Header       http.Header
	Body         string
}

// bank answers with recorded bodies and records the requests. Its access tokens are token-1,
// token-2…
type bank struct {
	// answer handles the calls of the API; n counts them from 1.
	answer func(w http.ResponseWriter, r *http.Request, n int)
	// token, if not nil, handles token calls instead.
	token func(w http.ResponseWriter, r *http.Request, n int)

	mu    sync.Mutex
	calls []record
	auths []record
}

func (b *bank) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	rec := record{r.Method, r.URL.Path, r.Header.Clone(), string(body)}
	b.mu.Lock()
	if r.URL.Path == "/auth/realms/bog/protocol/openid-connect/token" {
		b.auths = append(b.auths, rec)
		n := len(b.auths)
		b.mu.Unlock()
		if b.token != nil {
			b.token(w, r, n)
			return
		}
		sendToken(w, n, "300")
		return
	}
	b.calls = append(b.calls, rec)
	n := len(b.calls)
	b.mu.Unlock()
	b.answer(w, r, n)
}

func (b *bank) recorded() (calls, auths []record) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]record(nil), b.calls...), append([]record(nil), b.auths...)
}

func sendToken(w http.ResponseWriter, n int, expiresIn string) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"Bearer","expires_in":%s,"not-before-policy":0,"scope":"profile"}`, n, expiresIn)
}

func send(w http.ResponseWriter, status int, contentType, body string) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	io.WriteString(w, body)
}

func sendJSON(w http.ResponseWriter, status int, body string) {
	send(w, status, "application/json", body)
}

// answers makes a function that sends the same answer to every call.
func answers(status int, body string) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, _ *http.Request, _ int) { sendJSON(w, status, body) }
}

// start serves b on a real port and returns a client for it.
func start(t testing.TB, b *bank, change ...func(*bog.Config)) *bog.Client {
	t.Helper()
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	return newClient(t, server.URL, change...)
}

// inMemory returns a client that reaches b without a network, for testing/synctest: the clock of
// its bubbles stands still while a goroutine waits for a socket.
func inMemory(t testing.TB, b *bank, change ...func(*bog.Config)) *bog.Client {
	t.Helper()
	wire := func(c *bog.Config) { c.HTTPClient = &http.Client{Transport: memory{b}} }
	return newClient(t, "http://bank.test", append([]func(*bog.Config){wire}, change...)...)
}

func newClient(t testing.TB, base string, change ...func(*bog.Config)) *bog.Client {
	t.Helper()
	cfg := bog.Config{Endpoints: bog.Simulator(base), ClientID: "10077", ClientSecret: secret}
	for _, f := range change {
		f(&cfg)
	}
	c, err := bog.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// memory is a transport that hands requests to a handler in the same bubble.
type memory struct{ handler http.Handler }

func (m memory) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body == nil {
		req.Body = http.NoBody
	}
	done := make(chan *http.Response, 1)
	go func() {
		rec := httptest.NewRecorder()
		m.handler.ServeHTTP(rec, req)
		done <- rec.Result()
	}()
	select {
	case res := <-done:
		return res, nil
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
}

func golden(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func compact(t testing.TB, b []byte) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, b); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// candles is the request of the API's own example.
func candles() bog.OrderRequest {
	return bog.OrderRequest{
		CallbackURL:     "https://shop.example/hooks/bog",
		ExternalOrderID: "A-1042",
		Capture:         bog.CaptureAutomatic,
		TTL:             20,
		Buyer:           &bog.Buyer{FullName: "Nino K.", MaskedEmail: "n***@mail.example", MaskedPhone: "+9955*****12"},
		PurchaseUnits: bog.PurchaseUnits{
			Currency:    bog.GEL,
			TotalAmount: 4730,
			Delivery:    &bog.Delivery{Amount: 500},
			Basket: []bog.BasketItem{
				{ProductID: "CNDL-3", Description: "Beeswax candle", Quantity: 2, UnitPrice: 1865},
				{ProductID: "CARD-1", Description: "Gift note", Quantity: 1, UnitPrice: 500},
			},
		},
		PaymentMethods: []bog.Method{bog.MethodCard, bog.MethodGooglePay},
		RedirectURLs: &bog.RedirectURLs{
			Success: "https://shop.example/thanks?o=A-1042", Fail: "https://shop.example/pay-failed?o=A-1042",
		},
	}
}
