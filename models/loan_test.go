package models_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"dukani/models"
)

// onLoan is the checkout of somebody who wants to pay the given total by m.
func onLoan(total models.Tetri, m models.Method, l models.Loan) models.Checkout {
	c := checkout(total)
	c.Method, c.Offered, c.Loan = m, models.Methods(), l
	return c
}

// How long units are reserved, by what the bank says and when: a loan has the time that the shop
// gives the bank to decide, everything else waits for the bank's word.
func TestUnitsWaitForALoanAsLongAsTheShopSays(t *testing.T) {
	t.Parallel()
	const stock = 3
	for name, c := range map[string]struct {
		method   models.Method
		state    models.PaymentState
		after    time.Duration // since it was placed
		order    models.OrderStatus
		reserved int
		mails    string
	}{
		"a loan, at once":                   {models.ByLoan, models.PaymentProcessing, time.Minute, models.Confirming, 1, ""},
		"a loan, after an hour":             {models.ByLoan, models.PaymentProcessing, time.Hour, models.Confirming, 1, ""},
		"a loan, just before its time":      {models.ByLoan, models.PaymentProcessing, 6*time.Hour - time.Second, models.Confirming, 1, ""},
		"a loan, when its time is over":     {models.ByLoan, models.PaymentProcessing, 6*time.Hour + time.Minute, models.Confirming, 0, "loan_overdue"},
		"a loan, two days later":            {models.ByLoan, models.PaymentProcessing, 48 * time.Hour, models.Confirming, 0, "loan_overdue"},
		"in parts, when its time is over":   {models.ByBNPL, models.PaymentProcessing, 7 * time.Hour, models.Confirming, 0, "loan_overdue"},
		"a card, after as long":             {models.ByCard, models.PaymentProcessing, 7 * time.Hour, models.Confirming, 1, ""},
		"a transfer, after as long":         {models.ByTransfer, models.PaymentProcessing, 7 * time.Hour, models.Confirming, 1, ""},
		"a loan granted in time":            {models.ByLoan, models.PaymentPaid, 5 * time.Hour, models.Paid, 0, "paid"},
		"a loan granted late":               {models.ByLoan, models.PaymentPaid, 30 * time.Hour, models.Paid, 0, "paid"},
		"a loan refused in time":            {models.ByLoan, models.PaymentDeclined, 5 * time.Hour, models.Declined, 1, "declined"},
		"a loan that expired at the bank":   {models.ByLoan, models.PaymentExpired, 5 * time.Hour, models.Expired, 0, "expired"},
		"a loan refused when its time over": {models.ByLoan, models.PaymentDeclined, 7 * time.Hour, models.Declined, 1, "declined"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			s.LoanDecision = 6 * time.Hour
			s.product("honey", 12_50, stock)
			s.add("a", "honey", 1)
			o := s.opened("a", onLoan(12_50, c.method, models.Loan{}))
			s.settle(report(o, o.LastPayment(), models.PaymentProcessing))
			s.now = s.now.Add(c.after)
			if got := s.settle(report(o, o.LastPayment(), c.state)); got.Status != c.order {
				t.Errorf("the order is %s, want %s", got.Status, c.order)
			}
			onHand := stock
			if c.order == models.Paid {
				onHand--
			}
			s.wantStock("honey", onHand, c.reserved)
			if got := s.text("SELECT coalesce(group_concat(kind), '') FROM mails"); got != c.mails {
				t.Errorf("the mails are %q, want %q", got, c.mails)
			}
			s.wantSound()
		})
	}
}

// The units are not released by the shop's clock alone: the bank is asked first, and asked again at
// growing intervals until then.
func TestTheBankIsAskedBeforeTheUnitsOfALoanAreReleased(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.LoanDecision = 6 * time.Hour
	s.product("honey", 12_50, 1)
	s.add("a", "honey", 1)
	o := s.opened("a", onLoan(12_50, models.ByLoan, models.Loan{}))
	applied := s.now
	deciding := func() *models.Payment {
		t.Helper()
		s.settle(report(o, o.LastPayment(), models.PaymentProcessing))
		return s.order(o.ID).LastPayment()
	}
	asked := 0
	for p := deciding(); s.now.Before(applied.Add(6 * time.Hour)); p = deciding() {
		if _, reserved := s.stock("honey"); reserved != 1 {
			t.Fatalf("after %s the units are released", s.now.Sub(applied))
		}
		s.wantReleased(0)
		if wait := p.NextCheckAt.Sub(s.now); wait > 15*time.Minute || p.NextCheckAt.After(applied.Add(6*time.Hour)) {
			t.Fatalf("after %s the bank is asked again in %s", s.now.Sub(applied), wait)
		}
		s.now = p.NextCheckAt.UTC()
		asked++
	}
	if asked < 24 || asked > 60 {
		t.Errorf("the bank was asked %d times in six hours", asked)
	}
	s.wantStock("honey", 1, 0)
	if wait := s.order(o.ID).LastPayment().NextCheckAt.Sub(s.now); wait != time.Hour {
		t.Errorf("with the units released the bank is asked in %s", wait)
	}
	if n := s.number("SELECT count(*) FROM order_events WHERE detail = 'loan_overdue'"); n != 1 {
		t.Errorf("the timeline says so %d times", n)
	}
	deciding()
	if n := s.number("SELECT count(*) FROM mails WHERE kind = 'loan_overdue'"); n != 1 {
		t.Errorf("%d mails say so", n)
	}
}

