package models_test

import (
	"testing"
	"time"

	"dukani/models"
)

// ordered is an order of one honey whose payment the bank has opened.
func ordered(t *testing.T) (*shop, *models.Order) {
	t.Helper()
	s := openShop(t)
	s.product("honey", 12_50, 3)
	s.add("a", "honey", 1)
	return s, s.opened("a", checkout(12_50))
}

func (s *shop) wantDue(want int) {
	s.t.Helper()
	if ids, err := s.DuePayments(s.t.Context(), 100); err != nil || len(ids) != want {
		s.t.Errorf("%d payments due, %v; want %d", len(ids), err, want)
	}
}

func TestUnitsOfALateOrderOfSeveralProductsAreNotLost(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("tea", 8_00, 5)
	s.product("honey", 12_50, 1)
	s.add("a", "tea", 1)
	s.add("a", "honey", 1)
	o := s.opened("a", checkout(20_50))
	s.settle(report(o, o.LastPayment(), models.PaymentExpired))
	s.exec("UPDATE stock SET on_hand = 0 WHERE product_id = (SELECT id FROM products WHERE slug = 'honey')")
	s.settle(report(o, o.LastPayment(), models.PaymentPaid))
	s.wantStatus(o.ID, models.Refunding)
	s.wantStock("tea", 5, 0)
	s.wantSound()
}

// A callback made the payment due. If the bank is silent when it is asked, the payment must
// stay due.
func TestSilenceNeverEndsTheAsking(t *testing.T) {
	t.Parallel()
	for name, state := range map[string]models.PaymentState{
		"paid late, after the end":        models.PaymentExpired,
		"paid late, after a decline":      models.PaymentDeclined,
		"refunded at the bank's own desk": models.PaymentPaid,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, o := ordered(t)
			p := o.LastPayment()
			s.now = p.ExpiresAt.Add(time.Minute)
			s.settle(report(o, p, state))
			s.wantDue(0)
			c := models.Callback{Body: []byte("{}"), Event: "order_payment", BankOrderID: bankID(p), OrderNumber: o.Number}
			if err := s.StoreCallback(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			for range 20 {
				s.wantDue(1)
				if err := s.PutOffCheck(t.Context(), p.ID, "worker", "silent"); err != nil {
					t.Fatal(err)
				}
				s.wantDue(0)
				s.now = s.now.Add(time.Hour)
			}
			s.wantDue(1)
		})
	}
}

func TestMoneyThatCameAndWentBeforeWeLooked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		state    models.PaymentState
		refunded models.Tetri
		order    models.OrderStatus
	}{
		"being refunded":   {models.PaymentRefunding, 0, models.Refunding},
		"refunded in part": {models.PaymentPartRefunded, 2_50, models.PartlyRefunded},
		"refunded in full": {models.PaymentRefunded, 12_50, models.Refunded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, o := ordered(t)
			r := report(o, o.LastPayment(), c.state)
			r.Transferred, r.Refunded = 12_50-c.refunded, c.refunded
			s.settle(r)
			s.wantStatus(o.ID, c.order)
			if taken := s.number("SELECT coalesce(sum(amount_tetri), 0) FROM ledger WHERE kind = 'captured'"); taken != 12_50 {
				t.Errorf("the ledger says %d taken, want 1250", taken)
			}
			if back := s.number("SELECT coalesce(sum(amount_tetri), 0) FROM ledger WHERE kind = 'refunded'"); back != int(c.refunded) {
				t.Errorf("the ledger says %d refunded, want %d", back, c.refunded)
			}
			s.wantSound()
		})
	}
}

func TestMoneyRefundedAlreadyIsNotRefundedAgain(t *testing.T) {
	t.Parallel()
	s, o := ordered(t)
	s.settle(report(o, o.LastPayment(), models.PaymentExpired))
	s.exec("UPDATE stock SET on_hand = 0")
	s.settle(report(o, o.LastPayment(), models.PaymentRefunded))
	s.wantStatus(o.ID, models.Refunded)
	if n := s.number("SELECT count(*) FROM refunds"); n != 0 {
		t.Errorf("%d refunds asked for, want none", n)
	}
	s.wantSound()
}

// An older receipt can arrive after a newer one, when two ask at the same time.
func TestAnOlderReceiptDoesNotUndoARefund(t *testing.T) {
	t.Parallel()
	s, o := ordered(t)
	p := o.LastPayment()
	s.settle(report(o, p, models.PaymentPaid))
	s.settle(report(o, p, models.PaymentRefunded))
	o = s.settle(report(o, p, models.PaymentPaid))
	if p := o.LastPayment(); p.State != models.PaymentRefunded || p.RefundedTetri != 12_50 {
		t.Errorf("payment is %s with %v refunded, want all of it", p.State, p.RefundedTetri)
	}
}

func TestHoldLetGoIsNoMoney(t *testing.T) {
	t.Parallel()
	s, o := ordered(t)
	s.settle(report(o, o.LastPayment(), models.PaymentHeld))
	s.settle(report(o, o.LastPayment(), models.PaymentRefunded)) // one of the bank's words for it
	s.wantStatus(o.ID, models.Cancelled)
	s.wantStock("honey", 3, 0)
	if n := s.number("SELECT count(*) FROM ledger"); n != 0 {
		t.Errorf("%d lines in the ledger, want none: nothing was taken", n)
	}
	s.wantSound()
}

