package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// closedAt is when the bank has certainly stopped taking the attempt.
func (p *Payment) closedAt() time.Time { return p.ExpiresAt.UTC().Add(5 * time.Second) }

// reopenAfter is how long after a failed try the bank is asked again to open an attempt:
// somebody may be looking at the page that waits for it.
const reopenAfter = 4 * time.Second

// slowestCheck is the longest pause between two looks at an attempt about which the
// bank has still to say something.
const slowestCheck = time.Hour

// nextCheck is when to ask about an attempt that is still undecided: at growing
// intervals, and in any case when its time is over.
func (p *Payment) nextCheck(now time.Time) time.Time {
	longest := 5 * time.Minute
	switch {
	case p.State == PaymentStarting:
		longest = reopenAfter
	case now.After(p.closedAt().Add(undecidedFor)):
		longest = slowestCheck
	}
	at := now.Add(min(10*time.Second<<min(p.Checks, 9), longest))
	if over := p.closedAt(); now.Before(over) && at.After(over) {
		return over
	}
	return at
}

// laterChecks is how long after it began the bank is asked again about an attempt
// that has ended, paid or not: money can come late and go back at the bank's own desk,
// and the message of it can get lost.
var laterChecks = []time.Duration{1 * day, 3 * day, 7 * day, 14 * day, 30 * day}

const day = 24 * time.Hour

// laterCheck is the first of the later looks that is still to come, nil after the last.
func (p *Payment) laterCheck(now time.Time) *time.Time {
	for _, after := range laterChecks {
		if at := p.CreatedAt.UTC().Add(after); at.After(now) {
			return &at
		}
	}
	return nil
}

// scheduleCheck decides, after the bank has answered, when it is asked about the
// attempt again. One that ended without money is asked about once more when its
// time is over, because a later success on the bank's page would win.
func scheduleCheck(tx *Tx, p *Payment) error {
	if p.BankOrderID == nil && p.State != PaymentStarting {
		return checkAt(tx, p, nil) // nothing to ask about: the callback of an automatic charge may tell, or staff
	}
	var next *time.Time
	switch p.State {
	case PaymentStarting, PaymentOpen, PaymentProcessing:
		return checkSoon(tx, p)
	case PaymentDeclined, PaymentExpired, PaymentRefused:
		if over := p.closedAt(); tx.now.Before(over) {
			next = &over
		} else {
			next = p.laterCheck(tx.now)
		}
	case PaymentPaid, PaymentPartRefunded:
		next = p.laterCheck(tx.now)
	case PaymentHeld:
		at := tx.now.Add(slowestCheck)
		next = &at
	case PaymentRefunding:
		at := tx.now.Add(min(10*time.Second<<min(p.Checks, 8), slowestCheck))
		next = &at
	}
	return checkAt(tx, p, next)
}

// checkSoon has the bank asked about an attempt again because it has not said yet what
// becomes of it.
func checkSoon(tx *Tx, p *Payment) error {
	at := p.nextCheck(tx.now)
	return checkAt(tx, p, &at)
}

// checkAt stores when the bank is asked about the attempt again; nil is never.
func checkAt(tx *Tx, p *Payment, next *time.Time) error {
	p.NextCheckAt = next
	return tx.save(p, "NextCheckAt")
}

// DuePayments lists attempts about which the bank should be asked now, the
// longest waiting first, and before all others those that it has still to open.
func (s *Store) DuePayments(ctx context.Context, limit int) (ids []int64, err error) {
	err = queryAll(s.Read(ctx), &ids, `SELECT id FROM payments WHERE next_check_at <= ?
		ORDER BY bank_order_id IS NOT NULL, next_check_at LIMIT ?`, s.Now(), limit)
	return ids, err
}

