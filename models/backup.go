package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"
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
