package main

import (
	"bytes"
	"database/sql"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"dukani/e2e/chaos/check"
)

// plantedFaults are changes behind the shop's or the bank's back; each breaks the rule that is named,
// and may break others.
var plantedFaults = []struct {
	name, rule string
	inBank     bool
	sql        string
}{
	{"a second captured row", "I1", false, `DROP INDEX ledger_captured_once; INSERT INTO ledger (order_id, payment_id, at, kind, amount_tetri)
		SELECT order_id, payment_id, at, kind, amount_tetri FROM ledger WHERE kind = 'captured' LIMIT 1`},
	{"paid without a payment", "I1", false, `UPDATE orders SET paid_payment_id = NULL WHERE id = (SELECT min(id) FROM orders WHERE status = 'paid')`},
	{"a second attempt was captured", "I1", false, `INSERT INTO payments (order_id, attempt, kind, idempotency_key, request_body, state, requested_tetri,
		captured_tetri, expires_at, created_at, updated_at) SELECT order_id, 9, kind, 'second', request_body, 'paid', requested_tetri, captured_tetri,
		expires_at, created_at, updated_at FROM payments WHERE state = 'paid' LIMIT 1`},
	{"a lost unit", "I2", false, `UPDATE stock SET on_hand = on_hand - 1 WHERE product_id = (SELECT min(product_id) FROM stock WHERE on_hand > reserved)`},
	{"a unit reserved for nobody", "I2", false, `UPDATE stock SET reserved = reserved + 1 WHERE product_id = (SELECT min(product_id) FROM stock
		WHERE on_hand > reserved)`},
	{"an order that was never sold", "I2", false, `DELETE FROM stock_moves WHERE id = (SELECT min(id) FROM stock_moves WHERE kind = 'sold')`},
	{"a changed refund", "I3", false, `UPDATE ledger SET amount_tetri = amount_tetri + 1 WHERE id = (SELECT min(id) FROM ledger WHERE kind = 'refunded')`},
	{"a refund of which the shop knows nothing", "I3", true, `UPDATE rows SET body = json_set(body, '$.refunded', 1)
		WHERE kind = 'order' AND body ->> '$.taken' > 0 AND body ->> '$.refunded' = 0`},
	{"a payment that the bank took back", "I3", true, `UPDATE rows SET body = json_set(body, '$.taken', 0) WHERE kind = 'order' AND body ->> '$.taken' > 0`},
	{"a missing mail", "I4", false, `DELETE FROM mails WHERE id = (SELECT min(id) FROM mails WHERE kind = 'paid')`},
	{"a mail that stays", "I4", false, `UPDATE mails SET sent_at = NULL WHERE id = (SELECT min(id) FROM mails WHERE kind = 'paid')`},
	{"a missing mail about a refund", "I4", false, `DELETE FROM mails WHERE id = (SELECT min(id) FROM mails WHERE kind = 'refunded')`},
	{"a refund that did not happen", "I4", false, `INSERT INTO refunds (payment_id, idempotency_key, request_body, amount_tetri, reason, state,
		next_try_at, created_at, updated_at)
		SELECT id, 'refund', 'x', 100, 'x', 'completed', created_at, created_at, created_at FROM payments WHERE state = 'paid' LIMIT 1`},
	{"another price", "I5", false, `UPDATE order_lines SET unit_tetri = unit_tetri + 1 WHERE order_id = (SELECT min(order_id) FROM order_lines)`},
	{"another amount at the bank", "I5", true, `UPDATE rows SET body = json_set(body, '$.total', 1) WHERE kind = 'order'`},
	{"a key that was not stored", "I6", false, `UPDATE payments SET idempotency_key = 'another' WHERE id = (SELECT min(id) FROM payments
		WHERE bank_order_id IS NOT NULL)`},
	{"a body that was not stored", "I6", false, `UPDATE payments SET request_body = '' WHERE id = (SELECT min(id) FROM payments)`},
	{"a refund that was not stored", "I6", false, `DELETE FROM refund_lines; DELETE FROM refunds WHERE id = (SELECT min(id) FROM refunds
		WHERE action_id IS NOT NULL)`},
	{"money from nowhere", "found", true, `INSERT INTO rows (kind, id, body) SELECT kind, 'stray', json_set(body, '$.id', 'stray') FROM rows
		WHERE kind = 'order' AND body ->> '$.taken' > 0 LIMIT 1`},
	{"another order's money", "found", true, `UPDATE rows SET body = json_set(body, '$.external_order_id', 'D-1')
		WHERE kind = 'order' AND body ->> '$.taken' > 0`},
	{"a false alarm", "alarm", false, `INSERT INTO review_items (kind, subject, order_id, payment_id, detail, happening, at)
		SELECT 'mismatch', 'payment', order_id, id, 'x', 'x', created_at FROM payments WHERE state = 'paid' LIMIT 1`},
	{"an attempt that never ends", "ended", false, `UPDATE payments SET state = 'processing' WHERE id = (SELECT min(id) FROM payments WHERE state = 'paid')`},
	{"an order that waits for nothing", "ended", false, `UPDATE orders SET status = 'awaiting_payment' WHERE id = (SELECT min(id) FROM orders
		WHERE status = 'paid')`},
	{"a refund that never ends", "ended", false, `UPDATE refunds SET state = 'requested' WHERE id = (SELECT min(id) FROM refunds WHERE state = 'completed')`},
	{"a changed line of the journal", "journal", false, `UPDATE payment_events SET verdict = 'another' WHERE id = (SELECT min(id)
		FROM payment_events WHERE kind = 'call')`},
	{"a deleted line of the journal", "journal", false, `DELETE FROM payment_events WHERE id = (SELECT min(id) FROM payment_events WHERE kind = 'receipt')`},
	{"a move that was not written down", "journal", false, `UPDATE payments SET state = 'declined' WHERE id = (SELECT min(id) FROM payments
		WHERE state = 'paid')`},
	{"lost orders", "lost", false, `UPDATE orders SET number = 'D-' || id`},
}

