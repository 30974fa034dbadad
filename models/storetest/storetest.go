// Package storetest gives tests a database that has the shop's tables.
package storetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"dukani/models"
)

// New returns the address of a new database with the shop's tables and nothing of a test in
// them, as models.Open makes it: opening it finds nothing left to do. It is a file, or a database
// of the PostgreSQL server that TEST_DATABASE_URL names.
func New(t testing.TB) string {
	t.Helper()
	return Filled(t, "", func(*models.Store) error { return nil })
}

// Filled is New for a database that fill has filled. Filling it once in each program of tests,
// and copying it, spares most of the tests' time; name tells what is in it.
func Filled(t testing.TB, name string, fill func(*models.Store) error) string {
	t.Helper()
	o, err := originalOf(name, fill)
	if err != nil {
		t.Fatal(err)
	}
	if Server() != "" {
		return copyOf(t, o.database)
	}
	path := filepath.Join(t.TempDir(), "shop.db")
	if err := os.WriteFile(path, o.file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// SQLiteOnly leaves a test out that is about SQLite's file.
func SQLiteOnly(t testing.TB) {
	t.Helper()
	if Server() != "" {
		t.Skip("it is about SQLite's file, and the tests run on PostgreSQL")
	}
}

// original is a database that is copied: the content of a file, or the name of a database.
type original struct {
	file     []byte
	database string
}

var originals struct {
	sync.Mutex
	made map[string]original
}

func originalOf(name string, fill func(*models.Store) error) (o original, err error) {
	originals.Lock()
	defer originals.Unlock()
	if o, ok := originals.made[name]; ok {
		return o, nil
	}
	if Server() != "" {
		o.database, err = originalDatabase(fill)
	} else {
		o.file, err = originalFile(fill)
	}
	if err != nil {
		return o, err
	}
	if originals.made == nil {
		originals.made = map[string]original{}
	}
	originals.made[name] = o
	return o, nil
}

func originalFile(fill func(*models.Store) error) (file []byte, err error) {
	dir, err := os.MkdirTemp("", "storetest")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "shop.db")
	if err := filled(path, fill); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

func filled(address string, fill func(*models.Store) error) error {
	store, err := models.Open(context.Background(), address)
	if err != nil {
		return err
	}
	return errors.Join(fill(store), store.Close())
}
