package models_test

import (
	"testing"

	"dukani/models"
)

// Nothing leaves the shop for money that is on its way back, however the refund was put.
func TestNothingLeavesForMoneyOnItsWayBack(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]models.RefundRequest{
		"all of it":               {All: true, Restock: true},
		"all of it, as an amount": {AmountTetri: 45_00},
	} {
		for _, delivery := range []models.Delivery{models.Courier, models.Pickup} {
			s := openShop(t)
			o := s.bought(delivery)
			r.OrderID, r.Reason, r.By = o.ID, "x", clerk
			r.AmountTetri = min(r.AmountTetri, o.TotalTetri)
			if r.AmountTetri > 0 {
				r.AmountTetri = o.TotalTetri
			}
			if _, err := s.RequestRefund(t.Context(), r); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var err error
			if delivery == models.Courier {
				_, err = s.sends(o, map[int]int{0: 1}, "x")
			} else {
				err = s.HandOver(t.Context(), clerk, o.ID, s.received(s.now))
			}
			if !models.IsKind(err, models.Conflict) {
				t.Errorf("%s, %s: %v", name, delivery, err)
			}
		}
	}
}

// The bank rejects the refund of a payment whose amount differed: the goods of the order were
// never sold, and are not sent for it.
func TestARejectedRefundOfAMismatchSendsNothing(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 10_00, 10)
	s.add("a", "honey", 2)
	c := checkout(25_00)
	c.Street, c.Delivery = "Rustaveli 1", models.Courier
	o := s.opened("a", c)
	r := report(o, o.LastPayment(), models.PaymentPaid)
	r.Transferred -= 100
	s.settle(r)
	items, err := s.OpenReviewItems(t.Context(), 0, 10)
	if err != nil || len(items) != 1 {
		t.Fatalf("%d items, %v", len(items), err)
	}
	if err := s.Resolve(t.Context(), clerk, items[0].ID, models.ReviewAnswer{Way: models.WayRefund, Reason: "no", Report: &r}); err != nil {
		t.Fatal(err)
	}
	for _, state := range []models.PaymentState{models.PaymentRefunding, models.PaymentPaid} {
		r.State = state
		o = s.settle(r)
	}
	if err := s.ActionFailed(t.Context(), models.ActionRefund, 1, models.Rejection{Code: "162", Why: "no"}); err != nil {
		t.Fatal(err)
	}
	if o = s.order(o.ID); o.Status == models.Paid {
		t.Error("the order counts as paid")
	}
	if _, err := s.sends(o, map[int]int{0: 2}, "x"); !models.IsKind(err, models.Conflict) {
		t.Errorf("sent: %v", err)
	}
}

// A closed mismatch leaves no order behind that nobody can do anything with.
func TestAClosedMismatchEndsItsOrder(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 10_00, 10)
	s.add("a", "honey", 2)
	o := s.opened("a", checkout(20_00))
	r := report(o, o.LastPayment(), models.PaymentPaid)
	r.OrderNumber = "D-9"
	s.settle(r)
	items, err := s.OpenReviewItems(t.Context(), 0, 10)
	if err != nil || len(items) != 1 {
		t.Fatalf("%d items, %v", len(items), err)
	}
	if err := s.Resolve(t.Context(), clerk, items[0].ID, models.ReviewAnswer{Way: models.WayClose, Reason: "another shop's"}); err != nil {
		t.Fatal(err)
	}
	s.wantStatus(o.ID, models.Cancelled)
	if onHand, reserved := s.stock("honey"); onHand != 10 || reserved != 0 {
		t.Errorf("%d on hand, %d reserved", onHand, reserved)
	}
}

// What is ready to be picked up is in the house, and goes back on the shelf when the bank says
// that it was never paid.
func TestWhatIsReadyGoesBackOnTheShelfWhenItWasNeverPaid(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.bought(models.Pickup)
	sold, _ := s.stock("honey")
	if err := s.ReadyForPickup(t.Context(), clerk, o.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.AcceptBankReport(t.Context(), clerk, report(o, o.LastPayment(), models.PaymentDeclined)); err != nil {
		t.Fatal(err)
	}
	if onHand, _ := s.stock("honey"); onHand <= sold {
		t.Errorf("%d on hand, as when it was sold", onHand)
	}
}

func TestTheDeliveryPriceIsRefundedOnceThoughItsRefundWasRejected(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.bought(models.Courier)
	ask := func() (*models.Refund, error) {
		return s.RequestRefund(t.Context(), models.RefundRequest{OrderID: o.ID, Delivery: true, Reason: "x", By: clerk})
	}
	first, err := ask()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ActionFailed(t.Context(), models.ActionRefund, first.ID, models.Rejection{Code: "162", Why: "no"}); err != nil {
		t.Fatal(err)
	}
	if _, err := ask(); err != nil {
		t.Fatal(err)
	}
	if err := s.RetryRefund(t.Context(), first.ID, clerk); !models.IsKind(err, models.Conflict) {
		t.Errorf("the first refund of it, tried again: %v", err)
	}
}

// Goods that come back after a part of the money went back by hand are booked, and what is left
// goes back.
func TestAReturnAfterAGoodwillRefundIsBooked(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.bought(models.Courier)
	units := map[int]int{}
	for _, l := range o.Lines {
		units[l.Position] = l.Quantity
	}
	if _, err := s.RequestRefund(t.Context(), models.RefundRequest{OrderID: o.ID, AmountTetri: 50, Reason: "goodwill", By: clerk}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.sends(o, units, "x"); err != nil {
		t.Fatal(err)
	}
	r, err := s.AnnounceReturn(t.Context(), clerk, o.ID, models.Announcement{Key: "k", Units: units})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.BookReturn(t.Context(), clerk, r.ID, models.ReturnBooking{Restocked: units}); err != nil {
		t.Fatal(err)
	}
	if sum := s.number("SELECT sum(amount_tetri) FROM refunds"); sum != int(o.TotalTetri) {
		t.Errorf("%d go back of %d", sum, o.TotalTetri)
	}
}
