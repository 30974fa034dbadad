package main

import (
	"context"
	"database/sql"
	"errors"
	"slices"
)

type postgres struct{ url string }

func startPostgres(context.Context, string) (*postgres, error) { return nil, errors.New("TODO") }
func (p *postgres) stop() error                                { return nil }
func (p *postgres) restart(context.Context) error              { return nil }

func openPostgres(url string) (*sql.DB, error) {
	if !slices.Contains(sql.Drivers(), "pgx") {
		return nil, errors.New("this build has no driver for PostgreSQL")
	}
	return sql.Open("pgx", url)
}
