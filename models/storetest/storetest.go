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
	if Server() != "" {
		return newPostgres(t)
	}
	file, err := empty()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "shop.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
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

// empty is the file that New copies. All migrations run once in each program of tests:
// running them for each test took most of the tests' time.
var empty = sync.OnceValues(func() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "storetest")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "shop.db")
	store, err := models.Open(context.Background(), path)
	if err != nil {
		return nil, err
	}
	if err := store.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})