// A fair-weather run breaks no rule, and whatever is planted in its books is found.
func TestTheCheckerFindsWhatIsPlanted(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short, which only the planted faults use: it runs a shop and a bank")
	}
	t.Parallel()
	o, err := readOptions([]string{"-orders", "24", "-faults", "0", "-kills", "0", "-seed", "11", "-keep", t.TempDir()}, io.Discard)
	must(t, err)
	w, shop, bank, err := play(t.Context(), o, newPlan(o))
	if w != nil {
		defer func() { must(t, w.close(false)) }()
	}
	must(t, err)
	if found := check.Check(shop, bank); len(found) > 0 {
		var table bytes.Buffer
		w.report(&table, shop, bank, found)
		t.Fatalf("without any fault:\n%s", table.String())
	}
	mark := check.Mark{}
	must(t, w.withDatabase(func(db *sql.DB) (err error) {
		mark, err = check.ReadMark(t.Context(), db)
		return err
	}))
	rules := map[string]bool{}
	for _, fault := range plantedFaults {
		rules[fault.rule] = true
		t.Run(fault.name, func(t *testing.T) {
			folder := t.TempDir()
			files := map[bool]string{false: copyFile(t, w.folder, folder, "shop.db"), true: copyFile(t, w.folder, folder, "bank.db")}
			plant(t, files[fault.inBank], fault.sql)
			ours, theirs := readBoth(t, files[false], files[true])
			ours.Seed, ours.Told, ours.Delivered, ours.Marks = shop.Seed, shop.Told, shop.Delivered, []check.Mark{mark}
			found := check.Check(ours, theirs)
			if !slices.ContainsFunc(found, func(v check.Violation) bool { return v.Invariant == fault.rule }) {
				t.Errorf("%s is not broken; found: %v", fault.rule, found)
			}
			for _, v := range found {
				if v.Order != "" && fault.rule != "lost" && v.Order != "D-1" && check.History(ours, theirs, v.Order) == "" {
					t.Errorf("order %s has no history", v.Order)
				}
			}
		})
	}
	for _, r := range check.Rules() {
		if !rules[r.Name] {
			t.Errorf("nothing is planted against %s", r.Name)
		}
	}
}

// plant changes a file as no program of ours would: without triggers and references in its way.
func plant(t *testing.T, file, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=foreign_keys(0)&_pragma=ignore_check_constraints(1)")
	must(t, err)
	defer db.Close()
	for _, trigger := range []string{"payment_events_no_update", "payment_events_no_delete"} {
		_, err := db.ExecContext(t.Context(), "DROP TRIGGER IF EXISTS "+trigger)
		must(t, err)
	}
	result, err := db.ExecContext(t.Context(), query)
	must(t, err)
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("nothing was planted (%v): %s", err, query)
	}
}

func readBoth(t *testing.T, shopFile, bankFile string) (*check.Shop, *check.Bank) {
	t.Helper()
	db, err := openDatabase("sqlite", shopFile)
	must(t, err)
	defer db.Close()
	shop, err := check.ReadShop(t.Context(), db)
	must(t, err)
	banks, err := openDatabase("sqlite", bankFile)
	must(t, err)
	defer banks.Close()
	bank, err := check.ReadBank(t.Context(), banks)
	must(t, err)
	return shop, bank
}

func copyFile(t *testing.T, from, to, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(from, name))
	must(t, err)
	path := filepath.Join(to, name)
	must(t, os.WriteFile(path, content, 0o600))
	return path
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
