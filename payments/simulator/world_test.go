package simulator_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dukani/payments/simulator"
	"dukani/payments/simulator/simtest"

	"github.com/PuerkitoBio/goquery"
)

// message is a callback as the shop received it.
type message struct {
	Body      []byte
	Signature string
	HasHeader bool
	Header    http.Header
}

// shop is a server that collects callbacks.
type shop struct {
	URL      string
	messages chan message
	mu       sync.Mutex
	answer   http.HandlerFunc // nil means 200
}

func newShop(t testing.TB) *shop {
	s := &shop{messages: make(chan message, 2000)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, has := r.Header["Callback-Signature"]
		s.messages <- message{body, r.Header.Get("Callback-Signature"), has, r.Header}
		s.mu.Lock()
		answer := s.answer
		s.mu.Unlock()
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

func (s *shop) answers(fn http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = fn
}

// next returns the next callback, and fails the test if none comes.
func (s *shop) next(t testing.TB) message {
	t.Helper()
	select {
	case m := <-s.messages:
		return m
	case <-time.After(10 * time.Second):
		t.Fatal("no callback came")
		return message{}
	}
}

// none fails the test if a callback has come.
func (s *shop) none(t testing.TB) {
	t.Helper()
	select {
	case m := <-s.messages:
		t.Fatalf("unexpected callback %s", m.Body)
	default:
	}
}

// world is a bank, a shop and an access token.
type world struct {
	t     testing.TB
	bank  *simulator.Bank
	shop  *shop
	url   string
	token string
}

func start(t testing.TB, b *simulator.Bank) *world {
	t.Helper()
	w := &world{t: t, bank: b, shop: newShop(t), url: simtest.StartBank(t, b)}
	w.token = w.newToken()
	return w
}

func (w *world) newToken() string {
	w.t.Helper()
	r, _ := http.NewRequest("POST", w.url+simulator.TokenPath, strings.NewReader("grant_type=client_credentials"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(simulator.DefaultClientID, simulator.DefaultClientSecret)
	var out struct {
		AccessToken string `json:"access_token"`
	}
	status, body := send(w.t, r)
	if err := json.Unmarshal(body, &out); err != nil || status != 200 {
		w.t.Fatalf("token: %d %s", status, body)
	}
	return out.AccessToken
}

func send(t testing.TB, r *http.Request) (int, []byte) {
	t.Helper()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body
}

// request makes an API call with the token; headers are pairs of name and value.
func (w *world) request(method, path, body string, headers ...string) *http.Request {
	w.t.Helper()
	r, err := http.NewRequest(method, w.url+simulator.APIPath+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.token)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func (w *world) call(method, path, body string, headers ...string) (int, string) {
	w.t.Helper()
	status, out := send(w.t, w.request(method, path, body, headers...))
	return status, string(out)
}

// body returns a create request after text replacements; changes are pairs of old and new.
func (w *world) body(changes ...string) string {
	text := `{"callback_url":"` + w.shop.URL + `/callback","external_order_id":"A-1042","ttl":20,` +
		`"buyer":{"full_name":"ნინო კ.","masked_email":"n***@mail.example","masked_phone":"+9955*****12"},` +
		`"purchase_units":{"currency":"GEL","total_amount":47.3,"delivery":{"amount":5},"basket":[` +
		`{"product_id":"CNDL-3","description":"სანთელი <თაფლის> & \"ცვილი\"","quantity":2,"unit_price":18.65},` +
		`{"product_id":"CARD-1","description":"Gift note","quantity":1,"unit_price":5}]},` +
		`"payment_method":["card"],"redirect_urls":{"success":"` + w.shop.URL + `/thanks?o=A-1042&x=%20","fail":"` + w.shop.URL + `/failed?o=A-1042"}}`
	return strings.NewReplacer(changes...).Replace(text)
}

// create makes an order and returns its id.
func (w *world) create(changes ...string) string {
	w.t.Helper()
	status, out := w.call("POST", "/ecommerce/orders", w.body(changes...))
	if status != 200 {
		w.t.Fatalf("create: %d %s", status, out)
	}
	return idOf(w.t, out)
}

func idOf(t testing.TB, answer string) string {
	t.Helper()
	var out struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal([]byte(answer), &out); err != nil || out.ID == "" {
		t.Fatalf("no id in %s", answer)
	}
	return out.ID
}

// receipt reads the receipt as a tree. It gets a new token first, because tests move the clock.
func (w *world) receipt(id string) tree {
	w.t.Helper()
	w.token = w.newToken()
	status, out := w.call("GET", "/receipt/"+id, "")
	if status != 200 {
		w.t.Fatalf("receipt: %d %s", status, out)
	}
	return parse(w.t, []byte(out))
}

// steer posts to /_sim/ and fails unless the answer is 200 or 204.
func (w *world) steer(path, body string) tree {
	w.t.Helper()
	r, _ := http.NewRequest("POST", w.url+"/_sim/"+path, strings.NewReader(body))
	status, out := send(w.t, r)
	if status == 204 {
		return nil
	}
	if status != 200 {
		w.t.Fatalf("%s: %d %s", path, status, out)
	}
	if !bytes.HasPrefix(out, []byte("{")) {
		return nil // the answer is the list of faults, not an object
	}
	return parse(w.t, out)
}

// pay pays without a browser.
func (w *world) pay(id, body string) tree {
	w.t.Helper()
	return w.steer("orders/"+id+"/pay", body)
}

type tree map[string]any

func parse(t testing.TB, body []byte) tree {
	t.Helper()
	var out tree
	if err := json.Unmarshal(body, &out); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return out
}

// at returns the value under dotted keys.
func (m tree) at(path string) any {
	var value any = map[string]any(m)
	for key := range strings.SplitSeq(path, ".") {
		inner, ok := value.(map[string]any)
		if !ok {
			return "no " + path
		}
		if value, ok = inner[key]; !ok {
			return "no " + path
		}
	}
	return value
}

// expect compares values under dotted keys; pairs are path, want, path, want…
func (m tree) expect(t testing.TB, pairs ...any) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if got := m.at(pairs[i].(string)); got != pairs[i+1] {
			t.Errorf("%s = %#v, want %#v", pairs[i], got, pairs[i+1])
		}
	}
}

// verify reports whether the callback was signed by the bank.
func (w *world) verify(m message) bool {
	w.t.Helper()
	return verify(w.t, w.bank.PublicKeyPEM(), m)
}

func verify(t testing.TB, key string, m message) bool {
	t.Helper()
	block, _ := pem.Decode([]byte(key))
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(m.Signature)
	if err != nil {
		return false
	}
	sum := sha256.Sum256(m.Body)
	return rsa.VerifyPKCS1v15(public.(*rsa.PublicKey), crypto.SHA256, sum[:], signature) == nil
}

// browser is a payer without JavaScript that does not follow redirects.
type browser struct {
	t      testing.TB
	client *http.Client
}

func newBrowser(t testing.TB) *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{t, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

type shown struct {
	*goquery.Document
	Status int
	Header http.Header
	HTML   string
}

func (b *browser) get(address string) shown {
	b.t.Helper()
	response, err := b.client.Get(address)
	return b.read(response, err)
}

func (b *browser) post(address string, pairs ...string) shown {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	response, err := b.client.PostForm(address, form)
	return b.read(response, err)
}

func (b *browser) read(response *http.Response, err error) shown {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	document, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	return shown{document, response.StatusCode, response.Header, string(body)}
}

func (s shown) id(testid string) *goquery.Selection {
	return s.Find(`[data-testid="` + testid + `"]`)
}

func (s shown) location() string { return s.Header.Get("Location") }

// sim reads an address under /_sim/.
func (w *world) sim(path string) tree {
	w.t.Helper()
	r, _ := http.NewRequest("GET", w.url+"/_sim/"+path, nil)
	status, out := send(w.t, r)
	if status != 200 {
		w.t.Fatalf("%s: %d %s", path, status, out)
	}
	return parse(w.t, out)
}

func (w *world) order(id string) tree { w.t.Helper(); return w.sim("orders/" + id) }

func (w *world) callbacks(id string) []map[string]any {
	w.t.Helper()
	var out []map[string]any
	list, _ := w.order(id)["callbacks"].([]any)
	for _, one := range list {
		out = append(out, one.(map[string]any))
	}
	return out
}

func (w *world) ledgerOrders() []any {
	w.t.Helper()
	return w.sim("ledger")["orders"].([]any)
}

// settled waits until no callback of the order is being sent.
func (w *world) settled(id string) {
	w.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); runtime.Gosched() {
		waiting := false
		for _, c := range w.callbacks(id) {
			waiting = waiting || c["state"] == "waiting"
		}
		if !waiting {
			return
		}
	}
	w.t.Fatal("callbacks do not land")
}

// ending is a test that runs its clean-up functions when end is called, and no later.
type ending struct {
	testing.TB
	cleanups []func()
}

func (e *ending) Cleanup(fn func()) { e.cleanups = append(e.cleanups, fn) }

func (e *ending) end() {
	for _, cleanup := range slices.Backward(e.cleanups) {
		cleanup()
	}
}
