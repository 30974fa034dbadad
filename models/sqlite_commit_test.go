package models_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"dukani/models"
	"dukani/models/storetest"
)

// filled makes n carts with one honey each.
func (s *shop) filled(n int) (carts []string) {
	s.t.Helper()
	for range n {
		cart := uuid.NewString()
		s.add(cart, "honey", 1)
		carts = append(carts, cart)
	}
	return carts
}

// placeAll orders all carts at once and returns how many orders were placed and
// every error.
func (s *shop) placeAll(carts []string, build func(i int) models.BuildPayment) (placed int, errs []error) {
	s.t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	for i, cart := range carts {
		form := s.seen(cart, checkout(12_50))
		wg.Go(func() {
			_, err := s.PlaceOrder(s.t.Context(), cart, form, build(i))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, err)
			} else {
				placed++
			}
		})
	}
	wg.Wait()
	return placed, errs
}

func (s *shop) wantOrders(want int) {
	s.t.Helper()
	if n := s.number("SELECT count(*) FROM orders"); n != want {
		s.t.Errorf("%d orders, want %d", n, want)
	}
	s.wantStock("honey", 1000, want)
	s.wantSound()
}

func TestFailureOfOneDoesNotTouchThoseItSharesACommitWith(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 1000)
	placed, errs := s.placeAll(s.filled(60), func(i int) models.BuildPayment {
		switch i % 3 {
		case 0:
			return func(*models.Order, models.PaymentKind) (models.NewPayment, error) { panic("broken") }
		case 1:
			return func(*models.Order, models.PaymentKind) (models.NewPayment, error) {
				return models.NewPayment{}, errors.New("cannot")
			}
		}
		return s.request
	})
	if placed != 20 || len(errs) != 40 {
		t.Errorf("%d placed, %d failed; want 20, 40", placed, len(errs))
	}
	s.wantOrders(20)
}

func TestFullDiskFailsCleanlyAndPasses(t *testing.T) {
	t.Parallel()
	storetest.SQLiteOnly(t)
	s := openShop(t)
	s.product("honey", 12_50, 1000)
	plain := func(int) models.BuildPayment { return s.request }
	before, during, after := s.filled(10), s.filled(40), s.filled(10)
	if placed, errs := s.placeAll(before, plain); placed != 10 {
		t.Fatalf("%d placed, want 10: %v", placed, errs)
	}
	limit := func(pages int) {
		t.Helper()
		if _, err := s.JobsDB().Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // SQLite makes it the size there is now
	big := func(o *models.Order, kind models.PaymentKind) (models.NewPayment, error) {
		p, err := s.request(o, kind)
		p.RequestBody = []byte(strings.Repeat("x", 100_000))
		return p, err
	}
	placed, errs := s.placeAll(during, func(i int) models.BuildPayment {
		if i%4 == 0 {
			return big
		}
		return s.request
	})
	if len(errs) < 10 {
		t.Errorf("%d failed on the full disk, want at least the 10 big ones", len(errs))
	}
	for _, err := range errs {
		if models.IsKind(err, models.Conflict) {
			t.Errorf("a full disk was blamed on the cart: %v", err)
		}
	}
	s.wantOrders(10 + placed)
	limit(1 << 30)
	if more, errs := s.placeAll(after, plain); more != 10 {
		t.Errorf("%d placed once there was room again, want 10: %v", more, errs)
	}
	s.wantOrders(20 + placed)
}

func TestShoppersWhoLeaveDisturbNobody(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 1000)
	var wg sync.WaitGroup
	var placed atomic.Int64
	for i, cart := range s.filled(60) {
		ctx, leave := context.WithCancel(t.Context())
		defer leave()
		if i%2 == 0 {
			go leave()
		}
		form := s.seen(cart, checkout(12_50))
		wg.Go(func() {
			var n int
			reading := s.Read(ctx).Raw("SELECT version FROM catalog_version").Scan(&n).Error
			_, err := s.PlaceOrder(ctx, cart, form, s.request)
			if err == nil {
				placed.Add(1)
			}
			if err = errors.Join(reading, err); err != nil && (i%2 == 1 || !errors.Is(err, context.Canceled)) {
				t.Errorf("shopper %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	s.wantOrders(int(placed.Load()))
	s.number("SELECT version FROM catalog_version")
}

// Statements stay prepared over changes that another program makes to the schema.
func TestSchemaChangedByAnotherProgram(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 1000)
	one := func(int) models.BuildPayment { return s.request }
	s.placeAll(s.filled(1), one)
	for i, change := range []string{
		"ALTER TABLE orders ADD COLUMN extra TEXT", "CREATE INDEX more ON orders (email)", "DROP INDEX more",
		"ALTER TABLE orders DROP COLUMN extra", "ANALYZE", "VACUUM",
	} {
		s.exec(change)
		if placed, errs := s.placeAll(s.filled(1), one); placed != 1 {
			t.Errorf("after %s: %v", change, errs)
		}
		if o := s.order(int64(i + 2)); o.Name != "Nino Kapanadze" || len(o.Lines) != 1 {
			t.Errorf("after %s order %+v", change, o)
		}
	}
	s.wantOrders(7)
}
