package models_test

import (
	"testing"
	"time"

	"dukani/models"
)

// declinedWithUnits is an order whose payment was declined and which still reserves its unit.
func declinedWithUnits(t *testing.T) (*shop, *models.Order, *models.Payment) {
	t.Helper()
	s := openShop(t)
	s.product("honey", 12_50, 3)
	s.add("a", "honey", 1)
	o := s.opened("a", checkout(12_50))
	p := o.LastPayment()
	s.settle(report(o, p, models.PaymentDeclined))
	return s, o, p
}

// wantReleased releases reservations and expects the number of orders that lose theirs.
func (s *shop) wantReleased(want int) {
	s.t.Helper()
	if n, err := s.ReleaseReservations(s.t.Context()); err != nil || n != want {
		s.t.Errorf("released %d, %v; want %d", n, err, want)
	}
}

func TestReservationsAreReleasedOnlyWhenNothingIsLeftToAsk(t *testing.T) {
	t.Parallel()
	s, o, p := declinedWithUnits(t)
	s.wantReleased(0) // the shopper may still retry
	s.now = p.ExpiresAt.Add(models.ReservationGrace)
	s.wantReleased(0) // the bank has to be asked once more: a success may have followed
	s.settle(report(o, p, models.PaymentDeclined))
	s.wantReleased(1)
	s.wantReleased(0)
	s.wantStatus(o.ID, models.Expired)
	s.wantStock("honey", 3, 0)

	if _, err := s.RetryPayment(t.Context(), o.ID, models.PayWith{}, s.request); err != nil {
		t.Errorf("a new try while the units are there: %v", err)
	}
	s.wantStock("honey", 3, 1)
	s.wantSound()
}

// Somebody pays again on a page of the bank that had declined, and the bank does not decide.
func TestAnUndecidedBankReservesNothingForEver(t *testing.T) {
	t.Parallel()
	s, o, p := declinedWithUnits(t)
	s.now = p.ExpiresAt.Add(models.ReservationGrace)
	undecided := report(o, p, models.PaymentProcessing)
	s.settle(undecided)
	s.now = s.now.Add(50 * time.Minute)
	s.settle(undecided)
	s.wantReleased(0) // the bank may decide soon
	s.now = s.now.Add(20 * time.Minute)
	s.wantReleased(1) // it has not decided
	s.wantStatus(o.ID, models.Expired)
	s.wantStock("honey", 3, 0)
	s.settle(report(o, p, models.PaymentPaid))
	s.wantStatus(o.ID, models.Paid)
	s.wantStock("honey", 2, 0)
	s.wantSound()
}

// While the bank is silent, nobody knows whether it has decided.
func TestASilentBankKeepsUnitsReserved(t *testing.T) {
	t.Parallel()
	s, o, p := declinedWithUnits(t)
	s.now = p.ExpiresAt.Add(models.ReservationGrace)
	s.settle(report(o, p, models.PaymentProcessing))
	s.now = s.now.Add(3 * time.Hour)
	s.wantReleased(0)
	s.wantStock("honey", 3, 1)
}
