package storetest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"dukani/models"
)

// Raw returns plain connections to a database, as another program has them, until the test ends.
// Arguments stand as ? or ?1 in either engine.
func Raw(t testing.TB, address string) *sql.DB {
	t.Helper()
	var db *sql.DB
	if models.IsPostgres(address) {
		config, err := pgx.ParseConfig(address)
		if err != nil {
			t.Fatal(err)
		}
		db = sql.OpenDB(connector{stdlib.GetConnector(*config)})
	} else {
		var err error
		if db, err = sql.Open("sqlite", "file:"+address+"?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)"); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// connector makes connections to PostgreSQL that take arguments as SQLite does.
type connector struct{ driver.Connector }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{made.(*stdlib.Conn)}, nil
}

type conn struct{ *stdlib.Conn }

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.Conn.ExecContext(ctx, dollars(query), args)
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.Conn.QueryContext(ctx, dollars(query), args)
}

var placeholder = regexp.MustCompile(`'[^']*'|\?\d*`)

// dollars writes ? and ?1 as $1.
func dollars(query string) string {
	n := 0
	return placeholder.ReplaceAllStringFunc(query, func(part string) string {
		if part == "?" {
			n++
			return "$" + strconv.Itoa(n)
		}
		if strings.HasPrefix(part, "?") {
			return "$" + part[1:]
		}
		return part
	})
}

// Broken is a part of what the database says about a change that Break has it refuse.
const Broken = "append-only"

// Break has the database refuse a kind of change, such as BEFORE INSERT, of a table's rows for
// which when holds, until mend is called. It stands for what the engine itself can refuse.
func Break(t testing.TB, db *sql.DB, change, table, when string) (mend func()) {
	t.Helper()
	run := func(statement string) {
		t.Helper()
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	name := strings.ToLower("broken_" + table + "_" + strings.Fields(change)[1])
	if Server() == "" {
		run("CREATE TRIGGER " + name + " " + change + " ON " + table + " WHEN " + when + " BEGIN SELECT RAISE(ABORT, '" + Broken + "'); END")
		return func() { run("DROP TRIGGER " + name) }
	}
	run("CREATE TRIGGER " + name + " " + change + " ON " + table + " FOR EACH ROW WHEN (" + when + ") EXECUTE FUNCTION append_only()")
	return func() { run("DROP TRIGGER " + name + " ON " + table) }
}
