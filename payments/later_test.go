package payments_test

import (
	"errors"
	"testing"
	"time"

	"dukani/models"
	"dukani/models/storetest"
	"dukani/payments"
	"dukani/payments/bog"
)

// mails lists the kinds of the mails about an order, oldest first.
func (w *world) mails(o *models.Order) (kinds []models.MailKind) {
	w.t.Helper()
	list, err := w.store.Mails(w.t.Context(), 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].OrderID != nil && *list[i].OrderID == o.ID {
			kinds = append(kinds, list[i].Kind)
		}
	}
	return kinds
}

func (w *world) wantMails(o *models.Order, want ...models.MailKind) {
	w.t.Helper()
	got := w.mails(o)
	if len(got) != len(want) {
		w.t.Errorf("mails %q, want %q", got, want)
		return
	}
	for i := range want {
		if got[i] != want[i] {
			w.t.Errorf("mails %q, want %q", got, want)
			return
		}
	}
}

func (w *world) wantReview(want ...models.ReviewKind) {
	w.t.Helper()
	list, err := w.store.OpenReviewItems(w.t.Context(), 0, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	same := len(list) == len(want)
	for i := range list {
		same = same && list[i].Kind == want[i]
	}
	if !same {
		w.t.Errorf("review items %+v, want %q", list, want)
	}
}

// Refunds at the bank's console whose callbacks get lost are found by the checks of later
// days, or as soon as staff ask the bank.
func TestARefundAtTheConsoleIsFoundWithoutItsCallback(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.place()
	w.pay(o, m{})
	w.settle(o)
	bankID := *w.order(o).LastPayment().BankOrderID
	w.steer("settings", m{"callback": m{"mode": "lost"}})
	w.steer("orders/"+bankID+"/console", m{"action": "refund", "amount_minor": 2_50})
	w.sweep(23 * time.Hour)
	w.wantStatus(o, models.Paid)
	w.sweep(time.Hour)
	w.wantStatus(o, models.PartlyRefunded)
	w.wantMails(o, models.MailPaid, models.MailRefunded)
	w.steer("orders/"+bankID+"/console", m{"action": "refund", "channel": "support"}) // the rest, by the bank itself
	w.offset.Add(int64(2 * time.Second))
	asked, err := w.desk.SettleOrder(t.Context(), o.Number)
	if err != nil || asked.Status != models.Refunded {
		t.Errorf("staff asked: %v, %v", asked, err)
	}
	w.wantMails(o, models.MailPaid, models.MailRefunded, models.MailRefunded)
	w.wantReview()
	w.wantSameMoney()
}

func TestMoneyTakenAfterADeclineOrAnExpiryIsFoundWithoutItsCallback(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*world, *models.Order){
		"declined": func(w *world, o *models.Order) {
			w.pay(o, m{"card": "4000000000000002"})
			w.sweep(time.Minute)
			w.wantStatus(o, models.Declined)
			w.sweep(time.Hour)
		},
		"expired": func(w *world, o *models.Order) {
			w.expire()
			w.wantStatus(o, models.Expired)
			w.sweep(time.Hour)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			o, _ := w.place()
			end(w, o)
			w.pay(o, m{"force": true, "callback": m{"mode": "lost"}})
			w.sweep(time.Hour)
			w.wantStatus(o, models.Expired) // the shop cannot know yet
			w.sweep(24 * time.Hour)
			w.wantStatus(o, models.Paid)
			w.wantSameMoney()
		})
	}
}

// The last check of all gets an odd answer.
func TestTheLastLookIsRepeatedUntilItIsAnswered(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]m{
		"unknown status": {"kind": "unknown_status", "route": "receipt"},
		"HTML 403":       {"kind": "html_error_page", "route": "receipt"},
		"HTML 404":       {"kind": "html_error_page", "route": "receipt", "status": 404},
		"500":            {"kind": "500_before", "route": "receipt"},
		"truncated":      {"kind": "truncated_json", "route": "receipt"},
		"401":            {"kind": "401", "route": "receipt"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			o, _ := w.place()
			w.pay(o, m{})
			w.settle(o)
			w.steer("settings", m{"callback": m{"mode": "lost"}})
			w.steer("orders/"+*w.order(o).LastPayment().BankOrderID+"/console", m{"action": "refund"})
			w.steer("faults", fault)
			w.sweep(31 * 24 * time.Hour)
			w.sweep(6 * time.Hour)
			w.wantStatus(o, models.Paid)
			w.heal()
			w.sweep(time.Hour)
			w.wantStatus(o, models.Refunded)
			w.wantReview()
		})
	}
}

// The bank leaves the card …0030 in processing for ever.
func TestAPaymentThatStaysInProcessingIsReviewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.place()
	w.pay(o, m{"card": "4000000000000030"})
	w.sweep(time.Minute)
	w.wantStatus(o, models.Confirming)
	w.wantReview()
	w.sweep(80 * time.Minute)
	w.wantStatus(o, models.Confirming)
	w.wantReview(models.ReviewUndecided)
	if n := w.number("SELECT reserved FROM stock"); n != 1 {
		t.Errorf("%d units reserved, want 1 until it is decided", n)
	}
	asked := w.calls()["receipt"]
	for range 12 * 60 {
		w.sweep(time.Minute)
	}
	if n := w.calls()["receipt"] - asked; n < 8 || n > 20 {
		t.Errorf("asked %d times in twelve hours", n)
	}
}

