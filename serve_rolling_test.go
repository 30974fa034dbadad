package main

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"dukani/models/storetest"
)

// askReadyz has the balancer send nothing to an instance that does not say that it is ready, until the
// test ends.
func (m *many) askReadyz() {
	ask := func(in *instance) {
		answer, err := http.Get(*in.url.Load() + "/readyz")
		if err == nil {
			answer.Body.Close()
		}
		in.unready.Store(err != nil || answer.StatusCode != http.StatusOK)
	}
	go func() {
		for tick := time.NewTicker(50 * time.Millisecond); m.t.Context().Err() == nil; <-tick.C {
			for i := range m.instances {
				ask(&m.instances[i])
			}
		}
	}()
}

// replace stops an instance and starts another in its place, which is ready when it returns.
func (m *many) replace(i int) {
	m.t.Helper()
	if err := m.instances[i].stop(); err != nil {
		m.t.Error(err)
	}
	m.start(i)
	for m.instances[i].unready.Load() && !m.t.Failed() {
		time.Sleep(10 * time.Millisecond)
	}
}

// crowd is shoppers who buy one tkemali after the other, and pay at once.
type crowd struct {
	m        *many
	over     atomic.Bool
	people   sync.WaitGroup
	requests atomic.Int64
	orders   atomic.Int64 // that the bank has
	slowest  atomic.Int64 // nanoseconds of a request
}

const crowdStock = 10000 // more than a crowd buys

// crowd has n shoppers buy until the test ends the crowd.
func (m *many) crowd(n int) *crowd {
	m.t.Helper()
	if _, err := storetest.Raw(m.t, m.address).Exec("UPDATE stock SET on_hand = ?", crowdStock); err != nil {
		m.t.Fatal(err)
	}
	c := &crowd{m: m}
	for range n {
		c.people.Go(func() {
			for !c.over.Load() && !m.t.Failed() {
				c.buy()
			}
		})
	}
	m.t.Cleanup(c.people.Wait) // a test that fails ends none
	return c
}

// buy has a new shopper buy. No request of theirs may fail.
func (c *crowd) buy() {
	t := c.m.t
	v := newShopper(t, c.m.URL)
	ask := func(method, path string, form url.Values) *http.Response {
		began := time.Now()
		answer := v.do(method, c.m.URL+path, form)
		for took := int64(time.Since(began)); ; {
			if slowest := c.slowest.Load(); took <= slowest || c.slowest.CompareAndSwap(slowest, took) {
				break
			}
		}
		if c.requests.Add(1); answer.StatusCode >= 500 {
			body, _ := io.ReadAll(answer.Body)
			t.Errorf("%s %s: %s\n%.300s", method, path, answer.Status, body)
		}
		return answer
	}
	ask("GET", "/en/c/sauces", nil)
	ask("POST", "/en/cart/items", url.Values{"product": {"tkemali-green"}, "quantity": {"1"}})
	page, err := goquery.NewDocumentFromReader(ask("GET", "/en/checkout", nil).Body)
	if err != nil {
		t.Error(err)
		return
	}
	to := ask("POST", "/en/checkout", checkoutForm(page)).Header.Get("Location")
	if !strings.HasPrefix(to, c.m.bank) {
		t.Errorf("the checkout leads to %q, want the bank", to)
		return
	}
	c.orders.Add(1)
	steer(t, c.m.bank, "orders/"+orderID(t, to)+"/pay", map[string]any{})
}

// end waits until everybody has gone and every order is paid, and compares the books with what was
// bought.
func (c *crowd) end() {
	t := c.m.t
	t.Helper()
	c.over.Store(true)
	c.people.Wait()
	orders := int(c.orders.Load())
	t.Logf("%d requests, %d orders, no request took longer than %v", c.requests.Load(), orders, time.Duration(c.slowest.Load()))
	count := counts(t, storetest.Raw(t, c.m.address))
	awaitProgress(t, orders, func() int { return count("SELECT count(*) FROM orders WHERE status = 'paid'") })
	total := count("SELECT sum(total_tetri) FROM orders")
	for query, want := range map[string]int{
		"SELECT count(*) FROM orders":                          orders,
		"SELECT count(*) FROM payments":                        orders,
		"SELECT count(*) FROM payments WHERE state = 'paid'":   orders,
		"SELECT count(*) FROM ledger":                          orders,
		"SELECT sum(amount_tetri) FROM ledger":                 total,
		"SELECT count(*) FROM mails WHERE kind = 'paid'":       orders,
		"SELECT count(*) FROM stock_moves WHERE kind = 'sold'": orders,
		"SELECT on_hand FROM stock WHERE product_id = (SELECT id FROM products WHERE slug = 'tkemali-green')": crowdStock - orders,
		"SELECT sum(reserved) FROM stock":                             0,
		"SELECT count(*) FROM review_items WHERE resolved_at IS NULL": 0,
	} {
		if n := count(query); n != want {
			t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
}

// Instances that are restarted one after the other lose no visitor's request and no order.
func TestInstancesRestartOneByOne(t *testing.T) {
	m := startMany(t, "SHOP_DRAIN", "2s")
	m.askReadyz()
	shoppers := m.crowd(3)
	for range 2 {
		for i := 1; i < len(m.instances); i++ { // the first has the bank
			m.replace(i)
		}
	}
	shoppers.end()
}
