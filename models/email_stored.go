package models

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/pressly/goose/v3"
)

// tidyStoredEmails is migration 12. Addresses that were stored before parseEmail get
// its form, which SQL cannot make; in ASCII they have it already, but for the case of
// those in guests' orders, which their index does not mind. An account whose address
// another one has by now stays as it is.
var tidyStoredEmails = goose.NewGoMigration(12, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
	for _, table := range []string{"customers", "orders", "mail_links"} {
		if err := tidyEmailsOf(ctx, tx, table); err != nil {
			return fmt.Errorf("addresses of %s: %w", table, err)
		}
	}
	return nil
}}, nil)

func tidyEmailsOf(ctx context.Context, tx *sql.Tx, table string) error {
	rows, err := tx.QueryContext(ctx, "SELECT DISTINCT email FROM "+table+" WHERE email GLOB '*[^ -~]*'")
	if err != nil {
		return err
	}
	defer rows.Close()
	var stored []string
	for rows.Next() {
		var email string
		if err := rows.Scan(&email); err != nil {
			return err
		}
		stored = append(stored, email)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, was := range stored {
		email, _ := parseEmail(was)
		if _, err := tx.ExecContext(ctx, "UPDATE OR IGNORE "+table+" SET email = ? WHERE email = ?", email, was); err != nil {
			return err
		}
	}
	return nil
}
