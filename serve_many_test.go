package main

import (
	"database/sql"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dukani/models/storetest"
	"dukani/payments/simulator/identity"
	"dukani/seed"
)

// many is three instances of the shop on one database and one simulated bank, and the balancer before them, which
// sends each request to another instance than the one before.
type many struct {
	*httptest.Server
	t         *testing.T
	address   string // of the database
	bank      string
	pairs     []string // settings of the instances after the first, which has the bank
	launch    launcher
	instances [3]instance
	turn      atomic.Int64
	callbacks atomic.Int64 // answered
}

type instance struct {
	proxy   atomic.Pointer[httputil.ReverseProxy]
	stop    func() error
	unready atomic.Bool            // nothing is sent to it
	url     atomic.Pointer[string] // where it is, past the balancer
}

// launcher starts an instance as launch does.
type launcher func(t *testing.T, pairs ...string) (at map[string]string, stop func() error)

// atInstance is a header that names the instance that a request is for.
const atInstance = "X-At-Instance"

// newMany returns a balancer without instances, on a database of its own.
func newMany(t *testing.T, launch launcher, pairs ...string) *many {
	t.Helper()
	if storetest.Server() == "" {
		t.Skip("one process serves an SQLite file")
	}
	m := &many{t: t, address: storetest.New(t), launch: launch}
	m.Server = httptest.NewServer(m)
	t.Cleanup(m.Close)
	m.pairs = append([]string{
		"DATABASE_URL", m.address, "SHOP_BASE_URL", m.URL, "SHOP_TRUSTED_PROXIES", "127.0.0.1", "SHOP_PROXY_HEADER", "X-Forwarded-For",
	}, pairs...)
	return m
}

func startMany(t *testing.T, pairs ...string) *many {
	t.Helper()
	m := newMany(t, launch, pairs...)
	first := m.start(0)
	m.bank = first["bank"]
	m.pairs = append(m.pairs, "SIMULATOR_URL", m.bank,
		"OIDC_ISSUER", first["id"], "OIDC_CLIENT_ID", identity.DefaultClientID, "OIDC_CLIENT_SECRET", identity.DefaultClientSecret, "OIDC_NAME", identity.Name)
	for i := range m.instances {
		if i > 0 {
			m.start(i)
		}
		t.Cleanup(func() { m.instances[i].stop() })
	}
	return m
}

// start starts an instance, and returns where it and what is beside it can be found.
func (m *many) start(i int) map[string]string {
	m.t.Helper()
	at, stop := m.launch(m.t, m.pairs...)
	to, err := url.Parse(at["shop"])
	if err != nil {
		m.t.Fatal(err)
	}
	m.instances[i].stop = stop
	address := at["shop"]
	m.instances[i].url.Store(&address)
	m.instances[i].proxy.Store(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
		r.SetXForwarded()
	}})
	return at
}

// ServeHTTP answers as a balancer.
func (m *many) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	next := func() *instance { return &m.instances[m.turn.Add(1)%int64(len(m.instances))] }
	to := next()
	for range m.instances {
		if to.unready.Load() {
			to = next()
		}
	}
	if r.URL.Path == "/bog/callback" {
		defer m.callbacks.Add(1)
	}
	if named := r.Header.Get(atInstance); named != "" {
		to = &m.instances[named[0]-'0']
	}
	to.proxy.Load().ServeHTTP(w, r)
}

