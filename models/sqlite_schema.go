package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
)

// migrateSQLite runs the migrations. Foreign keys are off meanwhile, because SQLite
// changes a table by making it anew, and dropping the old one would drop what refers to
// it; they are checked at the end. The database's one connection is what makes that a
// setting of every migration.
func migrateSQLite(ctx context.Context, c *schema) error {
	if _, err := c.db.ExecContext(ctx, "PRAGMA foreign_keys = OFF"); err != nil {
		return err
	}
	_, err := c.goose.Up(ctx)
	if _, on := c.db.ExecContext(context.WithoutCancel(ctx), "PRAGMA foreign_keys = ON"); err != nil || on != nil {
		return errors.Join(err, on)
	}
	if err := checkReferences(ctx, c.db); err != nil {
		return err
	}
	if err := fillOrderWords(ctx, c.db); err != nil {
		return fmt.Errorf("index the people of orders: %w", err)
	}
	return nil
}

// checkReferences returns an error if a row refers to one that is not there.
func checkReferences(ctx context.Context, db *sql.DB) error {
	var broken int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM pragma_foreign_key_check").Scan(&broken); err != nil {
		return err
	}
	if broken > 0 {
		return fmt.Errorf("%d rows refer to rows that are not there", broken)
	}
	return nil
}

// hasSQLiteTable reports whether there is a table of this name or, if it is empty, anything.
func hasSQLiteTable(ctx context.Context, db *sql.DB, table string) (has bool, err error) {
	err = db.QueryRowContext(ctx, "SELECT count(*) > 0 FROM sqlite_master WHERE ? IN ('', name)", table).Scan(&has)
	return has, err
}

// compareSQLite holds the tables against those that this program's files make up to the
// given version. It is for databases from before files were noted.
func compareSQLite(ctx context.Context, c *schema, version int64) error {
	db, err := sql.Open(driverName, "file::memory:")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // each connection to memory is a database of its own
	fresh, err := newSchema(db, c.dialect)
	if err != nil {
		return err
	}
	if _, err := fresh.goose.UpTo(ctx, version); err != nil {
		return err
	}
	want, err := sqliteParts(ctx, db)
	if err != nil {
		return err
	}
	have, err := sqliteParts(ctx, c.db)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if have[name] != want[name] {
			return fmt.Errorf("the database was made by a version of the shop from before its first release: its %s is another one; start with a new file", name)
		}
	}
	return nil
}

// sqliteParts returns the text of every table, index and trigger, without comments, quotes and
// spaces, which may differ.
func sqliteParts(ctx context.Context, db *sql.DB) (map[string]string, error) {
	rows, err := db.QueryContext(ctx, "SELECT type || ' ' || name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'goose_db_version'")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	parts := map[string]string{}
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			return nil, err
		}
		parts[name] = spelling.ReplaceAllString(text, "")
	}
	return parts, rows.Err()
}

var spelling = regexp.MustCompile(`--[^\n]*|["` + "`" + `\s]+`)