// A loan that is granted after the units went to others is paid too late: the money goes back.
func TestALoanGrantedWhenTheUnitsAreGoneIsPaidTooLate(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 1)
	s.add("a", "honey", 1)
	o := s.opened("a", onLoan(12_50, models.ByLoan, models.Loan{}))
	p := o.LastPayment()
	s.settle(report(o, p, models.PaymentProcessing))
	s.now = s.now.Add(25 * time.Hour)
	s.settle(report(o, p, models.PaymentProcessing))
	s.add("b", "honey", 1)
	other := s.opened("b", checkout(12_50))
	s.settle(report(other, other.LastPayment(), models.PaymentPaid))
	late := report(o, p, models.PaymentPaid)
	late.Method = models.ByLoan
	if got := s.settle(late); got.Status != models.Refunding {
		t.Errorf("the order is %s", got.Status)
	}
	s.wantStock("honey", 0, 0)
	if n := s.number("SELECT count(*) FROM review_items WHERE kind = 'paid_too_late' AND resolved_at IS NULL"); n != 1 {
		t.Errorf("%d review items", n)
	}
}

// A refusal leaves the order to be paid in another way, with its units for as long as a new
// attempt would have them; if they were released they are taken again.
func TestAfterARefusedLoanTheOrderIsPaidInAnotherWay(t *testing.T) {
	t.Parallel()
	for name, released := range map[string]bool{"in time": false, "after the units were released": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			s.LoanDecision = 2 * time.Hour
			s.product("honey", 12_50, 1)
			s.add("a", "honey", 1)
			o := s.opened("a", onLoan(12_50, models.ByLoan, models.Loan{Month: 12, Code: "STD-12"}))
			s.settle(report(o, o.LastPayment(), models.PaymentProcessing))
			s.now = s.now.Add(time.Hour)
			if released {
				s.now = s.now.Add(2 * time.Hour)
				s.settle(report(o, o.LastPayment(), models.PaymentProcessing))
				s.wantStock("honey", 1, 0)
			}
			no := report(o, o.LastPayment(), models.PaymentDeclined)
			no.Code = "106"
			s.settle(no)
			s.wantStatus(o.ID, models.Declined)
			if !released {
				s.now = s.now.Add(19 * time.Minute)
				s.wantReleased(0)
			}
			p, err := s.RetryPayment(t.Context(), o.ID, models.PayWith{Method: models.ByCard, Offered: models.Methods()}, s.request)
			if err != nil {
				t.Fatal(err)
			}
			now := s.order(o.ID)
			if p.ChosenMethod != models.ByCard || now.LoanCode != "" || now.LoanMonth != 0 {
				t.Errorf("the attempt is by %s, of the loan the order keeps %d %q", p.ChosenMethod, now.LoanMonth, now.LoanCode)
			}
			s.wantStock("honey", 1, 1)
			s.wantSound()
		})
	}
}

// Nobody pays with another's patience: after a refusal the units go back once the time for another
// try is over.
func TestTheUnitsOfARefusedLoanGoBack(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 1)
	s.add("a", "honey", 1)
	o := s.opened("a", onLoan(12_50, models.ByLoan, models.Loan{}))
	s.settle(report(o, o.LastPayment(), models.PaymentProcessing))
	s.now = s.now.Add(time.Hour)
	s.settle(report(o, o.LastPayment(), models.PaymentDeclined))
	s.now = s.now.Add(21 * time.Minute)
	s.wantReleased(1)
	s.wantStatus(o.ID, models.Expired)
	s.wantStock("honey", 1, 0)
}

