// Package models holds what the shop knows: stock, carts, orders, payments, customers,
// the rules between them and the queries for them. It knows no HTTP and no bank.
package models

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Store is the shop's database. SQLite has one connection that writes and a pool that reads;
// with PostgreSQL both are one pool.
// Exported methods open their own transaction; lower-case helpers take one (see Tx).
type Store struct {
	// Now is the shop's clock, in UTC. Tests move it; set it before use.
	Now func() time.Time
	// Bounds limit what can be reserved without paying; set them before use.
	Bounds Bounds
	// Split is whether money is shared with makers; set it before use.
	Split SplitRules
	// LoanDecision is how long units are reserved while the bank decides on a loan; 0 means a day.
	// Set it before use.
	LoanDecision time.Duration
	// PasswordMemory is how many KiB of memory it takes to hash a password; 0 means as many as are
	// safe. Tests that sign many people in need less; set it before use.
	PasswordMemory uint32
	// Log gets a line for each item that enters the review queue; set it before use.
	Log *slog.Logger

	write   *gorm.DB
	writeDB *sql.DB
	read    *gorm.DB
	readDB  *sql.DB
	queue   *river.Client[*sql.Tx] // inserts only; the worker is built by main
	dialect dialect
	commits *committer   // SQLite's
	lock    *flock.Flock // SQLite's; nil: other processes may have the file, too
	repeats atomic.Int64 // transactions that were run again

	nobodysHash func() (string, error) // hashForNobody, called once
}

// dialect is what each database engine does in its own way. Whatever is not in here has
// to work in all of them: `ON CONFLICT` with its columns, `RETURNING`, `FILTER` and
// `IS DISTINCT FROM` do. GORM's own dialect writes the locking of rows, and translates violated
// constraints.
type dialect struct {
	// name is what the engine's folder of migrations is called, goose the name of the engine there,
	// and migrations are those that are written in Go.
	name       string
	goose      goose.Dialect
	migrations []*goose.Migration
	// migrate runs the migrations. compare looks whether tables whose files were not noted are
	// what this program's files make up to a version. hasTable asks for a table, or any if the
	// name is empty.
	migrate  func(ctx context.Context, c *schema) error
	compare  func(ctx context.Context, c *schema, version int64) error
	hasTable func(ctx context.Context, db *sql.DB, table string) (bool, error)
	// queue is how the job queue speaks to the engine.
	queue func(*sql.DB) riverdriver.Driver[*sql.Tx]
	// run runs fn in a transaction, as inTx promises.
	run func(ctx context.Context, fn func(tx *Tx) error) error
	// forUpdate ends a query by hand whose rows are to be locked.
	forUpdate string
	// using has a query read a table by the named index, after the table's name; inOrder joins
	// two tables in the order in which they are named. Both are for engines that do not keep
	// statistics of their own accord.
	using   func(index string) string
	inOrder string
	// like compares without minding small and capital letters.
	like string
	// words finds orders by their people.
	words wordIndex
	// The methods of Tx with the same names.
	lockSubject func(tx *Tx, subject string) error
	nextID      func(tx *Tx, table string) (int64, error)
}

// Access says what a database is opened for. The zero value is for tests.
type Access struct {
	Owner Owner // must own the database, unless nobody does yet
	Alone bool  // no other process may have it, until Close
}

// Open opens the database at address, a postgres:// URL or the path of an SQLite file, which is
// made if there is none. It brings the schema up to date and checks that the connection
// really has the settings the shop relies on.
func Open(ctx context.Context, address string) (*Store, error) {
	return OpenFor(ctx, address, Access{})
}

// OpenFor is Open that refuses a database which belongs to somebody else, or which
// another process has, before anything in it is changed. PostgreSQL may be had by many.
func OpenFor(ctx context.Context, address string, a Access) (*Store, error) {
	s := &Store{Now: func() time.Time { return time.Now().UTC() }, Log: slog.Default()}
	s.nobodysHash = sync.OnceValues(s.hashForNobody)
	open := s.openSQLite
	if IsPostgres(address) {
		open = s.openPostgres
	}
	if err := open(ctx, address, a); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", shownAddress(address), err), s.Close())
	}
	return s, nil
}

// Close waits for running transactions and closes the file.
func (s *Store) Close() error {
	if s.commits != nil {
		s.commits.close()
	}
	var errs []error
	if s.readDB != nil && s.readDB != s.writeDB {
		errs = append(errs, s.readDB.Close())
	}
	if s.writeDB != nil {
		errs = append(errs, s.writeDB.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Unlock())
	}
	return errors.Join(errs...)
}

// Ping reports whether the database can be read and written now.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.readDB.PingContext(ctx); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	return s.inTx(ctx, func(tx *Tx) error {
		return tx.exec("UPDATE heartbeat SET at = ? WHERE id = 1", tx.now)
	})
}

// JobsDB is the connection the job queue works on, and QueueDriver how it speaks to it.
func (s *Store) JobsDB() *sql.DB { return s.writeDB }

// QueueDriver is the job queue's access to the database.
func (s *Store) QueueDriver() riverdriver.Driver[*sql.Tx] { return s.dialect.queue(s.writeDB) }

// Postgres reports whether the database is PostgreSQL's, for what is not the store's own.
func (s *Store) Postgres() bool { return s.dialect.name == "postgres" }

// Using has a query read a table by the named index, where the engine has to be told.
func (s *Store) Using(index string) string { return s.dialect.using(index) }

// Repeats is how many transactions were run again since the program started, because they had
// come into conflict with others.
func (s *Store) Repeats() int64 { return s.repeats.Load() }

// openQueue opens the part of the job queue that jobs are put into.
func (s *Store) openQueue() (err error) {
	if s.queue, err = river.NewClient(s.QueueDriver(), &river.Config{Logger: slog.New(slog.DiscardHandler)}); err != nil {
		return fmt.Errorf("job queue: %w", err)
	}
	return nil
}

// gormConfig is GORM's for either engine.
func (s *Store) gormConfig() *gorm.Config {
	return &gorm.Config{
		TranslateError:         true,
		SkipDefaultTransaction: true, // every write is inside inTx already
		NowFunc:                func() time.Time { return s.Now() },
		Logger:                 logger.Discard, // an error is returned, and logged by whoever handles it
	}
}

// SmallRead returns ctx for a query that reads a few rows. On SQLite it has no end: a context that
// can end costs the driver more than such a query. PostgreSQL's driver does not mind, and its server may
// hang, so there the end of ctx stays.
func (s *Store) SmallRead(ctx context.Context) context.Context {
	if s.Postgres() {
		return ctx
	}
	return context.WithoutCancel(ctx)
}

// StorageDown reports whether err came from a database that cannot do its work now. It is
// nobody's mistake, and the same may work later.
func StorageDown(err error) bool { return sqliteDown(err) || postgresDown(err) }

// digest is the SHA-256 of b in hexadecimal: text, because GORM takes a slice of
// bytes in a query for a list of numbers.
func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
