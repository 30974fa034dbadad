package models

import "context"

// CountRequest counts one more request of somebody in the current minute, and returns how many
// there were. It is for several instances: one that is alone counts in its memory.
func (s *Store) CountRequest(ctx context.Context, who string) (n int, err error) {
	err = s.inTx(ctx, func(tx *Tx) error {
		minute := tx.now.Unix() / 60
		if err := query(tx.DB, []any{&n}, `INSERT INTO request_counts (minute, subject, n) VALUES (?, ?, 1)
			ON CONFLICT (minute, subject) DO UPDATE SET n = request_counts.n + 1 RETURNING n`, minute, digest([]byte(who))); err != nil || n > 1 {
			return err
		}
		// The minutes that are over are cleared away by whoever begins another one. A row that another
		// instance is clearing away is left to it: waiting for it could be in a circle.
		return tx.exec(`DELETE FROM request_counts WHERE ctid IN
			(SELECT ctid FROM request_counts WHERE minute < ? LIMIT 100 FOR UPDATE SKIP LOCKED)`, minute)
	})
	return n, err
}
