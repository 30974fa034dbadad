package models_test

import (
	"testing"

	"dukani/models"
)

// paidWith is a courier's order of 45.00 that was paid in a way.
func (s *shop) paidWith(method string) *models.Order {
	s.t.Helper()
	o := s.bought(models.Courier)
	s.exec("UPDATE payments SET method = ?", method)
	return s.order(o.ID)
}

// wantByHand is the one open item, about an amount that staff refund by hand; the bank is not asked
// for it.
func (s *shop) wantByHand(amount models.Tetri) *models.ReviewMatter {
	s.t.Helper()
	m := s.onlyItem()
	if m.Kind != models.ReviewRefundByHand || m.Refund == nil || m.Refund.AmountTetri != amount || !m.Refund.ByHand {
		s.t.Fatalf("the item is %s about %+v, want %s by hand", m.Kind, m.Refund, amount)
	}
	if due, err := s.DueActions(s.t.Context(), 10); err != nil || len(due) != 0 {
		s.t.Errorf("the bank is asked: %+v, %v", due, err)
	}
	return m
}

// Instalments are not refunded at the shop's request: the order is cancelled all the same, its units
// are back, and staff give the money back by hand.
func TestAnOrderPaidByInstalmentsIsCancelled(t *testing.T) {
	t.Parallel()
	for name, cancel := range map[string]func(s *shop, o *models.Order) error{
		"by its customer": func(s *shop, o *models.Order) error { _, err := s.CancelByCustomer(t.Context(), o.ID); return err },
		"by staff": func(s *shop, o *models.Order) error {
			_, err := s.CancelByStaff(t.Context(), clerk, o.ID, "x")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			o := s.paidWith("bog_loan")
			if money := o.CancelMoney(); money != models.CancelByHand {
				t.Errorf("the customer reads %q", money)
			}
			if err := cancel(s, o); err != nil {
				t.Fatal(err)
			}
			s.wantStatus(o.ID, models.Cancelled)
			s.wantStock("honey", 10, 0)
			if about := s.text("SELECT about FROM mails WHERE kind = 'cancelled'"); about != "by_hand" {
				t.Errorf("the mail says %q", about)
			}
			m := s.wantByHand(45_00)
			if err := s.Resolve(t.Context(), clerk, m.ID, models.ReviewAnswer{Way: models.WayByHand, Reason: "given back today"}); err != nil {
				t.Fatal(err)
			}
			s.wantReview()
			p := s.order(o.ID).LastPayment()
			if p.RefundedTetri != 45_00 || p.State != models.PaymentRefunded {
				t.Errorf("%s went back, the payment is %s", p.RefundedTetri, p.State)
			}
			s.wantStatus(o.ID, models.Cancelled)
			booked := func(want int) {
				t.Helper()
				if n := s.number("SELECT coalesce(sum(amount_tetri), 0) FROM ledger WHERE kind = 'refunded'"); n != want {
					t.Errorf("%d went back by the ledger, want %d", n, want)
				}
				if n := s.number("SELECT count(*) FROM mails WHERE kind = 'refunded'"); n != 1 {
					t.Errorf("%d mails", n)
				}
			}
			booked(45_00)
			if n := s.number("SELECT count(*) FROM audit WHERE action = 'refund_by_hand' AND after = '45.00'"); n != 1 {
				t.Errorf("%d entries in the audit list", n)
			}
			if err := s.Resolve(t.Context(), clerk, m.ID, models.ReviewAnswer{Way: models.WayByHand, Reason: "twice"}); !models.IsKind(err, models.Conflict) {
				t.Errorf("a second time: %v", err)
			}
			// The bank still says paid, and later that it went back: neither is booked again.
			s.settle(report(o, p, models.PaymentPaid))
			r := report(o, p, models.PaymentRefunded)
			r.Refunded, r.Transferred = 45_00, 0
			s.settle(r)
			booked(45_00)
			s.wantReview()
			s.wantSound()
		})
	}
}

// The receipt shows what staff gave back at the bank: the item closes by itself.
func TestARefundByHandIsSeenInTheReceipt(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.cancelled(s.paidWith("bnpl"))
	s.wantByHand(45_00)
	r := report(o, o.LastPayment(), models.PaymentRefunded)
	r.Refunded, r.Transferred = 45_00, 0
	s.settle(r)
	s.wantReview()
	if got := s.text("SELECT state FROM refunds"); got != "completed" {
		t.Errorf("the refund is %s", got)
	}
	if n := s.number("SELECT count(*) FROM mails WHERE kind = 'refunded'"); n != 1 {
		t.Errorf("%d mails", n)
	}
}

// A transfer goes back in full or not at all: a part is for staff.
func TestAReturnOfATransferIsRefundedByHand(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.delivered()
	s.exec("UPDATE payments SET method = 'bog_p2p'")
	r := s.withdraws(o, map[int]int{0: 1})
	if _, err := s.BookReturn(t.Context(), clerk, r.ID, models.ReturnBooking{Restocked: map[int]int{0: 1}}); err != nil {
		t.Fatal(err)
	}
	s.wantStock("honey", 9, 0)
	s.wantByHand(10_00)
	s.wantReturn(r.ID, models.ReturnReceived, 10_00)
	now, err := s.ReturnByID(t.Context(), r.ID)
	if err != nil || !now.ByHand {
		t.Errorf("the customer does not read that it is made by hand: %+v, %v", now, err)
	}
	part := report(o, o.ShownPayment(), models.PaymentPartRefunded)
	part.Refunded, part.Transferred = 10_00, 35_00
	s.settle(part)
	s.wantReview()
	s.wantReturn(r.ID, models.ReturnRefunded, 10_00)
	s.wantStatus(o.ID, models.PartlyRefunded)
}

