package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"
	modernc "modernc.org/sqlite"
)

// readers is the size of the read pool. SQLite readers do not block each other;
// more connections than this only cost memory.
const readers = 6

// openSQLite opens the file at path as OpenFor promises.
func (s *Store) openSQLite(ctx context.Context, path string, a Access) error {
	file, err := prepareFile(path)
	if err != nil {
		return err
	}
	if a.Alone {
		if s.lock, err = lockFile(file); err != nil {
			return err
		}
	}
	if s.write, s.writeDB, err = s.connect(file, 1, "_txlock", "immediate"); err != nil {
		return err
	}
	if err := s.checkSettings(ctx); err != nil {
		return err
	}
	s.commits = newCommitter(s)
	s.dialect = sqliteDialect(s.commits)
	if a.Owner != (Owner{}) {
		if err := a.Owner.belongs(ctx, s.writeDB, s.dialect); err != nil {
			return err
		}
	}
	if err := s.migrate(ctx, file); err != nil {
		return err
	}
	if s.read, s.readDB, err = s.connect(file, readers, "_pragma", "query_only(1)"); err != nil {
		return err
	}
	return s.openQueue()
}

// migrate brings the schema up to date. Nobody else may have the file meanwhile.
func (s *Store) migrate(ctx context.Context, path string) error {
	schema, err := newSchema(s.writeDB, s.dialect)
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
	return schema.migrate(ctx)
}

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
	g, err := gorm.Open(dialector{sqlite.New(sqlite.Config{Conn: db}).(*sqlite.Dialector)}, s.gormConfig())
	if err != nil {
		return nil, db, err
	}
	// SQLite tells the id of a new row anyway; RETURNING would cost half as much again.
	// It does not tell the id of a row that Create has changed because it was there.
	return g, db, g.Callback().Create().Replace("gorm:create", callbacks.Create(&callbacks.Config{LastInsertIDReversed: true}))
}

// checkSettings reads back what the DSN sets: a driver ignores a spelling that it does not
// know, and SQLite before 3.51.3 can corrupt a WAL file that two connections use.
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

// sqliteDialect is SQLite's dialect. A transaction is the only one that writes from its
// first statement on (`_txlock=immediate`): there is nobody to lock out.
func sqliteDialect(c *committer) dialect {
	return dialect{
		name:        "sqlite",
		goose:       goose.DialectSQLite3,
		migrations:  []*goose.Migration{tidyStoredEmails},
		migrate:     migrateSQLite,
		hasTable:    hasSQLiteTable,
		compare:     compareSQLite,
		queue:       func(db *sql.DB) riverdriver.Driver[*sql.Tx] { return riversqlite.New(db) },
		run:         c.do,
		using:       func(index string) string { return " INDEXED BY " + index },
		inOrder:     " CROSS JOIN ",
		like:        "LIKE",
		words:       fts5Words{},
		lockSubject: func(*Tx, string) error { return nil },
		nextID: func(tx *Tx, table string) (id int64, err error) {
			err = query(tx.DB, []any{&id}, "SELECT coalesce(max(id), 0) + 1 FROM "+table)
			if err == nil && table == "orders" {
				var least int64
				least, err = leastOrderID(tx.DB)
				id = max(id, least+1)
			}
			return id, err
		},
	}
}

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

// sqliteDown is StorageDown for SQLite: the disk is full or broken, the file cannot be
// written, or somebody else has locked it.
func sqliteDown(err error) bool {
	e, ok := errors.AsType[*modernc.Error](err)
	if !ok {
		return false
	}
	const ( // SQLite's result codes; the extended ones have more in their upper bytes
		busy, locked, noMemory, readOnly = 5, 6, 7, 8
		ioError, full, cannotOpen        = 10, 13, 14
	)
	switch e.Code() & 0xff {
	case busy, locked, noMemory, readOnly, ioError, full, cannotOpen:
		return true
	}
	return false
}
