// Package models holds what the shop knows: stock, carts, orders, payments, customers,
// the rules between them and the queries for them. It knows no HTTP and no bank.
package models

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/gofrs/flock"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	modernc "modernc.org/sqlite"
)

// Store is the shop's database: one connection that writes, a pool that reads.
// Exported methods open their own transaction; lower-case helpers take one.
type Store struct {
	// Now is the shop's clock, in UTC. Tests move it; set it before use.
	Now func() time.Time
	// Bounds limit what can be reserved without paying; set them before use.
	Bounds Bounds
	// Log gets a line for each item that enters the review queue; set it before use.
	Log *slog.Logger

	write   *gorm.DB
	writeDB *sql.DB
	read    *gorm.DB
	readDB  *sql.DB
	queue   *river.Client[*sql.Tx] // inserts only; the worker is built by main
	commits *committer
	lock    *flock.Flock // nil: other processes may have the file, too

}

// Access says for what a database is opened. The zero value is for tests.
type Access struct {
	Owner Owner // whose the database must be, unless it is nobody's yet
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
	restrict(path) // it is the shop's
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
	s.commits = newCommitter(s.write)
	return nil
}

// readers is the size of the read pool. SQLite readers do not block each other;
// more connections than this only cost memory.
const readers = 6

func (s *Store) connect(path string, conns int, extra ...string) (*gorm.DB, *sql.DB, error) {
	q := url.Values{
		"_time_format": {"sqlite"}, // a form that sorts as text and that other SQLite tools read
		"_pragma": {
			"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
			"cache_size(-2000)",
		},
	}
	q.Add(extra[0], extra[1])
	db, err := sql.Open(driverName, "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	g, err := gorm.Open(dialector{sqlite.New(sqlite.Config{Conn: db}).(*sqlite.Dialector)}, &gorm.Config{
		TranslateError:         true,
		SkipDefaultTransaction: true, // every write is inside inTx already
		NowFunc:                func() time.Time { return s.Now() },
		Logger: logger.NewSlogLogger(slog.Default(), logger.Config{
			LogLevel: logger.Error, IgnoreRecordNotFoundError: true, ParameterizedQueries: true,
		}),
	})
	return g, db, err
}

// checkSettings reads back what the DSN asked for: a driver that does not know
// a spelling ignores it silently, and SQLite before 3.51.3 can corrupt a WAL
// file that two connections use.
func (s *Store) checkSettings(ctx context.Context) error {
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000",
	} {
		var got string
		if err := s.writeDB.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got); err != nil {
			return fmt.Errorf("read pragma %s: %w", pragma, err)
		}
		if got != want {
			return fmt.Errorf("pragma %s is %q, need %q", pragma, got, want)
		}
	}
	var version string
	if err := s.writeDB.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version); err != nil {
		return err
	}
	if !sqliteAtLeast(version, 3, 51, 3) {
		return fmt.Errorf("SQLite %s can corrupt the database in WAL mode; 3.51.3 or later is needed", version)
	}
	return nil
}

func sqliteAtLeast(version string, major, minor, patch int) bool {
	var a, b, c int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &a, &b, &c); err != nil {
		return false
	}
	if a != major {
		return a > major
	}
	if b != minor {
		return b > minor
	}
	return c >= patch
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
	return s.inTx(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE heartbeat SET at = ? WHERE id = 1", s.Now()).Error
	})
}

// JobsDB is the connection the job queue works on.
func (s *Store) JobsDB() *sql.DB { return s.writeDB }

// dialector gives GORM's error translation back, which it only knows for the
// other SQLite driver.
type dialector struct{ *sqlite.Dialector }

func (dialector) Translate(err error) error {
	e, ok := errors.AsType[*modernc.Error](err)
	if !ok {
		return err
	}
	const ( // SQLite's extended result codes
		foreignKey = 787
		check      = 275
		primaryKey = 1555
		unique     = 2067
	)
	switch e.Code() {
	case primaryKey, unique:
		return gorm.ErrDuplicatedKey
	case foreignKey:
		return gorm.ErrForeignKeyViolated
	case check:
		return gorm.ErrCheckConstraintViolated
	}
	return err
}

// digest is the SHA-256 of b in hexadecimal: text, because GORM takes a slice of
// bytes in a query for a list of numbers.
func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// query runs a statement for one row into dest, sql.ErrNoRows if there is none,
// and exec one for its effect, both past GORM's statement builder. What every
// order, payment and callback runs goes this way: it halves the cost.
func query(tx *gorm.DB, dest []any, sql string, args ...any) error {
	rows, err := tx.Statement.ConnPool.QueryContext(tx.Statement.Context, sql, args...)
	if err == nil {
		err = scanRow(rows, dest)
	}
	return dialector{}.Translate(err)
}

func scanRow(rows *sql.Rows, dest []any) error {
	defer rows.Close()
	if !rows.Next() {
		return cmp.Or(rows.Err(), sql.ErrNoRows)
	}
	if err := rows.Scan(dest...); err != nil {
		return err
	}
	return rows.Close()
}

func exec(tx *gorm.DB, sql string, args ...any) error {
	_, err := execRows(tx, sql, args...)
	return err
}

// execRows is exec that tells how many rows were changed.
func execRows(tx *gorm.DB, sql string, args ...any) (int64, error) {
	r, err := tx.Statement.ConnPool.ExecContext(tx.Statement.Context, sql, args...)
	if err != nil {
		return 0, dialector{}.Translate(err)
	}
	return r.RowsAffected()
}
