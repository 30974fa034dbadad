package models_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"dukani/models"
	"dukani/models/storetest"
)

// grownOrders is how many orders the bigger of two shops on PostgreSQL has.
var grownOrders = flag.Int("growth.orders", 20_000, "orders of the bigger shop on PostgreSQL that is compared with one of 1,000")

// BenchmarkGrowthOfOrders takes turns between a shop of 1,000 orders and a big one, so that whatever else the
// machine does slows both, and reports how much dearer everyday work is in the big one (medians).
func BenchmarkGrowthOfOrders(b *testing.B) {
	if storetest.Server() == "" {
		b.Skip("shops of this size are on PostgreSQL: TEST_DATABASE_URL names no server")
	}
	sizes := []int{1_000, *grownOrders}
	var shops []*models.Store
	for _, n := range sizes {
		shops = append(shops, grown(b, n))
	}
	for _, work := range []struct {
		name string
		do   func(s *models.Store, id int) error
	}{
		{"look-up by number", func(s *models.Store, id int) error {
			_, err := s.OrderByNumber(b.Context(), fmt.Sprint("D-", 100_000+id))
			return err
		}},
		{"list", func(s *models.Store, _ int) error {
			_, err := s.OrderList(b.Context(), models.OrderListFilter{}, models.OrderListPlace{})
			return err
		}},
		{"list of a status", func(s *models.Store, _ int) error {
			_, err := s.OrderList(b.Context(), models.OrderListFilter{Status: models.Paid}, models.OrderListPlace{})
			return err
		}},
		{"search by address", func(s *models.Store, id int) error {
			_, err := s.OrderList(b.Context(), models.OrderListFilter{Query: fmt.Sprintf("buyer%d@example.ge", id)}, models.OrderListPlace{})
			return err
		}},
		{"sweep for due payments", func(s *models.Store, _ int) error {
			due, err := s.DuePayments(b.Context(), 100)
			if err == nil && len(due) != dueNow {
				err = fmt.Errorf("%d payments are due, not %d", len(due), dueNow)
			}
			return err
		}},
		{"reservations to release", func(s *models.Store, _ int) error {
			_, err := s.ReleaseReservations(b.Context())
			return err
		}},
	} {
		b.Run(work.name, func(b *testing.B) {
			var took [2][]time.Duration
			for b.Loop() {
				for i, s := range shops {
					id := 1 + rand.IntN(sizes[i])
					began := time.Now()
					if err := work.do(s, id); err != nil {
						b.Fatal(err)
					}
					took[i] = append(took[i], time.Since(began))
				}
			}
			for i := range took {
				slices.Sort(took[i])
			}
			small, big := took[0][len(took[0])/2], took[1][len(took[1])/2]
			b.ReportMetric(float64(small.Microseconds())/1000, "small-ms")
			b.ReportMetric(float64(big.Microseconds())/1000, "big-ms")
			b.ReportMetric(float64(big)/float64(small), "ratio")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// dueNow is how many payments are due in each of the shops: what is swept does not grow with what is kept.
const dueNow = 50

// grown opens a shop on PostgreSQL with n orders of the last three years.
func grown(b *testing.B, n int) *models.Store {
	b.Helper()
	address := storetest.New(b)
	store, err := models.Open(context.Background(), address)
	if err != nil {
		b.Fatal(err)
	}
	store.Now = func() time.Time { return ordersUntil }
	b.Cleanup(func() {
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	})
	fillGrown(b, storetest.Raw(b, address), n)
	return store
}

// fillGrown stores n orders in three statements. Old ones are not asked about any more.
func fillGrown(b *testing.B, db *sql.DB, n int) {
	b.Helper()
	for _, fill := range []struct {
		text string
		args []any
	}{
		{`INSERT INTO orders (id, number, token, checkout_key, fingerprint, lang, theme, status, name, email, phone, delivery, region, city, street, note,
				items_tetri, delivery_tetri, total_tetri, vat_tetri, terms_version, terms_at, reserves_stock, reserved_until, paid_payment_id, fulfilment,
				used_method, created_at, updated_at)
			SELECT id, 'D-' || (100000 + id), 't' || md5(id::text), 'k' || md5(id::text), md5(id::text) || md5((-id)::text), 'ka', '',
				CASE WHEN id % 10 < 7 THEN 'paid' WHEN id % 10 < 9 THEN 'expired' ELSE 'declined' END, 'ნინო კაპანაძე', 'buyer' || id || '@example.ge',
				'+9955' || lpad((id % 100000000)::text, 8, '0'), CASE WHEN id % 5 = 0 THEN 'pickup' ELSE 'tbilisi' END, 'tbilisi', 'თბილისი', 'რუსთაველის 1', '',
				500 + id * 7919 % 20000, 500, 1000 + id * 7919 % 20000, 150, '2026', at, 0, at, CASE WHEN id % 10 < 7 THEN id END,
				CASE WHEN id % 10 < 7 THEN 'delivered' ELSE 'waiting' END, CASE WHEN id % 10 IN (7, 8) THEN '' ELSE 'card' END, at, at
			FROM (SELECT id, CAST(? AS timestamptz) - make_interval(secs => 94608000.0 * (? - id) / ?) AS at FROM generate_series(1, CAST(? AS bigint)) id) o`,
			[]any{ordersUntil, n, n, n}},
		{`INSERT INTO payments (id, order_id, attempt, kind, idempotency_key, request_body, bank_order_id, state, requested_tetri, captured_tetri, card_mask, card_last4,
				card_brand, expires_at, next_check_at, created_at, updated_at, method)
			SELECT id, id, 1, 'page', 'i' || md5(id::text), convert_to(repeat('x', 600), 'UTF8'), md5(id::text),
				CASE WHEN status = 'paid' THEN 'paid' WHEN status = 'declined' THEN 'declined' ELSE 'expired' END, total_tetri,
				CASE WHEN status = 'paid' THEN total_tetri ELSE 0 END, '', '', '', created_at,
				CASE WHEN id > ? THEN CAST(? AS timestamptz) - interval '1 second' WHEN created_at > CAST(? AS timestamptz) - interval '30 days' THEN created_at + interval '31 days' END,
				created_at, created_at, used_method
			FROM orders`, []any{n - dueNow, ordersUntil, ordersUntil}},
		{`INSERT INTO ledger (order_id, payment_id, at, kind, amount_tetri) SELECT id, id, created_at, 'captured', total_tetri FROM orders WHERE status = 'paid'`, nil},
		{`INSERT INTO payment_events (payment_id, at, kind, cause, verdict, body)
			SELECT id, created_at, 'call', 'checkout', 'ok', convert_to(repeat('y', 600), 'UTF8') FROM payments`, nil},
		{`INSERT INTO order_words (rowid, words) SELECT id, array_to_tsvector(ARRAY['ნინო', 'კაპანაძე', phone]) FROM orders`, nil},
		{`VACUUM ANALYZE`, nil},
	} {
		if _, err := db.Exec(fill.text, fill.args...); err != nil {
			b.Fatalf("%.60s: %v", fill.text, err)
		}
	}
}
