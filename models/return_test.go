package models_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"dukani/models"
)

// delivered is an order of two jars of honey and a bottle of wine that its customer got today.
func (s *shop) delivered() *models.Order {
	s.t.Helper()
	o := s.bought(models.Courier)
	if _, err := s.sends(o, map[int]int{0: 2, 1: 1}, "A1"); err != nil {
		s.t.Fatal(err)
	}
	if err := s.DeliverParcel(s.t.Context(), clerk, o.ID, 1, s.received(s.now)); err != nil {
		s.t.Fatal(err)
	}
	return s.order(o.ID)
}

func (s *shop) withdraws(o *models.Order, units map[int]int) *models.Return {
	s.t.Helper()
	r, err := s.Withdraw(s.t.Context(), o.ID, models.Announcement{Key: uuid.NewString(), Units: units})
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// refunded has the bank complete the refund of a return.
func (s *shop) refunded(o *models.Order, r *models.Return) {
	s.t.Helper()
	now, err := s.ReturnByID(s.t.Context(), r.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	const action = "bank-action"
	if err := s.ActionAccepted(s.t.Context(), models.ActionRefund, *now.RefundID, action); err != nil {
		s.t.Fatal(err)
	}
	o = s.order(o.ID)
	p := o.ShownPayment()
	done := report(o, p, models.PaymentPartRefunded)
	done.Refunded = p.RefundedTetri + now.RefundTetri
	done.Transferred = p.CapturedTetri - done.Refunded
	if done.Transferred == 0 {
		done.State = models.PaymentRefunded
	}
	done.Actions = []models.ReportedAction{{ID: action, Kind: models.ActionRefund, ByShop: true, State: models.ActionCompleted, Amount: now.RefundTetri}}
	s.settle(done)
}

func (s *shop) wantReturn(id int64, state models.ReturnState, refund models.Tetri) {
	s.t.Helper()
	r, err := s.ReturnByID(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	if r.State != state || r.RefundTetri != refund {
		s.t.Errorf("the return is %s with %s refunded; want %s, %s", r.State, r.RefundTetri, state, refund)
	}
}

// what the money is × where the goods are × how long ago they were received.
func TestUntilWhenACustomerMayWithdraw(t *testing.T) {
	t.Parallel()
	received := time.Date(2026, 11, 23, 9, 0, 0, 0, models.Tbilisi)
	last := time.Date(2026, 12, 7, 23, 59, 59, 0, models.Tbilisi)
	for _, row := range []struct {
		status     models.OrderStatus
		fulfilment models.Fulfilment
		received   *time.Time
		now        time.Time
		refused    models.ErrorCode
	}{
		{models.Paid, models.FulfilmentDelivered, &received, received, ""},
		{models.Paid, models.FulfilmentDelivered, &received, last, ""},
		{models.Paid, models.FulfilmentDelivered, &received, last.Add(time.Second), models.CodeWithdrawTooLate},
		{models.PartlyRefunded, models.FulfilmentHandedOver, &received, last, ""},
		{models.Refunding, models.FulfilmentDelivered, &received, last, ""},
		{models.Review, models.FulfilmentDelivered, &received, last, ""},
		{models.Paid, models.FulfilmentSent, nil, last, ""}, // the days have not begun
		{models.Paid, models.FulfilmentReturned, nil, last, ""},
		{models.Paid, models.FulfilmentWaiting, nil, received, models.CodeReturnNotSent},
		{models.Paid, models.FulfilmentPacked, nil, received, models.CodeReturnNotSent},
		{models.Paid, models.FulfilmentReady, nil, received, models.CodeReturnNotSent},
		{models.OnHold, models.FulfilmentPacked, nil, received, models.CodeReturnNotSent},
		{models.AwaitingPayment, models.FulfilmentWaiting, nil, received, models.CodeReturnNotSent},
		{models.Refunded, models.FulfilmentDelivered, &received, received, models.CodeReturnRefunded},
		{models.Cancelled, models.FulfilmentWaiting, nil, received, models.CodeOrderCancelled},
	} {
		o := &models.Order{Status: row.status, Fulfilment: row.fulfilment, ReceivedAt: row.received}
		if got := o.RefusesWithdrawal(row.now); got != row.refused {
			t.Errorf("%s and %s at %s: %q, want %q", row.status, row.fulfilment, row.now, got, row.refused)
		}
	}
}

func TestACustomerWithdrawsFromTheWholeOrder(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.delivered()
	a := models.Announcement{Key: uuid.NewString(), Units: map[int]int{0: 2, 1: 1}, Reason: "too sweet"}
	var r *models.Return
	for range 2 { // sent twice, it is one return
		var err error
		if r, err = s.Withdraw(t.Context(), o.ID, a); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.number("SELECT count(*) FROM returns"); n != 1 {
		t.Errorf("%d returns", n)
	}
	if n := s.number("SELECT count(*) FROM mails WHERE kind = 'withdrawal'"); n != 1 {
		t.Errorf("%d receipts", n)
	}
	if days := r.DaysLeft(s.now); days != 14 {
		t.Errorf("%d days are left for the refund", days)
	}
	_, err := s.Withdraw(t.Context(), o.ID, models.Announcement{Key: uuid.NewString(), Units: map[int]int{0: 1}})
	wantCode(t, "the same units again", err, models.CodeFormInvalid)
	waiting, err := s.WaitingReturns(t.Context(), 10)
	if err != nil || len(waiting) != 1 || waiting[0].Units != 3 || waiting[0].OrderNumber != o.Number {
		t.Errorf("waiting: %+v, %v", waiting, err)
	}
	b := models.ReturnBooking{Restocked: map[int]int{0: 1, 1: 1}, WrittenOff: map[int]int{0: 1}}
	if _, err := s.BookReturn(t.Context(), clerk, r.ID, b); err != nil {
		t.Fatal(err)
	}
	s.wantReturn(r.ID, models.ReturnReceived, 45_00) // with the delivery price
	s.wantStock("honey", 9, 0)
	s.wantStock("wine", 10, 0)
	if n := s.number("SELECT sum(quantity) FROM stock_moves WHERE kind = 'written_off'"); n != 1 {
		t.Errorf("%d written off", n)
	}
	_, err = s.BookReturn(t.Context(), clerk, r.ID, b)
	wantCode(t, "booked twice", err, models.CodeReturnBooked)
	s.refunded(o, r)
	s.wantReturn(r.ID, models.ReturnRefunded, 45_00)
	s.wantStatus(o.ID, models.Refunded)
}

func TestACustomerWithdrawsFromAPart(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.delivered()
	r := s.withdraws(o, map[int]int{0: 1})
	if _, err := s.BookReturn(t.Context(), clerk, r.ID, models.ReturnBooking{Restocked: map[int]int{0: 1}}); err != nil {
		t.Fatal(err)
	}
	s.wantReturn(r.ID, models.ReturnReceived, 10_00) // the delivery would have cost the same
	s.refunded(o, r)
	s.wantStatus(o.ID, models.PartlyRefunded)
	rest := s.withdraws(o, map[int]int{0: 1, 1: 1})
	if _, err := s.BookReturn(t.Context(), clerk, rest.ID, models.ReturnBooking{Restocked: map[int]int{0: 1, 1: 1}}); err != nil {
		t.Fatal(err)
	}
	s.wantReturn(rest.ID, models.ReturnReceived, 35_00) // now it is the whole order
}

func TestWhatIsNotTakenBackNeedsAReason(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.delivered()
	r := s.withdraws(o, map[int]int{0: 2})
	for what, b := range map[string]models.ReturnBooking{
		"no reason":    {Restocked: map[int]int{0: 1}},
		"too many":     {Restocked: map[int]int{0: 2}, WrittenOff: map[int]int{0: 1}, Note: "x"},
		"less than no": {Restocked: map[int]int{0: -1}, Note: "x"},
	} {
		_, err := s.BookReturn(t.Context(), clerk, r.ID, b)
		wantCode(t, what, err, models.CodeFormInvalid)
	}
	booked, err := s.BookReturn(t.Context(), clerk, r.ID, models.ReturnBooking{Note: "the jars are empty"})
	if err != nil {
		t.Fatal(err)
	}
	if booked.State != models.ReturnClosed || s.number("SELECT count(*) FROM refunds") != 0 {
		t.Errorf("the return is %s", booked.State)
	}
	s.wantStock("honey", 8, 0)
}

func TestTheLawsExceptionsAreNotWithdrawnFrom(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.delivered()
	s.exec("UPDATE order_lines SET withdrawal = 'perishable' WHERE position = 0")
	s.exec("UPDATE order_lines SET withdrawal = 'sealed' WHERE position = 1")
	_, err := s.Withdraw(t.Context(), o.ID, models.Announcement{Key: uuid.NewString(), Units: map[int]int{0: 1, 1: 1}})
	wantCode(t, "what spoils", err, models.CodeFormInvalid)
	s.withdraws(o, map[int]int{1: 1})
	if _, err := s.AnnounceReturn(t.Context(), clerk, o.ID, models.Announcement{Key: uuid.NewString(), Units: map[int]int{0: 1}}); err != nil {
		t.Errorf("staff may take it back all the same: %v", err)
	}
}

func TestNobodyWithdrawsAfter14Days(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.delivered()
	s.now = s.now.AddDate(0, 0, 15)
	a := models.Announcement{Key: uuid.NewString(), Units: map[int]int{0: 1}}
	_, err := s.Withdraw(t.Context(), o.ID, a)
	wantCode(t, "after 15 days", err, models.CodeWithdrawTooLate)
	if _, err := s.AnnounceReturn(t.Context(), clerk, o.ID, a); err != nil {
		t.Errorf("staff may be kind: %v", err)
	}
}

func TestAnOverdueReturnIsForStaffUntilItsMoneyWentBack(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.delivered()
	r := s.withdraws(o, map[int]int{1: 1})
	open := func(want int) {
		t.Helper()
		for range 2 { // looked at again, it is the same item
			if _, err := s.ReviewOverdueReturns(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if n := s.number("SELECT count(*) FROM review_items WHERE kind = 'return_overdue' AND resolved_at IS NULL"); n != want {
			t.Errorf("%d items, want %d", n, want)
		}
	}
	open(0)
	s.now = s.now.AddDate(0, 0, 15)
	open(1)
	if _, err := s.BookReturn(t.Context(), clerk, r.ID, models.ReturnBooking{Restocked: map[int]int{1: 1}}); err != nil {
		t.Fatal(err)
	}
	open(1) // the money is on its way, and late
	s.refunded(o, r)
	open(0)
}

// Units that were refunded before they were sent, or were missing, are not sent.
func TestWhatIsNotPaidForIsNotSent(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.bought(models.Courier)
	if _, err := s.RequestRefund(t.Context(), models.RefundRequest{
		OrderID: o.ID, Lines: []models.LineUnits{{Position: 0, Units: 1}}, Restock: true, Reason: "one jar broke", By: clerk,
	}); err != nil {
		t.Fatal(err)
	}
	s.exec("UPDATE order_lines SET missing = 1 WHERE position = 1")
	if g := s.goods(o); g.Left[0] != 1 || g.Left[1] != 0 {
		t.Errorf("left %v, want one jar of honey", g.Left)
	}
	_, err := s.sends(o, map[int]int{0: 1, 1: 1}, "A1")
	wantCode(t, "send what is missing", err, models.CodeFormInvalid)
	if _, err := s.sends(o, map[int]int{0: 1}, "A1"); err != nil {
		t.Fatal(err)
	}
	_, err = s.Withdraw(t.Context(), o.ID, models.Announcement{Key: uuid.NewString(), Units: map[int]int{1: 1}})
	wantCode(t, "withdraw from what was never sent", err, models.CodeFormInvalid)
}

func TestAnAccountIsNotDeletedWhileMoneyIsOnItsWay(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.delivered()
	s.exec("UPDATE orders SET forget_at = ? WHERE id = ?", s.now, o.ID)
	r := s.withdraws(o, map[int]int{1: 1})
	if n, err := s.ForgetPeople(t.Context()); n != 0 || err != nil {
		t.Errorf("%d orders forget their person while a return waits, %v", n, err)
	}
	if _, err := s.BookReturn(t.Context(), clerk, r.ID, models.ReturnBooking{Note: "Nino kept it"}); err != nil {
		t.Fatal(err)
	}
	if n, err := s.ForgetPeople(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d orders forget their person, %v", n, err)
	}
	for _, query := range []string{
		"SELECT tracking || link || delivered_to FROM parcels", "SELECT reason || note FROM returns", "SELECT received_by FROM orders",
	} {
		if kept := s.text(query); kept != "" {
			t.Errorf("%s: %q", query, kept)
		}
	}
	if n := s.number("SELECT count(*) FROM audit WHERE before || after LIKE '%Nino%' AND action <> 'return'"); n != 0 {
		t.Errorf("the audit list keeps the name in %d lines", n)
	}
}

func TestTheDaysToWithdrawAreCountedDown(t *testing.T) {
	t.Parallel()
	received := time.Date(2026, 11, 23, 20, 0, 0, 0, models.Tbilisi)
	o := &models.Order{ReceivedAt: &received}
	for at, want := range map[time.Time]int{
		received: 14, received.Add(5 * time.Hour): 13, received.AddDate(0, 0, 13): 1, received.AddDate(0, 0, 14): 0,
	} {
		if got := o.WithdrawDaysLeft(at); got != want {
			t.Errorf("%d days are left at %s, want %d", got, at, want)
		}
	}
}
