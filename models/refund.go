package models

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// RefundState is where a refund that the shop requested stands.
type RefundState string

// The states of a refund.
const (
	RefundStarting  RefundState = "starting"  // stored; the bank is not asked yet
	RefundRequested RefundState = "requested" // the bank is working on it
	RefundCompleted RefundState = "completed"
	RefundRejected  RefundState = "rejected" // the bank did not do it; RetryRefund asks again
)

// Refund is money to be given back. It has its idempotency key on disk before
// the bank is asked; the bank's acknowledgement is not yet the result.
type Refund struct {
	ID             int64
	PaymentID      int64
	IdempotencyKey string
	AmountTetri    Tetri
	Reason         string
	State          RefundState
	ActionID       *string
	Tries          int
	NextTryAt      time.Time
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// refundStuckFor is how long the bank may leave open what becomes of a refund before
// staff are to look at it.
const refundStuckFor = day

// paidTooLate handles money that came when the units were sold to others: the order is
// not fulfilled, the rest of the money is refunded without staff, and the shopper gets a mail.
func paidTooLate(tx *Tx, o *Order, p *Payment, short *OrderLine) error {
	if err := reviewPayment(tx, ReviewPaidTooLate, p, "no more "+short.Slug+"; the money goes back"); err != nil {
		return err
	}
	if left := p.RequestedTetri - p.RefundedTetri; left > 0 {
		if err := tx.Create(&Refund{
			PaymentID: p.ID, IdempotencyKey: uuid.NewString(), AmountTetri: left, Reason: reasonTooLate,
			State: RefundStarting, NextTryAt: tx.now, CreatedAt: tx.now, UpdatedAt: tx.now,
		}).Error; err != nil {
			return err
		}
	}
	o.PaidPaymentID = &p.ID
	if err := tx.save(o, "PaidPaymentID"); err != nil {
		return err
	}
	if err := setStatus(tx, o, Refunding, "paid_too_late"); err != nil {
		return err
	}
	return queueMail(tx, o, p, MailRefunding)
}

// bookRefunds enters into the ledger what the bank has refunded of an attempt since the last
// entry, whoever started the refund, and sends a mail about it.
func bookRefunds(tx *Tx, o *Order, p *Payment) error {
	if !p.State.captured() {
		return nil
	}
	was, err := booked(tx.DB, p.ID)
	if err != nil || p.RefundedTetri <= was.Refunded {
		return err
	}
	entry := ledgerEntry{OrderID: p.OrderID, PaymentID: p.ID, At: tx.now, Kind: moneyRefunded, AmountTetri: p.RefundedTetri - was.Refunded}
	if err := tx.Create(&entry).Error; err != nil {
		return err
	}
	return queueMailAbout(tx, o, p, MailRefunded, refundedNow(p.RefundedTetri-was.Refunded, p.RefundedTetri))
}

// refundedNow is what Mail.About says for a refund: the amount, and the sum of all refunds.
func refundedNow(now, inAll Tetri) string { return fmt.Sprintf("%d of %d", now, inAll) }

// Refunded returns what refundedNow wrote into a mail of the kind MailRefunded.
func (m *Mail) Refunded() (now, inAll Tetri) {
	if _, err := fmt.Sscanf(m.About, "%d of %d", &now, &inAll); err != nil {
		return 0, 0
	}
	return now, inAll
}

// allRefunded completes the refunds and closes the review items of an attempt that is
// refunded completely, whoever requested that.
func allRefunded(tx *Tx, p *Payment) error {
	if err := tx.exec("UPDATE refunds SET state = ?, updated_at = ? WHERE payment_id = ? AND state <> ?",
		RefundCompleted, tx.now, p.ID, RefundCompleted); err != nil {
		return err
	}
	return reviewOver(tx, paymentSubject(p), "the money went back",
		ReviewRefundRejected, ReviewRefundUndecided, ReviewPaidTooLate, ReviewSecondPayment)
}

// DueRefunds lists the unfinished refunds for which the bank is to be called now, the
// longest waiting first.
func (s *Store) DueRefunds(ctx context.Context, limit int) (list []Refund, err error) {
	err = s.Read(ctx).Where("state IN ? AND next_try_at <= ?", []RefundState{RefundStarting, RefundRequested}, s.Now()).
		Order("next_try_at").Limit(limit).Find(&list).Error
	return list, err
}

// changeRefund changes a refund, whose attempt and order are loaded with it, in one
// transaction. Errors: NotFound.
func (s *Store) changeRefund(ctx context.Context, id int64, change func(tx *Tx, r *Refund, p *Payment, o *Order) error) error {
	return s.inTx(ctx, func(tx *Tx) error {
		var paymentID int64
		if err := query(tx.DB, []any{&paymentID}, "SELECT payment_id FROM refunds WHERE id = ?", id); err != nil {
			return notFound(err, CodeRefundNotFound)
		}
		p, o, err := tx.lockPayment(paymentID)
		if err != nil {
			return err
		}
		var r Refund
		if err := tx.Where("id = ?", id).Take(&r).Error; err != nil {
			return err
		}
		return change(tx, &r, p, o)
	})
}

// PutOffRefund notes that a call for refund r came to nothing, and schedules the next. If the
// refund has moved on since r was loaded, it changes nothing. A refund that has waited
// for too long goes to the review queue, and the calls go on.
func (s *Store) PutOffRefund(ctx context.Context, r Refund) error {
	return s.changeRefund(ctx, r.ID, func(tx *Tx, is *Refund, p *Payment, _ *Order) error {
		if is.IdempotencyKey != r.IdempotencyKey || is.State != RefundStarting && is.State != RefundRequested {
			return nil
		}
		if tx.now.Sub(is.UpdatedAt) > refundStuckFor {
			if err := reviewPayment(tx, ReviewRefundUndecided, p, fmt.Sprintf("refund %d of %s is %s since %s",
				is.ID, is.AmountTetri, is.State, is.UpdatedAt.UTC().Format(time.DateTime))); err != nil {
				return err
			}
		}
		is.NextTryAt = tx.now.Add(min(10*time.Second<<min(is.Tries, 9), time.Hour))
		is.Tries++
		return tx.save(is, "Tries", "NextTryAt")
	})
}

// RefundAccepted stores that the bank took the request, and its id there.
func (s *Store) RefundAccepted(ctx context.Context, id int64, actionID string) error {
	return s.inTx(ctx, func(tx *Tx) error {
		return tx.exec("UPDATE refunds SET state = ?, action_id = ?, tries = 0, updated_at = ? WHERE id = ? AND state = ?",
			RefundRequested, actionID, tx.now, id, RefundStarting)
	})
}

// RefundDone stores that the bank has refunded the money. The ledger gets it with the
// receipt that shows it (Settle).
func (s *Store) RefundDone(ctx context.Context, id int64) error {
	return s.changeRefund(ctx, id, func(tx *Tx, r *Refund, p *Payment, _ *Order) error {
		if err := reviewOver(tx, paymentSubject(p), "the money went back", ReviewRefundRejected, ReviewRefundUndecided); err != nil {
			return err
		}
		return moveRefund(tx, r, RefundCompleted)
	})
}

// RefundFailed stores that the bank rejected a refund. It goes to the review queue, the
// order's page tells the shopper, and the attempt becomes due for a check: somebody else
// may have had the money refunded. Unless retryAfter is 0 the refund is requested anew
// after that time; otherwise staff do that (RetryRefund).
func (s *Store) RefundFailed(ctx context.Context, id int64, why string, retryAfter time.Duration) error {
	return s.changeRefund(ctx, id, func(tx *Tx, r *Refund, p *Payment, o *Order) error {
		if r.State == RefundCompleted || r.State == RefundRejected {
			return nil
		}
		if err := reviewOver(tx, paymentSubject(p), "the bank has said no", ReviewRefundUndecided); err != nil {
			return err
		}
		detail := fmt.Sprintf("refund %d of %s: %s", r.ID, r.AmountTetri, why)
		if retryAfter > 0 {
			detail += "; it is asked for again by itself"
		}
		if err := reviewPayment(tx, ReviewRefundRejected, p, detail, r.IdempotencyKey); err != nil {
			return err
		}
		if err := refundEvent(tx, o, refundRejected); err != nil {
			return err
		}
		if err := checkAt(tx, p, &tx.now); err != nil {
			return err
		}
		if retryAfter > 0 {
			return renewRefund(tx, r, tx.now.Add(retryAfter))
		}
		return moveRefund(tx, r, RefundRejected)
	})
}

// RetryRefund requests a refund again, at once, that the bank rejected. Errors: NotFound;
// Conflict "refund.requested" while the bank is working on it, "refund.completed" when
// nothing is left to refund.
func (s *Store) RetryRefund(ctx context.Context, id int64) error {
	return s.changeRefund(ctx, id, func(tx *Tx, r *Refund, p *Payment, o *Order) error {
		switch {
		case r.State == RefundCompleted || p.RefundedTetri >= p.RequestedTetri:
			return &Error{Kind: Conflict, Code: CodeRefundCompleted}
		case r.State == RefundRequested:
			return &Error{Kind: Conflict, Code: CodeRefundRequested}
		case r.State == RefundStarting: // it waits for its next call; the key is good
			r.NextTryAt = tx.now
			return tx.save(r, "NextTryAt")
		}
		r.AmountTetri = min(r.AmountTetri, p.RequestedTetri-p.RefundedTetri)
		if err := reviewOver(tx, paymentSubject(p), "the refund is asked for again", ReviewRefundRejected); err != nil {
			return err
		}
		if err := refundEvent(tx, o, refundAgain); err != nil {
			return err
		}
		return renewRefund(tx, r, tx.now)
	})
}

// renewRefund has a refund requested under a new key from the moment at on. Under the old
// key the bank would only repeat its rejection.
func renewRefund(tx *Tx, r *Refund, at time.Time) error {
	r.State, r.IdempotencyKey, r.ActionID, r.Tries, r.NextTryAt, r.UpdatedAt = RefundStarting, uuid.NewString(), nil, 0, at, at
	return tx.save(r, "State", "IdempotencyKey", "ActionID", "AmountTetri", "Tries", "NextTryAt", "UpdatedAt")
}

func moveRefund(tx *Tx, r *Refund, to RefundState) error {
	r.State, r.UpdatedAt = to, tx.now
	return tx.save(r, "State", "UpdatedAt")
}

// What happened to a refund, in the timeline of its order.
const (
	refundRejected = "refund_rejected"
	refundAgain    = "refund_again"
)

// owesRefund reports whether an attempt was paid when the units were gone and is not
// refunded completely.
func owesRefund(tx *Tx, p *Payment) (owes bool, err error) {
	err = query(tx.DB, []any{&owes}, "SELECT EXISTS (SELECT 1 FROM refunds WHERE payment_id = ? AND reason = ? AND state <> ?)",
		p.ID, reasonTooLate, RefundCompleted)
	return owes && p.RefundedTetri < p.RequestedTetri, err
}

// reasonTooLate is the reason of a refund of money that came when the units were gone.
const reasonTooLate = "paid_too_late"

// refundEvent adds to the timeline what happened to a refund, if the order waits for it.
func refundEvent(tx *Tx, o *Order, detail string) error {
	if o.Status != Refunding {
		return nil
	}
	return addOrderEvent(tx, o.ID, Refunding, detail)
}
