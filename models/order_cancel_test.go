package models_test

import (
	"sync"
	"testing"

	"dukani/models"
)

// what the money is × where the goods are: cancelled, with what becomes of the money, or refused.
func TestWhenAnOrderCanBeCancelled(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		status     models.OrderStatus
		fulfilment models.Fulfilment
		refused    models.ErrorCode
	}{
		{models.AwaitingPayment, models.FulfilmentWaiting, ""},
		{models.Confirming, models.FulfilmentWaiting, ""},
		{models.Declined, models.FulfilmentWaiting, ""},
		{models.OnHold, models.FulfilmentWaiting, ""},
		{models.OnHold, models.FulfilmentPacked, ""},
		{models.Paid, models.FulfilmentWaiting, ""},
		{models.Paid, models.FulfilmentPacked, ""},
		{models.Paid, models.FulfilmentReady, ""},
		{models.PartlyRefunded, models.FulfilmentWaiting, ""},
		{models.Paid, models.FulfilmentSent, models.CodeOrderSent},
		{models.Paid, models.FulfilmentDelivered, models.CodeOrderSent},
		{models.Paid, models.FulfilmentHandedOver, models.CodeOrderSent},
		{models.PartlyRefunded, models.FulfilmentReturned, models.CodeOrderSent},
		{models.Cancelled, models.FulfilmentWaiting, models.CodeOrderCancelled},
		{models.Refunding, models.FulfilmentWaiting, models.CodeOrderRefunding},
		{models.Review, models.FulfilmentWaiting, models.CodeOrderInReview},
		{models.Refunded, models.FulfilmentWaiting, models.CodeOrderOver},
		{models.Expired, models.FulfilmentWaiting, models.CodeOrderOver},
	} {
		o := &models.Order{Status: row.status, Fulfilment: row.fulfilment}
		if got := o.RefusesCancel(); got != row.refused {
			t.Errorf("an order that is %s and %s: %q, want %q", row.status, row.fulfilment, got, row.refused)
		}
	}
}

func (s *shop) cancelled(o *models.Order) *models.Order {
	s.t.Helper()
	if _, err := s.CancelByCustomer(s.t.Context(), o.ID); err != nil {
		s.t.Fatal(err)
	}
	now := s.order(o.ID)
	if now.Status != models.Cancelled || now.CancelledAt == nil {
		s.t.Errorf("the order is %s", now.Status)
	}
	return now
}

func TestAnUnpaidOrderIsCancelledAndItsUnitsAreReleased(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 10_00, 10)
	s.add("a", "honey", 2)
	form := s.seen("a", checkout(20_00))
	o := s.opened("a", form)
	o = s.cancelled(o)
	s.wantStock("honey", 10, 0)
	s.cancelled(o) // pressed twice, it is done once
	if n := s.number("SELECT count(*) FROM mails WHERE kind = 'cancelled'"); n != 1 {
		t.Errorf("%d mails", n)
	}
	if _, err := s.RetryPayment(t.Context(), o.ID, models.PayWith{}, s.request); !models.IsKind(err, models.Conflict) {
		t.Errorf("a cancelled order can be paid: %v", err)
	}
	if again := s.place("a", form); again.ID == o.ID {
		t.Error("the same form places the cancelled order")
	}
	s.settle(report(o, &o.Payments[0], models.PaymentExpired))
	s.wantStatus(o.ID, models.Cancelled)
	s.wantSound()
}

func TestAPaidOrderIsCancelledAndRefundedInFull(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.bought(models.Courier)
	s.wantStock("honey", 8, 0)
	o = s.cancelled(o)
	s.wantStock("honey", 10, 0)
	s.wantStock("wine", 10, 0)
	if n := s.number("SELECT coalesce(sum(amount_tetri), 0) FROM refunds WHERE state = 'starting'"); n != 45_00 {
		t.Errorf("%d tetri are to be refunded, want 4500", n)
	}
	now := s.settle(report(o, o.ShownPayment(), models.PaymentRefunded))
	if now.Status != models.Cancelled || now.ShownPayment().RefundedTetri != 45_00 {
		t.Errorf("%s, %s refunded", now.Status, now.ShownPayment().RefundedTetri)
	}
	if n := s.number("SELECT count(*) FROM ledger WHERE kind = 'refunded' AND amount_tetri = 4500"); n != 1 {
		t.Errorf("%d entries in the ledger", n)
	}
	for _, a := range []models.FulfilmentStep{models.StepPack, models.StepSend} {
		if code := now.RefusesStep(a); code != models.CodeFulfilCancelled {
			t.Errorf("%s: %q", a, code)
		}
	}
}

// held places an order whose money the bank holds.
func (s *shop) held() *models.Order {
	s.t.Helper()
	s.product("honey", 10_00, 10)
	s.add("a", "honey", 2)
	o := s.opened("a", checkout(20_00))
	return s.settle(report(o, o.LastPayment(), models.PaymentHeld))
}

