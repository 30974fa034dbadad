package handlers_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"dukani/handlers"
	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
	"dukani/payments/simulator"
	"dukani/payments/simulator/simtest"
)

// outageTill is a till with a proxy between the shop and the bank, and with a clock that
// the test moves.
type outageTill struct {
	*till
	meet     atomic.Pointer[func(http.ResponseWriter, *http.Request) bool] // answers in the bank's place
	receipts atomic.Int64                                                  // receipts that were read
	calls    atomic.Int64                                                  // all calls
	offset   atomic.Int64
	desk     *payments.Desk
}

// hangTime is how long the desk waits for the bank: long enough for a busy machine to answer
// where the bank is not meant to hang.
const hangTime = time.Second

// newOutageTill opens the shop; at is where its desk finds the bank, "" for behind the
// proxy.
func newOutageTill(t testing.TB, at string) *outageTill {
	t.Helper()
	bank := &simulator.Bank{}
	w := &outageTill{till: &till{shop: newShop(t), bankURL: simtest.StartBank(t, bank)}}
	w.store.Now = func() time.Time { return time.Now().UTC().Add(time.Duration(w.offset.Load())) }
	target, err := url.Parse(w.bankURL)
	must(t, err)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = target.Host },
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	edge := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.calls.Add(1)
		if strings.Contains(r.URL.Path, "/receipt/") {
			w.receipts.Add(1)
		}
		if meet := w.meet.Load(); meet == nil || !(*meet)(rw, r) {
			proxy.ServeHTTP(rw, r)
		}
	}))
	t.Cleanup(edge.Close)
	if at == "" {
		at = edge.URL
	}
	client, err := bog.New(bog.Config{
		Endpoints: bog.Simulator(at), CallbackKeys: []string{bank.PublicKeyPEM()},
		ClientID: simulator.DefaultClientID, ClientSecret: simulator.DefaultClientSecret,
		Retry: bog.Retry{Attempts: 2, PerTry: hangTime, BaseDelay: time.Millisecond},
	})
	must(t, err)
	w.desk, err = payments.New(payments.Config{
		Store: w.store, Bank: client, BaseURL: shopURL, TTL: 15 * time.Minute, CallTime: hangTime, Log: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	w.open(func(cfg *handlers.Config) { cfg.Desk = w.desk })
	w.steer("settings", map[string]any{"callback": map[string]string{"mode": "lost"}})
	return w
}

// bankIs has meet answer in the bank's place; nil: the bank itself.
func (w *outageTill) bankIs(meet func(http.ResponseWriter, *http.Request) bool) {
	if meet == nil {
		w.meet.Store(nil)
		return
	}
	w.meet.Store(&meet)
}

func (w *outageTill) later(d time.Duration) { w.offset.Add(int64(d)) }

func says(status int, contentType, body string) func(http.ResponseWriter, *http.Request) bool {
	return func(rw http.ResponseWriter, r *http.Request) bool {
		io.Copy(io.Discard, r.Body)
		rw.Header().Set("Content-Type", contentType)
		rw.WriteHeader(status)
		io.WriteString(rw, body)
		return true
	}
}

// hangs is a bank that never answers.
func hangs(_ http.ResponseWriter, r *http.Request) bool {
	io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
	return true
}

// orders puts one product into a new visitor's cart and orders it, and returns the page
// that the visitor is led to.
func (w *outageTill) orders(v *visitor) string {
	w.t.Helper()
	v.add("tklapi-plum", "1")
	r := v.post("/ka/checkout", v.checkoutForm(nil))
	if r.StatusCode != http.StatusSeeOther {
		w.t.Fatalf("placed: %d\n%s", r.StatusCode, r.text)
	}
	return r.Header.Get("Location")
}

type told struct{ Status, Bank, Pay string }

func (v *visitor) status(page string) (now told) {
	v.t.Helper()
	r := v.send(request("GET", page+"/status", nil, "Accept", "application/json"))
	if r.StatusCode != http.StatusOK {
		v.t.Fatalf("status: %d\n%s", r.StatusCode, r.text)
	}
	must(v.t, json.Unmarshal([]byte(r.text), &now))
	return now
}

// wantOutage checks that the page says why nobody can pay, that nothing was charged and what
// happens next, and does not say “waiting for payment, continue”.
func wantOutage(t *testing.T, doc *goquery.Document, id string) {
	t.Helper()
	state := named(doc, "order-status")
	text := strings.Join(strings.Fields(state.Text()), " ")
	if statusOf(doc) != "awaiting_payment" || state.AttrOr("data-bank", "") != id || named(doc, id).Length() != 1 {
		t.Errorf("status %q, bank %q, want %q", statusOf(doc), state.AttrOr("data-bank", ""), id)
	}
	for _, want := range []string{"თანხა არ ჩამოგჭრიათ", "გადახდას აქედანვე გააგრძელებთ", "საათამდე"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not said: %s", want, text)
		}
	}
	for _, lie := range []string{"გადახდას ელოდება", "გადახდის გაგრძელება", "ვერ შესრულდა"} {
		if strings.Contains(text, lie) {
			t.Errorf("%q is said: %s", lie, text)
		}
	}
	_, opening := state.Attr("data-opening")
	if _, polls := state.Attr("data-poll"); !polls || !opening || !strings.Contains(doc.Find("noscript").Text(), "http-equiv=\"refresh\"") {
		t.Error("the page does not move on by itself")
	}
}

