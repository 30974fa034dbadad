package models_test

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"dukani/models"
	"dukani/models/storetest"
)

// bigDashboard makes the benchmark of the dashboard run at a million orders; making them takes
// some minutes.
var bigDashboard = flag.Bool("dashboard.big", false, "benchmark the dashboard of 1,000,000 orders")

// The dashboard has to answer within 100 ms at a million orders, also if all of them are of
// the days that it shows. Counting them is what the background job has to do once.
func BenchmarkDashboard(b *testing.B) {
	n := 5_000
	if *bigDashboard {
		n = 1_000_000
	}
	for name, days := range map[string]int{"three years": 3 * 365, "ninety days": 90} {
		b.Run(name, func(b *testing.B) {
			s := openShop(b)
			s.product("honey", 12_50, 10)
			s.fillBooks(n, days)
			began := time.Now()
			if err := s.CountFigures(b.Context()); err != nil {
				b.Fatal(err)
			}
			counting := time.Since(began)
			var took []time.Duration
			for b.Loop() {
				for range 20 {
					began := time.Now()
					d := s.dashboard(90)
					took = append(took, time.Since(began))
					if d.Behind || d.Sum().Orders == 0 {
						b.Fatalf("%d orders, behind: %t", d.Sum().Orders, d.Behind)
					}
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "median-ms")
			b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "max-ms")
			b.ReportMetric(counting.Seconds(), "counting-s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// fillBooks stores n orders of the last days with their payments, journal and ledger: of a
// hundred, 14 were not paid in time, 7 declined and 79 paid, of these 3 refunded. Those of
// the last four days are to be packed.
func (s *shop) fillBooks(n, days int) {
	s.t.Helper()
	end := s.now.Unix() - 120
	at := func(later int) string { // the moment of the i-th order, and so many seconds later
		return fmt.Sprintf("strftime('%%Y-%%m-%%d %%H:%%M:%%S', %d - (%d - i) * %d / %d + %d, 'unixepoch') || '+00:00'", end, n, days*86400, n, later)
	}
	from := fmt.Sprintf(` FROM (WITH RECURSIVE all_orders(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM all_orders WHERE i < %d)
		SELECT i, i * 37 %% 100 AS dice FROM all_orders) `, n)
	const status = "CASE WHEN dice < 14 THEN 'expired' WHEN dice < 21 THEN 'declined' WHEN dice < 24 THEN 'refunded' ELSE 'paid' END"
	s.raw.SetMaxOpenConns(1)
	s.exec("PRAGMA synchronous = OFF")
	s.exec("PRAGMA cache_size = -400000")
	s.exec("BEGIN")
	s.exec(`INSERT INTO orders (id, number, token, checkout_key, fingerprint, lang, theme, status, name, email, phone, delivery, region, city, street,
		note, items_tetri, delivery_tetri, total_tetri, vat_tetri, terms_version, terms_at, reserves_stock, reserved_until, paid_payment_id,
		fulfilment, created_at, updated_at)
		SELECT i, 'D-' || (100000 + i), 't' || i, 'k' || i, 'f', 'ka', '', ` + status + `, 'ნინო კაპანაძე', 'nino' || (i / 3) || '@example.ge', '+995599123456',
		'tbilisi', 'tbilisi', 'თბილისი', 'რუსთაველის 1', '', 2000 + dice, 0, 2000 + dice, 0, '2026', ` + at(0) + `, 0, ` + at(900) + `,
		CASE WHEN dice >= 21 THEN i END, ` + fmt.Sprintf("CASE WHEN (%d - i) * %d / %d < 4 * 86400 THEN 'waiting' ELSE 'delivered' END, ", n, days*86400, n) +
		at(0) + ", " + at(60) + from)
	s.exec(`INSERT INTO payments (id, order_id, attempt, kind, idempotency_key, request_body, bank_order_id, bank_code, state, requested_tetri,
		captured_tetri, expires_at, created_at, updated_at)
		SELECT i, i, 1, 'page', 'i' || i, '{}', 'bank-' || i, CASE WHEN dice BETWEEN 14 AND 20 THEN 91 + dice ELSE '' END, ` + status + `, 2000 + dice,
		CASE WHEN dice >= 21 THEN 2000 + dice ELSE 0 END, ` + at(900) + ", " + at(0) + ", " + at(60) + from)
	event := func(nth, later int, kind, verdict, which string) {
		s.exec(`INSERT INTO payment_events (id, payment_id, at, kind, cause, verdict) SELECT i * 5 + ` + fmt.Sprint(nth) + ", i, " + at(later) +
			", '" + kind + "', 'worker', " + verdict + from + "WHERE " + which)
	}
	event(0, 0, "call", "'create order'", "1")
	event(1, 1, "transition", "'starting to open'", "1")
	event(2, 30, "callback", "'accepted'", "dice >= 14 AND dice < 98")
	event(3, 31, "transition", "CASE WHEN dice < 14 THEN 'open to expired' WHEN dice < 21 THEN 'open to declined' ELSE 'open to paid' END", "1")
	event(4, 60, "transition", "'paid to refunded'", "dice BETWEEN 21 AND 23")
	entry := func(kind, which string, nth, later int) {
		s.exec("INSERT INTO ledger (id, order_id, payment_id, at, kind, amount_tetri) SELECT i * 2 + " + fmt.Sprint(nth) + ", i, i, " + at(later) +
			", '" + kind + "', 2000 + dice" + from + "WHERE " + which)
	}
	entry("captured", "dice >= 21", 0, 31)
	entry("refunded", "dice BETWEEN 21 AND 23", 1, 60)
	s.exec("COMMIT")
}

// What the benchmark measures is counted right: of a hundred orders 79 are paid and 7 declined.
func TestTheBenchmarkedDashboardIsRight(t *testing.T) {
	t.Parallel()
	storetest.SQLiteOnly(t) // whose functions fill its tables
	s := openShop(t)
	s.product("honey", 12_50, 10)
	s.fillBooks(500, 80)
	if err := s.CountFigures(t.Context()); err != nil {
		t.Fatal(err)
	}
	d := s.dashboard(90)
	sum := d.Sum()
	if sum.Orders != 395 || sum.Paid != 395 || sum.Declined != 35 || sum.Expired != 70 || sum.CallbacksMissed != 10 ||
		d.Waits != 395 || d.Median != 30*time.Second {
		t.Errorf("%+v, %d waits of %v", sum, d.Waits, d.Median)
	}
	toPack := s.number("SELECT count(*) FROM orders WHERE status = 'paid' AND fulfilment = 'waiting'")
	if want := (models.ToDo{ToPack: toPack}); want.ToPack == 0 || d.ToDo != want {
		t.Errorf("to do %+v, want %+v", d.ToDo, want)
	}
}

// While the figures of a large shop are first counted, the dashboard answers with what there
// is and says that more is to come.
func TestTheDashboardSaysThatFiguresAreMissing(t *testing.T) {
	t.Parallel()
	storetest.SQLiteOnly(t) // whose functions fill its tables
	s := openShop(t)
	s.product("honey", 12_50, 10)
	s.fillBooks(6000, 80)
	before := s.dashboard(90)
	if err := s.CountFigures(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := s.dashboard(90)
	if !before.Behind || after.Behind || before.Sum().Paid == 0 || before.Sum().Paid >= after.Sum().Paid {
		t.Errorf("%d paid, behind: %t; then %d, %t", before.Sum().Paid, before.Behind, after.Sum().Paid, after.Behind)
	}
}
