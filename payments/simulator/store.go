package simulator

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// store keeps rows of JSON in an SQLite file. The bank works from memory and reads the
// file at its start only, so that a restart forgets nothing.
type store struct{ db *sql.DB }

// row is one thing that the file keeps. Writing a row with a nil Body deletes it.
type row struct {
	Kind, ID string
	Body     []byte
}

func openStore(path string) (*store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	// The file holds the private key, so only this user may read it.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	// The exclusive lock keeps a second bank away from the same file: each would work from
	// its own memory and overwrite the other's orders.
	dsn := "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path) +
		"?_pragma=locking_mode(EXCLUSIVE)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate"
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := prepare(db, path); err != nil {
		_ = db.Close() // the first error says more
		if strings.Contains(err.Error(), "locked") {
			return nil, fmt.Errorf("%s is in use by another simulated bank: %w", path, err)
		}
		return nil, err
	}
	return &store{db: db}, nil
}

// prepare creates the bank's table, unless the file belongs to another program.
func prepare(db *sql.DB, path string) error {
	var foreign bool
	if err := db.QueryRow("SELECT count(*) > 0 FROM sqlite_master WHERE type = 'table' AND name <> 'rows'").Scan(&foreign); err != nil {
		return err
	}
	if foreign {
		return fmt.Errorf("%s is the database of another program", path)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} { // a file that was there before may be readable to others
		if err := os.Chmod(name, 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	_, err := db.Exec(`CREATE TABLE IF NOT EXISTS rows (kind TEXT NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID`)
	return err
}

func (s *store) close() error { return s.db.Close() }

// write stores all rows or none.
func (s *store) write(rows []row) (err error) {
	tx, err := s.db.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback() // the first error says more
		}
	}()
	for _, r := range rows {
		if r.Body == nil {
			_, err = tx.Exec(`DELETE FROM rows WHERE kind = ? AND id = ?`, r.Kind, r.ID)
		} else {
			_, err = tx.Exec(`INSERT INTO rows (kind, id, body) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body`, r.Kind, r.ID, r.Body)
		}
		if err != nil {
			return err
		}
	}
	return tx.Commit()
}

// each calls fn for every row of a kind.
func (s *store) each(kind string, fn func(id string, body []byte) error) error {
	rows, err := s.db.Query(`SELECT id, body FROM rows WHERE kind = ?`, kind)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var body []byte
		if err := rows.Scan(&id, &body); err != nil {
			return err
		}
		if err := fn(id, body); err != nil {
			return fmt.Errorf("%s %s: %w", kind, id, err)
		}
	}
	return rows.Err()
}

func encodeRow(kind, id string, value any) (row, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return row{}, fmt.Errorf("%s %s: %w", kind, id, err)
	}
	return row{Kind: kind, ID: id, Body: body}, nil
}
