package models_test

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"dukani/models"
	"dukani/models/storetest"
)

// With many writers a transaction can stand still between any two of its statements, and others
// go on. These tests hold it there with a lock of their own.

// openMany is openShop where many can write.
func openMany(t *testing.T) *shop {
	t.Helper()
	if storetest.Server() == "" {
		t.Skip("it is about many writers, and the tests run on SQLite, which has one")
	}
	return openShop(t)
}

// holding runs a statement that locks something, and returns how to release it.
func (s *shop) holding(statement string, args ...any) (release func()) {
	s.t.Helper()
	tx, err := s.raw.Begin()
	if err == nil {
		_, err = tx.Exec(statement, args...)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return func() {
		s.t.Helper()
		if err := tx.Commit(); err != nil && !errors.Is(err, sql.ErrTxDone) {
			s.t.Fatal(err)
		}
	}
}

// waiting returns once n transactions wait for a lock.
func (s *shop) waiting(n int) {
	s.t.Helper()
	patience := time.Now().Add(10 * time.Second)
	for s.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") != n {
		if time.Now().After(patience) {
			s.t.Fatalf("%d transactions do not wait", n)
		}
	}
}

// begin runs fn, which is to wait for a lock, and returns how to get its error.
func begin(fn func() error) (wait func() error) {
	done := make(chan error, 1)
	go func() { done <- fn() }()
	return func() error { return <-done }
}

// Two carts with the same things in another order do not wait for each other in a circle.
func TestStockIsLockedInTheOrderOfProducts(t *testing.T) {
	t.Parallel()
	s := openMany(t)
	s.product("a", 1_00, 5)
	s.product("b", 1_00, 5)
	s.add("cart", "b", 1)
	s.now = s.now.Add(time.Second)
	s.add("cart", "a", 1)
	form := s.seen("cart", checkout(2_00))
	release := s.holding("SELECT 1 FROM stock WHERE product_id = (SELECT id FROM products WHERE slug = 'a') FOR UPDATE")
	defer release()
	placed := begin(func() error {
		_, err := s.PlaceOrder(context.Background(), "cart", form, s.request)
		return err
	})
	s.waiting(1)
	s.holding("SELECT 1 FROM stock WHERE product_id = (SELECT id FROM products WHERE slug = 'b') FOR UPDATE NOWAIT")()
	release()
	if err := placed(); err != nil {
		t.Error(err)
	}
}

// A form that is sent while its cart's order is being paid places nothing anew.
func TestACartIsNotOrderedAgainWhileItIsPaid(t *testing.T) {
	t.Parallel()
	s := openMany(t)
	s.product("honey", 10_00, 5)
	s.add("cart", "honey", 1)
	o := s.opened("cart", checkout(10_00))
	changed := checkout(10_00)
	changed.Name = "Nino Beridze"
	changed = s.seen("cart", changed)
	release := s.holding("SELECT 1 FROM stock FOR UPDATE")
	defer release()
	paid := begin(func() error {
		_, err := s.Settle(context.Background(), report(o, o.LastPayment(), models.PaymentPaid))
		return err
	})
	s.waiting(1)
	placed := begin(func() error {
		again, err := s.PlaceOrder(context.Background(), "cart", changed, s.request)
		if err == nil && again.ID != o.ID {
			err = errors.New("another order was placed")
		}
		return err
	})
	s.waiting(2)
	release()
	if err := errors.Join(paid(), placed()); err != nil {
		t.Error(err)
	}
	s.wantStatus(o.ID, models.Paid)
	s.wantStock("honey", 4, 0)
}