// Whatever a visitor does is known to all instances on the very next request.
func TestInstancesAreOneShop(t *testing.T) {
	m := startMany(t)
	const email, password = "many@example.ge", "a password for many"
	v := m.surfer(t)
	v.open("/en/register").press("register-submit", "name", "Nino Beridze", "email", email, "password", password)
	for i := range m.instances {
		if v.openAt(i, "/en/account"); v.at.Path != "/en/account" {
			t.Fatalf("instance %d sends a new customer to %s", i, v.at)
		}
	}
	v = m.surfer(t)
	v.open("/en/login").press("login-submit", "email", email, "password", password)
	for i := range m.instances {
		if v.openAt(i, "/en/account"); v.at.Path != "/en/account" {
			t.Fatalf("instance %d does not know the customer who signed in", i)
		}
	}

	v.open("/en/p/tkemali-green").press("add-to-cart", "quantity", "1")
	for i := range m.instances {
		if n := v.openAt(i, "/en/cart").find("cart-line").Length(); n != 1 {
			t.Fatalf("instance %d shows %d lines in the cart", i, n)
		}
	}
	v.open("/en/checkout").press("place-order", "name", "Nino Beridze", "email", email, "phone", "599 12 34 56", "street", "Rustaveli 12", "region", "tbilisi", "terms", "1")
	if !strings.HasPrefix(v.at.String(), m.bank) {
		t.Fatalf("sent to %s, want the bank\n%s", v.at, v.page.Find("main").Text())
	}
	v.press("pay-submit", "number", "4000000000000001", "expiry", "12/39", "cvv", "123")
	if v.find("threeds-confirm").Length() > 0 {
		v.press("threeds-confirm")
	}
	patience := time.Now().Add(15 * time.Second)
	for !strings.HasPrefix(v.at.String(), m.URL) || v.find("order-status").AttrOr("data-status", "") != "paid" {
		if time.Now().After(patience) {
			t.Fatalf("not paid: %s\n%s", v.at, v.page.Find("main").Text())
		}
		time.Sleep(50 * time.Millisecond)
		v.open(v.at.String())
	}
	for i := range m.instances {
		if status := v.openAt(i, v.at.Path).find("order-status").AttrOr("data-status", ""); status != "paid" {
			t.Errorf("at instance %d the order is %s", i, status)
		}
	}
	raw := storetest.Raw(t, m.address)
	var accepted int
	if err := raw.QueryRow("SELECT count(*) FROM payment_events WHERE kind = 'callback' AND verdict = 'accepted' AND payment_id IS NOT NULL").Scan(&accepted); err != nil {
		t.Fatal(err)
	}
	if accepted == 0 || m.callbacks.Load() == 0 {
		t.Errorf("%d callbacks came, %d were accepted", m.callbacks.Load(), accepted)
	}
}

// A price that is changed by one instance is on the next page of each other one, which had cached the old one, and the
// message about it is shown by whichever instance is asked.
func TestAPriceIsNewEverywhereAtOnce(t *testing.T) {
	m := startMany(t)
	visitor, staff := m.surfer(t), m.surfer(t)
	staff.open("/admin/login").press("staff-login-submit", "email", seed.DemoStaffEmail, "password", seed.DemoStaffPassword)
	price := func(instance int) string {
		return strings.Join(strings.Fields(visitor.openAt(instance, "/en/p/tkemali-green").find("product-price").First().Text()), " ")
	}
	for i, want := range []string{"71.13 ₾", "72.14 ₾", "73.15 ₾"} {
		for instance := range m.instances {
			price(instance) // it is cached there
		}
		m.turn.Store(int64(i)) // each instance changes it once, and another shows the message
		staff.open("/admin/products/tkemali-green").press("product-save", "price", strings.TrimSuffix(want, " ₾"), "old_price", "")
		if staff.find("flash").Length() != 1 {
			t.Error("no message says that it was saved")
		}
		for instance := range m.instances {
			if got := price(instance); got != want {
				t.Errorf("instance %d shows %q, want %q", instance, got, want)
			}
		}
	}
}

// A sign-in with a provider that one instance begins is ended by another.
func TestASignInMovesBetweenInstances(t *testing.T) {
	m := startMany(t)
	for i := range m.instances {
		v := m.surfer(t)
		v.open("/en/login")
		m.turn.Store(int64(i))
		v.press("provider-submit").press("id-continue", "person", "newcomer", "email", fmt.Sprintf("provider%d@example.ge", i), "verified", "1")
		for instance := range m.instances {
			if v.openAt(instance, "/en/account"); v.at.Path != "/en/account" {
				t.Errorf("instance %d does not know the customer who signed in", instance)
			}
		}
	}
}

