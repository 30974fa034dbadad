package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"dukani/models"
	"dukani/models/catalog"
	"dukani/models/storetest"
)

// A backup is made beside the running shop, and the shop runs on from it with the same bank, which
// has seen an order more. It is a new number that the next order has there.
func TestBackupAndRestoreOfARunningShop(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, bank := filepath.Join(dir, "shop.db"), filepath.Join(dir, "bank.db")
	at, stop := launch(t, "DATABASE_URL", file, "SIMULATOR_DB", bank)
	newShopper(t, at["shop"]).buy()
	getenv := settings("DATABASE_URL", file)
	name := strings.TrimSpace(say(t, getenv, "backup", filepath.Join(dir, "backups")))
	newShopper(t, at["shop"]).buy()
	for want, args := range map[string][]string{
		"another process has it": {"restore", name}, "another process": {"move", "-to", "postgres://127.0.0.1:9/none"},
	} {
		if why := refused(t, args, "DATABASE_URL", file); !strings.Contains(why, want) {
			t.Errorf("%v beside a running shop: %s", args, why)
		}
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if why := refused(t, []string{"restore", name}, "DATABASE_URL", file); !strings.Contains(why, "nothing is overwritten") {
		t.Errorf("restored over a database: %s", why)
	}
	fresh := filepath.Join(dir, "restored.db")
	said := say(t, settings("DATABASE_URL", fresh), "restore", name)
	if !strings.Contains(said, "the last is D-100001") || !strings.Contains(said, "next order is D-110002") || !strings.Contains(said, "reconcile") {
		t.Errorf("it says %q", said)
	}
	at, stop = launch(t, "DATABASE_URL", fresh, "SIMULATOR_DB", bank)
	newShopper(t, at["shop"]).buy()
	if number := look(t, fresh)("SELECT number FROM orders ORDER BY id DESC LIMIT 1"); number != "D-110002" {
		t.Errorf("the next order is %s", number)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

func TestCallsOfBackupRestoreAndMove(t *testing.T) {
	t.Parallel()
	server := settings("DATABASE_URL", "postgres://127.0.0.1:9/none")
	for want, args := range map[string][]string{
		"a folder": {"backup"}, "a backup": {"restore", "a", "b"}, "postgres://": {"move"}, "-to": {"move", "-to", "data/other.db"},
		"pg_dump": {"backup", "x"}, "pg_restore": {"restore", "x"}, "already": {"move", "-to", "postgres://127.0.0.1:9/none"},
	} {
		if err := run(t.Context(), args, server, io.Discard, io.Discard); !errors.Is(err, errUsage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v does not name %s", args, err, want)
		}
	}
	none := filepath.Join(t.TempDir(), "none.db")
	for _, args := range [][]string{{"backup", t.TempDir()}, {"move", "-to", "postgres://127.0.0.1:9/none"}} {
		if why := refused(t, args, "DATABASE_URL", none); !strings.Contains(why, "there is no database") {
			t.Errorf("%v of nothing: %s", args, why)
		}
	}
}

// The shop is stopped, moved and started again: the same orders, people and products are there, mail
// that waited is sent, and the next order has the next number.
func TestMoveOfAShop(t *testing.T) {
	t.Parallel()
	if storetest.Server() == "" {
		t.Skip("TEST_DATABASE_URL names no server to move to")
	}
	dir, address := t.TempDir(), storetest.New(t)
	file, bank := filepath.Join(dir, "shop.db"), filepath.Join(dir, "bank.db")
	at, stop := launch(t, "DATABASE_URL", file, "SIMULATOR_DB", bank)
	for range 2 {
		newShopper(t, at["shop"]).buy()
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	waiting(t, file)
	said := say(t, settings("DATABASE_URL", file), "move", "-to", address)
	if !regexp.MustCompile(`(?m)^ *orders +2 +\d{3,}$`).MatchString(said) || !strings.Contains(said, "The shop has moved.") {
		t.Errorf("it says %q", said)
	}
	if why := refused(t, []string{"move", "-to", address}, "DATABASE_URL", file); !strings.Contains(why, "is not empty") {
		t.Errorf("moved twice: %s", why)
	}
	at, stop = launch(t, "DATABASE_URL", address, "SIMULATOR_DB", bank)
	newShopper(t, at["shop"]).buy()
	db := storetest.Raw(t, address)
	var number string
	if err := db.QueryRow("SELECT number FROM orders ORDER BY id DESC LIMIT 1").Scan(&number); err != nil || number != "D-100003" {
		t.Errorf("the next order is %s, %v", number, err)
	}
	written := 0 // there is no mail server: it is in the mailbox of the demo
	for end := time.Now().Add(20 * time.Second); written == 0 && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if err := db.QueryRow("SELECT count(*) FROM mails WHERE kind = 'password_changed' AND text <> ''").Scan(&written); err != nil {
			t.Fatal(err)
		}
	}
	if written != 1 {
		t.Error("the mail that waited was not written")
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	store, err := models.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if found, err := catalog.New(store).Search(t.Context(), models.En, "tkemali", catalog.SortRelevance, 1); err != nil || len(found.Cards) == 0 {
		t.Errorf("products are not found: %v", err)
	}
}

// waiting puts a mail, with its job, into the database of a shop that is stopped.
func waiting(t *testing.T, file string) {
	t.Helper()
	store, err := models.Open(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	var id int64
	if err := store.JobsDB().QueryRow(`INSERT INTO mails (customer_id, kind, lang, recipient, created_at)
		SELECT min(id), 'password_changed', 'ka', 'nino@example.ge', datetime('now') FROM customers RETURNING id`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	jobs, err := river.NewClient(riversqlite.New(store.JobsDB()), &river.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jobs.Insert(t.Context(), models.MailJob{MailID: id}, nil); err != nil {
		t.Fatal(err)
	}
}
