package models_test

import (
	"strings"
	"testing"
	"time"

	"dukani/models"
)

// The bank is asked about an attempt again however it ended: a message about what happened
// to the money later can get lost.
func TestWhatHasEndedIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	for _, state := range []models.PaymentState{
		models.PaymentPaid, models.PaymentPartRefunded, models.PaymentDeclined, models.PaymentExpired, models.PaymentRefused,
	} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			s, o := ordered(t)
			began, p := s.now, o.LastPayment()
			end := func() {
				t.Helper()
				r := report(o, p, state)
				if state == models.PaymentPartRefunded {
					r.Transferred, r.Refunded = 10_00, 2_50
				}
				if state == models.PaymentRefused { // no word of the bank's; what it says of such an attempt is "rejected"
					r.State = models.PaymentDeclined
				}
				s.settle(r)
			}
			if state == models.PaymentRefused {
				s.exec("UPDATE payments SET state = 'refused'")
			}
			s.now = p.ExpiresAt.Add(time.Minute)
			end()
			for _, days := range []int{1, 3, 7, 14, 30} {
				s.now = began.Add(time.Duration(days)*24*time.Hour - time.Minute)
				s.wantDue(0)
				s.now = s.now.Add(time.Minute)
				s.wantDue(1)
				end()
				s.wantDue(0)
			}
			s.now = s.now.Add(1000 * 24 * time.Hour)
			s.wantDue(0)
		})
	}
}

// A check without an answer, even the last one, is repeated until there is one.
func TestNoLookEndsWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	for _, state := range []models.PaymentState{models.PaymentPaid, models.PaymentDeclined, models.PaymentExpired, models.PaymentProcessing, models.PaymentHeld} {
		for name, look := range map[string]func(*shop, *models.Order){
			"silence": func(s *shop, o *models.Order) {
				if err := s.PutOffCheck(s.t.Context(), o.LastPayment().ID, "worker", "a page of HTML"); err != nil {
					s.t.Fatal(err)
				}
			},
			"an unknown status": func(s *shop, o *models.Order) { s.settle(report(o, o.LastPayment(), "")) },
		} {
			t.Run(string(state)+", "+name, func(t *testing.T) {
				t.Parallel()
				s, o := ordered(t)
				s.settle(report(o, o.LastPayment(), state))
				s.now = s.now.Add(31 * 24 * time.Hour) // the last of all checks is overdue
				for range 20 {
					s.wantDue(1)
					look(s, o)
					s.wantDue(0)
					s.now = s.now.Add(time.Hour)
				}
				s.wantDue(1)
			})
		}
	}
}

func TestMoneyAfterALostDeclineIsFoundDaysLater(t *testing.T) {
	t.Parallel()
	s, o := ordered(t)
	s.settle(report(o, o.LastPayment(), models.PaymentDeclined))
	s.now = o.LastPayment().ExpiresAt.Add(models.ReservationGrace)
	s.settle(report(o, o.LastPayment(), models.PaymentDeclined))
	s.wantReleased(1) // the looks of the days after keep no units
	s.wantStock("honey", 3, 0)
	s.now = s.now.Add(24 * time.Hour)
	s.wantDue(1)
	s.settle(report(o, o.LastPayment(), models.PaymentPaid))
	s.wantStatus(o.ID, models.Paid)
	s.wantStock("honey", 2, 0)
	s.wantSound()
}

