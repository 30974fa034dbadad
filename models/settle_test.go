package models_test

import (
	"testing"
	"time"

	"dukani/models"
)

func TestSettle(t *testing.T) {
	t.Parallel()
	type step struct {
		state models.PaymentState
		order models.OrderStatus
	}
	const stock = 3
	for name, c := range map[string]struct {
		steps            []step
		onHand, reserved int
		mails            int
	}{
		"paid": {
			[]step{{models.PaymentPaid, models.Paid}}, stock - 1, 0, 1,
		},
		"told twice": {
			[]step{{models.PaymentPaid, models.Paid}, {models.PaymentPaid, models.Paid}}, stock - 1, 0, 1,
		},
		"nothing happened yet": {
			[]step{{models.PaymentOpen, models.AwaitingPayment}}, stock, 1, 0,
		},
		"the bank is deciding": {
			[]step{{models.PaymentProcessing, models.Confirming}}, stock, 1, 0,
		},
		"deciding, then paid": {
			[]step{{models.PaymentProcessing, models.Confirming}, {models.PaymentPaid, models.Paid}}, stock - 1, 0, 1,
		},
		"declined keeps the units for another try": {
			[]step{{models.PaymentDeclined, models.Declined}}, stock, 1, 1,
		},
		"a later success wins over a decline": {
			[]step{{models.PaymentDeclined, models.Declined}, {models.PaymentPaid, models.Paid}}, stock - 1, 0, 2,
		},
		"a late failure never undoes a success": {
			[]step{{models.PaymentPaid, models.Paid}, {models.PaymentDeclined, models.Paid}, {models.PaymentExpired, models.Paid}}, stock - 1, 0, 1,
		},
		"expired gives the units back": {
			[]step{{models.PaymentExpired, models.Expired}}, stock, 0, 1,
		},
		"paid after expiry takes the units again": {
			[]step{{models.PaymentExpired, models.Expired}, {models.PaymentPaid, models.Paid}}, stock - 1, 0, 2,
		},
		"held is not paid": {
			[]step{{models.PaymentHeld, models.OnHold}}, stock, 1, 1,
		},
		"refunded at the bank's console": {
			[]step{{models.PaymentPaid, models.Paid}, {models.PaymentRefunded, models.Refunded}}, stock - 1, 0, 2,
		},
		"an unknown status changes nothing": {
			[]step{{"", models.AwaitingPayment}}, stock, 1, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			s.product("honey", 12_50, stock)
			s.add("a", "honey", 1)
			o := s.opened("a", checkout(12_50))
			for i, step := range c.steps {
				got := s.settle(report(o, o.LastPayment(), step.state))
				if got.Status != step.order {
					t.Errorf("step %d: order is %s, want %s", i, got.Status, step.order)
				}
			}
			s.wantStock("honey", c.onHand, c.reserved)
			if n := s.number("SELECT count(*) FROM mails"); n != c.mails {
				t.Errorf("%d mails, want %d", n, c.mails)
			}
			s.wantSound()
		})
	}
}

func TestSettleComparesBeforeItBelieves(t *testing.T) {
	t.Parallel()
	for name, lie := range map[string]func(*models.Report){
		"amount asked": func(r *models.Report) { r.Requested = 1 },
		"amount taken": func(r *models.Report) { r.Transferred = 1 },
		"currency":     func(r *models.Report) { r.Currency = "USD" },
		"our number":   func(r *models.Report) { r.OrderNumber = "D-1" },
		"bank's order": func(r *models.Report) { r.BankOrderID = "another" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			s.product("honey", 12_50, 3)
			s.add("a", "honey", 1)
			o := s.opened("a", checkout(12_50))
			r := report(o, o.LastPayment(), models.PaymentPaid)
			lie(&r)
			s.settle(r)
			s.wantStatus(o.ID, models.Review)
			s.settle(report(o, o.LastPayment(), models.PaymentPaid)) // the truth, too late to be believed unseen
			s.wantStatus(o.ID, models.Review)
			list, err := s.OpenReviewItems(t.Context(), 0, 10)
			if err != nil || len(list) != 1 || list[0].Kind != models.ReviewMismatch || list[0].OrderNumber != o.Number {
				t.Errorf("review items %+v, %v; want one mismatch", list, err)
			}
			s.wantStock("honey", 3, 1)
			s.wantSound()
		})
	}
}