// counts returns a function that asks a database for a number.
func counts(t *testing.T, db *sql.DB) func(query string) int {
	return func(query string) (n int) {
		t.Helper()
		if err := db.QueryRow(query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
}

// awaitProgress waits until progress has come to want, for as long as it grows: how fast depends on the machine.
func awaitProgress(t *testing.T, want int, progress func() int) {
	t.Helper()
	for n, latest := -1, time.Now(); n < want; time.Sleep(50 * time.Millisecond) {
		if now := progress(); now > n {
			n, latest = now, time.Now()
		} else if time.Since(latest) > 30*time.Second {
			t.Fatalf("it came to %d of %d, and nothing more happened", n, want)
		}
	}
}

// A hundred people who want one of five things, at all instances, get five.
func TestInstancesSellNoMoreThanThereIs(t *testing.T) {
	m := startMany(t)
	raw := storetest.Raw(t, m.address)
	const there, buyers = 5, 100
	if _, err := raw.Exec("UPDATE stock SET on_hand = ? WHERE product_id = (SELECT id FROM products WHERE slug = 'tkemali-green')", there); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	ids := make(chan string, buyers)
	for range buyers {
		all.Go(func() {
			if page := newShopper(t, m.URL).tryToBuy(); page != "" {
				ids <- page
			}
		})
	}
	all.Wait()
	close(ids)
	for page := range ids {
		steer(t, m.bank, "orders/"+orderID(t, page)+"/pay", map[string]any{})
	}
	count := counts(t, raw)
	awaitProgress(t, there, func() int { return count("SELECT count(*) FROM orders WHERE status = 'paid'") })
	for query, want := range map[string]int{
		"SELECT count(*) FROM orders":                       there,
		"SELECT count(*) FROM orders WHERE status = 'paid'": there,
		"SELECT on_hand FROM stock WHERE product_id = (SELECT id FROM products WHERE slug = 'tkemali-green')":  0,
		"SELECT reserved FROM stock WHERE product_id = (SELECT id FROM products WHERE slug = 'tkemali-green')": 0,
	} {
		if n := count(query); n != want {
			t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
}

var bigCopies = flag.Bool("copies.big", false, "send 100 copies of the callbacks of 200 orders")

// Copies of a callback, which come to all instances at the same time, pay an order once.
func TestInstancesTakeCopiesOfACallback(t *testing.T) {
	orders, copies := 20, 20
	if *bigCopies {
		orders, copies = 200, 100
	}
	m := startMany(t)
	raw := storetest.Raw(t, m.address)
	if _, err := raw.Exec("UPDATE stock SET on_hand = ?", orders); err != nil {
		t.Fatal(err)
	}
	count := counts(t, raw)
	var placed []string
	for range orders {
		placed = append(placed, "orders/"+orderID(t, newShopper(t, m.URL).buy()))
	}
	for _, order := range placed {
		steer(t, m.bank, order+"/pay", map[string]any{"callback": map[string]any{"mode": "lost"}})
		steer(t, m.bank, order+"/callback", map[string]any{"mode": "resigned", "copies": copies})
	}
	// What the bank says is looked into after the answer: an order is paid a little later.
	awaitProgress(t, orders*copies+orders, func() int {
		return int(m.callbacks.Load()) + count("SELECT count(*) FROM orders WHERE status = 'paid'")
	})
	for query, want := range map[string]int{
		"SELECT count(*) FROM orders WHERE status = 'paid'":                                    orders,
		"SELECT count(*) FROM payments WHERE state = 'paid'":                                   orders,
		"SELECT count(*) FROM ledger":                                                          orders,
		"SELECT count(*) FROM mails WHERE kind = 'paid'":                                       orders,
		"SELECT count(*) FROM stock_moves WHERE kind = 'sold'":                                 orders,
		"SELECT count(*) FROM payment_events WHERE kind = 'callback' AND verdict = 'accepted'": orders * copies,
	} {
		if n := count(query); n != want {
			t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
}

// An instance with another secret would not open the sessions of the others: it refuses to start.
func TestAnInstanceWithAnotherSecretRefuses(t *testing.T) {
	m := startMany(t)
	for setting, value := range map[string]string{"SHOP_SECRET": strings.Repeat("another ", 8), "SIMULATOR_URL": ""} {
		err := run(t.Context(), nil, settings(own(t, "DATABASE_URL", m.address, "SIMULATOR_URL", m.bank, setting, value)...), io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), setting) {
			t.Errorf("with another %s: %v", setting, err)
		}
	}
}
