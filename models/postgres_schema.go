package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// migrationLock is the number of the lock that an instance holds while it brings the schema up to
// date, so that several may start at once.
const migrationLock = 0x64756b616e69 // "dukani"

// Everybody who wants a table queues behind a migration that waits for it, even if only somebody who
// reads it for long has it, such as pg_dump. So a migration waits for a moment, gives way, and is tried
// again.
const (
	// The moment is less than the server's deadlock_timeout: where the migration, somebody in its queue
	// and somebody whom it waits for wait for each other, it is the migration that ends.
	migrationLockTime = 500 * time.Millisecond
	migrationPause    = time.Second // in which those who queued have their turn
	migrationTries    = 100         // two and a half minutes
)

// migratePostgres brings the schema up to date. Other instances may be at work meanwhile: a
// migration only adds what they need not know (CONTRIBUTING).
func (s *Store) migratePostgres(ctx context.Context, config *pgx.ConnConfig) (err error) {
	schema, err := newSchema(s.writeDB, s.dialect)
	if err != nil {
		return err
	}
	if pending, err := schema.check(ctx); err == nil && !pending {
		return nil
	}
	// Another instance may be making the tables just now, so that only the answer under the lock counts.
	conn, err := s.writeDB.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, fmt.Sprintf("SET lock_timeout = 0; SET statement_timeout = 0; SELECT pg_advisory_lock(%d)", migrationLock)); err != nil {
		return err
	}
	defer func() {
		_, unlock := conn.ExecContext(context.WithoutCancel(ctx), fmt.Sprintf("SELECT pg_advisory_unlock(%d); RESET lock_timeout; RESET statement_timeout", migrationLock))
		err = errors.Join(err, unlock)
	}()
	if pending, err := schema.check(ctx); err != nil || !pending {
		return err
	}
	config = config.Copy() // for connections that wait less for locks than the shop's
	config.RuntimeParams["lock_timeout"] = strconv.FormatInt(migrationLockTime.Milliseconds(), 10)
	db := openPostgresPool(config)
	defer db.Close()
	if schema, err = newSchema(db, s.dialect); err != nil {
		return err
	}
	return s.tryToMigrate(ctx, schema)
}

// tryToMigrate migrates, again and again while a table is in use.
func (s *Store) tryToMigrate(ctx context.Context, schema *schema) error {
	for tries := 1; ; tries++ {
		err := schema.migrate(ctx)
		switch {
		case !lockTaken(err):
			return err
		case tries == migrationTries:
			return fmt.Errorf("somebody keeps a table, perhaps pg_dump: start again when that is over: %w", err)
		}
		s.Log.WarnContext(ctx, "a migration waits for a table that is in use", "err", err)
		select {
		case <-time.After(migrationPause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// lockTaken reports whether a statement has waited for a lock as long as it may.
func lockTaken(err error) bool {
	const lockNotAvailable = "55P03"
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == lockNotAvailable
}

// hasPostgresTable reports whether there is a table of this name, or any if it is empty, where
// the shop's are.
func hasPostgresTable(ctx context.Context, db *sql.DB, table string) (has bool, err error) {
	err = db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND $1::text IN ('', tablename::text))", table).Scan(&has)
	return has, err
}
