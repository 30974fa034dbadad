package models

import (
	"cmp"
	"fmt"
	"time"
)

// How long something may stay undecided before it goes to the review queue. Until it is
// decided the units of its order stay reserved, and the checks go on.
const (
	undecidedFor = time.Hour      // since the attempt closed, while the bank answers "open" or "processing"
	silentFor    = 24 * time.Hour // in addition, while the bank gives no answer that can be read
	heldFor      = 31 * day       // since the hold began: the bank releases it after 30 days
	refundingFor = 3 * day        // since the bank began to say "refund requested"
)

// decidedElsewhere is SQL about an order, which is a row of this table: the bank decides on a loan for
// it, or the time is over in which the bank could tell what became of a wallet's token, and staff find
// it out. That can take days, in which the shopper may buy something else.
func decidedElsewhere(orders string) string {
	return "EXISTS (SELECT 1 FROM payments q WHERE q.order_id = " + orders + ".id AND q.state = '" + string(PaymentProcessing) +
		"' AND (q.decide_until IS NOT NULL OR q.bank_order_id IS NULL))"
}

// reviewAnswered closes the review items that the bank's answer has settled, and
// opens one if the bank has left the attempt undecided for too long.
func reviewAnswered(tx *Tx, o *Order, p *Payment) error {
	since, err := undecidedSince(tx, p)
	if err != nil {
		return err
	}
	settled := []ReviewKind{ReviewUnknownStatus, ReviewUnknownAtBank, ReviewChargeUnknown}
	if p.State != PaymentHeld {
		settled = append(settled, ReviewHoldExpiring, ReviewCaptureRejected, ReviewCaptureUndecided)
	}
	if p.State == PaymentReleased && o.CancelledAt != nil {
		settled = append(settled, ReviewPaidAfterCancel)
	}
	if err := reviewHold(tx, p); err != nil {
		return err
	}
	switch {
	case since.IsZero():
		settled = append(settled, ReviewUndecided)
	case tx.now.After(since):
		detail := fmt.Sprintf("the bank still says %q, beyond %s%s", p.BankStatus, since.UTC().Format(time.DateTime), unitsWait(o))
		if err := reviewUndecided(tx, p, detail); err != nil {
			return err
		}
	}
	if err := reviewOver(tx, paymentSubject(p), "the bank says "+p.BankStatus, settled...); err != nil || p.State != PaymentRefunded {
		return err
	}
	return allRefunded(tx, p)
}

// reviewSilence opens a review item for an attempt that waits for the bank's word
// while the bank has been silent about it for too long.
func reviewSilence(tx *Tx, o *Order, p *Payment) error {
	if err := reviewHold(tx, p); err != nil {
		return err
	}
	since, err := undecidedSince(tx, p)
	if err != nil || since.IsZero() || !tx.now.After(since.Add(silentFor)) {
		return err
	}
	return reviewUndecided(tx, p, "the bank gives no usable answer about it"+unitsWait(o))
}

// reviewUndecided puts an attempt into the review queue once for as long as it stays
// undecided, whether the bank answers in between or not.
func reviewUndecided(tx *Tx, p *Payment, detail string) error {
	return reviewPayment(tx, ReviewUndecided, p, detail, "undecided")
}

// unitsWait is what a review item says about the units that wait for the decision.
func unitsWait(o *Order) string {
	if !o.ReservesStock {
		return ""
	}
	return "; the units stay reserved until it is decided"
}

// undecidedSince is the moment from which an attempt has waited for the bank for too long;
// zero if it does not wait.
func undecidedSince(tx *Tx, p *Payment) (since time.Time, err error) {
	switch p.State {
	case PaymentStarting, PaymentOpen, PaymentProcessing:
		if p.DecideUntil != nil {
			return *p.DecideUntil, nil
		}
		return p.closedAt().Add(undecidedFor), nil
	case PaymentHeld:
		return cmp.Or(p.HeldAt, &p.CreatedAt).Add(heldFor), nil
	case PaymentRefunding:
		err = query(tx.DB, []any{&since}, "SELECT at FROM payment_events WHERE payment_id = ? AND kind = ? ORDER BY id DESC LIMIT 1",
			p.ID, EventTransition)
		return since.Add(refundingFor), err
	}
	return time.Time{}, nil
}
