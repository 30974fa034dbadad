package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"

	"github.com/google/uuid"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"dukani/e2e/postgres"
)

// serverSettings keep a server small that shares a machine with three shops and a bank.
var serverSettings = []string{"max_connections=120", "shared_buffers=64MB"}

// makePostgres returns the address of an empty database: on a server of its own, which can be killed,
// or on the one that the options name.
func (w *world) makePostgres(ctx context.Context) (address string, err error) {
	if w.DatabaseURL == "" {
		if w.database, err = postgres.Start(ctx, serverSettings...); err != nil {
			return "", err
		}
		return w.database.URL, nil
	}
	u, err := url.Parse(w.DatabaseURL)
	if err != nil {
		return "", fmt.Errorf("-database-url: %w", err)
	}
	db, err := sql.Open("pgx", w.DatabaseURL)
	if err != nil {
		return "", err
	}
	defer db.Close()
	w.ownDatabase = "dukani_chaos_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	if _, err := db.ExecContext(ctx, "CREATE DATABASE "+w.ownDatabase); err != nil {
		w.ownDatabase = ""
		return "", fmt.Errorf("-database-url: %w", err)
	}
	u.Path = "/" + w.ownDatabase
	return u.String(), nil
}

// dropPostgres removes what makePostgres has made.
func (w *world) dropPostgres() error {
	if w.database != nil {
		return w.database.Stop()
	}
	if w.ownDatabase == "" {
		return nil
	}
	db, err := sql.Open("pgx", w.DatabaseURL)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec("DROP DATABASE " + w.ownDatabase + " WITH (FORCE)")
	return err
}

// openPostgres opens a shop's PostgreSQL database for reading.
func openPostgres(address string) (*sql.DB, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	q := u.Query()
	q.Set("default_transaction_read_only", "on")
	u.RawQuery = q.Encode()
	return sql.Open("pgx", u.String())
}