func TestSecondPaymentIsNeverSilent(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 3)
	s.add("a", "honey", 1)
	o := s.opened("a", checkout(12_50))
	first := *o.LastPayment()
	s.settle(report(o, &first, models.PaymentDeclined))
	if _, err := s.RetryPayment(t.Context(), o.ID, models.PayWith{}, s.request); err != nil {
		t.Fatal(err)
	}
	s.answer(o)
	o = s.order(o.ID)
	s.settle(report(o, o.LastPayment(), models.PaymentPaid))
	s.settle(report(o, &first, models.PaymentPaid))
	s.wantStatus(o.ID, models.Paid)
	if got := *s.order(o.ID).PaidPaymentID; got != o.LastPayment().ID {
		t.Errorf("paid by attempt %d, want the second", got)
	}
	if n := s.number("SELECT count(*) FROM review_items WHERE kind = 'second_payment'"); n != 1 {
		t.Errorf("%d notes of a second payment, want 1", n)
	}
	if n := s.number("SELECT sum(amount_tetri) FROM ledger"); n != 25_00 {
		t.Errorf("ledger holds %d tetri, want both payments", n)
	}
	s.wantStock("honey", 2, 0)
}

func TestMoneyThatComesTooLateGoesBack(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 1)
	s.add("a", "honey", 1)
	o := s.opened("a", checkout(12_50))
	s.settle(report(o, o.LastPayment(), models.PaymentExpired))
	s.add("b", "honey", 1)
	other := s.opened("b", checkout(12_50))
	s.settle(report(other, other.LastPayment(), models.PaymentPaid))

	s.settle(report(o, o.LastPayment(), models.PaymentPaid))
	s.wantStatus(o.ID, models.Refunding)
	refunds, err := s.DueActions(t.Context(), 10)
	if err != nil || len(refunds) != 1 || refunds[0].AmountTetri != 12_50 {
		t.Fatalf("refunds %+v, %v; want one of 12.50", refunds, err)
	}
	s.settle(report(o, o.LastPayment(), models.PaymentRefunded))
	s.wantStatus(o.ID, models.Refunded)
	if n := s.number("SELECT sum(CASE kind WHEN 'captured' THEN amount_tetri ELSE -amount_tetri END) FROM ledger WHERE order_id = ?", o.ID); n != 0 {
		t.Errorf("%d tetri left in the ledger, want 0", n)
	}
	s.wantStock("honey", 0, 0)
}

func TestPaidAfterBeingReplacedIsDeliveredAndNoticed(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 5)
	s.add("a", "honey", 1)
	old := s.opened("a", checkout(12_50))
	s.add("a", "honey", 1)
	s.opened("a", checkout(25_00))
	s.wantStatus(old.ID, models.Cancelled)
	s.settle(report(old, old.LastPayment(), models.PaymentPaid))
	s.wantStatus(old.ID, models.Paid)
	if n := s.number("SELECT count(*) FROM review_items WHERE kind = 'paid_after_cancel'"); n != 1 {
		t.Errorf("%d notes, want 1", n)
	}
	s.wantSound()
}

func TestPayingEmptiesOnlyWhatWasBought(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 9)
	s.product("tea", 8_00, 9)
	s.add("a", "honey", 2)
	o := s.opened("a", checkout(25_00))
	s.add("a", "honey", 1)
	s.add("a", "tea", 1)
	s.settle(report(o, o.LastPayment(), models.PaymentPaid))
	cart, err := s.Cart(t.Context(), models.En, "a")
	if err != nil || len(cart.Lines) != 2 || cart.Lines[0].Quantity != 1 {
		t.Errorf("cart %+v, %v; want one honey and one tea", cart, err)
	}
}

func TestRetryPayment(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 1)
	s.add("a", "honey", 1)
	o := s.opened("a", checkout(12_50))
	open := o.LastPayment()
	same, err := s.RetryPayment(t.Context(), o.ID, models.PayWith{}, s.request)
	if err != nil || same.ID != open.ID {
		t.Errorf("while an attempt is open a new one was made: %v, %v", same, err)
	}
	s.settle(report(o, open, models.PaymentExpired))
	s.add("b", "honey", 1)
	s.place("b", checkout(12_50))
	if _, err := s.RetryPayment(t.Context(), o.ID, models.PayWith{}, s.request); !models.IsKind(err, models.Conflict) {
		t.Errorf("the last unit is another's: %v", err)
	}
	s.wantStatus(o.ID, models.Expired)
	s.now = s.now.Add(25 * time.Hour)
	s.exec("UPDATE stock SET on_hand = 9")
	if _, err := s.RetryPayment(t.Context(), o.ID, models.PayWith{}, s.request); !models.IsKind(err, models.Conflict) {
		t.Errorf("a day later at old prices: %v", err)
	}
	s.wantSound()
}

