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
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed migrations
var migrations embed.FS

// schema is a database's tables and the files that this program makes them from.
type schema struct {
	db      *sql.DB
	dialect dialect
	goose   *goose.Provider
	files   map[int64]string                // version: hash of its file
	queue   *rivermigrate.Migrator[*sql.Tx] // the job queue brings its own tables
}

func newSchema(db *sql.DB, d dialect) (*schema, error) {
	folder, err := fs.Sub(migrations, "migrations/"+d.name)
	if err != nil {
		return nil, err
	}
	p, err := goose.NewProvider(d.goose, db, folder, goose.WithGoMigrations(d.migrations...))
	if err != nil {
		return nil, err
	}
	c := &schema{db: db, dialect: d, goose: p, files: map[int64]string{}}
	if c.queue, err = rivermigrate.New(d.queue(db), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)}); err != nil {
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

// migrate brings the schema up to date. Nobody else does so meanwhile.
func (c *schema) migrate(ctx context.Context) error {
	if err := c.dialect.migrate(ctx, c); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := c.queue.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	return c.note(ctx)
}

// note writes down which files the tables were made from. The files' hashes are the program's
// own, so that a statement without arguments does for both engines.
func (c *schema) note(ctx context.Context) error {
	for version, hash := range c.files {
		text := fmt.Sprintf("INSERT INTO migration_files (version, sha256) VALUES (%d, '%s') ON CONFLICT DO NOTHING", version, hash)
		if _, err := c.db.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// check returns an error if this program cannot work on the tables: a newer one has taken away what
// this one reads, or they were made from a file that was edited later. Tables to which a newer
// one has only added are fine. pending reports whether migrate has something to do.
func (c *schema) check(ctx context.Context) (pending bool, err error) {
	applied, err := c.applied(ctx)
	if err != nil {
		return false, err
	}
	var newest, unknown int64
	noted := true
	for version, hash := range applied {
		want, known := c.files[version]
		switch {
		case !known:
			unknown = max(unknown, version)
			delete(applied, version)
			continue
		case hash == "":
			noted = false
		case hash != want:
			return false, fmt.Errorf("the database was made from another file for migration %d than this version of the shop has; "+
				"a released file is never edited", version)
		}
		newest = max(newest, version)
	}
	if unknown > 0 {
		if err := c.suffices(ctx, unknown); err != nil {
			return false, err
		}
	}
	if !noted {
		return true, c.dialect.compare(ctx, c, newest)
	}
	if len(applied) < len(c.files) {
		return true, nil
	}
	queue, err := c.queue.Validate(ctx, nil)
	return err == nil && !queue.OK, err
}

// suffices returns an error if this program is too old for tables that have had a migration which
// it does not know.
func (c *schema) suffices(ctx context.Context, unknown int64) error {
	var oldest int64
	if err := c.db.QueryRowContext(ctx, "SELECT migration FROM oldest_program").Scan(&oldest); err != nil {
		return err
	}
	if newest := slices.Max(slices.Collect(maps.Keys(c.files))); newest < oldest {
		return fmt.Errorf("the database was made by a newer version of the shop: it has migration %d, which this one does not know, "+
			"and needs a program that knows migration %d", unknown, oldest)
	}
	return nil
}

// applied returns the hash of the file of each migration the database has had, ""
// where it was not noted.
func (c *schema) applied(ctx context.Context) (map[int64]string, error) {
	query := "SELECT version_id, coalesce((SELECT sha256 FROM migration_files WHERE version = version_id), '') FROM goose_db_version WHERE version_id > 0"
	if has, err := c.dialect.hasTable(ctx, c.db, "migration_files"); err != nil {
		return nil, err
	} else if !has {
		query = "SELECT version_id, '' FROM goose_db_version WHERE version_id > 0"
	}
	if has, err := c.dialect.hasTable(ctx, c.db, "goose_db_version"); err != nil {
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
	has, err := c.dialect.hasTable(ctx, c.db, "")
	if err == nil && has {
		err = errors.New("it is the database of another program: name another one")
	}
	return err
}
