package models_test

import (
	"compress/gzip"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"dukani/models"
)

// A migration that was released is never edited: shops that have run it would have other
// tables than the program was written for.
func TestReleasedMigrationsStayAsTheyAre(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"0001_catalog.sql":  "a6e82c469df62a5b863392e51b987a2cc86a58b6d157ca5f16351fe8714320df",
		"0002_shop.sql":     "973f97de08c11ddb548fd4c96c455affb7efa1b8a7494440683dbfa2b38fe82e",
		"0003_sessions.sql": "76e0ab4cc32ce314a246612f658812efeb3c1cf38e6e5e49f3011d9d8e8f467d",
		"0004_accounts.sql": "ddec9baea1f23120c3dab2adcf8b9dcf29d0ae62e4517bb93058032cfb200449",
	} {
		text, err := os.ReadFile("migrations/sqlite/" + name)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := fmt.Sprintf("%x", sha256.Sum256([]byte(strings.ReplaceAll(string(text), "\r\n", "\n")))); got != want {
			t.Errorf("%s was released and is another file now (%s)", name, got)
		}
	}
}

// takesAway finds statements of PostgreSQL after which a program that reads what was there, or does not write
// what is new, works no more.
var takesAway = regexp.MustCompile(`(?i)\bDROP\s+(TABLE|COLUMN)\b|\bRENAME\b|\bSET\s+NOT\s+NULL\b|\bALTER\s+(COLUMN\s+)?\w+\s+(SET\s+DATA\s+)?TYPE\b`)

// A migration that takes away says which programs can work on the tables afterwards.
func TestWhatTakesAwayNamesTheOldestProgram(t *testing.T) {
	t.Parallel()
	const since = "0036" // programs before refuse all tables newer than they know
	files, err := filepath.Glob("migrations/*/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]bool{} // that take away on PostgreSQL; SQLite also drops tables to make them anew
	texts := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[file] = string(text)
		if number := filepath.Base(file)[:4]; strings.Contains(file, "postgres") && number > since && takesAway.Match(text) {
			numbers[number] = true
		}
	}
	for file, text := range texts {
		if numbers[filepath.Base(file)[:4]] && !strings.Contains(text, "UPDATE oldest_program SET migration =") {
			t.Errorf("%s takes something away and does not set oldest_program", file)
		}
	}
	for text, want := range map[string]bool{
		"ALTER TABLE orders DROP COLUMN colour": true, "drop table colours": true, "ALTER TABLE orders RENAME colour TO tint": true,
		"ALTER TABLE orders ALTER COLUMN tint SET NOT NULL": true, "ALTER TABLE orders ALTER tint TYPE bigint": true,
		"ALTER TABLE orders ADD COLUMN tint text NOT NULL DEFAULT ''": false, "DROP INDEX CONCURRENTLY IF EXISTS orders_list": false,
	} {
		if takesAway.MatchString(text) != want {
			t.Errorf("%s: takes away is %v", text, !want)
		}
	}
}

// The data of a running shop must be there after every migration.
func TestTheFirstReleasesDataSurvives(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "shop.db")
	packed, err := os.Open("testdata/released/2026-11/shop.db.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	amounts := "sum(asked_tetri) || ' ' || sum(taken_tetri)" // as the first release named them
	figures := func() map[string]string {
		db, err := sql.Open("sqlite", "file:"+path+"?_pragma=query_only(1)")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		got := map[string]string{}
		for what, query := range map[string]string{
			"products":   "SELECT count(*) || ' ' || sum(price_tetri) FROM products",
			"texts":      "SELECT count(*) || ' ' || sum(length(text)) FROM product_texts",
			"found":      "SELECT count(*) FROM product_words WHERE product_words MATCH 'honey'",
			"stock":      "SELECT sum(on_hand) || ' ' || sum(reserved) FROM stock",
			"moves":      "SELECT count(*) || ' ' || sum(quantity) FROM stock_moves",
			"customers":  "SELECT count(*) || ' ' || group_concat(email || password_hash) FROM customers",
			"addresses":  "SELECT count(*) || ' ' || group_concat(street) FROM addresses",
			"carts":      "SELECT count(*) FROM carts",
			"orders":     "SELECT count(*) || ' ' || sum(total_tetri) || ' ' || group_concat(number || status || token) FROM orders",
			"lines":      "SELECT count(*) || ' ' || sum(quantity * unit_tetri) FROM order_lines",
			"payments":   "SELECT count(*) || ' ' || " + amounts + " || ' ' || sum(refunded_tetri) || group_concat(idempotency_key || state) FROM payments",
			"journal":    "SELECT count(*) || ' ' || sum(length(body)) FROM payment_events",
			"ledger":     "SELECT count(*) || ' ' || sum(amount_tetri) FROM ledger",
			"cards":      "SELECT count(*) || ' ' || group_concat(parent_bank_id || kind || state) FROM saved_cards",
			"mails":      "SELECT count(*) || ' ' || group_concat(kind || recipient || length(html)) FROM mails",
			"jobs":       "SELECT count(*) FROM river_job",
			"references": "SELECT count(*) FROM pragma_foreign_key_check",
			"integrity":  "SELECT * FROM pragma_integrity_check",
		} {
			var value string
			if err := db.QueryRow(query).Scan(&value); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			got[what] = value
		}
		return got
	}
	before := figures()
	amounts = "sum(requested_tetri) || ' ' || sum(captured_tetri)"
	for range 2 { // the second time there is nothing to do
		store, err := models.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.SignIn(t.Context(), "nino@example.ge", "dukani-demo", models.From{Network: "net"}); err != nil {
			t.Errorf("the customer cannot sign in: %v", err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		for what, want := range before {
			if got := figures()[what]; got != want {
				t.Errorf("%s: %s, was %s", what, got, want)
			}
		}
	}
}
