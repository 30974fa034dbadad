package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// Bounds of one instance's work with PostgreSQL.
const (
	postgresConns = 20               // for each instance; the server's max_connections has to bear all of them
	oldestServer  = 150000           // PostgreSQL 15, as server_version_num has it
	txTime        = 15 * time.Second // how long a transaction may take, with all its repetitions
	maxRepeats    = 12               // of one transaction
)

// IsPostgres reports whether address is the URL of a PostgreSQL database.
func IsPostgres(address string) bool {
	return strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://")
}

// shownAddress is address without a password.
func shownAddress(address string) string {
	if !IsPostgres(address) {
		return address
	}
	u, err := url.Parse(address)
	if err != nil {
		return "postgres://…" // the parser's error would quote the password, too
	}
	return u.Redacted()
}

// openPostgres opens the database at a URL as OpenFor promises. Others may have it, too.
func (s *Store) openPostgres(ctx context.Context, address string, a Access) error {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return errors.New("the URL is not one of PostgreSQL") // pgx would quote it, with its password
	}
	s.writeDB = openPostgresPool(config)
	s.readDB = s.writeDB
	s.dialect = s.postgresDialect()
	if s.write, err = gorm.Open(postgresDialector{postgres.New(postgres.Config{Conn: s.writeDB}).(*postgres.Dialector)}, s.gormConfig()); err != nil {
		return err
	}
	s.read = s.write
	if err := s.checkServer(ctx); err != nil {
		return err
	}
	if a.Owner != (Owner{}) {
		if err := a.Owner.belongs(ctx, s.writeDB, s.dialect); err != nil {
			return err
		}
	}
	if err := s.migratePostgres(ctx, config); err != nil {
		return err
	}
	return s.openQueue()
}

// checkServer returns an error unless the server is new enough and keeps text as UTF-8.
func (s *Store) checkServer(ctx context.Context) error {
	var version int
	var encoding string
	row := s.writeDB.QueryRowContext(ctx, "SELECT current_setting('server_version_num')::int, current_setting('server_encoding')")
	if err := row.Scan(&version, &encoding); err != nil {
		return err
	}
	if version < oldestServer {
		return fmt.Errorf("PostgreSQL %d is too old; 15 or later is needed", version/10000)
	}
	if encoding != "UTF8" {
		return fmt.Errorf("the database's encoding is %s, and Georgian needs UTF8: create it with ENCODING 'UTF8'", encoding)
	}
	return nil
}

// postgresDialect is PostgreSQL's dialect. Its transactions read what others have committed in
// the meantime (READ COMMITTED) and lock what they go by, in the order that Tx says.
func (s *Store) postgresDialect() dialect {
	return dialect{
		name:      "postgres",
		goose:     goose.DialectPostgres,
		migrate:   func(ctx context.Context, c *schema) error { _, err := c.goose.Up(ctx); return err },
		hasTable:  hasPostgresTable,
		compare:   func(context.Context, *schema, int64) error { return nil }, // its files were always noted
		queue:     func(db *sql.DB) riverdriver.Driver[*sql.Tx] { return riverdatabasesql.New(db) },
		run:       s.repeated,
		forUpdate: " FOR UPDATE",
		using:     func(string) string { return "" }, // the server knows by its statistics
		inOrder:   " JOIN ",
		like:      "ILIKE",
		words:     tsvectorWords{},
		lockSubject: func(tx *Tx, subject string) error {
			return tx.exec("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", subject)
		},
		nextID: func(tx *Tx, table string) (id int64, err error) {
			err = query(tx.DB, []any{&id}, "SELECT nextval(pg_get_serial_sequence(?, 'id'))", table)
			return id, err
		},
	}
}

// repeated runs fn in a transaction, and runs it again when the server ends it because it
// came into conflict with another one.
func (s *Store) repeated(ctx context.Context, fn func(tx *Tx) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), txTime)
	defer cancel()
	for n := 0; ; n++ {
		tx, err := s.once(ctx, fn)
		if err == nil {
			for _, f := range tx.after {
				f()
			}
			return nil
		}
		if !inConflict(err) || n == maxRepeats {
			return err
		}
		s.repeats.Add(1)
		pause := time.NewTimer(rand.N(time.Duration(n+1) * 5 * time.Millisecond)) // apart from the other one
		select {
		case <-pause.C:
		case <-ctx.Done():
			return err
		}
	}
}

// once runs fn in a transaction. A panic in it becomes its error.
func (s *Store) once(ctx context.Context, fn func(tx *Tx) error) (tx *Tx, err error) {
	err = s.write.WithContext(ctx).Transaction(func(db *gorm.DB) (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic in transaction: %v\n%s", p, debug.Stack())
			}
		}()
		tx = &Tx{DB: db, now: s.Now().Truncate(time.Microsecond), store: s} // the server keeps no more
		return fn(tx)
	})
	return tx, err
}

// inConflict reports whether the server ended a transaction that may succeed another time: two
// waited for each other, or did not fit one after the other.
func inConflict(err error) bool {
	const serializationFailure, deadlockDetected = "40001", "40P01"
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == serializationFailure || e.Code == deadlockDetected) || outdated(err)
}

// postgresDown is StorageDown for PostgreSQL: there is no connection, the server has no room, is
// stopping, or takes too long.
func postgresDown(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch e.Code[:2] {
		case "08", "53", "57", "58": // connection, resources, operator's intervention, system
			return true
		}
		return e.Code == "25006" || lockTaken(err) // read-only; a lock was not to be had in time
	}
	_, connect := errors.AsType[*pgconn.ConnectError](err)
	_, network := errors.AsType[net.Error](err)
	return connect || network
}

// postgresDialector says how arguments are written in SQL by hand.
type postgresDialector struct{ *postgres.Dialector }

var bound sync.Map // text with ? to text with $1, $2…

// bind writes the placeholders of text, which stand as ?, as PostgreSQL wants them.
func (postgresDialector) bind(text string) string {
	if b, ok := bound.Load(text); ok {
		return b.(string)
	}
	var b strings.Builder
	quoted, n := false, 0
	for _, r := range text {
		switch {
		case r == '\'':
			quoted = !quoted
			b.WriteRune(r)
		case r == '?' && !quoted:
			n++
			fmt.Fprintf(&b, "$%d", n)
		default:
			b.WriteRune(r)
		}
	}
	bound.Store(text, b.String())
	return b.String()
}
