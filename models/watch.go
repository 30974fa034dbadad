package models

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
)

// catalogWatch answers, on a connection of its own, which version the catalogue
// has. Triggers raise the version with every change a shopper could see, so it
// is right whoever made the change, this process or another.
type catalogWatch struct {
	mu   sync.Mutex
	conn *sql.Conn
	stmt *sql.Stmt
}

func newCatalogWatch(ctx context.Context, db *sql.DB) (*catalogWatch, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("watch the catalogue: %w", err)
	}
	stmt, err := conn.PrepareContext(ctx, "SELECT version FROM catalog_version WHERE id = 1")
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("watch the catalogue: %w", err)
	}
	return &catalogWatch{conn: conn, stmt: stmt}, nil
}

func (w *catalogWatch) version(ctx context.Context) (version int64, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	err = w.stmt.QueryRowContext(ctx).Scan(&version)
	return version, err
}

func (w *catalogWatch) close() error {
	w.stmt.Close()
	return w.conn.Close()
}

// CatalogVersion returns a number that is different after every change of a
// product, its texts, its price or the stock state a shopper sees. What was made
// from the catalogue at one version may be shown again while the version stands.
func (s *Store) CatalogVersion(ctx context.Context) (int64, error) {
	return s.watch.version(ctx)
}
