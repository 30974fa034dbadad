package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Owner is the bank, and the merchant there, that a database belongs to: the ids of orders and
// cards at one bank mean nothing at another.
type Owner struct {
	Bank     string // simulator, sandbox or live
	Merchant string // the merchant's client id
}

// belongs returns an error if the database already belongs to somebody else than o.
func (o Owner) belongs(ctx context.Context, db *sql.DB, d dialect) error {
	if has, err := d.hasTable(ctx, db, "owner"); err != nil || !has {
		return err
	}
	var is Owner
	err := db.QueryRowContext(ctx, "SELECT bank, merchant FROM owner").Scan(&is.Bank, &is.Merchant)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	case is.Bank != o.Bank:
		return fmt.Errorf("the database belongs to the bank %q, and the shop was started for %q: name another file, or the bank it was made with",
			is.Bank, o.Bank)
	case is.Merchant != o.Merchant:
		return fmt.Errorf("the database belongs to the merchant %q, and the shop was started for %q: name another file, or the merchant it was made with",
			is.Merchant, o.Merchant)
	}
	return nil
}

// Claim makes o the owner of the database, for good. A database from before owners were noted
// belongs to the first who claims it.
func (s *Store) Claim(ctx context.Context, o Owner) error {
	return s.inTx(ctx, func(tx *Tx) error {
		return tx.exec("INSERT INTO owner (id, bank, merchant, since) VALUES (1, ?, ?, ?) ON CONFLICT DO NOTHING", o.Bank, o.Merchant, tx.now)
	})
}
