package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// closedAt is when the bank has certainly stopped taking money for the attempt.
func (p *Payment) closedAt() time.Time { return p.ExpiresAt.UTC().Add(5 * time.Second) }

// reopenAfter is the longest pause between two calls that should open an attempt at the
// bank: somebody may be looking at the page that waits for it.
const reopenAfter = 4 * time.Second

// slowestCheck is the longest pause between two checks of an attempt that the bank has
// still to decide.
const slowestCheck = time.Hour

// nextCheck is when the bank is asked again about an undecided attempt: at growing
// intervals, and in any case when it closes, or when the time for deciding on a loan is over.
func (p *Payment) nextCheck(now time.Time) time.Time {
	longest := 5 * time.Minute
	switch {
	case p.State == PaymentStarting:
		longest = reopenAfter
	case p.DecideUntil != nil && now.Before(*p.DecideUntil):
		longest = loanCheck
	case p.DecideUntil != nil, now.After(p.closedAt().Add(undecidedFor)):
		longest = slowestCheck
	}
	at := now.Add(min(10*time.Second<<min(p.Checks, 9), longest))
	if over := p.closedAt(); now.Before(over) && at.After(over) {
		return over
	}
	if over := p.DecideUntil; over != nil && now.Before(*over) && at.After(*over) {
		return *over // the bank is asked before the units are released
	}
	return at
}

// laterChecks are the times since its creation at which the bank is asked again about an
// attempt that has ended, paid or not: money can come late, staff of the bank can give it
// back, and the message about it can get lost.
var laterChecks = []time.Duration{1 * day, 3 * day, 7 * day, 14 * day, 30 * day}

const day = 24 * time.Hour

// laterCheck is the next of the later checks, nil after the last.
func (p *Payment) laterCheck(now time.Time) *time.Time {
	for _, after := range laterChecks {
		if at := p.CreatedAt.UTC().Add(after); at.After(now) {
			return &at
		}
	}
	return nil
}

// scheduleCheck decides, after the bank has answered, when it is asked about the
// attempt again. For an attempt that ended without money that is when it closes, because
// until then the shopper can still succeed on the bank's page.
func scheduleCheck(tx *Tx, p *Payment) error {
	if p.BankOrderID == nil && p.State != PaymentStarting {
		return checkAt(tx, p, nil) // without the bank's id only a callback, or staff, can tell the outcome
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
	case PaymentPaid, PaymentPartRefunded, PaymentReleased:
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

// checkSoon schedules the next check of an attempt that the bank has not decided.
func checkSoon(tx *Tx, p *Payment) error {
	at := p.nextCheck(tx.now)
	return checkAt(tx, p, &at)
}

// checkAt stores when the bank is asked about the attempt again; nil means never.
func checkAt(tx *Tx, p *Payment, next *time.Time) error {
	p.NextCheckAt = next
	return tx.save(p, "NextCheckAt")
}

// DuePayments lists the attempts that are due for a check: first those that the bank has
// still to open, then the others, each in the order they became due.
func (s *Store) DuePayments(ctx context.Context, limit int) (ids []int64, err error) {
	err = queryAll(s.Read(ctx), &ids, `SELECT id FROM payments WHERE next_check_at <= ?
		ORDER BY bank_order_id IS NOT NULL, next_check_at LIMIT ?`, s.Now(), limit)
	return ids, err
}

// MakeOpenPaymentsDue makes every undecided attempt due now: after a standstill of the
// shop, callbacks may have been lost.
func (s *Store) MakeOpenPaymentsDue(ctx context.Context) error {
	return s.inTx(ctx, func(tx *Tx) error {
		return tx.exec("UPDATE payments SET next_check_at = ? WHERE next_check_at > ? AND state IN (?, ?, ?)",
			tx.now, tx.now, PaymentStarting, PaymentOpen, PaymentProcessing)
	})
}

// PutOffCheck notes that a check failed because the bank gave no answer, and schedules the
// next one. An attempt in any state stays due until the bank has answered, for it was due
// for a reason, such as a callback. The journal gets calls, the exchanges that were tried,
// or one line with cause and why.
func (s *Store) PutOffCheck(ctx context.Context, paymentID int64, cause Cause, why string, calls ...Event) error {
	return s.inTx(ctx, func(tx *Tx) error {
		p, o, err := tx.lockPayment(paymentID)
		if err != nil {
			return err
		}
		if len(calls) == 0 {
			if calls, err = unlessRepeated(tx, p, Event{At: tx.now, Kind: EventCall, Cause: cause, Verdict: why}); err != nil {
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

// unlessRepeated returns the journal line e, or nothing if the attempt's last line says the same.
func unlessRepeated(tx *Tx, p *Payment, e Event) ([]Event, error) {
	var last string
	err := query(tx.DB, []any{&last}, "SELECT verdict FROM payment_events WHERE payment_id = ? ORDER BY id DESC LIMIT 1", p.ID)
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) || last == e.Verdict {
		return nil, err
	}
	return []Event{e}, nil
}

// GiveUpStart ends an attempt that the bank never acknowledged and that has closed: nobody
// was given a page to pay it on. If it has ended already it is only no longer due. An
// automatic charge needs no page and may have been made, and so may a payment by a wallet's
// token: it neither ends nor is repeated, but goes to the review queue and waits for a late callback.
func (s *Store) GiveUpStart(ctx context.Context, paymentID int64) error {
	return s.inTx(ctx, func(tx *Tx) error {
		p, o, err := tx.lockPayment(paymentID)
		if err != nil {
			return err
		}
		if p.BankOrderID != nil {
			return nil // an answer or a callback came in the meantime and made it due
		}
		if p.State != PaymentStarting {
			return scheduleCheck(tx, p)
		}
		to := PaymentExpired
		if p.Kind == Automatic || p.Consented() {
			to = PaymentProcessing
			what := "the saved card was charged"
			if p.Consented() {
				what = "the wallet's payment was made"
			}
			if err := reviewPayment(tx, ReviewChargeUnknown, p, "order "+o.Number+": the bank never said whether "+what); err != nil {
				return err
			}
		}
		if err := movePayment(tx, o, p, to, "the bank never answered"); err != nil {
			return err
		}
		return scheduleCheck(tx, p)
	})
}

// LostAtBank ends an attempt that has closed and that the bank does not know any more
// although it gave us an id for it. It goes to the review queue, and the later checks may
// still find it.
func (s *Store) LostAtBank(ctx context.Context, paymentID int64, why string) error {
	return s.inTx(ctx, func(tx *Tx) error {
		p, o, err := tx.lockPayment(paymentID)
		if err != nil {
			return err
		}
		if err := reviewPayment(tx, ReviewUnknownAtBank, p, why, "unknown"); err != nil { // why has another request id each time
			return err
		}
		// What the bank said about it before no longer counts.
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

// LongestWaiting returns the undecided attempt whose check comes next, due or not; 0 if there
// is none.
func (s *Store) LongestWaiting(ctx context.Context) (id int64, err error) {
	err = query(s.Read(ctx), []any{&id}, `SELECT id FROM payments WHERE next_check_at IS NOT NULL AND state IN (?, ?, ?)
		ORDER BY next_check_at LIMIT 1`, PaymentStarting, PaymentOpen, PaymentProcessing)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = nil
	}
	return id, err
}
