package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"gorm.io/gorm"
)

// numberGap is how many order numbers are left out after a database was restored. Orders that were
// placed after the backup are not in it, but the bank knows their numbers, and a payment under a
// number that comes twice could be taken for another order's. It is more orders than a shop has
// between two backups, and keeps a number (D- and the id above 100,000) far below the 25 characters
// of a bank statement.
const numberGap = 10_000

// Restored is a database that was restored.
type Restored struct {
	Orders     int
	LastNumber string // of its newest order, "" if it has none
	NextNumber string
}

// Restore makes the backup in file the database at path, where there must be none, and has its order
// numbers go on numberGap above the last. The backup stays as it is. An older one is brought up to
// date when the shop opens it.
func Restore(ctx context.Context, file, path string) (r Restored, err error) {
	if err := checkFile(file); err != nil {
		return r, err
	}
	if info, err := os.Stat(file + "-wal"); err == nil && info.Size() > 0 {
		return r, fmt.Errorf("%s is not a backup: a part of it is still in %[1]s-wal", file)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return r, err
	}
	lock, err := lockFile(path)
	if err != nil {
		return r, err
	}
	defer lock.Unlock()
	for _, name := range []string{path, path + "-wal", path + "-shm", path + "-journal"} { // SQLite would take the last three for this database's
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return r, errors.Join(fmt.Errorf("%s is there, and nothing is overwritten: move it away first", name), err)
		}
	}
	part := path + ".part"
	defer func() {
		if err != nil {
			for _, name := range []string{part, part + "-wal", part + "-shm", part + "-journal"} {
				os.Remove(name)
			}
		}
	}()
	if err := copyFile(file, part); err != nil {
		return r, err
	}
	if err := onFile(part, func(db *sql.DB) (err error) { r, err = r.prepare(ctx, db); return err }); err != nil {
		return r, fmt.Errorf("%s: %w", file, err)
	}
	return r, putDown(part, path)
}

// copyFile copies a file to one that only its owner can read. What an earlier try has left at to is
// replaced.
func copyFile(from, to string) error {
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}

// prepare checks that the database is a whole one of this shop, and moves its order numbers on.
func (r Restored) prepare(ctx context.Context, db *sql.DB) (Restored, error) {
	if err := intact(ctx, db); err != nil {
		return r, err
	}
	if has, err := hasSQLiteTable(ctx, db, "orders"); err != nil || !has {
		return r, errors.Join(errors.New("it is not a database of the shop"), err)
	}
	schema, err := newSchema(db, sqliteDialect(nil)) // nothing runs in transactions of the shop's here
	if err != nil {
		return r, err
	}
	if _, err := schema.check(ctx); err != nil {
		return r, err
	}
	var last, least int64
	err = db.QueryRowContext(ctx, "SELECT count(*), coalesce(max(id), 0), (SELECT user_version FROM pragma_user_version) FROM orders").
		Scan(&r.Orders, &last, &least)
	if err != nil {
		return r, err
	}
	if last > 0 {
		r.LastNumber = orderNumber(last)
	}
	least = max(last, least) + numberGap
	r.NextNumber = orderNumber(least + 1)
	_, err = db.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", least))
	return r, err
}

// leastOrderID is the id that the next order's is above, in a database that was restored; else 0.
// It is SQLite's user_version, a number that a file keeps for its program and that nothing else of
// the shop uses: a copy of the file and VACUUM keep it, too.
func leastOrderID(db *gorm.DB) (id int64, err error) {
	err = query(db, []any{&id}, "SELECT user_version FROM pragma_user_version")
	return id, err
}
