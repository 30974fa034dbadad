package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"gorm.io/gorm"
)

// Backup writes a copy of the SQLite file at path, as it is at one moment, into dir, and returns the
// copy's name, which tells now. The shop may run meanwhile and is not held up. Nothing is changed
// at path, so that a newer program can make a backup before it brings the file up to date.
func Backup(ctx context.Context, path, dir string, now time.Time) (name string, err error) {
	if err := checkFile(path); err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	name = filepath.Join(dir, now.UTC().Format("shop-20060102-150405")+".db")
	if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return "", errors.Join(fmt.Errorf("%s is there already", name), err)
	}
	part := name + ".part" // whoever takes files from dir away never takes half of one
	file, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			os.Remove(part)
		}
	}()
	err = file.Close()
	if err == nil {
		err = onFile(path, func(db *sql.DB) error {
			_, err := db.ExecContext(ctx, "VACUUM INTO ?", part) // into an empty file, whose rights stay
			return err
		})
	}
	if err == nil {
		err = onFile(part, func(db *sql.DB) error { return intact(ctx, db) })
	}
	if err == nil {
		err = putDown(part, name)
	}
	return name, err
}

// checkFile returns an error unless there is a database at path that this user can read.
func checkFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	if err := errors.Join(isDatabase(file), file.Close()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// onFile runs fn on the SQLite file at path, which stays in the mode it is in.
func onFile(path string, fn func(db *sql.DB) error) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	db, err := sql.Open(driverName, "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=rw&_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	return errors.Join(fn(db), db.Close())
}

// intact returns an error if the file of a database is damaged, or rows refer to what is not there.
func intact(ctx context.Context, db *sql.DB) error {
	var found string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&found); err != nil {
		return err
	}
	if found != "ok" {
		return fmt.Errorf("the file is damaged: %s", found)
	}
	return checkReferences(ctx, db)
}

// putDown gives the finished file at part its name, and returns once both are on the disk.
func putDown(part, name string) error {
	file, err := os.OpenFile(part, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, name); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	dir.Sync() // not every system can; the file is there in any case
	return dir.Close()
}

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
	Waiting    int // mails that were not sent when the backup was made
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
			os.Remove(part)
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
	err = db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM orders), (SELECT coalesce(max(id), 0) FROM orders),
		(SELECT count(*) FROM mails WHERE sent_at IS NULL AND given_up_at IS NULL), (SELECT user_version FROM pragma_user_version)`).
		Scan(&r.Orders, &last, &r.Waiting, &least)
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