// Each refunded sum has one mail, which also says the sum of all refunds.
func TestEveryRefundIsToldOnce(t *testing.T) {
	t.Parallel()
	s, o := ordered(t)
	p := o.LastPayment()
	s.settle(report(o, p, models.PaymentPaid))
	back := func(sum models.Tetri) {
		t.Helper()
		r := report(o, p, models.PaymentPartRefunded)
		if r.Transferred, r.Refunded = 12_50-sum, sum; sum == 12_50 {
			r.State = models.PaymentRefunded
		}
		s.settle(r)
		s.settle(r)
	}
	back(2_50)
	back(4_00)
	back(2_50) // an older receipt that comes late
	back(12_50)
	list, err := s.Mails(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Kind == models.MailRefunded {
			now, inAll, _ := list[i].Refunded()
			told = append(told, now.String()+"/"+inAll.String())
		}
	}
	if got := strings.Join(told, " "); got != "2.50/2.50 1.50/4.00 8.50/12.50" {
		t.Errorf("told %s", got)
	}
	s.wantStatus(o.ID, models.Refunded)
	s.wantSound()
}

// Money came when the units were gone; the bank begins to give it back and then does not.
func TestARejectedRefundDeliversNothing(t *testing.T) {
	t.Parallel()
	s, o := ordered(t)
	p := o.LastPayment()
	s.settle(report(o, p, models.PaymentExpired))
	s.exec("UPDATE stock SET on_hand = 0")
	s.settle(report(o, p, models.PaymentPaid))
	s.wantStatus(o.ID, models.Refunding)
	asked := report(o, p, models.PaymentRefunding)
	asked.Transferred = 12_50
	s.settle(asked)
	if err := s.ActionFailed(t.Context(), models.ActionRefund, 1, models.Rejection{Code: "162", Why: "162"}); err != nil {
		t.Fatal(err)
	}
	o = s.settle(report(o, p, models.PaymentPaid))
	if o.Status != models.Refunding || !o.RefundDelayed() {
		t.Errorf("the order is %s; nothing is delivered for this money, and it has not gone back", o.Status)
	}
	part := report(o, p, models.PaymentPartRefunded)
	part.Transferred, part.Refunded = 10_00, 2_50
	s.settle(part)
	s.wantStatus(o.ID, models.Refunding) // the rest is still owed
	if err := s.RetryRefund(t.Context(), 1, models.Actor{}); err != nil {
		t.Fatal(err)
	}
	if due, err := s.DueActions(t.Context(), 10); err != nil || len(due) != 1 || due[0].AmountTetri != 10_00 {
		t.Errorf("due %+v, %v; want what is left", due, err)
	}
	s.settle(report(o, p, models.PaymentRefunded))
	s.wantStatus(o.ID, models.Refunded)
	s.wantReview()
	s.wantSound()
}

// An attempt that our clock has ended is open again if the bank says so.
func TestWhatWeGaveUpIsTakenUpAgainWhenTheBankSaysItIsOpen(t *testing.T) {
	t.Parallel()
	for name, giveUp := range map[string]func(*shop, int64) error{
		"never answered":  func(s *shop, id int64) error { return s.GiveUpStart(s.t.Context(), id) },
		"refused":         func(s *shop, id int64) error { return s.StartRefused(s.t.Context(), id, "", "400", true) },
		"lost for a time": func(s *shop, id int64) error { return s.LostAtBank(s.t.Context(), id, "not found") },
	} {
		for state, want := range map[models.PaymentState]models.OrderStatus{
			models.PaymentOpen: models.AwaitingPayment, models.PaymentProcessing: models.Confirming,
		} {
			t.Run(name+", "+string(state), func(t *testing.T) {
				t.Parallel()
				s := openShop(t)
				s.product("honey", 12_50, 3)
				s.add("a", "honey", 1)
				o := s.place("a", checkout(12_50))
				if name == "lost for a time" {
					s.answer(o)
					s.settle(report(o, o.LastPayment(), state))
				}
				if err := giveUp(s, o.LastPayment().ID); err != nil {
					t.Fatal(err)
				}
				if name != "lost for a time" {
					s.answer(o)
				}
				o = s.order(o.ID)
				s.settle(report(o, o.LastPayment(), state))
				s.wantStatus(o.ID, want)
				s.wantStock("honey", 3, 1)
				s.wantNothingForgotten()
				s.wantSound()
			})
		}
	}
}

