package models_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"dukani/models"
)

// The notes of a database from before the review queue become review items, and payments
// that it no longer checked become due.
func TestNotesBecomeReviewItems(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "shop.db")
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS("migrations/sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	lately := time.Now().UTC().Add(-5 * 24 * time.Hour).Format("2006-01-02 15:04:05.999999999-07:00")
	for _, q := range []string{
		`INSERT INTO orders (id, number, token, checkout_key, fingerprint, lang, theme, status, name, email, phone, delivery, region, city, street, note,
			items_tetri, delivery_tetri, total_tetri, vat_tetri, terms_version, terms_at, holds_stock, hold_until, created_at, updated_at)
			VALUES (1, 'D-1', 't', 'k', 'f', 'ka', '', 'paid', '', '', '', 'pickup', '', '', '', '', 100, 0, 100, 0, '', '2026-01-01', 0, '2026-01-01', '2026-01-01', '2026-01-01')`,
		`INSERT INTO payments (id, order_id, attempt, kind, idempotency_key, request_body, bank_order_id, state, asked_tetri, expires_at, created_at, updated_at) VALUES
			(1, 1, 1, 'page', 'a', '{}', 'b1', 'declined', 100, '2020-01-01', '2020-01-01 00:00:00+00:00', '2020-01-01'),
			(2, 1, 2, 'page', 'b', '{}', 'b2', 'paid', 100, '` + lately + `', '` + lately + `', '` + lately + `'),
			(3, 1, 3, 'page', 'c', '{}', 'b3', 'refunded', 100, '` + lately + `', '` + lately + `', '` + lately + `')`,
		`INSERT INTO attention (id, kind, subject, order_id, detail, at, settled_at) VALUES
			(1, 'second_payment', 'payment 2', 1, 'twice', '2026-01-01 00:00:00+00:00', NULL),
			(2, 'unknown_order', 'bank order x', NULL, 'which', '2026-01-01 00:00:00+00:00', '2026-01-02 00:00:00+00:00')`,
	} {
		if _, err := db.Exec(q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := models.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	list, err := s.OpenReviewItems(t.Context(), 0, 10)
	if err != nil || len(list) != 1 || list[0].Kind != models.ReviewSecondPayment || list[0].OrderNumber != "D-1" || list[0].BankOrderID != "b2" || list[0].AmountTetri != 100 {
		t.Errorf("review items %+v, %v", list, err)
	}
	if due, err := s.DuePayments(t.Context(), 10); err != nil || len(due) != 1 || due[0] != 2 {
		t.Errorf("due %v, %v; want the paid one of the last days", due, err)
	}
}