func TestAnOrderOnHoldIsCancelledAndItsHoldReleased(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.cancelled(s.held())
	s.wantStock("honey", 10, 0)
	if n := s.number("SELECT count(*) FROM captures WHERE kind = 'release' AND state = 'starting'"); n != 1 {
		t.Errorf("%d releases", n)
	}
	s.settle(report(o, o.LastPayment(), models.PaymentDeclined)) // what the bank calls a hold that was released
	s.wantStatus(o.ID, models.Cancelled)
	if p := s.order(o.ID).LastPayment(); p.State != models.PaymentReleased {
		t.Errorf("the payment is %s", p.State)
	}
	s.wantSound()
}

func TestWhatIsBeingCapturedIsNotCancelled(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.held()
	if _, err := s.RequestCapture(t.Context(), models.CaptureRequest{OrderID: o.ID, All: true, By: clerk}); err != nil {
		t.Fatal(err)
	}
	_, err := s.CancelByCustomer(t.Context(), o.ID)
	wantCode(t, "cancel", err, models.CodeOrderCapturing)
	s.wantStatus(o.ID, models.OnHold)
	s.wantStock("honey", 10, 2)
}

// Money that comes, or is held, after its order was cancelled goes back without staff.
func TestMoneyThatComesAfterTheCancellationGoesBack(t *testing.T) {
	t.Parallel()
	for state, want := range map[models.PaymentState]string{
		models.PaymentPaid: "SELECT count(*) FROM refunds WHERE state = 'starting' AND amount_tetri = 2000",
		models.PaymentHeld: "SELECT count(*) FROM captures WHERE kind = 'release' AND state = 'starting'",
	} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			s.product("honey", 10_00, 2)
			s.add("a", "honey", 2)
			o := s.cancelled(s.opened("a", checkout(20_00)))
			for range 2 {
				o = s.settle(report(o, o.LastPayment(), state))
			}
			s.wantStatus(o.ID, models.Cancelled)
			s.wantStock("honey", 2, 0)
			if n := s.number(want); n != 1 {
				t.Errorf("%d go back, want 1", n)
			}
			open := "SELECT count(*) FROM review_items WHERE kind = 'paid_after_cancel' AND resolved_at IS NULL"
			if n := s.number(open); n != 1 {
				t.Errorf("%d items for staff while the money is on its way", n)
			}
			s.settle(report(o, o.LastPayment(), models.PaymentRefunded))
			if n := s.number(open); n != 0 {
				t.Errorf("%d items for staff once it went back", n)
			}
			if n := s.number("SELECT count(*) FROM mails WHERE kind = 'cancelled'"); n != 2 {
				t.Errorf("%d mails, want one about the order and one about the money", n)
			}
		})
	}
}

func TestStaffCancelWithAReason(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.bought(models.Pickup)
	_, err := s.CancelByStaff(t.Context(), clerk, o.ID, " \n ")
	wantCode(t, "without a reason", err, models.CodeFormInvalid)
	_, err = s.CancelByStaff(t.Context(), clerk, o.ID, "the cellar was flooded")
	wantCode(t, "cancel", err, "")
	_, err = s.CancelByStaff(t.Context(), clerk, o.ID, "again")
	wantCode(t, "again", err, models.CodeOrderCancelled)
	if after := s.text("SELECT after FROM audit WHERE action = 'cancel'"); after != "the cellar was flooded" {
		t.Errorf("the audit list says %q", after)
	}
}

// The customer cancels while staff send the order: one of them does it, the other is told.
func TestOfSendingAndCancellingOneWins(t *testing.T) {
	t.Parallel()
	won := map[string]int{}
	for range 6 {
		s := openShop(t)
		o := s.bought(models.Courier)
		var wg sync.WaitGroup
		var sent, cancelled error
		wg.Go(func() {
			_, sent = s.SendParcel(t.Context(), clerk, o.ID, models.Shipment{Carrier: "Post", Units: map[int]int{0: 2, 1: 1}})
		})
		wg.Go(func() { _, cancelled = s.CancelByCustomer(t.Context(), o.ID) })
		wg.Wait()
		now := s.order(o.ID)
		parcels, refunds := s.number("SELECT count(*) FROM parcels"), s.number("SELECT count(*) FROM refunds")
		switch {
		case sent == nil && models.IsKind(cancelled, models.Conflict):
			won["sent"]++
			if now.Fulfilment != models.FulfilmentSent || now.CancelledAt != nil || parcels != 1 || refunds != 0 {
				t.Errorf("sent: %s, cancelled at %v, %d parcels, %d refunds", now.Fulfilment, now.CancelledAt, parcels, refunds)
			}
		case cancelled == nil && models.IsKind(sent, models.Conflict):
			won["cancelled"]++
			if now.Status != models.Cancelled || parcels != 0 || refunds != 1 {
				t.Errorf("cancelled: %s, %d parcels, %d refunds", now.Status, parcels, refunds)
			}
		default:
			t.Errorf("sent %v, cancelled %v", sent, cancelled)
		}
	}
	t.Log(won)
}
