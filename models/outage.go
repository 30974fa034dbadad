package models

import (
	"context"
	"database/sql"
	"errors"

	"gorm.io/gorm"
)

// noAccess is the kind of the review items about a bank that refuses a call of ours.
const noAccess = "bank_access"

// RaiseNoAccess puts before staff that the bank does not let the shop make a call, and
// reports whether they did not know yet.
func (s *Store) RaiseNoAccess(ctx context.Context, call, why string) (isNew bool, err error) {
	err = s.inTx(ctx, func(tx *gorm.DB) error {
		var open int
		if err := query(tx, []any{&open}, "SELECT count(*) FROM attention WHERE kind = ? AND subject = ? AND settled_at IS NULL", noAccess, call); err != nil || open > 0 {
			return err
		}
		isNew = true
		return exec(tx, `INSERT INTO attention (kind, subject, detail, at) VALUES (?, ?, ?, ?)
			ON CONFLICT (kind, subject) DO UPDATE SET detail = excluded.detail, at = excluded.at, settled_at = NULL`, noAccess, call, why, s.Now())
	})
	return isNew, err
}

// CloseNoAccess ends what RaiseNoAccess has begun: the bank takes the call.
func (s *Store) CloseNoAccess(ctx context.Context, call string) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		return exec(tx, "UPDATE attention SET settled_at = ? WHERE kind = ? AND subject = ? AND settled_at IS NULL", s.Now(), noAccess, call)
	})
}

// LongestWaiting returns the undecided attempt that is the next to ask about, due or
// not; 0 if there is none.
func (s *Store) LongestWaiting(ctx context.Context) (id int64, err error) {
	err = query(s.read.WithContext(ctx), []any{&id}, `SELECT id FROM payments WHERE next_check_at IS NOT NULL AND state IN (?, ?, ?)
		ORDER BY next_check_at LIMIT 1`, PaymentStarting, PaymentOpen, PaymentProcessing)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return id, err
}
