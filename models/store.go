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
	"time"

	"github.com/gofrs/flock"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"gorm.io/gorm"
)

// Store is the shop's database: one connection that writes, a pool that reads.
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
	// Log gets a line for each item that enters the review queue; set it before use.
	Log *slog.Logger

	write   *gorm.DB
	writeDB *sql.DB
	read    *gorm.DB
	readDB  *sql.DB
	queue   *river.Client[*sql.Tx] // inserts only; the worker is built by main
	dialect dialect
	commits *committer   // SQLite's
	lock    *flock.Flock // nil: other processes may have the file, too
}

// dialect is what each database engine does in its own way. Whatever is not in here has
// to work in all of them: `ON CONFLICT`, `RETURNING` and `FILTER` do. GORM's own dialect
// writes the locking of rows, and translates violated constraints.
type dialect struct {
	// run runs fn in a transaction, as inTx promises.
	run func(ctx context.Context, fn func(tx *Tx) error) error
	// forUpdate ends a query by hand whose rows are to be locked.
	forUpdate string
	// using has a query read a table by the named index, after the table's name.
	using func(index string) string
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

// Open opens or creates the SQLite file at path, brings its schema up to date
// and checks that the connection really has the settings the shop relies on.
func Open(ctx context.Context, path string) (*Store, error) {
	return OpenFor(ctx, path, Access{})
}

// OpenFor is Open that refuses a database which belongs to somebody else, or which
// another process has, before anything in it is changed.
func OpenFor(ctx context.Context, path string, a Access) (*Store, error) {
	s := &Store{Now: func() time.Time { return time.Now().UTC() }, Log: slog.Default()}
	file, err := prepareFile(path)
	if err == nil {
		err = s.open(ctx, file, a)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, path string, a Access) (err error) {
	if a.Alone {
		if s.lock, err = lockFile(path); err != nil {
			return err
		}
	}
	if s.write, s.writeDB, err = s.connect(path, 1, "_txlock", "immediate"); err != nil {
		return err
	}
	if err := s.checkSettings(ctx); err != nil {
		return err
	}
	if a.Owner != (Owner{}) {
		if err := a.Owner.belongs(ctx, s.writeDB); err != nil {
			return err
		}
	}
	if err := s.migrate(ctx, path); err != nil {
		return err
	}
	return s.prepare(path)
}

// migrate brings the schema up to date. Nobody else may have the file meanwhile.
func (s *Store) migrate(ctx context.Context, path string) error {
	schema, err := newSchema(s.writeDB)
	if err != nil {
		return err
	}
	pending, err := schema.check(ctx)
	if err != nil {
		return err
	}
	restrict(path) // now that it is known to be the shop's
	if !pending {
		return nil
	}
	if s.lock == nil {
		lock, err := lockFile(path)
		if err != nil {
			return fmt.Errorf("its tables have to be brought up to date: %w", err)
		}
		defer lock.Unlock()
	}
	if err := schema.migrate(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// prepare opens what works with tables that are up to date.
func (s *Store) prepare(path string) error {
	var err error
	if s.read, s.readDB, err = s.connect(path, readers, "_pragma", "query_only(1)"); err != nil {
		return err
	}
	if s.queue, err = river.NewClient(riversqlite.New(s.writeDB), &river.Config{Logger: slog.New(slog.DiscardHandler)}); err != nil {
		return fmt.Errorf("job queue: %w", err)
	}
	s.commits = newCommitter(s)
	s.dialect = sqliteDialect(s.commits)
	return nil
}

// Close waits for running transactions and closes the file.
func (s *Store) Close() error {
	if s.commits != nil {
		s.commits.close()
	}
	var errs []error
	if s.readDB != nil {
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

// JobsDB is the connection the job queue works on.
func (s *Store) JobsDB() *sql.DB { return s.writeDB }

// digest is the SHA-256 of b in hexadecimal: text, because GORM takes a slice of
// bytes in a query for a list of numbers.
func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