func TestASilentBankAtTheCheckout(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	closed.Close()
	hole, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { hole.Close() })
	plain := httptest.NewServer(http.NotFoundHandler()) // speaks no TLS
	t.Cleanup(plain.Close)
	for name, c := range map[string]struct {
		at   string
		meet func(http.ResponseWriter, *http.Request) bool
	}{
		"connection refused": {at: "http://" + closed.Addr().String()},
		"black hole":         {at: "http://" + hole.Addr().String()},
		"TLS error":          {at: "https://" + plain.Listener.Addr().String()},
		"500":                {meet: says(500, "application/json", `{"message":"Internal server error"}`)},
		"502":                {meet: says(502, "text/html", "<html>Bad gateway</html>")},
		"429":                {meet: says(429, "application/json", `{"message":"Too many requests"}`)},
		"truncated": {meet: func(rw http.ResponseWriter, r *http.Request) bool {
			if strings.Contains(r.URL.Path, "token") {
				return false
			}
			rw.Header().Set("Content-Type", "application/json")
			rw.Header().Set("Content-Length", "500")
			io.WriteString(rw, `{"id":"`)
			return true
		}},
		"it hangs": {meet: hangs},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newOutageTill(t, c.at)
			w.bankIs(c.meet)
			v := w.visitor()
			began := time.Now()
			page := w.orders(v)
			if !strings.HasPrefix(page, "/ka/orders/") {
				t.Fatalf("led to %q", page)
			}
			wantOutage(t, v.open(page), "bank-silent")
			if took := time.Since(began); took > 2*time.Second+2*hangTime {
				t.Errorf("checkout and page took %s", took)
			}
			for range 5 { // a longer outage: the page says so at once
				w.later(3 * time.Second)
				if now := v.status(page); now != (told{Status: "awaiting_payment", Bank: "bank-silent"}) {
					t.Errorf("told %+v", now)
				}
			}
			wantOutage(t, v.open(page), "bank-silent")
			if en := v.open(strings.Replace(page, "/ka/", "/en/", 1)); !strings.Contains(named(en, "order-status").Text(), "you have not been charged") {
				t.Errorf("in English: %s", named(en, "order-status").Text())
			}
			if c.meet == nil {
				return
			}
			// The bank is back: the status names the page to pay on, and the page has the button.
			w.bankIs(nil)
			w.later(11 * time.Second)
			now := v.status(page)
			if now.Status != "awaiting_payment" || now.Bank != "" || !strings.Contains(now.Pay, "order_id=") {
				t.Errorf("the bank is back: told %+v", now)
			}
			doc := v.open(page)
			if text := named(doc, "retry-payment").Text(); text != "გადახდის გაგრძელება" || named(doc, "bank-silent").Length() != 0 {
				t.Errorf("the button says %q", text)
			}
			if r := v.press(doc, "retry-payment"); r.Header.Get("Location") != now.Pay {
				t.Errorf("pressed: led to %q, want %q", r.Header.Get("Location"), now.Pay)
			}
		})
	}
}

func TestPayingOutOfOrder(t *testing.T) {
	t.Parallel()
	for name, meet := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"wrong secret": says(401, "application/json", `{"error":"unauthorized_client"}`),
		"wrong URL":    says(404, "text/html", "<html>"),
		"edge":         says(403, "text/html", "<html>"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newOutageTill(t, "")
			w.bankIs(meet)
			v := w.visitor()
			page := w.orders(v)
			wantOutage(t, v.open(page), "payments-out-of-order")
			w.later(3 * time.Second)
			if now := v.status(page); now.Bank != "payments-out-of-order" || now.Status != "awaiting_payment" {
				t.Errorf("told %+v", now)
			}
			// A second try by hand says the same, and declines nothing.
			if r := v.press(v.open(page), "retry-payment"); r.Header.Get("Location") != page {
				t.Errorf("led to %q", r.Header.Get("Location"))
			}
			wantOutage(t, v.open(page), "payments-out-of-order")
			w.bankIs(nil)
			w.later(11 * time.Second)
			if now := v.status(page); now.Pay == "" || now.Bank != "" {
				t.Errorf("mended: told %+v", now)
			}
		})
	}
}