// The bank did not answer while the shopper waited. If it refuses the payment later, when
// the worker asks, the shopper is told by mail.
func TestARefusalThatTheWorkerGetsIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.steer("faults", m{"kind": "500_before", "route": "create"})
	o, _ := w.place()
	w.heal()
	w.steer("settings", m{"methods": []string{"bog_p2p"}})
	w.sweep(time.Minute)
	w.wantStatus(o, models.Declined)
	w.wantMails(o, models.MailDeclined)
	seen, _ := w.place() // while the shopper waits
	w.wantStatus(seen, models.Declined)
	w.wantMails(seen)
}

// The shopper pays on two pages.
func TestASecondChargeIsToldAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.place()
	first := *w.order(o).LastPayment().BankOrderID
	w.pay(o, m{"card": "4000000000000002"})
	w.settle(o)
	if _, err := w.desk.Pay(t.Context(), w.order(o), models.PayWith{}); err != nil {
		t.Fatal(err)
	}
	w.pay(o, m{})
	w.settle(o)
	w.steer("orders/"+first+"/pay", m{"force": true})
	w.sweep(time.Minute)
	w.wantStatus(o, models.Paid)
	w.wantMails(o, models.MailDeclined, models.MailPaid, models.MailPaidTwice)
	w.wantReview(models.ReviewSecondPayment)
	if charged, returned := w.order(o).ChargedTwice(); charged != 12_50 || returned != 0 {
		t.Errorf("charged %s, returned %s", charged, returned)
	}
	w.steer("orders/"+first+"/console", m{"action": "refund"})
	w.sweep(time.Minute)
	w.wantMails(o, models.MailDeclined, models.MailPaid, models.MailPaidTwice, models.MailRefunded)
	w.wantReview() // staff have nothing left to decide
	if _, returned := w.order(o).ChargedTwice(); returned != 12_50 {
		t.Errorf("returned %s", returned)
	}
	w.wantSameMoney()
}

// The bank's clock is an hour ahead of the shop's, or behind.
func TestTwoClocksAreNeverCompared(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]int{"the bank's is ahead": 7200, "the bank's is behind": -7200} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.steer("clock", m{"offset_seconds": ahead})
			o, first := w.place()
			w.settle(o)
			w.sweep(10 * time.Minute)
			if payAt, err := w.desk.Pay(t.Context(), w.order(o), models.PayWith{}); err != nil || payAt != first {
				t.Errorf("pay at %q, %v; want the page that is open", payAt, err)
			}
			w.steer("clock", m{"offset_seconds": ahead + 16*60})
			w.sweep(6 * time.Minute)
			w.wantStatus(o, models.Expired) // as soon as the bank says so, not hours later
		})
	}
}

// The shop's own clock jumps: only the bank decides what is over.
func TestAClockThatJumpsEndsNothingThatTheBankHasOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, first := w.place()
	w.sweep(48 * time.Hour)
	w.wantStatus(o, models.AwaitingPayment)
	if payAt, err := w.desk.Pay(t.Context(), w.order(o), models.PayWith{}); err != nil || payAt != first {
		t.Errorf("pay at %q, %v; want the page that is open", payAt, err)
	}
	w.pay(o, m{})
	w.sweep(time.Minute)
	w.wantStatus(o, models.Paid)
	w.wantReview()
}

// The first callback was stored, and the settling that it caused got lost.
func TestARepeatedMessageHasThePaymentAskedAboutAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.place()
	w.pay(o, m{})
	w.exec("UPDATE payments SET next_check_at = NULL")
	again := w.last.Load()
	for range 3 {
		if err := w.desk.ReceiveCallback(t.Context(), again.body, again.signature, nil); err != nil {
			t.Fatal(err)
		}
	}
	w.sweep(0)
	w.wantStatus(o, models.Paid)
	if n := w.number("SELECT count(*) FROM payment_events WHERE kind = 'callback'"); n != 1 {
		t.Errorf("the message is stored %d times", n)
	}
}

// An order's page does not fail because the bank's answer cannot be stored, and the worker
// does not try without end.
func TestSilenceIsSilenceThoughNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.place()
	w.steer("faults", m{"kind": "500_before", "route": "receipt"})
	mend := storetest.Break(t, w.raw, "BEFORE INSERT", "payment_events", "true")
	_, err := w.desk.Settle(t.Context(), o.LastPayment().ID, models.CauseOrderPage)
	if !errors.Is(err, payments.ErrBankSilent) {
		t.Errorf("error %v, want ErrBankSilent", err)
	}
	w.offset.Add(int64(time.Hour))
	if _, err := w.desk.Sweep(t.Context()); err == nil || errors.Is(err, bog.ErrSignature) {
		t.Error("a round that could not note anything has passed for done")
	}
	mend()
	w.heal()
	w.pay(o, m{"callback": m{"mode": "lost"}})
	w.sweep(time.Hour)
	w.wantStatus(o, models.Paid)
}
