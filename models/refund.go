package models

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
)

// Refund is money to be given back. It has its idempotency key on disk before
// the bank is asked; the bank's acknowledgement is not yet the result.
type Refund struct {
	ID             int64
	PaymentID      int64
	IdempotencyKey string
	AmountTetri    Tetri
	Reason         string
	State          string // starting, requested, completed, rejected
	ActionID       *string
	Tries          int
	NextTryAt      time.Time
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// paidTooLate handles money that came when the pieces were sold to others: the
// order is not fulfilled, what the bank still has of the money goes back by
// itself, the shopper is told.
func (s *Store) paidTooLate(tx *gorm.DB, now time.Time, o *Order, p *Payment, short *OrderLine) error {
	if err := raise(tx, now, "paid_too_late", p, "no more "+short.Slug+"; the money goes back"); err != nil {
		return err
	}
	if left := p.AskedTetri - p.RefundedTetri; left > 0 {
		if err := tx.Create(&Refund{
			PaymentID: p.ID, IdempotencyKey: uuid.NewString(), AmountTetri: left, Reason: "paid_too_late",
			State: "starting", NextTryAt: now, CreatedAt: now, UpdatedAt: now,
		}).Error; err != nil {
			return err
		}
	}
	o.PaidPaymentID = &p.ID
	if err := tx.Exec("UPDATE orders SET paid_payment_id = ? WHERE id = ?", p.ID, o.ID).Error; err != nil {
		return err
	}
	if err := setStatus(tx, now, o, Refunding, "paid_too_late"); err != nil {
		return err
	}
	return s.queueMail(tx, now, o, p, MailRefunding)
}

// DueRefunds lists refunds the bank has not finished and that should be taken a
// step further now, the longest waiting first.
func (s *Store) DueRefunds(ctx context.Context, limit int) (list []Refund, err error) {
	err = s.read.WithContext(ctx).Where("state IN ('starting', 'requested') AND next_try_at <= ?", s.Now()).
		Order("next_try_at").Limit(limit).Find(&list).Error
	return list, err
}

// PutOffRefund notes that a refund could not be taken further and when to try
// again.
func (s *Store) PutOffRefund(ctx context.Context, id int64) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		var tries int
		if err := query(tx, []any{&tries}, "SELECT tries FROM refunds WHERE id = ?", id); err != nil {
			return err
		}
		next := s.Now().Add(min(10*time.Second<<min(tries, 9), time.Hour))
		return exec(tx, "UPDATE refunds SET tries = ?, next_try_at = ? WHERE id = ?", tries+1, next, id)
	})
}

// RefundRequested stores that the bank took the request and how it calls it.
func (s *Store) RefundRequested(ctx context.Context, id int64, actionID string) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		return exec(tx, `UPDATE refunds SET state = 'requested', action_id = ?, tries = 0, updated_at = ?
			WHERE id = ? AND state = 'starting'`, actionID, s.Now(), id)
	})
}

// RefundEnded stores how a refund came out. The money itself enters the ledger
// with the receipt that shows it (Settle); a rejected refund goes before staff,
// and the receipt is read once more: the bank may have given the money back at
// another's request.
func (s *Store) RefundEnded(ctx context.Context, id int64, completed bool, why string) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		var r Refund
		if err := tx.Where("id = ?", id).Take(&r).Error; err != nil {
			return notFound(err, "refund.not_found")
		}
		if r.State == "completed" || r.State == "rejected" {
			return nil
		}
		now, state := s.Now(), "completed"
		if !completed {
			state = "rejected"
			p, _, err := lockPayment(tx, r.PaymentID)
			if err != nil {
				return err
			}
			if err := raise(tx, now, "refund_rejected", p, why); err != nil {
				return err
			}
			if err := checkAt(tx, p, &now); err != nil {
				return err
			}
		}
		return tx.Exec("UPDATE refunds SET state = ?, updated_at = ? WHERE id = ?", state, now, id).Error
	})
}
