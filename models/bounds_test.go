package models_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dukani/models"
)

// limitedBy returns the bound by which an order was refused, "" if it was placed.
func limitedBy(t *testing.T, err error) string {
	t.Helper()
	e, ok := errors.AsType[*models.Error](err)
	if err != nil && (!ok || e.Kind != models.Limited) {
		t.Fatal(err)
	}
	if err == nil {
		return ""
	}
	return string(e.Code)
}

func TestWhatIsReservedWithoutPayingIsBounded(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.Bounds = models.Bounds{Orders: 2, Units: 20, NetworkOrders: 3, NetworkUnits: 30}
	s.product("honey", 1_00, 1000)
	nino := s.customer("nino@example.ge")
	carts := 0
	place := func(network string, customer *models.Customer, units int) (*models.Order, string) {
		t.Helper()
		carts++
		cart := fmt.Sprint("cart ", carts)
		s.add(cart, "honey", units)
		form := checkout(models.Tetri(units) * 1_00)
		form.Network = network
		if customer != nil {
			form.CustomerID = &customer.ID
		}
		form = s.seen(cart, form)
		o, err := s.PlaceOrder(t.Context(), cart, form, s.request)
		if err == nil {
			s.answer(o)
			o = s.order(o.ID)
		}
		return o, limitedBy(t, err)
	}
	want := func(what, got, bound string) {
		t.Helper()
		if got != bound {
			t.Errorf("%s: %q, want %q", what, got, bound)
		}
	}
	_, by := place("", nil, 21)
	want("more units than one may reserve", by, "bounds.units")
	for range 3 {
		_, by = place("cafe", nil, 5)
		want("a guest", by, "")
	}
	_, by = place("cafe", nil, 5)
	want("a fourth guest from there", by, "bounds.network")
	_, by = place("library", nil, 16)
	want("a guest from elsewhere", by, "")
	_, by = place("library", nil, 15)
	want("units of a network", by, "bounds.network")
	_, by = place("library", nil, 14)
	want("as many as it may", by, "")
	// A customer is bounded from every network address; a paid order no longer counts.
	first, by := place("a", nino, 12)
	want("a customer", by, "")
	_, by = place("b", nino, 9)
	want("units of a customer", by, "bounds.visitor")
	_, by = place("c", nino, 8)
	want("as many as they may", by, "")
	_, by = place("d", nino, 1)
	want("a third order", by, "bounds.visitor")
	s.settle(report(first, first.LastPayment(), models.PaymentPaid))
	second, by := place("e", nino, 12)
	want("after one was paid", by, "")
	// A retry reserves units, too.
	s.now = s.now.Add(16 * time.Minute)
	s.settle(report(second, second.LastPayment(), models.PaymentExpired))
	s.wantStatus(second.ID, models.Expired)
	_, by = place("f", nino, 1)
	want("after one lapsed", by, "")
	_, err := s.RetryPayment(t.Context(), second.ID, models.PayWith{}, s.request)
	want("trying the lapsed one again", limitedBy(t, err), "bounds.visitor")
	s.wantSound()
}

// The bound holds for orders that are placed at the same moment, too.
func TestTheBoundHoldsInParallel(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.Bounds = models.Bounds{NetworkOrders: 4}
	s.product("honey", 1_00, 1000)
	var placed atomic.Int32
	var all sync.WaitGroup
	for i := range 20 {
		cart := fmt.Sprint(i)
		s.add(cart, "honey", 1)
		form := s.seen(cart, checkout(1_00))
		form.Network = "cafe"
		all.Go(func() {
			if _, err := s.PlaceOrder(t.Context(), cart, form, s.request); err == nil {
				placed.Add(1)
			} else if !models.IsKind(err, models.Limited) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if placed.Load() != 4 {
		t.Errorf("%d orders were placed, want 4", placed.Load())
	}
	s.wantSound()
}
