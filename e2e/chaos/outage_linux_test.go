package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"dukani/e2e/postgres"
)

// bankFaults are a bank that cannot be reached, that takes connections and is silent, that answers after half a
// minute, and that does what it is asked and says so after half a minute.
var bankFaults = []struct {
	name       string
	begin, end func(ctx context.Context, w *world) error
}{
	{"dead", func(_ context.Context, w *world) error {
		w.bank.stop(syscall.SIGKILL)
		return nil
	}, func(ctx context.Context, w *world) error { return w.startBank(ctx) }},
	{"hanging", func(_ context.Context, w *world) error { return w.bank.signal(syscall.SIGSTOP) },
		func(_ context.Context, w *world) error { return w.bank.signal(syscall.SIGCONT) }},
	{"slow by 30 s", slowBy30s("delay"), fastAgain},
	{"slow by 30 s with its answers", slowBy30s("delay_after"), fastAgain},
}

func slowBy30s(kind string) func(context.Context, *world) error {
	return func(ctx context.Context, w *world) error {
		return w.steering.post(ctx, "faults", m{"kind": kind, "percent": 100, "delay_ms": 30_000, "seed": 1})
	}
}

func fastAgain(ctx context.Context, w *world) error {
	_, err := w.steering.do(ctx, http.MethodDelete, "faults", nil)
	return err
}

// checkoutTime is the longest that somebody waits, from pressing the button until a page says how their
// order stands.
const checkoutTime = 8 * time.Second

// While the bank is out of order everybody can look around; who orders is told within 8 seconds that
// the bank does not answer and that they were not charged. When it is back, the page leads on to
// it by itself, and they pay what they had ordered. With -long the bank is dead for ten minutes, else
// some seconds: how the time itself goes by is tested with a clock that is moved, in handlers.
func TestTheBankIsOut(t *testing.T) {
	t.Parallel()
	w := newTestWorld(t, func(w *world) {
		w.launch = func(cmd *exec.Cmd) error { // orders wait longer than the bank is away
			cmd.Env = append(cmd.Env, "SHOP_PAYMENT_TTL=30m")
			return cmd.Start()
		}
	})
	ctx := t.Context()
	people := 0
	for _, fault := range bankFaults {
		t.Run(fault.name, func(t *testing.T) {
			here := newWindow(t, w)
			must(t, fault.begin(ctx, w))
			end := sync.OnceValue(func() error { return fault.end(context.WithoutCancel(ctx), w) })
			defer func() { must(t, end()) }()
			outage, orders := 8*time.Second, 2
			if *long && fault.name == "dead" {
				outage, orders = 10*time.Minute, 10
			}
			began, pace := time.Now(), time.NewTicker(300*time.Millisecond)
			defer pace.Stop()
			var waiting []*shopper
			for i := range orders {
				people++
				s := w.newShopper(buyer{ID: people, Kind: "waiting", Lang: "en"})
				must(t, s.ordersWithoutBank(ctx))
				waiting = append(waiting, s)
				for time.Since(began) < outage*time.Duration(i+1)/time.Duration(orders) {
					here.browse()
					<-pace.C
				}
			}
			must(t, end())
			for _, s := range waiting {
				must(t, s.paysAfterOutage(ctx))
			}
		})
	}
	w.endsWell(t)
}

// ordersWithoutBank orders, and returns an error unless the shop soon says that the bank does not answer.
func (s *shopper) ordersWithoutBank(ctx context.Context) error {
	if err := s.b.open(ctx, s.path("/p/"+goods[s.ID%(len(goods)-scarce)])); err != nil {
		return err
	}
	if err := s.b.submit(ctx, "add-to-cart", url.Values{"quantity": {"1"}}); err != nil {
		return err
	}
	began := time.Now()
	if err := s.checkout(ctx, sweptPurchase); err != nil {
		return err
	}
	took := time.Since(began)
	s.note()
	state, text := s.b.find("order-status"), strings.Join(strings.Fields(s.b.page.Find("main").Text()), " ")
	switch {
	case took > checkoutTime:
		return fmt.Errorf("the checkout took %s", took)
	case !s.b.onShop(), state.AttrOr("data-status", "") != "awaiting_payment", state.AttrOr("data-bank", "") != "bank-silent",
		!strings.Contains(text, "you have not been charged"):
		return fmt.Errorf("without a bank the shop leads to %s and says %s", s.b.at, text)
	}
	return nil
}

