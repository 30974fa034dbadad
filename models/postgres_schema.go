package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// migrationLock is the number of the lock that an instance holds while it brings the schema up to
// date, so that several may start at once.
const migrationLock = 0x64756b616e69 // "dukani"

// migratePostgres brings the schema up to date. Other instances may be at work meanwhile: a
// migration only adds what they need not know (CONTRIBUTING).
func (s *Store) migratePostgres(ctx context.Context) (err error) {
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
	return schema.migrate(ctx)
}

// hasPostgresTable reports whether there is a table of this name, or any if it is empty, where
// the shop's are.
func hasPostgresTable(ctx context.Context, db *sql.DB, table string) (has bool, err error) {
	err = db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND $1::text IN ('', tablename::text))", table).Scan(&has)
	return has, err
}
