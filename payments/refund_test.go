package payments_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"dukani/models"
)

// tooLate is an order that was paid with card when its units were sold: its money has to
// go back.
func (w *world) tooLate(card string) *models.Order {
	w.t.Helper()
	o, _ := w.place()
	w.expire()
	w.exec("UPDATE stock SET on_hand = 0")
	w.pay(o, m{"force": true, "card": card, "callback": m{"mode": "lost"}})
	w.settle(o)
	w.wantStatus(o, models.Refunding)
	return o
}

// An answer of the firewall in front of the bank says nothing about a refund.
func TestNoVerdictOfTheEdgeEndsARefund(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]m{
		"HTML 403": {"kind": "html_error_page", "route": "refund", "status": 403},
		"HTML 400": {"kind": "html_error_page", "route": "refund", "status": 400},
		"HTML 501": {"kind": "html_error_page", "route": "refund", "status": 501},
		"401":      {"kind": "401", "route": "refund"},
		"429":      {"kind": "429", "route": "refund"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			o := w.tooLate(goodCard)
			w.steer("faults", fault)
			w.sweep(time.Second)
			w.sweep(time.Minute)
			w.wantStatus(o, models.Refunding)
			w.wantReview(models.ReviewPaidTooLate) // the bank has rejected nothing
			keys := w.number("SELECT count(DISTINCT json_extract(headers, '$.idempotency_key')) FROM payment_events WHERE kind = 'call' AND cause = 'refund'")
			if keys != 1 {
				t.Errorf("%d keys were used for one refund", keys)
			}
			w.heal()
			w.sweep(time.Hour)
			w.sweep(time.Minute)
			w.wantStatus(o, models.Refunded)
			w.wantReview() // the refund is made
			w.wantMails(o, models.MailExpired, models.MailRefunding, models.MailRefunded)
			w.wantSameMoney()
		})
	}
}

// The firewall answers like that for a day.
func TestARefundWithoutAVerdictIsReviewedAfterADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.tooLate(goodCard)
	w.steer("faults", m{"kind": "html_error_page", "route": "refund"})
	w.sweep(time.Second)
	w.sweep(23 * time.Hour)
	w.wantReview(models.ReviewPaidTooLate)
	w.sweep(2 * time.Hour)
	w.wantReview(models.ReviewPaidTooLate, models.ReviewRefundUndecided)
	w.heal()
	w.sweep(time.Hour)
	w.sweep(time.Minute)
	w.wantStatus(o, models.Refunded)
	w.wantReview()
	w.wantSameMoney()
}

// The bank has made the refund and answers 403: the money does not go back twice.
func TestARefundThatWasDoneBehindARefusalIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.tooLate(goodCard)
	w.bank.BeforeAnswer = func(r *http.Request) int {
		if strings.Contains(r.URL.Path, "/refund/") {
			return http.StatusForbidden
		}
		return 0
	}
	w.sweep(time.Second)
	w.wantReview(models.ReviewPaidTooLate)
	w.bank.BeforeAnswer = nil
	w.sweep(time.Hour)
	w.sweep(time.Minute)
	w.wantStatus(o, models.Refunded)
	w.wantReview()
	w.wantSameMoney()
}

// The bank rejects a refund: the shopper reads so, and staff repeat it under a new key,
// because the old one only replays the rejection.
func TestARejectedRefundCanBeDrivenAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.tooLate("4000000000000162")
	w.sweep(time.Second)
	w.sweep(time.Minute)
	w.sweep(time.Minute)
	w.wantStatus(o, models.Refunding) // and does not read "paid, we are getting your order ready"
	if !w.order(o).RefundDelayed() {
		t.Error("the shopper does not read that the bank has not done it")
	}
	w.wantReview(models.ReviewPaidTooLate, models.ReviewRefundRejected)
	if err := w.store.RetryRefund(t.Context(), 99, models.Actor{}); !models.IsKind(err, models.NotFound) {
		t.Errorf("a refund that is not there: %v", err)
	}
	retry := func() {
		t.Helper()
		if err := w.store.RetryRefund(t.Context(), 1, models.Actor{}); err != nil {
			t.Fatal(err)
		}
		if w.order(o).RefundDelayed() {
			t.Error("the shopper does not read that the bank was asked again")
		}
		w.wantReview(models.ReviewPaidTooLate)
		w.sweep(0)
		w.sweep(time.Minute)
	}
	retry()
	w.wantReview(models.ReviewPaidTooLate, models.ReviewRefundRejected) // it has happened again
	w.steer("orders/"+*w.order(o).LastPayment().BankOrderID+"/plan", m{"later": "succeed"})
	retry()
	w.wantStatus(o, models.Refunded)
	w.wantReview()
	keys := w.number("SELECT count(DISTINCT json_extract(headers, '$.idempotency_key')) FROM payment_events WHERE kind = 'call' AND cause = 'refund'")
	if keys != 3 {
		t.Errorf("%d keys for three refunds", keys)
	}
	if err := w.store.RetryRefund(t.Context(), 1, models.Actor{}); !models.IsKind(err, models.Conflict) {
		t.Errorf("once more when all has gone back: %v", err)
	}
	w.wantSameMoney()
}

// Code 163: the merchant's settled money is not enough for the refund.
func TestARefundThatLacksSettledMoneyIsTriedAgainByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.tooLate("4000000000000163")
	w.sweep(time.Second)
	w.sweep(time.Minute)
	w.wantReview(models.ReviewPaidTooLate, models.ReviewRefundRejected)
	asked := w.calls()["refund"]
	w.sweep(11 * time.Hour)
	if n := w.calls()["refund"]; n != asked {
		t.Errorf("asked again after 11 hours")
	}
	w.sweep(time.Hour) // not settled yet
	w.sweep(time.Minute)
	w.wantReview(models.ReviewPaidTooLate, models.ReviewRefundRejected)
	w.steer("orders/"+*w.order(o).LastPayment().BankOrderID+"/plan", m{"later": "succeed"})
	w.sweep(13 * time.Hour)
	w.sweep(time.Minute)
	w.wantStatus(o, models.Refunded)
	w.wantReview()
	w.wantSameMoney()
}

// Staff refund at the bank's console what the bank had rejected: that ends the refund.
func TestARejectedRefundEndsWhenTheMoneyWentBackAfterAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.tooLate("4000000000000162")
	w.sweep(time.Second)
	w.sweep(time.Minute)
	bankID := *w.order(o).LastPayment().BankOrderID
	w.steer("orders/"+bankID+"/plan", m{"later": "succeed"})
	w.steer("orders/"+bankID+"/console", m{"action": "refund"})
	w.sweep(time.Minute)
	w.wantStatus(o, models.Refunded)
	w.wantReview()
	if n := w.number("SELECT count(*) FROM refunds WHERE state = 'completed'"); n != 1 {
		t.Errorf("%d refunds completed", n)
	}
	w.wantSameMoney()
}
