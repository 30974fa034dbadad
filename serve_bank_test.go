package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"dukani/payments/bog"
	"dukani/payments/simulator"
	"dukani/payments/simulator/simtest"
)

// shopper is a browser that buys one thing.
type shopper struct {
	t    *testing.T
	shop string
	http http.Client
}

func newShopper(t *testing.T, shop string) *shopper {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &shopper{t: t, shop: shop, http: http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (s *shopper) do(method, address string, form url.Values) *http.Response {
	s.t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := s.http.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { answer.Body.Close() })
	return answer
}

// buy places an order and returns where the shopper is sent to pay it.
func (s *shopper) buy() string {
	s.t.Helper()
	page := s.tryToBuy()
	if page == "" {
		s.t.Fatal("nothing was ordered")
	}
	return page
}

// tryToBuy is buy that returns "" if the shop has none left. It may run beside the test.
func (s *shopper) tryToBuy() string {
	s.t.Helper()
	s.do("POST", s.shop+"/en/cart/items", url.Values{"product": {"tkemali-green"}, "quantity": {"1"}})
	page, err := goquery.NewDocumentFromReader(s.do("GET", s.shop+"/en/checkout", nil).Body)
	if err != nil {
		s.t.Fatal(err)
	}
	answer := s.do("POST", s.shop+"/en/checkout", checkoutForm(page))
	to := answer.Header.Get("Location")
	switch {
	case answer.StatusCode == http.StatusConflict, answer.StatusCode == http.StatusSeeOther && strings.HasPrefix(to, "/"):
		return ""
	case answer.StatusCode != http.StatusSeeOther:
		body, _ := io.ReadAll(answer.Body)
		s.t.Errorf("checkout: %s\n%s", answer.Status, body)
		return ""
	}
	return to
}

// checkoutForm is the form of a checkout's page, filled in.
func checkoutForm(page *goquery.Document) url.Values {
	form := url.Values{
		"name": {"Giorgi Beridze"}, "email": {"giorgi@example.ge"}, "phone": {"599 12 34 56"}, "street": {"Rustaveli 12"},
		"region": {"tbilisi"}, "terms": {"1"},
	}
	page.Find("form#checkout input[type=hidden], form#checkout input[type=radio][checked]").Each(func(_ int, input *goquery.Selection) {
		form.Set(input.AttrOr("name", ""), input.AttrOr("value", ""))
	})
	return form
}

// steer tells the simulated bank something.
func steer(t *testing.T, bank, what string, body any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Post(bank+"/_sim/"+what, "application/json", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(answer.Body)
		t.Fatalf("%s: %s %s", what, answer.Status, said)
	}
}

func orderID(t *testing.T, page string) string {
	t.Helper()
	u, err := url.Parse(page)
	if err != nil || u.Query().Get("order_id") == "" {
		t.Fatalf("sent to %q, want the bank's page", page)
	}
	return u.Query().Get("order_id")
}

// look opens a database to read what no page shows.
func look(t *testing.T, file string) func(query string) string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=query_only(1)&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return func(query string) (got string) {
		t.Helper()
		if err := db.QueryRow(query).Scan(&got); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return got
	}
}

