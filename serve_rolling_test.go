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

// Instances that are restarted one after the other lose no visitor's request and no order.
func TestInstancesRestartOneByOne(t *testing.T) {
	m := startMany(t, "SHOP_DRAIN", "2s")
	raw := storetest.Raw(t, m.address)
	if _, err := raw.Exec("UPDATE stock SET on_hand = 10000"); err != nil {
		t.Fatal(err)
	}
	m.askReadyz()
	var over atomic.Bool
	var orders, requests atomic.Int64
	var people sync.WaitGroup
	for range 3 {
		people.Go(func() {
			for !over.Load() && !t.Failed() {
				v := newShopper(t, m.URL)
				ask := func(method, path string, form url.Values) *http.Response {
					answer := v.do(method, m.URL+path, form)
					if requests.Add(1); answer.StatusCode >= 500 {
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
				if !strings.HasPrefix(to, m.bank) {
					t.Errorf("the checkout leads to %q, want the bank", to)
					return
				}
				orders.Add(1)
				steer(t, m.bank, "orders/"+orderID(t, to)+"/pay", map[string]any{})
			}
		})
	}
	for range 2 {
		for i := 1; i < len(m.instances); i++ { // the first has the bank
			if err := m.instances[i].stop(); err != nil {
				t.Error(err)
			}
			m.start(i)
			for m.instances[i].unready.Load() && !t.Failed() {
				time.Sleep(10 * time.Millisecond)
			}
		}
	}
	over.Store(true)
	people.Wait()
	t.Logf("%d requests, %d orders", requests.Load(), orders.Load())
	count := counts(t, raw)
	awaitProgress(t, int(orders.Load()), func() int { return count("SELECT count(*) FROM orders WHERE status = 'paid'") })
	if all := count("SELECT count(*) FROM orders"); all != int(orders.Load()) {
		t.Errorf("%d orders are there, want %d", all, orders.Load())
	}
}
