package payments_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// checkouts has 16 shoppers place n orders, each opened and paid at the bank, while the
// worker sweeps. No order may fail, no number or bank order may occur twice, and all the
// money must be accounted for.
func checkouts(w *world, n int) {
	w.t.Helper()
	const shoppers = 16
	w.exec("UPDATE stock SET on_hand = ?", n)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range shoppers {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(n) && !w.t.Failed(); i = next.Add(1) {
				o, payAt := w.place()
				if payAt.URL == "" {
					w.t.Errorf("order %s cannot be paid", o.Number)
				}
				w.pay(o, m{})
				if i%20 == 0 {
					w.sweep(0)
				}
			}
		})
	}
	wg.Wait()
	w.sweep(time.Minute)
	for what, query := range map[string]string{
		"orders":           "SELECT count(*) FROM orders",
		"numbers":          "SELECT count(DISTINCT number) FROM orders",
		"bank orders":      "SELECT count(DISTINCT bank_order_id) FROM payments",
		"paid orders":      "SELECT count(*) FROM orders WHERE status = 'paid'",
		"units sold":       "SELECT coalesce(sum(quantity), 0) FROM stock_moves WHERE kind = 'sold'",
		"mails":            "SELECT count(*) FROM mails WHERE kind = 'paid'",
		"amounts of 12.50": "SELECT coalesce(sum(amount_tetri / 1250), 0) FROM ledger WHERE kind = 'captured'",
		"callbacks stored": "SELECT count(*) FROM payment_events WHERE kind = 'callback'",
		"nothing on shelf": "SELECT ? - sum(on_hand) - sum(reserved) FROM stock",
		"no second looks":  "SELECT ? - count(*) FROM review_items",
	} {
		args := []any{}
		if query[7] == '?' {
			args = append(args, n)
		}
		if got := w.number(query, args...); got != n {
			w.t.Errorf("%s: %d, want %d", what, got, n)
		}
	}
	w.wantSameMoney()
}

func TestAThousandCheckouts(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short, which only the planted faults use: it takes seconds")
	}
	t.Parallel()
	checkouts(newWorld(t), 1000)
}

// BenchmarkCheckout measures the same; -benchtime 10000x makes ten thousand.
func BenchmarkCheckout(b *testing.B) {
	w := newWorld(b)
	b.ResetTimer()
	checkouts(w, b.N)
}
