package main

import (
	"database/sql"
	"errors"
	"slices"
)

// serverSettings keep a server small that shares a machine with three shops and a bank.
var serverSettings = []string{"max_connections=120", "shared_buffers=64MB"}

// openPostgres opens a shop's PostgreSQL database for reading.
func openPostgres(url string) (*sql.DB, error) {
	const driver = "pgx"
	if !slices.Contains(sql.Drivers(), driver) {
		return nil, errors.New("this build has no driver for PostgreSQL")
	}
	return sql.Open(driver, url+"&default_transaction_read_only=on")
}
