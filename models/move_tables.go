package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// moveTable is a table of the shop that both databases have.
type moveTable struct {
	name     string
	columns  []moveColumn // SQLite's, in its order
	identity string       // the column that PostgreSQL numbers, or ""
}

type moveColumn struct {
	name string
	kind string // PostgreSQL's type
}

// money reports whether the column is an amount.
func (c moveColumn) money() bool { return c.name == "tetri" || strings.HasSuffix(c.name, "_tetri") }

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// stays reports whether a table is what each database has for itself.
func stays(name string) bool {
	return name == "goose_db_version" || name == "migration_files" || name == "oldest_program" || strings.HasPrefix(name, "river_") || strings.HasPrefix(name, "sqlite_")
}

// findTables reads the tables from SQLite, without those of its full-text indexes, and what
// PostgreSQL makes of their columns.
func (m *move) findTables(ctx context.Context) error {
	names, err := texts(ctx, m.from, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' ORDER BY name")
	if err != nil {
		return err
	}
	for _, name := range names {
		if stays(name) {
			continue
		}
		t, err := m.table(ctx, name)
		switch {
		case err != nil:
			return err
		case t == nil:
			m.report.Left = append(m.report.Left, name)
		default:
			m.tables = append(m.tables, *t)
		}
	}
	return nil
}

// table returns nil for one that PostgreSQL does not have.
func (m *move) table(ctx context.Context, name string) (*moveTable, error) {
	const columns = `FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1`
	names, err := texts(ctx, m.to, "SELECT column_name "+columns+" ORDER BY ordinal_position", name)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	kinds, err := texts(ctx, m.to, "SELECT data_type "+columns+" ORDER BY ordinal_position", name)
	if err != nil {
		return nil, err
	}
	identity, err := texts(ctx, m.to, "SELECT column_name "+columns+" AND is_identity = 'YES'", name)
	if err != nil {
		return nil, err
	}
	t := &moveTable{name: name, identity: strings.Join(identity, "")}
	kind := map[string]string{}
	for i, n := range names {
		kind[n] = kinds[i]
	}
	have, err := texts(ctx, m.from, "SELECT name FROM pragma_table_info(?) ORDER BY cid", name)
	if err != nil {
		return nil, err
	}
	for _, c := range have {
		if kind[c] == "" {
			return nil, fmt.Errorf("the column %s of the table %s is not one of this shop's: PostgreSQL has no place for it", c, name)
		}
		t.columns = append(t.columns, moveColumn{name: c, kind: kind[c]})
	}
	return t, nil
}

// copy copies the rows of one table, in place of those that a migration put there.
func (m *move) copy(ctx context.Context, t moveTable) error {
	if bornFilled[t.name] {
		if err := m.exec(ctx, "DELETE FROM "+t.name); err != nil {
			return err
		}
	}
	var names, list []string
	for _, c := range t.columns {
		names, list = append(names, c.name), append(list, quoted(c.name))
	}
	rows, err := m.from.QueryContext(ctx, "SELECT "+strings.Join(list, ", ")+" FROM "+t.name)
	if err != nil {
		return err
	}
	defer rows.Close()
	source := &moveRows{rows: rows, columns: t.columns}
	return m.conn.Raw(func(conn any) error {
		// The transaction is the connection's: what is copied on it is a part of it.
		_, err := conn.(*postgresConn).Conn.Conn().CopyFrom(ctx, pgx.Identifier{t.name}, names, source)
		if source.err != nil {
			return source.err
		}
		return at(err)
	})
}

// at adds to an error of the server where it was, without quoting the row, which may be about a person.
func at(err error) error {
	const brokenReference = "23503"
	e, ok := errors.AsType[*pgconn.PgError](err)
	switch {
	case !ok:
		return err
	case e.Code == brokenReference:
		return fmt.Errorf("%w: %s", err, e.Detail)
	case e.Where != "":
		return fmt.Errorf("%w: %s", err, e.Where)
	}
	return err
}

// moveRows are the rows of SQLite as PostgreSQL wants them.
type moveRows struct {
	rows    *sql.Rows
	columns []moveColumn
	n       int
	err     error // of reading one; the server only tells that there was one
}

// Next reports whether there is one more row.
func (r *moveRows) Next() bool { return r.rows.Next() }

// Err returns why there was no next row, nil after the last.
func (r *moveRows) Err() error { return r.rows.Err() }

// Values returns the next row.
func (r *moveRows) Values() ([]any, error) {
	r.n++
	values, err := r.read()
	r.err = err
	return values, err
}

func (r *moveRows) read() ([]any, error) {
	values, into := make([]any, len(r.columns)), make([]any, len(r.columns))
	for i := range values {
		into[i] = &values[i]
	}
	if err := r.rows.Scan(into...); err != nil {
		return nil, err
	}
	for i, c := range r.columns {
		v, err := c.value(values[i])
		if err != nil {
			return nil, fmt.Errorf("row %d, column %s: %w", r.n, c.name, err)
		}
		values[i] = v
	}
	return values, nil
}

// value is v, which SQLite keeps, in the type of the column. SQLite lets a column hold what it
// was not declared for; that is refused, rather than guessed at.
func (c moveColumn) value(v any) (any, error) {
	switch x := v.(type) {
	case nil:
		return nil, nil
	case int64:
		if c.kind == "bigint" || c.kind == "smallint" || c.kind == "integer" {
			return x, nil
		}
	case string:
		switch c.kind {
		case "text":
			return storable(x), nil
		case "bytea":
			return []byte(x), nil
		}
	case []byte:
		switch c.kind {
		case "bytea":
			return append([]byte{}, x...), nil // SQLite's driver reads no bytes as nil, which would become NULL
		case "text":
			return storable(string(x)), nil
		}
	case time.Time:
		if c.kind == "timestamp with time zone" {
			return x.UTC(), nil
		}
	}
	return nil, fmt.Errorf("%.60q is no %s", fmt.Sprint(v), c.kind)
}

// texts are the texts that a query yields.
func texts(ctx context.Context, tx *sql.Tx, query string, args ...any) (list []string, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

// numbers are the n numbers of the one row that a query yields.
func numbers(ctx context.Context, tx *sql.Tx, query string, n int) ([]int64, error) {
	list, into := make([]int64, n), make([]any, n)
	for i := range list {
		into[i] = &list[i]
	}
	if err := tx.QueryRowContext(ctx, query).Scan(into...); err != nil {
		return nil, fmt.Errorf("%s: %w", query, err)
	}
	return list, nil
}
