package models

import (
	"context"
	"fmt"
	"slices"
)

// ReleaseReservations releases the units of declined orders that can no longer be paid,
// and returns the number of orders. An order that is due for a check within the hour
// keeps its units; the later checks do not count.
func (s *Store) ReleaseReservations(ctx context.Context) (released int, err error) {
	var ids []int64
	now := s.Now()
	err = queryAll(s.Read(ctx), &ids, `SELECT id FROM orders o WHERE reserves_stock = 1 AND reserved_until <= ? AND status = ?
		AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.order_id = o.id AND p.next_check_at <= ?) LIMIT 100`,
		now, Declined, now.Add(slowestCheck))
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
		due := func(p Payment) bool { // a callback may have come just now
			return p.NextCheckAt != nil && !p.NextCheckAt.After(tx.now.Add(slowestCheck))
		}
		if err != nil || o.Status != Declined || o.ReservedUntil.After(tx.now) || slices.ContainsFunc(o.Payments, due) {
			return err
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
