package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // database/sql knows drivers only by global names

	"dukani/models"
)

// Server is the URL of the PostgreSQL server that the tests run on, or "" for SQLite.
func Server() string { return os.Getenv("TEST_DATABASE_URL") }

// newPostgres returns the URL of a new database, which is dropped after the test.
func newPostgres(t testing.TB) string {
	t.Helper()
	template, err := emptyPostgres()
	if err != nil {
		t.Fatal(err)
	}
	name := databaseName()
	if err := onServer("CREATE DATABASE " + name + " TEMPLATE " + template); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := onServer("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return databaseURL(name)
}

func databaseName() string { return "dukani_test_" + strings.ToLower(rand.Text()) }

// databaseURL is the URL of a database of the server.
func databaseURL(name string) string {
	u, err := url.Parse(Server())
	if err != nil {
		panic(err) // onServer has used it before
	}
	u.Path = "/" + name
	return u.String()
}

// emptyPostgres is the database that is copied. It is made once in each program of tests and stays
// on the server, which test.sh throws away.
var emptyPostgres = sync.OnceValues(func() (name string, err error) {
	name = databaseName()
	if err := onServer("CREATE DATABASE " + name + " TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"); err != nil {
		return "", err
	}
	store, err := models.Open(context.Background(), databaseURL(name))
	if err != nil {
		return "", err
	}
	return name, store.Close()
})

// onServer runs a statement outside of any of the tests' databases.
func onServer(statement string) error {
	db, err := sql.Open("pgx", Server())
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err = db.Exec(statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}