// While the bank decides, the shopper's next purchase neither replaces the order nor takes its units.
func TestAnOrderWhoseLoanIsDecidedIsNotReplaced(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 2)
	s.add("a", "honey", 1)
	o := s.opened("a", onLoan(12_50, models.ByLoan, models.Loan{}))
	s.settle(report(o, o.LastPayment(), models.PaymentProcessing))
	if n := s.number("SELECT count(*) FROM cart_items"); n != 0 {
		t.Errorf("%d lines are still in the cart", n)
	}
	s.add("a", "honey", 1)
	next := s.opened("a", onLoan(12_50, models.ByCard, models.Loan{}))
	if next.ID == o.ID {
		t.Fatal("the second purchase is the first")
	}
	s.settle(report(next, next.LastPayment(), models.PaymentPaid))
	s.wantStatus(o.ID, models.Confirming)
	s.wantStock("honey", 1, 1)
	if _, err := s.AddToCart(t.Context(), "a", "honey", 1); !models.IsKind(err, models.Conflict) {
		t.Errorf("the unit that waits for the loan is offered to the same shopper: %v", err)
	}
	s.settle(report(o, o.LastPayment(), models.PaymentPaid))
	s.wantStatus(o.ID, models.Paid)
	s.wantStock("honey", 0, 0)
	s.wantSound()
}

// What goes into the cart after a loan was applied for is another purchase.
func TestAGrantedLoanLeavesTheCartAsItIs(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 3)
	s.add("a", "honey", 1)
	o := s.opened("a", onLoan(12_50, models.ByLoan, models.Loan{}))
	s.settle(report(o, o.LastPayment(), models.PaymentProcessing))
	s.add("a", "honey", 1)
	s.settle(report(o, o.LastPayment(), models.PaymentPaid))
	if n := s.number("SELECT coalesce(sum(quantity), 0) FROM cart_items"); n != 1 {
		t.Errorf("%d units are in the cart, want 1", n)
	}
}

func TestWhatIsChosenOfALoanIsKept(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method models.Method
		loan   models.Loan
		want   models.Loan
		retry  models.PayWith
		then   models.Loan
	}{
		"months and code":        {models.ByLoan, models.Loan{Month: 12, Code: "STD-12"}, models.Loan{Month: 12, Code: "STD-12"}, models.PayWith{}, models.Loan{Month: 12, Code: "STD-12"}},
		"months alone":           {models.ByBNPL, models.Loan{Month: 4}, models.Loan{Month: 4}, models.PayWith{}, models.Loan{Month: 4}},
		"of a card nothing":      {models.ByCard, models.Loan{Month: 12, Code: "STD-12"}, models.Loan{}, models.PayWith{}, models.Loan{}},
		"another choice":         {models.ByLoan, models.Loan{Month: 12, Code: "STD-12"}, models.Loan{Month: 12, Code: "STD-12"}, models.PayWith{Loan: &models.Loan{Month: 6}}, models.Loan{Month: 6}},
		"the other kind of loan": {models.ByLoan, models.Loan{Month: 12, Code: "STD-12"}, models.Loan{Month: 12, Code: "STD-12"}, models.PayWith{Method: models.ByBNPL}, models.Loan{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			s.product("honey", 12_50, 2)
			s.add("a", "honey", 1)
			o := s.opened("a", onLoan(12_50, c.method, c.loan))
			kept := func() models.Loan { now := s.order(o.ID); return models.Loan{Month: now.LoanMonth, Code: now.LoanCode} }
			if got := kept(); got != c.want {
				t.Errorf("kept is %v, want %v", got, c.want)
			}
			s.settle(report(o, o.LastPayment(), models.PaymentDeclined))
			c.retry.Offered = models.Methods()
			if _, err := s.RetryPayment(t.Context(), o.ID, c.retry, s.request); err != nil {
				t.Fatal(err)
			}
			if got := kept(); got != c.then {
				t.Errorf("at the second try kept is %v, want %v", got, c.then)
			}
		})
	}
}