// paysAfterOutage follows the order's page to the bank and pays there.
func (s *shopper) paysAfterOutage(ctx context.Context) error {
	if err := s.reachBank(ctx); err != nil {
		return err
	}
	if s.b.onShop() {
		return fmt.Errorf("the bank is back, and the order's page does not lead there: %s", s.b.find("order-status").Text())
	}
	if err := s.payAtBank(ctx, sweptPurchase, sweptPurchase.Card); err != nil {
		return err
	}
	return s.awaits(ctx, "paid")
}

// databaseFaults are a server that is killed, and one that takes connections and is silent.
var databaseFaults = []struct {
	name       string
	begin, end func(ctx context.Context, server *postgres.Server) error
}{
	{"dead", func(_ context.Context, s *postgres.Server) error { return s.Kill() },
		func(ctx context.Context, s *postgres.Server) error { return s.Restart(ctx, serverSettings...) }},
	{"hanging", func(_ context.Context, s *postgres.Server) error { return s.Freeze() },
		func(_ context.Context, s *postgres.Server) error { return s.Thaw() }},
}

// While the database is away, every page that needs it is a 503 that says so, in the visitor's language, and
// comes within 20 seconds even if the server is silent. Whoever pays at the bank meanwhile has paid when the database
// is back; nobody starts the shop anew. The database is away for some seconds, with -long for a minute.
func TestTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	w := newTestWorld(t, nil, "-db", "postgres", "-database-url", "")
	ctx := t.Context()
	for i, fault := range databaseFaults {
		t.Run(fault.name, func(t *testing.T) {
			here := newWindow(t, w)
			payer := w.newShopper(buyer{ID: 2 * i, Kind: "payer", Lang: "en"})
			must(t, payer.toBank(ctx))
			here.crowd() // each connection to the database that waits to be used again is one more that may hang
			must(t, fault.begin(ctx, w.database))
			end := sync.OnceValue(func() error { return fault.end(context.WithoutCancel(ctx), w.database) })
			defer func() { must(t, end()) }()
			pace := time.NewTicker(3 * time.Second)
			defer pace.Stop()
			began, outage := time.Now(), 8*time.Second
			if *long {
				outage = time.Minute
			}
			paid := make(chan error, 1) // the bank waits for the shop to take its callback
			go func() { paid <- payer.paidByBank(ctx) }()
			for again := true; again; again = time.Since(began) < outage {
				<-pace.C
				t.Run("meanwhile", func(t *testing.T) { here.askWithoutDatabase(t, payer.order) })
			}
			must(t, end())
			must(t, <-paid)
			must(t, payer.awaits(ctx, "paid"))
			must(t, untilTrue(ctx, 20*time.Second, func() (bool, error) { // connections of those who gave up meanwhile may come first
				status, _ := here.get("/readyz")
				return status == http.StatusOK, nil
			}))
			here.browse()
			w.sellsToNext(t, payer.ID+1)
		})
	}
	w.endsWell(t)
}

// hangingTime is how long a page may take whose database is silent: the shop waits 10 s for an answer, and 5 s for
// another connection.
const hangingTime = 20 * time.Second

// askedWithoutDatabase are pages, and what each of them says while the database is away.
var askedWithoutDatabase = []struct {
	path   string
	status int
	says   string
}{
	{"/ka/cart", 503, "ამ წუთას"}, {"/en/cart", 503, "For the moment"}, {"/ka", 503, "ამ წუთას"}, {"/en/p/" + goods[0], 503, "For the moment"},
	{"/ka/search?q=ghvino", 503, "ამ წუთას"}, {"/en/info/terms", 503, "For the moment"}, {"/ka/login", 200, "შესვლა"},
	{"/readyz", 503, ""}, {"/healthz", 200, ""},
}

// askWithoutDatabase asks for all of them at once, and for the page of an order, and puts something into the cart.
func (h *window) askWithoutDatabase(t *testing.T, order string) {
	ask := func(name string, do func(*window) (int, string), want int, says string) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			status, page := do(h.beside(t))
			if took := time.Since(began); status != want || !strings.Contains(page, says) || took > hangingTime {
				t.Errorf("%d after %s\n%s", status, took, page)
			}
		})
	}
	for _, a := range askedWithoutDatabase {
		ask(a.path, func(h *window) (int, string) { return h.get(a.path) }, a.status, a.says)
	}
	ask("order", func(h *window) (int, string) { return h.get(order) }, 503, "For the moment")
	ask("add to cart", (*window).addToCart, 503, "For the moment")
}
