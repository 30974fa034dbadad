package main

import (
	"compress/gzip"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"dukani/payments/simulator"
	"dukani/payments/simulator/simtest"
)

// releasedFiles unpacks the databases of shop and bank that a released version left.
func releasedFiles(t *testing.T, version string) (shop, bank string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"shop.db", "bank.db"} {
		packed, err := os.Open(filepath.Join("models/testdata/released", version, name+".gz"))
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
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "shop.db"), filepath.Join(dir, "bank.db")
}

// A shop that was killed under the first release goes on under this one: what was paid
// meanwhile becomes known, what is over ends, and every order still shows.
func TestTheFirstReleasesShopGoesOn(t *testing.T) {
	t.Parallel()
	shop, file := releasedFiles(t, "2026-11")
	bank := simtest.StartBank(t, &simulator.Bank{DB: file})
	pairs := []string{"DATABASE_URL", shop, "SIMULATOR_URL", bank}
	if err := run(t.Context(), []string{"reconcile"}, settings(pairs...), io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+shop+"?_pragma=query_only(1)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	url, stop := start(t, pairs...)
	defer stop()
	want := map[string]string{
		"D-100002": "expired", "D-100003": "expired", "D-100004": "expired", // the time to try again is over
		"D-100011": "refunded",
		"D-100012": "expired", "D-100013": "paid",
	}
	rows, err := db.Query("SELECT number, token, total_tetri FROM orders")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	shown := 0
	for ; rows.Next(); shown++ {
		var number, token string
		var total int
		if err := rows.Scan(&number, &token, &total); err != nil {
			t.Fatal(err)
		}
		status := want[number]
		if status == "" {
			status = "paid"
		}
		answer, err := http.Get(url + "/en/orders/" + token)
		if err != nil {
			t.Fatal(err)
		}
		page, err := goquery.NewDocumentFromReader(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", number, answer.Status, err)
		}
		if got := page.Find("[data-testid=order-status]").AttrOr("data-status", ""); got != status {
			t.Errorf("%s is %s, want %s", number, got, status)
		}
		sum := fmt.Sprintf("%d.%02d", total/100, total%100)
		if got := page.Find("[data-testid=order-total]").Text(); !strings.Contains(strings.ReplaceAll(got, ",", "."), sum) {
			t.Errorf("%s costs %q, want %s", number, got, sum)
		}
	}
	if shown != 13 {
		t.Errorf("%d orders", shown)
	}
	for what, c := range map[string]struct {
		query string
		want  int
	}{
		"taken, with what was paid while the shop was dead": {"SELECT sum(amount_tetri) FROM ledger WHERE kind = 'captured'", 50700 + 5900},
		"given back":        {"SELECT sum(amount_tetri) FROM ledger WHERE kind = 'refunded'", 1700},
		"reserved":          {"SELECT sum(reserved) FROM stock", 0},
		"saved cards":       {"SELECT count(*) FROM saved_cards WHERE state = 'live'", 2},
		"addresses":         {"SELECT count(*) FROM addresses", 2},
		"one-click charges": {"SELECT count(*) FROM payments WHERE kind = 'automatic' AND state = 'paid'", 1},
		"broken references": {"SELECT count(*) FROM pragma_foreign_key_check", 0},
		"owner":             {"SELECT count(*) FROM owner WHERE bank = 'simulator' AND merchant = 'dukani'", 1},
	} {
		var got int
		if err := db.QueryRow(c.query).Scan(&got); err != nil || got != c.want {
			t.Errorf("%s: %d, %v, want %d", what, got, err, c.want)
		}
	}
}