func TestRubbishAboutALoanIsRefused(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]models.Loan{
		"no months with a code": {Code: "STD-12"}, "one month": {Month: 1}, "fewer than none": {Month: -3}, "too many": {Month: 61},
		"a code of spaces": {Month: 12, Code: " "}, "markup": {Month: 12, Code: "<b>"}, "a long code": {Month: 12, Code: strings.Repeat("x", 65)},
	} {
		s := openShop(t)
		s.product("honey", 12_50, 2)
		s.add("a", "honey", 1)
		_, err := s.PlaceOrder(t.Context(), "a", s.seen("a", onLoan(12_50, models.ByLoan, l)), s.request)
		if e, _ := err.(*models.Error); e == nil || e.Kind != models.Invalid || e.Fields["loan_month"] == "" {
			t.Errorf("%s: %v", name, err)
		}
		card := onLoan(12_50, models.ByCard, l)
		card.Key = uuid.NewString()
		o, err := s.PlaceOrder(t.Context(), "a", s.seen("a", card), s.request)
		if err != nil {
			t.Fatalf("%s, by card: %v", name, err)
		}
		s.answer(o)
		s.settle(report(s.order(o.ID), s.order(o.ID).LastPayment(), models.PaymentDeclined))
		_, err = s.RetryPayment(t.Context(), o.ID, models.PayWith{Method: models.ByLoan, Offered: models.Methods(), Loan: &l}, s.request)
		if e, _ := err.(*models.Error); e == nil || e.Fields["loan_month"] == "" {
			t.Errorf("%s, at the second try: %v", name, err)
		}
	}
}

func TestInstalment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		total        models.Tetri
		months, rate int
		want         models.Tetri
	}{
		{1200_00, 12, 0, 100_00}, {1000_00, 12, 0, 83_34}, {100_00, 3, 0, 33_34}, {1, 24, 0, 1}, {0, 12, 0, 0}, {100_00, 0, 0, 0}, {-5, 12, 0, 0},
		{1000_00, 12, 12_00, 88_85}, {1000_00, 24, 18_00, 49_93}, {1000_00, 1, 12_00, 1010_00},
	} {
		got := models.Instalment(c.total, c.months, c.rate)
		if got != c.want {
			t.Errorf("%s over %d months at %d is %s a month, want %s", c.total, c.months, c.rate, got, c.want)
		}
	}
}

// What the shopper put into the cart after applying for a loan is another purchase: neither a second
// application nor the payment that follows a refusal takes it out again.
func TestAfterARefusedLoanTheCartIsAnotherPurchase(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method models.Method
		state  models.PaymentState
	}{
		"by card":        {models.ByCard, models.PaymentPaid},
		"held":           {models.ByCard, models.PaymentHeld},
		"another loan":   {models.ByLoan, models.PaymentProcessing},
		"a loan at once": {models.ByLoan, models.PaymentPaid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			s.product("honey", 12_50, 5)
			s.add("a", "honey", 1)
			o := s.opened("a", onLoan(12_50, models.ByLoan, models.Loan{}))
			s.settle(report(o, o.LastPayment(), models.PaymentProcessing))
			s.add("a", "honey", 1)
			s.now = s.now.Add(time.Hour)
			s.settle(report(o, o.LastPayment(), models.PaymentDeclined))
			if _, err := s.RetryPayment(t.Context(), o.ID, models.PayWith{Method: c.method, Offered: models.Methods()}, s.request); err != nil {
				t.Fatal(err)
			}
			s.answer(o)
			s.settle(report(o, s.order(o.ID).LastPayment(), c.state))
			if n := s.number("SELECT coalesce(sum(quantity), 0) FROM cart_items"); n != 1 {
				t.Errorf("%d honey in the cart, want the one that was put in since", n)
			}
			s.wantSound()
		})
	}
}

// A bank that takes days to refuse a loan leaves a day to pay in another way, counted from when its
// time to decide was over.
func TestALateRefusalOfALoanLeavesTimeToPayInAnotherWay(t *testing.T) {
	t.Parallel()
	for after, payable := range map[time.Duration]bool{25 * time.Hour: true, 71 * time.Hour: true, 95 * time.Hour: true, 97 * time.Hour: false} {
		t.Run(after.String(), func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			s.LoanDecision = 72 * time.Hour
			s.product("honey", 12_50, 5)
			s.add("a", "honey", 1)
			o := s.opened("a", onLoan(12_50, models.ByLoan, models.Loan{}))
			s.settle(report(o, o.LastPayment(), models.PaymentProcessing))
			s.now = s.now.Add(after)
			s.settle(report(o, o.LastPayment(), models.PaymentDeclined))
			s.wantStatus(o.ID, models.Declined)
			_, err := s.RetryPayment(t.Context(), o.ID, models.PayWith{Method: models.ByCard, Offered: models.Methods()}, s.request)
			if payable != (err == nil) {
				t.Errorf("a second try came to %v", err)
			}
			s.wantSound()
		})
	}
}
