package storetest

import (
	"crypto/rand"
	"database/sql"
	"errors"
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

// copyOf returns the URL of a new copy of a database, which is dropped after the test.
func copyOf(t testing.TB, database string) string {
	t.Helper()
	name := databaseName()
	// Copying files is the quicker strategy for a server that need not sync them.
	if err := onServer("CREATE DATABASE " + name + " TEMPLATE " + database + " STRATEGY FILE_COPY"); err != nil {
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

// originalDatabase makes a database that is copied, and returns its name. It stays on the server,
// which test.sh throws away.
func originalDatabase(fill func(*models.Store) error) (name string, err error) {
	name = databaseName()
	if err := onServer("CREATE DATABASE " + name + " TEMPLATE template0 ENCODING 'UTF8'"); err != nil {
		return "", err
	}
	return name, errors.Join(filled(databaseURL(name), fill), onDatabase(databaseURL(name), questions))
}

// questions are functions of SQLite with which tests ask what is in the tables.
const questions = `
	CREATE FUNCTION instr(whole text, part text) RETURNS int LANGUAGE sql AS 'SELECT strpos(whole, part)';
	CREATE FUNCTION instr(whole bytea, part text) RETURNS int LANGUAGE sql AS $$ SELECT position(convert_to(part, 'UTF8') IN whole) $$;
	CREATE FUNCTION json_extract(whole text, path text) RETURNS text LANGUAGE sql AS $$ SELECT whole::jsonb ->> substr(path, 3) $$;
	CREATE FUNCTION with_comma(head text, tail text) RETURNS text LANGUAGE sql AS $$ SELECT coalesce(head || ',' || tail, head, tail) $$;
	CREATE AGGREGATE group_concat(text) (sfunc = with_comma, stype = text);`

// server is the one pool of connections with which a program of tests makes and drops databases: a
// new connection costs the server as much as copying one.
var server = sync.OnceValues(func() (*sql.DB, error) { return sql.Open("pgx", Server()) })

// onServer runs a statement outside of any of the tests' databases.
func onServer(statement string) error {
	db, err := server()
	if err != nil {
		return err
	}
	return run(db, statement)
}

func onDatabase(address, statement string) error {
	db, err := sql.Open("pgx", address)
	if err != nil {
		return err
	}
	return errors.Join(run(db, statement), db.Close())
}

func run(db *sql.DB, statement string) error {
	if _, err := db.Exec(statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}