// An automatic charge whose answer was lost may have been made: the page does not say
// whether anything was charged.
func TestASilentBankAfterOneClick(t *testing.T) {
	t.Parallel()
	w := newOutageTill(t, "")
	v := w.member("nino@example.ge")
	v.add(sweet, "1")
	at, err := url.Parse(v.post("/ka/checkout", v.checkoutForm(oneClick)).Header.Get("Location"))
	must(t, err)
	w.steer("orders/"+at.Query().Get("order_id")+"/pay", map[string]string{"card": "4000000000000010"})
	var token string
	must(t, w.raw.QueryRow("SELECT token FROM orders").Scan(&token))
	w.bankIs(func(rw http.ResponseWriter, r *http.Request) bool {
		return strings.Contains(r.URL.Path, "/subscribe") && says(500, "text/html", "<html>")(rw, r)
	})
	page := v.press(v.open("/ka/orders/"+token), "buy-again").Header.Get("Location")
	for range 3 {
		doc := v.open(page)
		if text := named(doc, "order-status").Text(); statusOf(doc) != "confirming" || strings.Contains(text, "არ ჩამოგჭრიათ") || named(doc, "retry-payment").Length() != 0 {
			t.Errorf("%s: %s", statusOf(doc), text)
		}
		w.later(20 * time.Second)
	}
}

// The bank hangs when the browser comes back: the two pages together take no longer than one
// budget.
func TestComingBackToABankThatHangs(t *testing.T) {
	t.Parallel()
	w := newOutageTill(t, "")
	v := w.visitor()
	w.orders(v)
	page := w.newestPage()
	w.bankIs(hangs)
	now := w.store.Now() // stands still: on a busy machine the page comes too late to have been asked a moment ago
	w.store.Now = func() time.Time { return now }
	calls, began := w.calls.Load(), time.Now()
	r := v.send(request("GET", page+"/return", nil))
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != page {
		t.Fatalf("%d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	doc := v.open(page)
	took := time.Since(began)
	if text := named(doc, "bank-silent").Text(); statusOf(doc) != "confirming" || !strings.Contains(text, "ჯერ არ ვიცით") {
		t.Errorf("%s: %s", statusOf(doc), text)
	}
	// One call can wait for one budget. What else the two take depends on the machine.
	if n := w.calls.Load() - calls; n != 1 || took > 10*time.Second {
		t.Errorf("return and page made %d calls and took %s, want one budget of %s", n, took, hangTime)
	}
}

// A shopper who left the bank's page during 3-D Secure is offered the way back to it as
// long as it is open.
func TestTheWayBackToThreeDSecure(t *testing.T) {
	t.Parallel()
	w := newOutageTill(t, "")
	v := w.visitor()
	payAt := w.orders(v)
	at, err := url.Parse(payAt)
	must(t, err)
	w.steer("orders/"+at.Query().Get("order_id")+"/pay", map[string]string{"card": "4000000000000030"})
	page := w.newestPage()
	doc := v.open(page)
	if statusOf(doc) != string(models.Confirming) || named(doc, "retry-payment").Length() != 0 {
		t.Errorf("status %s", statusOf(doc))
	}
	if text := named(doc, "order-status").Text(); !strings.Contains(text, "დაბრუნდით და იქ დაასრულეთ") || !strings.Contains(text, "ახალ გადახდას ნუ დაიწყებთ") {
		t.Errorf("it says %s", text)
	}
	if r := v.press(doc, "back-to-bank"); r.Header.Get("Location") != payAt {
		t.Errorf("led to %q, want %q", r.Header.Get("Location"), payAt)
	}
	// The bank's page stays open while the shop cannot reach the bank.
	w.bankIs(says(500, "", ""))
	w.later(3 * time.Second)
	if r := v.press(v.open(page), "back-to-bank"); r.Header.Get("Location") != payAt {
		t.Errorf("in an outage: led to %q", r.Header.Get("Location"))
	}
	// Only the bank can close it.
	w.bankIs(nil)
	w.later(16 * time.Minute)
	w.exec("UPDATE payments SET state = 'expired'")
	w.exec("UPDATE orders SET status = 'expired'")
	if doc := v.open(page); named(doc, "back-to-bank").Length() != 0 || named(doc, "retry-payment").Length() != 1 {
		t.Errorf("%s: a page that is closed is offered", statusOf(doc))
	}
}

func TestReadinessTellsHowTheBankIsAway(t *testing.T) {
	t.Parallel()
	for how, meet := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"": nil, "bank-silent": says(500, "", ""), "payments-out-of-order": says(401, "application/json", `{"error":"invalid_client"}`),
	} {
		w := newOutageTill(t, "")
		w.bankIs(meet)
		w.open(func(cfg *handlers.Config) {
			cfg.Desk, cfg.Now = w.desk, func() time.Time { return w.store.Now() }
			cfg.Ready = []handlers.Check{{Name: "bank", Func: w.desk.CheckAccess}}
		})
		var got struct{ Status, Bank string }
		for range 5 {
			r := w.get("/readyz")
			must(t, json.Unmarshal([]byte(r.text), &got))
			if r.StatusCode != http.StatusOK || got.Bank != how || (got.Status == "ok") != (how == "") {
				t.Errorf("%q: %d %+v", how, r.StatusCode, got)
			}
			w.later(1500 * time.Millisecond)
		}
		if n := w.calls.Load(); n != 1 {
			t.Errorf("%q: five questions within ten seconds asked the bank %d times", how, n)
		}
	}
}