// What had gone back before the return was booked is not taken for its refund.
func TestAnEarlierRefundIsNotTakenForTheOneByHand(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.delivered()
	s.exec("UPDATE payments SET method = 'bog_loan'")
	part := report(o, o.ShownPayment(), models.PaymentPartRefunded)
	part.Refunded, part.Transferred = 10_00, 35_00
	s.settle(part)
	r := s.withdraws(o, map[int]int{0: 1})
	if _, err := s.BookReturn(t.Context(), clerk, r.ID, models.ReturnBooking{Restocked: map[int]int{0: 1}}); err != nil {
		t.Fatal(err)
	}
	s.settle(part)
	s.wantByHand(10_00)
	part.Refunded, part.Transferred = 20_00, 25_00
	s.settle(part)
	s.wantReview()
}

// Closed with a reason, the money counts as kept; asked for again, it is owed again.
func TestARefundByHandCanBeGivenUp(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.cancelled(s.paidWith("bog_loan"))
	m := s.wantByHand(45_00)
	if !m.Kind.Urgent() {
		t.Error("anybody can close it")
	}
	if err := s.Resolve(t.Context(), clerk, m.ID, models.ReviewAnswer{Way: models.WayClose, Reason: "the loan was never paid out"}); err != nil {
		t.Fatal(err)
	}
	s.wantReview()
	s.wantMoney(o, 45_00, 0)
	if err := s.RetryRefund(t.Context(), m.Refund.ID, clerk); err != nil {
		t.Fatal(err)
	}
	s.wantByHand(45_00)
	if err := s.StopRefund(t.Context(), clerk, m.Refund.ID, "x"); !models.IsKind(err, models.Conflict) {
		t.Errorf("stopped on the order's page: %v", err)
	}
}

// Money that came too late, or a second time, in a way that the bank does not refund.
func TestLateMoneyByInstalmentsGoesBackByHand(t *testing.T) {
	t.Parallel()
	s, o := ordered(t)
	s.settle(report(o, o.LastPayment(), models.PaymentExpired))
	s.exec("UPDATE stock SET on_hand = 0")
	r := report(o, o.LastPayment(), models.PaymentPaid)
	r.Method = "bog_loan"
	s.settle(r)
	s.wantStatus(o.ID, models.Refunding)
	s.wantReview(models.ReviewPaidTooLate, models.ReviewRefundByHand)
	if due, err := s.DueActions(t.Context(), 10); err != nil || len(due) != 0 {
		t.Errorf("the bank is asked: %+v, %v", due, err)
	}
}

// Staff refunded the units of a return, and put them on the shelf, before they booked it: the
// booking counts neither again and belongs to that refund.
func TestAReturnWhoseUnitsWereRefundedBeforeIsBooked(t *testing.T) {
	t.Parallel()
	for name, restock := range map[string]bool{"and restocked": true, "and not restocked": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			o := s.delivered()
			r := s.withdraws(o, map[int]int{0: 1})
			early, err := s.RequestRefund(t.Context(), models.RefundRequest{
				OrderID: o.ID, Lines: []models.LineUnits{{Position: 0, Units: 1}}, Restock: restock, Reason: "came back", By: clerk,
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.BookReturn(t.Context(), clerk, r.ID, models.ReturnBooking{Restocked: map[int]int{0: 1}}); err != nil {
				t.Fatal(err)
			}
			s.wantStock("honey", 9, 0)
			if n := s.number("SELECT count(*) FROM refunds"); n != 1 {
				t.Errorf("%d refunds of one unit", n)
			}
			s.wantReturn(r.ID, models.ReturnReceived, 10_00)
			if now, err := s.ReturnByID(t.Context(), r.ID); err != nil || now.RefundID == nil || *now.RefundID != early.ID {
				t.Errorf("the return does not belong to the refund: %+v, %v", now, err)
			}
			s.refunded(o, r)
			s.wantReturn(r.ID, models.ReturnRefunded, 10_00)
		})
	}
}

// A unit that was refunded before the customer withdrew from another is not taken for that one.
func TestARefundBeforeAReturnIsNotTakenForIt(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	o := s.delivered()
	one := []models.LineUnits{{Position: 0, Units: 1}}
	if _, err := s.RequestRefund(t.Context(), models.RefundRequest{OrderID: o.ID, Lines: one, Reason: "broken", By: clerk}); err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(60e9)
	r := s.withdraws(o, map[int]int{0: 1})
	if _, err := s.BookReturn(t.Context(), clerk, r.ID, models.ReturnBooking{Restocked: map[int]int{0: 1}}); err != nil {
		t.Fatal(err)
	}
	if sum := s.number("SELECT sum(amount_tetri) FROM refunds"); sum != 20_00 {
		t.Errorf("%d go back for two units", sum)
	}
	s.wantStock("honey", 9, 0)
}

// A receipt that does not say what a loan was paid with does not make it a payment by card: the bank
// is asked for no refund of it.
func TestAReceiptWithoutAMethodChangesNoRules(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 5)
	s.add("a", "honey", 1)
	o := s.opened("a", onLoan(12_50, models.ByLoan, models.Loan{}))
	s.settle(report(o, o.LastPayment(), models.PaymentPaid))
	request := models.RefundRequest{OrderID: o.ID, All: true, Reason: "x"}
	if _, err := s.RequestRefund(t.Context(), request); !models.IsKind(err, models.Conflict) {
		t.Errorf("the bank is asked: %v", err)
	}
	request.OrByHand = true
	if _, err := s.RequestRefund(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	s.wantByHand(12_50)
}
