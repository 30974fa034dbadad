package models_test

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dukani/models"
	"dukani/models/catalog"
	"dukani/models/storetest"
	"dukani/seed"
)

// openFile is openShop for an SQLite file that nobody else has, with the demo catalogue in it.
func openFile(t *testing.T) *shop {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shop.db")
	store, err := models.OpenFor(t.Context(), path, models.Access{Alone: true})
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{Store: store, t: t, address: path, raw: storetest.Raw(t, path), now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
	store.Now = func() time.Time { return s.now }
	store.Log = slog.New(slog.DiscardHandler)
	t.Cleanup(func() { store.Close() })
	if err := seed.Run(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	return s
}

// reopened is the shop as it is after a move, on the other database and with the same clock.
func (s *shop) reopened(address string) *shop {
	s.t.Helper()
	store, err := models.Open(s.t.Context(), address)
	if err != nil {
		s.t.Fatal(err)
	}
	there := &shop{Store: store, t: s.t, address: address, raw: storetest.Raw(s.t, address), now: s.now}
	store.Now = func() time.Time { return there.now }
	store.Log = slog.New(slog.DiscardHandler)
	s.t.Cleanup(func() { store.Close() })
	return there
}

// lived is a shop with people, saved cards, an order bought again, a refund and mail that waits.
func lived(t *testing.T) *shop {
	s := openFile(t)
	s.people()
	s.product("honey", 10_00, 1)
	s.savedAs(models.Recurrent, "400000***0001", "12/30")
	s.savedAs(models.Recurrent, "400000***0001", "12/30") // takes the place of the first
	s.savedAs(models.Subscription, "500000***0002", "12/30")
	s.exec("UPDATE stock SET on_hand = reserved + 5 WHERE product_id = (SELECT id FROM products WHERE slug = 'honey')")
	s.add("a", "honey", 2)
	o := s.opened("a", checkout(20_00))
	s.settle(report(o, o.LastPayment(), models.PaymentPaid))
	if _, err := s.RequestRefund(t.Context(), reason(models.RefundRequest{AmountTetri: 5_00}, o)); err != nil {
		t.Fatal(err)
	}
	s.add("b", "honey", 1)
	s.opened("b", checkout(10_00))
	if err := s.StartSession(s.t.Context(), "of somebody who did nothing yet", models.Session{Data: []byte{}}); err != nil {
		t.Fatal(err)
	}
	return s
}

// same are questions that both databases must answer alike.
var same = []string{
	"SELECT version FROM catalog_version", "SELECT count(*) FROM price_history", "SELECT sum(n) FROM category_counts",
	"SELECT sum(revision) FROM products", "SELECT sum(shelf) FROM products", "SELECT sum(on_hand * 100 + reserved) FROM stock",
	"SELECT sum(amount_tetri) FROM ledger", "SELECT count(*) FROM payments", "SELECT max(id) FROM orders", "SELECT count(*) FROM customers",
	"SELECT count(*) FROM river_job WHERE state NOT IN ('completed', 'cancelled', 'discarded')",
}

func TestAShopMovesToPostgreSQL(t *testing.T) {
	t.Parallel()
	if storetest.Server() == "" {
		t.Skip("TEST_DATABASE_URL names no server to move to")
	}
	here := lived(t)
	here.exec("PRAGMA user_version = 500") // it was restored once: see numberGap
	there := here.reopened(storetest.New(t))
	report, err := models.Move(t.Context(), here.Store, there.Store, catalog.New(there.Store).Index)
	if err != nil {
		t.Fatal(err)
	}
	for _, question := range same {
		if had, has := here.number(question), there.number(question); had != has || had == 0 {
			t.Errorf("%s: %d there, %d here", question, has, had)
		}
	}
	if jobs := here.number("SELECT count(*) FROM mails WHERE sent_at IS NULL"); report.Jobs < jobs || jobs == 0 || len(report.Left) > 0 {
		t.Errorf("%d jobs for %d mails; left: %v", report.Jobs, jobs, report.Left)
	}
	there.wantSound()

	last := int64(here.number("SELECT max(id) FROM orders"))
	was, is := here.order(last-1), there.order(last-1)
	if is.Number != was.Number || !is.CreatedAt.Equal(was.CreatedAt) || !is.TermsAt.Equal(was.TermsAt) || is.Status != was.Status ||
		string(is.LastPayment().RequestBody) != string(was.LastPayment().RequestBody) {
		t.Errorf("the order was %+v and is %+v", was, is)
	}
	for _, typed := range []string{was.Number, "kapanadze", "599 12 34 56", "nino@example.ge"} {
		list, err := there.OrderList(t.Context(), models.OrderListFilter{Query: typed}, models.OrderListPlace{})
		if err != nil || len(list.Rows) == 0 {
			t.Errorf("nothing is found by %q: %v", typed, err)
		}
	}
	if found, err := catalog.New(there.Store).Search(t.Context(), models.En, "honey", catalog.SortRelevance, 1); err != nil || len(found.Cards) == 0 {
		t.Errorf("products are not found: %+v, %v", found, err)
	}
	if len(there.cards()) != len(here.cards()) {
		t.Errorf("cards: %d, were %d", len(there.cards()), len(here.cards()))
	}

	// The shop goes on there: triggers act and references are held, and ids continue.
	there.add("c", "honey", 1)
	if next := there.place("c", checkout(10_00)); next.ID != 501 || next.Number != "D-100501" {
		t.Errorf("the next order is %d %s, want 501", next.ID, next.Number)
	}
	there.product("mint", 3_00, 2)
	if n := there.number("SELECT count(*) FROM price_history h JOIN products p ON p.id = h.product_id WHERE p.slug = 'mint'"); n != 1 {
		t.Errorf("%d prices of a new product are noted, want 1", n)
	}
	if _, err := there.raw.Exec("DELETE FROM payments"); err == nil {
		t.Error("payments that others refer to were deleted")
	}
	if n := there.number("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND condeferrable"); n != 0 {
		t.Errorf("%d references are checked late", n)
	}
	if _, err := models.Move(t.Context(), here.Store, there.Store, catalog.New(there.Store).Index); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("a second move: %v", err)
	}
}

// What fails on the way leaves nothing behind, and can be done again.
func TestAMoveThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	if storetest.Server() == "" {
		t.Skip("TEST_DATABASE_URL names no server to move to")
	}
	here := lived(t)
	there := here.reopened(storetest.New(t))
	tells := map[string]string{
		"a rule broken": "COPY orders, line 2", "a reference to nothing": "(order_id)=(999)", "another type": "table products: row 1, column rank",
	}
	for what, harm := range map[string][2]string{
		"a rule broken": {"PRAGMA ignore_check_constraints = 1; UPDATE orders SET lang = 'xx' WHERE id = 2", "UPDATE orders SET lang = 'en' WHERE id = 2"},
		"a reference to nothing": {
			"PRAGMA foreign_keys = 0; UPDATE payments SET order_id = 999 WHERE id = 1", "UPDATE payments SET order_id = 1 WHERE id = 1",
		},
		"another type": {"UPDATE products SET rank = 'high' WHERE id = 1", "UPDATE products SET rank = 1 WHERE id = 1"},
	} {
		here.exec(harm[0])
		if _, err := models.Move(t.Context(), here.Store, there.Store, catalog.New(there.Store).Index); err == nil {
			t.Errorf("%s: moved", what)
		} else if !strings.Contains(err.Error(), tells[what]) {
			t.Errorf("%s: the error does not tell %q: %v", what, tells[what], err)
		}
		for _, table := range []string{"orders", "products", "customers", "river_job", "order_words", "payments"} {
			if n := there.number("SELECT count(*) FROM " + table); n != 0 {
				t.Errorf("%s: %s has %d rows", what, table, n)
			}
		}
		here.exec(harm[1])
	}
	if _, err := models.Move(t.Context(), here.Store, there.Store, catalog.New(there.Store).Index); err != nil {
		t.Fatal(err)
	}
	there.wantSound()
}