// MakeOpenPaymentsDue has the bank asked about every undecided attempt now. After
// a standstill nobody knows which of their callbacks came to nobody.
func (s *Store) MakeOpenPaymentsDue(ctx context.Context) error {
	return s.inTx(ctx, func(tx *Tx) error {
		return tx.exec("UPDATE payments SET next_check_at = ? WHERE next_check_at > ? AND state IN (?, ?, ?)",
			tx.now, tx.now, PaymentStarting, PaymentOpen, PaymentProcessing)
	})
}

// PutOffCheck notes that the bank could not be asked about an attempt and when
// to try again. Whatever state the attempt is in, it was due for a reason, such
// as a message of the bank, and stays due until the bank has answered. The journal
// gets calls, the exchanges that were tried, or one line with cause and why.
func (s *Store) PutOffCheck(ctx context.Context, paymentID int64, cause Cause, why string, calls ...Event) error {
	return s.inTx(ctx, func(tx *Tx) error {
		p, o, err := tx.lockPayment(paymentID)
		if err != nil {
			return err
		}
		if len(calls) == 0 {
			if calls, err = silence(tx, p, Event{At: tx.now, Kind: EventCall, Cause: cause, Verdict: why}); err != nil {
				return err
			}
		}
		if err := journalCalls(tx, p.ID, calls); err != nil {
			return err
		}
		p.Checks++
		if err := tx.save(p, "Checks"); err != nil {
			return err
		}
		if err := reviewSilence(tx, o, p); err != nil {
			return err
		}
		return checkSoon(tx, p)
	})
}

// silence is the journal's line about a bank that could not be asked, none if the last
// line says the same.
func silence(tx *Tx, p *Payment, e Event) ([]Event, error) {
	var last string
	err := query(tx.DB, []any{&last}, "SELECT verdict FROM payment_events WHERE payment_id = ? ORDER BY id DESC LIMIT 1", p.ID)
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) || last == e.Verdict {
		return nil, err
	}
	return []Event{e}, nil
}

// GiveUpStart ends an attempt that the bank never acknowledged and whose time is
// over: nobody was given a page to pay it on. One that ended before is only taken
// off the list of what to ask about. An automatic charge needed no page: it may have
// been made, so it is neither ended nor tried again but goes to the review queue, and
// waits for a late callback.
func (s *Store) GiveUpStart(ctx context.Context, paymentID int64) error {
	return s.inTx(ctx, func(tx *Tx) error {
		p, o, err := tx.lockPayment(paymentID)
		if err != nil {
			return err
		}
		if p.BankOrderID != nil {
			return nil // answered, or told by a message, in the meantime; it is due by that
		}
		if p.State != PaymentStarting {
			return scheduleCheck(tx, p)
		}
		to := PaymentExpired
		if p.Kind == Automatic {
			to = PaymentProcessing
			if err := reviewPayment(tx, ReviewChargeUnknown, p, "order "+o.Number+": the bank never said whether the saved card was charged"); err != nil {
				return err
			}
		}
		if err := movePayment(tx, o, p, to, "the bank never answered"); err != nil {
			return err
		}
		return scheduleCheck(tx, p)
	})
}

// LostAtBank ends an attempt that the bank says it does not know although it had
// given us its id, once the time to pay it is over. It goes to the review queue, and
// the later looks may still find it.
func (s *Store) LostAtBank(ctx context.Context, paymentID int64, why string) error {
	return s.inTx(ctx, func(tx *Tx) error {
		p, o, err := tx.lockPayment(paymentID)
		if err != nil {
			return err
		}
		if err := review(tx, ReviewItem{
			Kind: ReviewUnknownAtBank, Subject: paymentSubject(p), OrderID: &p.OrderID, PaymentID: &p.ID,
			Detail: why, Happening: "unknown", // the answers differ in their request ids
		}); err != nil {
			return err
		}
		// What the bank had said of it counts no more.
		p.CheckedAt = nil
		if err := tx.save(p, "CheckedAt"); err != nil {
			return err
		}
		if p.State.open() || p.State == PaymentDeclined {
			if err := movePayment(tx, o, p, PaymentExpired, Cause(why)); err != nil {
				return err
			}
		}
		return scheduleCheck(tx, p)
	})
}