// The bank can answer the browser's call and the worker's repetition of it differently; a
// shopper who got a page may pay on it.
func TestPaidThoughRefusedOrGivenUp(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*shop, int64) error{
		"refused":  func(s *shop, id int64) error { return s.StartRefused(s.t.Context(), id, "", "401", true) },
		"given up": func(s *shop, id int64) error { return s.GiveUpStart(s.t.Context(), id) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			s.product("honey", 12_50, 3)
			s.add("a", "honey", 1)
			o := s.place("a", checkout(12_50))
			if err := end(s, o.LastPayment().ID); err != nil {
				t.Fatal(err)
			}
			s.wantDue(0)
			s.answer(o)
			s.now = s.now.Add(16 * time.Minute)
			s.wantDue(1) // without a callback
			o = s.order(o.ID)
			s.settle(report(o, o.LastPayment(), models.PaymentPaid))
			s.wantStatus(o.ID, models.Paid)
			s.wantSound()
		})
	}
}

func TestCallbackGivesAnEndedAttemptItsBankOrder(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 3)
	s.add("a", "honey", 1)
	o := s.place("a", checkout(12_50))
	p := o.LastPayment()
	if err := s.GiveUpStart(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	c := models.Callback{Body: []byte("{}"), Event: "order_payment", BankOrderID: bankID(p), OrderNumber: o.Number}
	if err := s.StoreCallback(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	s.wantDue(1)
	if p := s.order(o.ID).LastPayment(); p.BankOrderID == nil || *p.BankOrderID != c.BankOrderID {
		t.Fatal("the bank's order id was not kept: nothing can be asked")
	}
	s.settle(report(o, p, models.PaymentPaid))
	s.wantStatus(o.ID, models.Paid)
	s.wantDue(0)
	s.wantSound()
}

func TestOlderAttemptThatHeldTheMoneyLetsTheOrderGo(t *testing.T) {
	t.Parallel()
	s, o := ordered(t)
	first := *o.LastPayment()
	s.settle(report(o, &first, models.PaymentDeclined))
	if _, err := s.RetryPayment(t.Context(), o.ID, models.PayWith{}, s.request); err != nil {
		t.Fatal(err)
	}
	s.answer(o)
	s.settle(report(o, s.order(o.ID).LastPayment(), models.PaymentDeclined))
	s.settle(report(o, &first, models.PaymentHeld))
	s.wantStatus(o.ID, models.OnHold)
	s.settle(report(o, &first, models.PaymentDeclined))
	s.wantStatus(o.ID, models.Cancelled)
	s.wantSound()
}

// The same cart must not be paid twice because the bank was slow to decide.
func TestPlacingAgainWhileTheBankDecides(t *testing.T) {
	t.Parallel()
	s, o := ordered(t)
	s.settle(report(o, o.LastPayment(), models.PaymentProcessing))
	if again := s.place("a", checkout(12_50)); again.ID != o.ID {
		t.Errorf("a second order %s for the same cart while %s is being decided", again.Number, o.Number)
	}
	c := checkout(12_50)
	c.Name = "Nino Beridze"
	other := s.place("a", c)
	s.wantStatus(o.ID, models.Cancelled)
	s.settle(report(o, o.LastPayment(), models.PaymentPaid)) // decided after all: staff see both
	if n := s.number("SELECT count(*) FROM review_items WHERE kind = 'paid_after_cancel'"); n != 1 {
		t.Errorf("%d notes, want 1", n)
	}
	s.wantStatus(other.ID, models.AwaitingPayment)
	s.wantSound()
}

func TestPlacingReplacesEveryUnpaidOrderOfTheCart(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 2)
	s.add("a", "honey", 1)
	first := s.opened("a", checkout(12_50))
	s.settle(report(first, first.LastPayment(), models.PaymentExpired))
	second := s.opened("a", checkout(12_50))
	if _, err := s.RetryPayment(t.Context(), first.ID, models.PayWith{}, s.request); err != nil {
		t.Fatal(err) // from the first order's page: both wait now, and hold both units
	}
	s.add("a", "honey", 1)
	s.place("a", checkout(25_00))
	s.wantStatus(first.ID, models.Cancelled)
	s.wantStatus(second.ID, models.Cancelled)
	s.wantStock("honey", 2, 2)
	s.wantSound()
}

func TestReceiptsThatSayTheSameAreKeptOnce(t *testing.T) {
	t.Parallel()
	s, o := ordered(t)
	r := report(o, o.LastPayment(), models.PaymentOpen)
	for _, raw := range []string{"one", "one", "one", "two", "two", "one"} {
		r.Raw = []byte(raw)
		s.settle(r)
	}
	if n := s.number("SELECT count(*) FROM payment_events WHERE kind = 'receipt' AND body IS NOT NULL"); n != 3 {
		t.Errorf("%d receipts in the journal, want the 3 that said something new", n)
	}
	if n := s.number("SELECT count(*) FROM payment_events WHERE kind = 'receipt' AND body IS NULL"); n != 0 {
		t.Errorf("%d readings in the journal that said nothing new", n)
	}
}

func TestDeclineAfterTheEndLeavesTheOrderExpired(t *testing.T) {
	t.Parallel()
	s, o := ordered(t)
	s.settle(report(o, o.LastPayment(), models.PaymentExpired))
	s.settle(report(o, o.LastPayment(), models.PaymentDeclined))
	s.wantStatus(o.ID, models.Expired) // declined orders wait to give their units back; it has none
	s.wantSound()
}

func TestFailedRoundsOfSettlingDoNotPileUp(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	if err := s.QueueSettling(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := s.number("SELECT max_attempts FROM river_job"); n != 1 {
		t.Errorf("a round that failed would be repeated %d times beside the regular ones", n-1)
	}
}
