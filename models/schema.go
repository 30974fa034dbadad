package models

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations/*.sql
var migrations embed.FS

// schema is a database's tables and the files that this program makes them from.
type schema struct {
	db    *sql.DB
	goose *goose.Provider
	files map[int64]string                // version: hash of its file
	queue *rivermigrate.Migrator[*sql.Tx] // the job queue brings its own tables
}

func newSchema(db *sql.DB) (*schema, error) {
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, folder, goose.WithGoMigrations(tidyStoredEmails))
	if err != nil {
		return nil, err
	}
	c := &schema{db: db, goose: p, files: map[int64]string{}}
	if c.queue, err = rivermigrate.New(riversqlite.New(db), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)}); err != nil {
		return nil, err
	}
	for _, source := range p.ListSources() {
		if source.Type == goose.TypeGo {
			c.files[source.Version] = digest([]byte("written in Go")) // there is no file to hold it against
			continue
		}
		text, err := fs.ReadFile(folder, source.Path)
		if err != nil {
			return nil, err
		}
		c.files[source.Version] = digest([]byte(strings.ReplaceAll(string(text), "\r\n", "\n")))
	}
	return c, nil
}

// migrate brings the schema up to date. Foreign keys are off meanwhile, because SQLite
// changes a table by making it anew, and dropping the old one would drop what refers to
// it; they are checked at the end. The database's one connection is what makes that a
// setting of every migration.
func (c *schema) migrate(ctx context.Context) error {
	if _, err := c.db.ExecContext(ctx, "PRAGMA foreign_keys = OFF"); err != nil {
		return err
	}
	_, err := c.goose.Up(ctx)
	if _, on := c.db.ExecContext(context.WithoutCancel(ctx), "PRAGMA foreign_keys = ON"); err != nil || on != nil {
		return errors.Join(err, on)
	}
	if err := c.checkReferences(ctx); err != nil {
		return err
	}
	if err := fillOrderWords(ctx, c.db); err != nil {
		return fmt.Errorf("index the people of orders: %w", err)
	}
	if _, err := c.queue.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	for version, hash := range c.files {
		if _, err := c.db.ExecContext(ctx, "INSERT INTO migration_files (version, sha256) VALUES (?, ?) ON CONFLICT DO NOTHING", version, hash); err != nil {
			return err
		}
	}
	return nil
}

// checkReferences returns an error if a row refers to one that is not there.
func (c *schema) checkReferences(ctx context.Context) error {
	var broken int
	if err := c.db.QueryRowContext(ctx, "SELECT count(*) FROM pragma_foreign_key_check").Scan(&broken); err != nil {
		return err
	}
	if broken > 0 {
		return fmt.Errorf("%d rows refer to rows that are not there", broken)
	}
	return nil
}

// check returns an error if the tables were not made from the files of this program:
// by a newer one, or by one whose files were edited later. pending reports whether
// migrate has something to do.
func (c *schema) check(ctx context.Context) (pending bool, err error) {
	applied, err := c.applied(ctx)
	if err != nil {
		return false, err
	}
	var newest int64
	noted := true
	for version, hash := range applied {
		want, known := c.files[version]
		switch {
		case !known:
			return false, fmt.Errorf("the database was made by a newer version of the shop: it has migration %d, which this one does not know", version)
		case hash == "":
			noted = false
		case hash != want:
			return false, fmt.Errorf("the database was made from another file for migration %d than this version of the shop has; "+
				"a released file is never edited", version)
		}
		newest = max(newest, version)
	}
	if !noted {
		return true, c.compare(ctx, newest)
	}
	if len(applied) < len(c.files) {
		return true, nil
	}
	queue, err := c.queue.Validate(ctx, nil)
	return err == nil && !queue.OK, err
}

// applied returns the hash of the file of each migration the database has had, ""
// where it was not noted.
func (c *schema) applied(ctx context.Context) (map[int64]string, error) {
	query := "SELECT version_id, coalesce((SELECT sha256 FROM migration_files WHERE version = version_id), '') FROM goose_db_version WHERE version_id > 0"
	if has, err := hasTable(ctx, c.db, "migration_files"); err != nil {
		return nil, err
	} else if !has {
		query = "SELECT version_id, '' FROM goose_db_version WHERE version_id > 0"
	}
	if has, err := hasTable(ctx, c.db, "goose_db_version"); err != nil {
		return nil, err
	} else if !has {
		return nil, c.empty(ctx)
	}
	rows, err := c.db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	applied := map[int64]string{}
	for rows.Next() {
		var version int64
		var hash string
		if err := rows.Scan(&version, &hash); err != nil {
			return nil, err
		}
		applied[version] = hash
	}
	return applied, rows.Err()
}

// empty returns an error if there are tables, which must be those of another program.
func (c *schema) empty(ctx context.Context) error {
	var has bool
	err := c.db.QueryRowContext(ctx, "SELECT count(*) > 0 FROM sqlite_master").Scan(&has)
	if err == nil && has {
		err = errors.New("it is the database of another program: name another file")
	}
	return err
}

func hasTable(ctx context.Context, db *sql.DB, table string) (has bool, err error) {
	err = db.QueryRowContext(ctx, "SELECT count(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = ?", table).Scan(&has)
	return has, err
}

// compare holds the tables against those that this program's files make up to the
// given version. It is for databases from before files were noted.
func (c *schema) compare(ctx context.Context, version int64) error {
	db, err := sql.Open(driverName, "file::memory:")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // each connection to memory is a database of its own
	fresh, err := newSchema(db)
	if err != nil {
		return err
	}
	if _, err := fresh.goose.UpTo(ctx, version); err != nil {
		return err
	}
	want, err := fresh.parts(ctx)
	if err != nil {
		return err
	}
	have, err := c.parts(ctx)
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

// parts returns the text of every table, index and trigger, without comments, quotes and
// spaces, which may differ.
func (c *schema) parts(ctx context.Context) (map[string]string, error) {
	rows, err := c.db.QueryContext(ctx, "SELECT type || ' ' || name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'goose_db_version'")
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
