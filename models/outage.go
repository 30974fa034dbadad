package models

import (
	"context"
	"errors"

	"gorm.io/gorm"
)

// RaiseNoAccess puts before staff that the bank does not let the shop make a call, and
// reports whether they did not know yet.
func (s *Store) RaiseNoAccess(ctx context.Context, call, why string) (isNew bool, err error) {
	err = s.inTx(ctx, func(tx *Tx) error {
		if err := tx.lockSubject("review of " + callSubject(call)); err != nil {
			return err
		}
		var ongoing int
		if err := query(tx.DB, []any{&ongoing}, "SELECT count(*) FROM review_items WHERE kind = ? AND subject = ? AND over_at IS NULL",
			ReviewNoAccess, callSubject(call)); err != nil || ongoing > 0 {
			return err
		}
		isNew = true
		return review(tx, ReviewItem{Kind: ReviewNoAccess, Subject: callSubject(call), Detail: why})
	})
	return isNew, err
}

// CloseNoAccess ends what RaiseNoAccess has begun: the bank takes the call.
func (s *Store) CloseNoAccess(ctx context.Context, call string) error {
	return s.inTx(ctx, func(tx *Tx) error {
		return reviewOver(tx, callSubject(call), "the bank takes the call", ReviewNoAccess)
	})
}

func callSubject(call string) string { return "bank call " + call }

// LongestWaiting returns the undecided attempt that is the next to ask about, due or
// not; 0 if there is none.
func (s *Store) LongestWaiting(ctx context.Context) (id int64, err error) {
	err = query(s.Read(ctx), []any{&id}, `SELECT id FROM payments WHERE next_check_at IS NOT NULL AND state IN (?, ?, ?)
		ORDER BY next_check_at LIMIT 1`, PaymentStarting, PaymentOpen, PaymentProcessing)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = nil
	}
	return id, err
}