// A callback that comes while the bank's answer is being stored is about a known order.
func TestACallbackDuringTheBanksAnswerIsNoStrangers(t *testing.T) {
	t.Parallel()
	s := openMany(t)
	s.product("honey", 10_00, 5)
	s.add("cart", "honey", 1)
	o := s.place("cart", checkout(10_00))
	p := o.LastPayment()
	release := s.holding(`WITH o AS (SELECT id FROM orders FOR UPDATE)
		UPDATE payments SET bank_order_id = ?, state = 'open' WHERE order_id IN (SELECT id FROM o)`, bankID(p))
	defer release()
	stored := begin(func() error {
		return s.StoreCallback(context.Background(), models.Callback{Body: []byte("{1}"), BankOrderID: bankID(p), OrderNumber: o.Number})
	})
	s.waiting(1)
	release()
	if err := stored(); err != nil {
		t.Fatal(err)
	}
	if n := s.number("SELECT count(*) FROM review_items"); n != 0 {
		t.Error("the order counts as unknown")
	}
	if n := s.number("SELECT count(*) FROM payment_events WHERE kind = 'callback' AND payment_id = ?", p.ID); n != 1 {
		t.Error("the callback is not the payment's")
	}
}

// A callback that comes while its payment is being settled leaves that due: the bank wrote the
// receipt before.
func TestACallbackDuringSettlingIsNotForgotten(t *testing.T) {
	t.Parallel()
	s := openMany(t)
	s.product("honey", 10_00, 5)
	s.add("cart", "honey", 1)
	o := s.opened("cart", checkout(10_00))
	p := o.LastPayment()
	receipt := report(o, p, models.PaymentPaid)
	receipt.AskedAt = s.now.Add(-time.Second)
	release := s.holding("LOCK TABLE payment_events IN SHARE MODE")
	defer release()
	settled := begin(func() error {
		_, err := s.Settle(context.Background(), receipt)
		return err
	})
	s.waiting(1)
	stored := begin(func() error {
		return s.StoreCallback(context.Background(), models.Callback{Body: []byte("{1}"), BankOrderID: bankID(p), OrderNumber: o.Number})
	})
	s.waiting(2)
	release()
	if err := errors.Join(settled(), stored()); err != nil {
		t.Fatal(err)
	}
	if due, err := s.DuePayments(t.Context(), 10); err != nil || len(due) != 1 {
		t.Errorf("due: %v, %v", due, err)
	}
}

// All instances count what one network asks for in a minute.
func TestRequestsAreCountedTogether(t *testing.T) {
	t.Parallel()
	s := openMany(t)
	other, err := models.Open(t.Context(), s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.Now = func() time.Time { return s.now }
	for i, store := range []*models.Store{s.Store, other, s.Store} {
		if n, err := store.CountRequest(t.Context(), "/en/checkout 192.0.2.1"); err != nil || n != i+1 {
			t.Errorf("%d, %v, want %d", n, err, i+1)
		}
	}
	s.now = s.now.Add(time.Minute)
	if n, err := other.CountRequest(t.Context(), "/en/checkout 192.0.2.1"); err != nil || n != 1 {
		t.Errorf("in the next minute %d, %v", n, err)
	}
	if n := s.number("SELECT count(*) FROM request_counts"); n != 1 {
		t.Errorf("%d minutes are kept", n)
	}
}

// Nobody joins with another secret, or after the one who had it has gone.
func TestInstancesShareTheirSettings(t *testing.T) {
	t.Parallel()
	s := openMany(t)
	join := func(queue, secret string) (leave func(), err error) {
		store, err := models.Open(t.Context(), s.address)
		if err != nil {
			t.Fatal(err)
		}
		store.Log = slog.New(slog.DiscardHandler)
		ctx, cancel := context.WithCancel(t.Context())
		leave = func() { cancel(); store.Close() }
		return leave, store.WatchJobs(ctx, queue, models.Shared{Name: "SHOP_SECRET", Value: secret})
	}
	first, err := join("one", "a")
	if err != nil {
		t.Fatal(err)
	}
	second, err := join("two", "a")
	if err != nil {
		t.Errorf("the same secret: %v", err)
	}
	third, err := join("three", "b")
	if err == nil || !strings.Contains(err.Error(), "SHOP_SECRET") {
		t.Errorf("another secret: %v", err)
	}
	for _, leave := range []func(){first, second, third} {
		leave()
	}
	patience := time.Now().Add(10 * time.Second)
	for {
		last, err := join("four", "b")
		last()
		if err == nil {
			return
		}
		if time.Now().After(patience) {
			t.Fatalf("a new secret when all have gone: %v", err)
		}
	}
}