// One press at the bank moves the time of both: what is over there is over here.
func TestTheShopsClockIsMovedTogetherWithTheBanks(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shop.db")
	at, stop := launch(t, "DATABASE_URL", file)
	defer stop()
	newShopper(t, at["shop"]).buy()
	year := time.Now().UTC().Year() + 3
	steer(t, at["bank"], "clock", map[string]any{"now": time.Date(year, 5, 4, 12, 0, 0, 0, time.UTC)})
	newShopper(t, at["shop"]).buy()
	see := look(t, file)
	if day := see("SELECT created_at FROM orders ORDER BY id DESC LIMIT 1"); !strings.HasPrefix(day, time.Date(year, 5, 4, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)) {
		t.Errorf("the second order is of %s", day)
	}
	if err := run(t.Context(), []string{"reconcile"}, settings("DATABASE_URL", file, "SIMULATOR_URL", at["bank"]), io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	if status := see("SELECT status FROM orders WHERE id = 1"); status != "expired" {
		t.Errorf("the first order, three years old, is %s", status)
	}
}

// The bank is a program of its own: the shop starts without it, sells once it is there,
// and neither its death nor its having become another one needs the shop to be started again.
func TestTheSimulatedBankCanBeAnotherProcess(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	ln.Close()
	file := filepath.Join(t.TempDir(), "shop.db")
	at, stop := launch(t, "DATABASE_URL", file, "SIMULATOR_URL", "http://"+addr+"/", "SIMULATOR_ADDR", addr)
	defer stop()
	if at["bank"] != "http://"+addr {
		t.Errorf("the bank is said to be at %q", at["bank"])
	}
	if answer := newShopper(t, at["shop"]).do("GET", at["shop"]+"/readyz", nil); answer.StatusCode != http.StatusOK {
		t.Errorf("without the bank: %s", answer.Status)
	}
	see := look(t, file)
	_, released := releasedFiles(t, "2026-11")
	for _, bankFile := range []string{filepath.Join(t.TempDir(), "bank.db"), released} { // each has a key of its own
		bank := &simulator.Bank{DB: bankFile}
		ln, err := bank.Listen(addr)
		if err != nil {
			t.Fatal(err)
		}
		ctx, kill := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- bank.Serve(ctx, ln) }()
		id := orderID(t, newShopper(t, at["shop"]).buy())
		steer(t, "http://"+addr, "orders/"+id+"/pay", map[string]any{}) // answers when the callback has been answered
		believed := func() bool {
			return see("SELECT count(*) FROM payment_events WHERE kind = 'callback' AND verdict = 'accepted' AND instr(body, '"+id+"')") != "0"
		}
		// A new key is looked for at most once a second, so the bank may have to say it again.
		for end := time.Now().Add(5 * time.Second); !believed() && time.Now().Before(end); {
			steer(t, "http://"+addr, "orders/"+id+"/callback", map[string]any{})
		}
		if !believed() {
			t.Errorf("no callback about %s was believed", id)
		}
		kill()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func TestTheShopFollowsTheClockOfABankOutside(t *testing.T) {
	t.Parallel()
	bank := &simulator.Bank{}
	b := newBankOutside(simtest.StartBank(t, bank), slog.New(slog.DiscardHandler))
	for _, move := range []time.Duration{0, 24 * time.Hour, 400 * 24 * time.Hour} {
		if err := bank.Advance(move); err != nil {
			t.Fatal(err)
		}
		if err := b.readClock(t.Context()); err != nil {
			t.Fatal(err)
		}
		if apart := b.now().Sub(bank.Time()).Abs(); apart > 2*time.Second {
			t.Errorf("after %s the clocks are %s apart", move, apart)
		}
	}
	steer(t, b.url, "clock", map[string]any{"now": "2031-01-01T00:00:00Z", "fixed": true})
	if err := b.readClock(t.Context()); err != nil || !b.now().Equal(time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("stopped: %s, %v", b.now(), err)
	}
	gone := newBankOutside("http://127.0.0.1:1", slog.New(slog.DiscardHandler))
	if err := gone.readClock(t.Context()); err == nil || time.Since(gone.now()).Abs() > time.Minute {
		t.Errorf("without a bank it is %s, %v", gone.now(), err)
	}
}

// Whatever is made up is not believed, and does not become a call to the bank each time.
func TestCallbacksOfNobodyAskTheBankOnceASecond(t *testing.T) {
	t.Parallel()
	asked := 0
	bank := &simulator.Bank{}
	inner := bank.Handler()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		inner.ServeHTTP(w, r)
	})}
	go server.Serve(ln)
	t.Cleanup(func() {
		server.Close()
		bank.Close()
	})
	b := newBankOutside("http://"+ln.Addr().String(), slog.New(slog.DiscardHandler))
	for range 50 {
		if err := b.verify([]byte("{}"), "bm90aGluZw=="); err == nil {
			t.Fatal("believed")
		}
	}
	if asked == 0 || asked > 5 {
		t.Errorf("the bank was asked for its key %d times", asked)
	}
}

// The real banks' steering is never asked for: they have none.
func TestARealBankIsNotSteered(t *testing.T) {
	t.Parallel()
	for _, env := range []string{"live", "sandbox"} {
		cfg, err := readConfig(settings(realBank(env)...))
		if err != nil {
			t.Fatal(err)
		}
		bank, err := startBank(t.Context(), cfg, slog.New(slog.DiscardHandler), func(func(context.Context) error) { t.Error("something was started") })
		if bank != nil || err != nil || besideRunning(t.Context(), cfg, slog.New(slog.DiscardHandler)) != nil {
			t.Errorf("%s: %v, %v", env, bank, err)
		}
		_, client, err := newDesk(cfg, nil, nil, bank)
		if err != nil || client.Endpoints() != map[string]bog.Endpoints{"live": bog.Production(), "sandbox": bog.Sandbox()}[env] {
			t.Errorf("%s: %v", env, err)
		}
	}
}