func TestJournalCannotBeChanged(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	if err := s.Journal(t.Context(), models.Event{Kind: "callback", Cause: "x", Verdict: "y"}); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"UPDATE payment_events SET verdict = 'z'", "DELETE FROM payment_events"} {
		if _, err := s.raw.Exec(q); err == nil {
			t.Errorf("%s was possible", q)
		}
	}
}

func TestCallbackIsStoredOnceAndMakesItsPaymentDue(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 3)
	s.add("a", "honey", 1)
	o := s.place("a", checkout(12_50)) // the bank's answer has not been stored yet
	c := models.Callback{Body: []byte("{1}"), Event: "order_payment", BankOrderID: "b1", OrderNumber: o.Number}
	for range 3 {
		if err := s.StoreCallback(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.number("SELECT count(*) FROM payment_events WHERE kind = 'callback'"); n != 1 {
		t.Errorf("%d lines in the journal, want 1", n)
	}
	if due, err := s.DuePayments(t.Context(), 10); err != nil || len(due) != 1 {
		t.Errorf("due: %v, %v; want the payment of the message", due, err)
	}
	stranger := models.Callback{Body: []byte("{2}"), Event: "order_payment", BankOrderID: "b2", OrderNumber: "D-9"}
	if err := s.StoreCallback(t.Context(), stranger); err != nil {
		t.Fatal(err)
	}
	if n := s.number("SELECT count(*) FROM review_items WHERE kind = 'unknown_order'"); n != 1 {
		t.Errorf("%d notes of an unknown order, want 1", n)
	}
	if review, due, err := s.Backlog(t.Context()); err != nil || review != 1 || due != 1 {
		t.Errorf("backlog %d and %d, %v; want the item and the payment", review, due, err)
	}
	s.exec("UPDATE payments SET next_check_at = NULL")
	restarted, err := models.Open(t.Context(), s.address) // remembers nothing
	if err != nil {
		t.Fatal(err)
	}
	defer restarted.Close()
	restarted.Now = s.Now
	if err := restarted.StoreCallback(t.Context(), c); err != nil {
		t.Fatalf("a repeat after a restart: %v", err)
	}
	if n := s.number("SELECT count(*) FROM payment_events WHERE kind = 'callback'"); n != 2 {
		t.Errorf("%d lines in the journal after a restart and a reorder, want 2", n)
	}
	s.wantDue(1) // that the first was stored is no proof that it was worked on
	s.exec("UPDATE payments SET next_check_at = NULL")
	if err := restarted.StoreCallback(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	s.wantDue(1) // also where the message is remembered
}

func TestDuePayments(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 3)
	s.add("a", "honey", 1)
	o := s.place("a", checkout(12_50))
	due := func(want int) {
		t.Helper()
		if ids, err := s.DuePayments(t.Context(), 10); err != nil || len(ids) != want {
			t.Errorf("%d due, %v; want %d", len(ids), err, want)
		}
	}
	due(0) // the shopper's own request is calling the bank
	s.now = s.now.Add(15 * time.Second)
	due(1)
	s.answer(o)
	due(0)
	if err := s.MakeOpenPaymentsDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	due(1) // as after a start
	s.now = s.now.Add(20 * time.Minute)
	due(1)
	s.settle(report(o, s.order(o.ID).LastPayment(), models.PaymentPaid))
	s.now = s.now.Add(23 * time.Hour)
	due(0) // the later checks: later_test.go
}

func TestForgetCarts(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 3)
	s.add("old", "honey", 1)
	o := s.opened("old", checkout(12_50))
	s.now = s.now.Add(models.CartKept + 25*time.Hour) // a cart's use is noted to the day
	s.add("new", "honey", 1)
	if n, err := s.ForgetCarts(t.Context()); err != nil || n != 1 {
		t.Errorf("forgot %d carts, %v; want the old one", n, err)
	}
	if n, err := s.CartCount(t.Context(), "new"); err != nil || n != 1 {
		t.Errorf("the new cart holds %d, %v", n, err)
	}
	if s.order(o.ID).CartID != nil {
		t.Error("the order still names the forgotten cart")
	}
	s.add("used again", "honey", 1)
	s.now = s.now.Add(25 * time.Hour)
	s.add("used again", "honey", 1)
	s.now = s.now.Add(31 * 24 * time.Hour)
	if n, err := s.ForgetCarts(t.Context()); err != nil || n != 1 {
		t.Errorf("forgot %d carts, %v; want the one that was used on one day only", n, err)
	}
	if n, err := s.CartCount(t.Context(), "used again"); err != nil || n != 2 {
		t.Errorf("the cart that was used again holds %d, %v", n, err)
	}
	s.wantSound()
}
