package models

import (
	"context"
	"fmt"
	"slices"
)

// ReleaseReservations releases the units of declined orders that can no longer be paid,
// and returns the number of orders. An order that is due for a check within the hour
// keeps its units; the later checks do not count. It keeps them no longer than undecidedFor while the
// bank answers that it has not decided yet: then somebody has paid again on a page of the bank that had
// declined, and if the bank grants that later, afterCapture reserves the units again.
func (s *Store) ReleaseReservations(ctx context.Context) (released int, err error) {
	var ids []int64
	now := s.Now()
	err = queryAll(s.Read(ctx), &ids, `SELECT id FROM orders o WHERE reserves_stock = 1 AND reserved_until <= ? AND status = ?
		AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.order_id = o.id AND p.next_check_at <= ?
			AND (o.reserved_until > ? OR p.checked_at IS NULL OR p.checked_at <= o.reserved_until)) LIMIT 100`,
		now, Declined, now.Add(slowestCheck), now.Add(-undecidedFor))
	for _, id := range ids {
		done, err := s.releaseReservation(ctx, id)
		if err != nil {
			return released, fmt.Errorf("release order %d: %w", id, err)
		}
		if done {
			released++
		}
	}
	return released, err
}

func (s *Store) releaseReservation(ctx context.Context, id int64) (done bool, err error) {
	err = s.inTx(ctx, func(tx *Tx) error {
		o, err := tx.lockOrder("id = ?", id)
		if err != nil {
			return err
		}
		waited := !o.ReservedUntil.After(tx.now.Add(-undecidedFor))
		due := func(p Payment) bool { // a callback may have come just now
			answered := p.CheckedAt != nil && p.CheckedAt.After(o.ReservedUntil)
			return p.NextCheckAt != nil && !p.NextCheckAt.After(tx.now.Add(slowestCheck)) && !(waited && answered)
		}
		if o.Status != Declined || o.ReservedUntil.After(tx.now) || slices.ContainsFunc(o.Payments, due) {
			return nil
		}
		done = true
		if err := releaseUnits(tx, o); err != nil {
			return err
		}
		if err := setStatus(tx, o, Expired, ""); err != nil {
			return err
		}
		return queueMail(tx, o, o.LastPayment(), MailExpired)
	})
	return done, err
}
