package models_test

import (
	"testing"

	"dukani/models"
)

// twoHolds is an order with two attempts: the second is in the state second, and then the first
// turns out to be held. The bank rejects the release of the first.
func twoHolds(t *testing.T, second models.PaymentState) (s *shop, o *models.Order, first *models.Payment) {
	t.Helper()
	s, o = ordered(t)
	p := *o.LastPayment()
	s.settle(report(o, &p, models.PaymentDeclined))
	if _, err := s.RetryPayment(t.Context(), o.ID, models.PayWith{}, s.request); err != nil {
		t.Fatal(err)
	}
	s.answer(o)
	s.settle(report(o, s.order(o.ID).LastPayment(), second))
	s.settle(report(o, &p, models.PaymentHeld))
	if err := s.ActionFailed(t.Context(), models.ActionRelease, 1, models.Rejection{Code: "179", Why: "no"}); err != nil {
		t.Fatal(err)
	}
	o = s.order(o.ID)
	return s, o, &o.Payments[0]
}

// onlyItem is the only open item of the review queue.
func (s *shop) onlyItem() *models.ReviewMatter {
	s.t.Helper()
	list, err := s.OpenReviewItems(s.t.Context(), 0, 2)
	if err != nil || len(list) != 1 {
		s.t.Fatalf("%d items, %v", len(list), err)
	}
	m, err := s.ReviewMatter(s.t.Context(), list[0].ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

// The item is about one of two holds: that one is captured.
func TestAReviewItemCapturesItsOwnHold(t *testing.T) {
	t.Parallel()
	s, o, _ := twoHolds(t, models.PaymentHeld)
	s.exec("UPDATE captures SET payment_id = ?", o.Payments[1].ID)
	s.exec("UPDATE review_items SET payment_id = ?", o.Payments[1].ID)
	s.exec("UPDATE review_items SET subject = 'payment ' || payment_id")
	m := s.onlyItem()
	if err := s.Resolve(t.Context(), clerk, m.ID, models.ReviewAnswer{Way: models.WayCapture, Reason: "x"}); err != nil {
		t.Fatal(err)
	}
	if id := s.number("SELECT payment_id FROM captures WHERE kind = 'capture'"); int64(id) != o.Payments[1].ID {
		t.Errorf("payment %d is captured, want %d", id, o.Payments[1].ID)
	}
}

// A second hold of an order that is paid is only released, in whatever way staff try.
func TestASecondHoldOfAPaidOrderIsNotCaptured(t *testing.T) {
	t.Parallel()
	s, o, first := twoHolds(t, models.PaymentPaid)
	s.wantStatus(o.ID, models.Paid)
	if _, err := s.RequestCapture(t.Context(), models.CaptureRequest{OrderID: o.ID, PaymentID: first.ID, All: true}); !models.IsKind(err, models.Conflict) {
		t.Errorf("captured: %v", err)
	}
	m := s.onlyItem()
	if m.Fits(models.WayCapture) || !m.Fits(models.WayRelease) {
		t.Errorf("the ways out are %q", m.Ways())
	}
	s.exec("UPDATE captures SET kind = 'capture'") // it had been requested before the other attempt paid
	if err := s.RetryCapture(t.Context(), 1, clerk); !models.IsKind(err, models.Conflict) {
		t.Errorf("asked for again: %v", err)
	}
	if n := s.number("SELECT count(*) FROM captures WHERE state <> 'rejected'"); n != 0 {
		t.Errorf("%d actions are requested", n)
	}
	s.exec("UPDATE captures SET kind = 'release'")
	if err := s.RetryCapture(t.Context(), 1, clerk); err != nil {
		t.Errorf("its release: %v", err)
	}
}

// A capture that the bank rejected is not requested again once the order is cancelled.
func TestARejectedCaptureOfACancelledOrderIsNotRequestedAgain(t *testing.T) {
	t.Parallel()
	s, o := heldOrder(t)
	if _, err := s.RequestCapture(t.Context(), models.CaptureRequest{OrderID: o.ID, All: true}); err != nil {
		t.Fatal(err)
	}
	if err := s.ActionFailed(t.Context(), models.ActionCapture, 1, models.Rejection{Code: "179", Why: "no"}); err != nil {
		t.Fatal(err)
	}
	s.cancelled(o)
	s.exec("UPDATE captures SET state = 'rejected' WHERE kind = 'release'")
	if err := s.RetryCapture(t.Context(), 1, clerk); !models.IsKind(err, models.Conflict) {
		t.Errorf("asked for again: %v", err)
	}
}

// While an older attempt holds the order's money, what becomes of the newest does not take the
// order back: it has been paid for, and is not to be paid once more.
func TestAHoldOutlivesANewerAttempt(t *testing.T) {
	t.Parallel()
	for _, end := range []models.PaymentState{models.PaymentDeclined, models.PaymentExpired, models.PaymentProcessing} {
		t.Run(string(end), func(t *testing.T) {
			t.Parallel()
			s, o := ordered(t)
			first := *o.LastPayment()
			s.settle(report(o, &first, models.PaymentDeclined))
			if _, err := s.RetryPayment(t.Context(), o.ID, models.PayWith{}, s.request); err != nil {
				t.Fatal(err)
			}
			s.answer(o)
			s.settle(report(o, &first, models.PaymentHeld))
			s.settle(report(o, s.order(o.ID).LastPayment(), end))
			s.wantStatus(o.ID, models.OnHold)
			s.wantSound()
		})
	}
}
