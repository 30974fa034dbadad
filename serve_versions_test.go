package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"dukani/models/storetest"
	"dukani/payments/simulator"
	"dukani/payments/simulator/simtest"
)

// nextMigrations are the files that the next release adds for an engine. They add to the tables that
// every visitor uses, in the way that CONTRIBUTING.md has it, "Expand, then contract".
func nextMigrations(engine string) (texts []string) {
	for _, table := range []string{"sessions", "cart_items", "products", "orders", "payments"} {
		texts = append(texts, strings.ReplaceAll(`-- +goose Up
			ALTER TABLE the_table ADD COLUMN next_text text;
			ALTER TABLE the_table ADD COLUMN next_number bigint NOT NULL DEFAULT 7;`, "the_table", table))
	}
	texts = append(texts, `-- +goose Up
		CREATE TABLE next_notes (order_id bigint PRIMARY KEY REFERENCES orders (id), text text NOT NULL);`)
	if engine == "sqlite" {
		return append(texts, `-- +goose Up
			CREATE INDEX orders_by_next_number ON orders (next_number, id);`)
	}
	return append(texts, `-- +goose NO TRANSACTION
-- +goose Up
		SET lock_timeout = 0;
		DROP INDEX CONCURRENTLY IF EXISTS orders_by_next_number;
		CREATE INDEX CONCURRENTLY orders_by_next_number ON orders (next_number, id);
		RESET lock_timeout;`)
}

// buildNext begins to build the program of the next release, and returns how to wait for its file.
// Nothing is written to the source: the compiler is told of files that are elsewhere.
func buildNext(t *testing.T) (program func() string) {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{}
	for _, engine := range []string{"postgres", "sqlite"} {
		folder, err := filepath.Abs(filepath.Join("models/migrations", engine))
		if err != nil {
			t.Fatal(err)
		}
		there, err := filepath.Glob(folder + "/[0-9]*.sql") // in the order of their numbers
		if err != nil || len(there) == 0 {
			t.Fatalf("%s has no migrations: %v", folder, err)
		}
		newest, err := strconv.Atoi(filepath.Base(there[len(there)-1])[:4])
		if err != nil {
			t.Fatal(err)
		}
		for i, text := range nextMigrations(engine) {
			name := fmt.Sprintf("%04d_next.sql", newest+1+i)
			file := filepath.Join(dir, engine+name)
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			files[filepath.Join(folder, name)] = file
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": files})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "next")
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", list, "-buildvcs=false", "-ldflags=-s -w", "-o", file, ".")
	var said bytes.Buffer
	build.Stdout, build.Stderr = &said, &said
	if err := build.Start(); err != nil {
		t.Fatal(err)
	}
	return func() string {
		if err := build.Wait(); err != nil {
			t.Fatalf("the next release: %v\n%s", err, &said)
		}
		return file
	}
}

// processOf launches a program in a process of its own, which is stopped as a system stops it.
func processOf(program string) launcher {
	return func(t *testing.T, pairs ...string) (at map[string]string, stop func() error) {
		t.Helper()
		at, process := childOf(t, program, nil, pairs...)
		return at, func() error {
			if err := process.Process.Signal(syscall.SIGTERM); err != nil {
				return err
			}
			return process.Wait()
		}
	}
}

// eventually returns when there is what a test waits for. It may run beside the test.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for patience := time.Now().Add(time.Minute); !is() && !t.Failed(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(patience) {
			t.Errorf("after a minute %s", what)
		}
	}
}

var repeatsCounted = regexp.MustCompile(`(?m)^dukani_transaction_repeats_total (\d+)`)

// repeats is how many transactions an instance has run again.
func (m *many) repeats(i int) int {
	m.t.Helper()
	answer, err := http.Get(*m.instances[i].url.Load() + "/metrics")
	if err != nil {
		m.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	found := repeatsCounted.FindSubmatch(text)
	if err != nil || found == nil {
		m.t.Fatalf("/metrics: %v", err)
	}
	n, err := strconv.Atoi(string(found[1]))
	if err != nil {
		m.t.Fatal(err)
	}
	return n
}

// While shoppers buy, instances of the next release take the place of those of this one, the first of
// them migrates, and in the end one of this release is started again: no request and no order is lost.
func TestInstancesOfTwoReleasesAreOneShop(t *testing.T) {
	old := processOf(os.Args[0])
	m := newMany(t, old, "SHOP_DRAIN", "2s")
	next := buildNext(t)
	m.bank = simtest.StartBank(t, &simulator.Bank{})
	m.pairs = append(m.pairs, "SIMULATOR_URL", m.bank)
	for i := range m.instances {
		m.start(i)
		t.Cleanup(func() { m.instances[i].stop() })
	}
	m.launch = processOf(next())
	m.askReadyz()
	shoppers := m.crowd(3)
	bought := func(n int64) {
		from := shoppers.orders.Load()
		eventually(t, "nobody buys any more", func() bool { return shoppers.orders.Load() >= from+n })
	}
	bought(15)

	// Somebody reads the orders for long, as pg_dump does. The migration waits for the table, and gives
	// way to those who queue behind it.
	raw := storetest.Raw(t, m.address)
	reader, err := raw.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reader.Exec("SELECT count(*) FROM orders"); err != nil {
		t.Fatal(err)
	}
	before := m.repeats(0) + m.repeats(1)
	var reading sync.WaitGroup
	reading.Go(func() {
		for range 2 {
			eventually(t, "no migration waits for the orders", func() bool {
				var waits bool
				err := raw.QueryRow(`SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock' AND NOT granted
					AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND relation = 'orders'::regclass)`).Scan(&waits)
				if err != nil {
					t.Error(err)
				}
				return waits
			})
			bought(5)
		}
		if err := reader.Rollback(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(reading.Wait)
	m.replace(2)
	bought(15)
	if after := m.repeats(0) + m.repeats(1); after == before {
		t.Error("no transaction of the old instances met a statement that was prepared before the migration: the test is about nothing")
	}
	m.replace(0)
	m.replace(1)
	bought(10)
	m.launch = old
	m.replace(1) // the release is taken back
	bought(15)
	shoppers.end()
}

// A release is taken back on SQLite, too: the program of the last one serves the file that the next one
// has migrated.
func TestTheLastReleaseServesTheNextOnesFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "shop.db")
	_, stop := launch(t, "DATABASE_URL", file)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for i, text := range nextMigrations("sqlite") {
		if _, err := db.Exec(text + fmt.Sprintf("INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, 1)", 9000+i)); err != nil {
			t.Fatal(err)
		}
	}
	at, stop := launch(t, "DATABASE_URL", file)
	steer(t, at["bank"], "orders/"+orderID(t, newShopper(t, at["shop"]).buy())+"/pay", map[string]any{})
	count := counts(t, db)
	eventually(t, "the order is not paid", func() bool {
		return count("SELECT count(*) FROM orders WHERE status = 'paid' AND next_text IS NULL AND next_number = 7") == 1
	})
	if err := stop(); err != nil {
		t.Error(err)
	}
}