// An older receipt does not reopen an attempt that the bank has ended.
func TestAnOlderReceiptOpensNothing(t *testing.T) {
	t.Parallel()
	s, o := ordered(t)
	s.settle(report(o, o.LastPayment(), models.PaymentExpired))
	s.settle(report(o, o.LastPayment(), models.PaymentOpen))
	s.wantStatus(o.ID, models.Expired)
	s.now = s.now.Add(10 * time.Minute)
	s.wantDue(1) // but checked soon
}

func TestLateOpenedAttemptsHaveTheirWholeTime(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 3)
	s.add("a", "honey", 1)
	o := s.place("a", checkout(12_50))
	s.now = s.now.Add(14 * time.Minute) // the bank was away
	s.answer(o)
	o = s.order(o.ID)
	if got := o.LastPayment().ExpiresAt.Sub(s.now); got != 15*time.Minute {
		t.Errorf("%s to pay after the bank has opened it, want 15m", got)
	}
	if got := o.ReservedUntil.Sub(s.now); got != 15*time.Minute+models.ReservationGrace {
		t.Errorf("the units are kept for %s", got)
	}
}

// The checks of an undecided payment go on, but not for ever without staff.
func TestUndecidedForTooLongIsReviewed(t *testing.T) {
	t.Parallel()
	for state, after := range map[models.PaymentState]time.Duration{
		models.PaymentOpen: 76 * time.Minute, models.PaymentProcessing: 76 * time.Minute,
		models.PaymentHeld: 31 * 24 * time.Hour, models.PaymentRefunding: 3 * 24 * time.Hour,
	} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			s, o := ordered(t)
			r := report(o, o.LastPayment(), state)
			if state == models.PaymentRefunding {
				r.Transferred = 12_50
			}
			s.settle(r)
			s.now = s.now.Add(after - 2*time.Minute)
			s.settle(r)
			var before []models.ReviewKind
			if state == models.PaymentHeld {
				before = append(before, models.ReviewHoldExpiring) // for six days
			}
			s.wantReview(before...)
			s.now = s.now.Add(3 * time.Minute)
			s.settle(r)
			s.wantReview(append(before, models.ReviewUndecided)...)
			s.now = s.now.Add(5 * time.Hour)
			s.wantDue(1)
			s.settle(r)
			s.wantDue(0)
			s.now = s.now.Add(50 * time.Minute)
			if state == models.PaymentOpen || state == models.PaymentProcessing {
				s.wantStock("honey", 3, 1) // reserved until it is decided
			}
			s.wantReview(append(before, models.ReviewUndecided)...) // once
			ended := report(o, o.LastPayment(), models.PaymentDeclined)
			if state == models.PaymentRefunding {
				ended = report(o, o.LastPayment(), models.PaymentRefunded)
			}
			s.settle(ended)
			s.wantReview() // closed by itself
		})
	}
}

// If the answer about one order cannot be read, day after day, it goes to the review queue.
func TestSilenceAboutOneOrderIsReviewed(t *testing.T) {
	t.Parallel()
	s, o := ordered(t)
	s.settle(report(o, o.LastPayment(), models.PaymentProcessing))
	silent := func() {
		t.Helper()
		if err := s.PutOffCheck(t.Context(), o.LastPayment().ID, "worker", "not JSON"); err != nil {
			t.Fatal(err)
		}
	}
	s.now = s.now.Add(24 * time.Hour)
	silent()
	s.wantReview()
	s.now = s.now.Add(2 * time.Hour)
	silent()
	s.wantReview(models.ReviewUndecided)
	items, err := s.OpenReviewItems(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ResolveReviewItem(t.Context(), items[0].ID, "asked the bank by telephone"); err != nil {
		t.Fatal(err)
	}
	s.settle(report(o, o.LastPayment(), models.PaymentProcessing)) // one answer between two silences
	silent()
	s.wantReview()
	s.settle(report(o, o.LastPayment(), models.PaymentPaid))
	s.wantReview()
}
