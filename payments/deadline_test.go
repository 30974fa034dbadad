package payments_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
)

// All calls of one visitor's request share one deadline: the token, the order, the save-card
// request, and every repeat of them.
func TestABankThatHangsKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	const budget = 300 * time.Millisecond
	for _, hanging := range []string{tokenCall, createCall, "/cards", "/receipt/"} {
		t.Run(hanging, func(t *testing.T) {
			t.Parallel()
			w, e, _ := behindEdge(t)
			w.people()
			w.newDesk(bog.Simulator(e.url), payments.Config{CallTime: budget})
			var hung atomic.Int64 // how long the bank was waited for, in all; the machine may be busy besides
			e.set(func(_ http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.Method+" "+r.URL.Path, hanging) {
					return false
				}
				io.Copy(io.Discard, r.Body) // or the server does not notice that the caller has gone
				began := time.Now()
				<-r.Context().Done()
				hung.Add(int64(time.Since(began)))
				return true
			})
			o, _, err := w.placeAs(nino, func(c *models.Checkout) { c.SaveCard = models.Recurrent })
			if err != nil {
				t.Fatal(err)
			}
			ctx := w.desk.Budget(t.Context())
			w.offset.Add(int64(2 * time.Second))
			if _, err := w.desk.Pay(ctx, w.order(o), models.PayWith{}); err != nil {
				t.Fatal(err)
			}
			// Two requests, and room for a busy machine; the save-card request alone would take 3 s.
			if took := time.Duration(hung.Load()); took == 0 || took > 2*budget+2*time.Second {
				t.Errorf("waited %s for the bank", took)
			}
		})
	}
	if payments.CallTime > 7*time.Second {
		t.Errorf("a page may wait %s for the bank, too long for 8 s in all", payments.CallTime)
	}
}

// The bank takes the connection and never answers.
func TestABlackHoleKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hole, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer hole.Close()
	w.newDesk(bog.Simulator("http://"+hole.Addr().String()), payments.Config{CallTime: 200 * time.Millisecond})
	began := time.Now()
	var orders []*models.Order
	for range 6 {
		o, _ := w.place()
		orders = append(orders, o)
	}
	for range 3 {
		w.sweep(5 * time.Second) // and the worker is not held up either
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("six shoppers and three rounds took %s", took)
	}
	for _, o := range orders {
		w.wantStatus(o, models.AwaitingPayment)
	}
}

// The token, the order and the save-card request share one deadline: a bank that needs most
// of it for the first leaves no time for the last.
func TestOneDeadlineForAllCalls(t *testing.T) {
	t.Parallel()
	w, e, _ := behindEdge(t)
	w.people()
	w.newDesk(bog.Simulator(e.url), payments.Config{CallTime: 4 * time.Second})
	e.set(answer(createCall, 500, "", ""))
	o, _, err := w.placeAs(nino, func(c *models.Checkout) { c.SaveCard = models.Recurrent })
	if err != nil {
		t.Fatal(err)
	}
	e.set(nil)
	for _, route := range []string{"create", "save_card"} {
		w.steer("faults", m{"kind": "delay", "route": route, "delay_ms": 2500})
	}
	w.offset.Add(int64(2 * time.Second))
	if _, err := w.desk.Pay(w.desk.Budget(t.Context()), w.order(o), models.PayWith{}); err != nil {
		t.Fatal(err)
	}
	if p := w.order(o).LastPayment(); p.SaveCardState != models.SaveCardRequested {
		t.Errorf("the save-card request is %s: each call had a deadline of its own", p.SaveCardState)
	}
}
