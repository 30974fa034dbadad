package main

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"dukani/models"
)

// TestMain lets a test start this binary as the shop in a process of its own.
func TestMain(m *testing.M) {
	// Nothing here leaves this machine: a shop that is started for a real bank tries its
	// credentials there, by a proxy that is not there. Addresses of this machine are
	// never asked for by a proxy.
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
		os.Setenv(name, "http://127.0.0.1:9")
	}
	if os.Getenv("DUKANI_TEST_CHILD") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// own is settings with files and ports of the test's own; pairs win.
func own(t *testing.T, pairs ...string) []string {
	dir := t.TempDir()
	return append([]string{
		"SHOP_ADDR", "127.0.0.1:0", "SIMULATOR_ADDR", "127.0.0.1:0", "IDENTITY_ADDR", "127.0.0.1:0",
		"DATABASE_URL", filepath.Join(dir, "shop.db"), "SIMULATOR_DB", filepath.Join(dir, "bank.db"),
	}, pairs...)
}

// addresses reads what the program prints at its start.
func addresses(out io.Reader) map[string]string {
	at := map[string]string{}
	lines := bufio.NewScanner(out)
	for at["shop"] == "" && lines.Scan() {
		if name, url, ok := strings.Cut(lines.Text(), ": "); ok {
			at[name] = url
		}
	}
	go io.Copy(io.Discard, out)
	return at
}

// launch runs the shop and returns where it and what is beside it can be found, and
// a way to stop it.
func launch(t *testing.T, pairs ...string) (at map[string]string, stop func() error) {
	t.Helper()
	getenv := settings(own(t, pairs...)...)
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, nil, getenv, in, io.Discard)
		in.CloseWithError(io.EOF)
		ended <- err
	}()
	if at = addresses(out); at["shop"] == "" {
		t.Fatalf("the shop did not start: %v", <-ended)
	}
	return at, func() error {
		cancel()
		return <-ended
	}
}

// start is launch for tests that only talk to the shop.
func start(t *testing.T, pairs ...string) (url string, stop func() error) {
	t.Helper()
	at, stop := launch(t, pairs...)
	return at["shop"], stop
}

func TestServeUntilStopped(t *testing.T) {
	for name, pairs := range map[string][]string{
		"beside the simulated bank": nil,
		"with a real bank":          realBank("sandbox"),
	} {
		t.Run(name, func(t *testing.T) {
			url, stop := start(t, pairs...)
			for range 20 { // one that stops by itself may still answer the first
				answer, err := http.Get(url + "/healthz")
				if err != nil {
					t.Fatalf("the shop has stopped by itself: %v", err)
				}
				answer.Body.Close()
				if answer.StatusCode != http.StatusOK {
					t.Fatalf("healthz: %s", answer.Status)
				}
			}
			if err := stop(); err != nil {
				t.Errorf("stopped with %v", err)
			}
		})
	}
}

// Before the shop stops, balancers learn of it while it still answers.
func TestNotReadyBeforeItStops(t *testing.T) {
	t.Parallel()
	url, stop := start(t, "SHOP_DRAIN", "3s")
	status := func(path string) int {
		answer, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	if got := status("/readyz"); got != http.StatusOK {
		t.Fatalf("a running shop: %d", got)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	for patience := time.Now().Add(2 * time.Second); status("/readyz") != http.StatusServiceUnavailable; {
		if time.Now().After(patience) {
			t.Fatal("it says that it is ready")
		}
	}
	if got := status("/en"); got != http.StatusOK {
		t.Errorf("a visitor of this moment gets %d", got)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if _, err := http.Get(url + "/healthz"); err == nil {
		t.Error("it still answers")
	}
}

// What an alarm is set on is there before it happens.
func TestRepeatedTransactionsAreCounted(t *testing.T) {
	t.Parallel()
	url, stop := start(t)
	defer stop()
	answer, err := http.Get(url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || !strings.Contains(string(text), "\ndukani_transaction_repeats_total 0\n") {
		t.Errorf("/metrics: %v", err)
	}
}

// The shop is whole without the simulated provider, whose port may be somebody's.
func TestServeWithoutProvider(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, c := range []struct {
		addr    string
		offered bool
	}{{taken.Addr().String(), false}, {"127.0.0.1:0", true}} {
		url, stop := start(t, "IDENTITY_ADDR", c.addr)
		answer, err := http.Get(url + "/en/login")
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(answer.Body)
		if answer.Body.Close(); err != nil || answer.StatusCode != http.StatusOK || strings.Contains(string(page), "/login/provider") != c.offered {
			t.Errorf("%s: %s, %v, want the button %v", c.addr, answer.Status, err, c.offered)
		}
		if err := stop(); err != nil {
			t.Errorf("stopped with %v", err)
		}
	}
}

// The command works with nothing set, as the README has it, beside a running shop.
func TestReconcile(t *testing.T) {
	dir := t.TempDir()
	files := []string{"DATABASE_URL", filepath.Join(dir, "shop.db"), "SIMULATOR_DB", filepath.Join(dir, "bank.db")}
	_, stop := start(t, files...)
	defer stop()
	var out strings.Builder
	if err := run(t.Context(), []string{"reconcile"}, settings(files...), &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	if want := "asked the bank about 0 payments\nnothing needs review\n"; out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}

// What staff do until there is a back office: see all that is open, close an item, ask
// the bank about one order, have a refund tried again.
func TestReconcileListsAllThatIsOpenAndClosesItems(t *testing.T) {
	dir := t.TempDir()
	files := []string{"DATABASE_URL", filepath.Join(dir, "shop.db"), "SIMULATOR_DB", filepath.Join(dir, "bank.db")}
	store, err := models.Open(t.Context(), files[1])
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	store.Log = slog.New(slog.DiscardHandler)
	const n = 501
	for i := range n {
		c := models.Callback{Body: fmt.Append(nil, i), BankOrderID: fmt.Sprint("b", i), OrderNumber: "D-9"}
		if err := store.StoreCallback(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	command := func(args ...string) (string, error) {
		var out strings.Builder
		err := run(t.Context(), append([]string{"reconcile"}, args...), settings(files...), &out, io.Discard)
		return out.String(), err
	}
	out, err := command()
	if !errors.Is(err, errReviewOpen) || exitStatus(err) != 2 {
		t.Errorf("ended with %v", err)
	}
	if !strings.HasSuffix(out, "501 need review: 501 unknown_order\n") || strings.Count(out, "  unknown_order  ") != n || !strings.Contains(out, "bank order b500\n") {
		t.Errorf("printed %s", out[max(0, len(out)-500):])
	}
	if out, err := command("-resolve", "7", "-because", "another shop's"); err != nil || out != "resolved 7\n" {
		t.Errorf("%q, %v", out, err)
	}
	for _, wrong := range [][]string{
		{"-resolve", "7", "-because", "again"}, {"-resolve", "8"}, {"-resolve", "9999", "-because", "x"}, {"-because", "x"},
		{"-retry-refund", "9"}, {"-ask", "D-9"}, {"-resolve", "x"},
	} {
		if _, err := command(wrong...); err == nil || errors.Is(err, errReviewOpen) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if out, err := command(); !errors.Is(err, errReviewOpen) || !strings.HasSuffix(out, "500 need review: 500 unknown_order\n") {
		t.Errorf("then %v", err)
	}
}

// Each kind tells staff what to do.
func TestEveryReviewKindSaysWhatToDo(t *testing.T) {
	source, err := os.ReadFile("models/review.go")
	if err != nil {
		t.Fatal(err)
	}
	kinds := regexp.MustCompile(`ReviewKind = "(\w+)"`).FindAllStringSubmatch(string(source), -1)
	for _, k := range kinds {
		if whatToDo[models.ReviewKind(k[1])] == "" {
			t.Errorf("nothing is said about %s", k[1])
		}
	}
	if len(kinds) != len(whatToDo) || len(kinds) == 0 {
		t.Errorf("%d kinds, %d said", len(kinds), len(whatToDo))
	}
}

// A mail server that takes connections and stays silent keeps nobody's payment waiting.
func TestSettlingDoesNotWaitForMail(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	waiting := make(chan net.Conn, 100)
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			waiting <- conn
		}
	}()
	file := filepath.Join(t.TempDir(), "shop.db")
	url, stop := start(t, "DATABASE_URL", file, "SMTP_URL", "smtp://"+ln.Addr().String(), "SHOP_MAIL_FROM", "Shop <shop@example.ge>")
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	// More mails than the whole queue had workers when it was one.
	if _, err := db.Exec(`WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12)
		INSERT INTO mails (customer_id, kind, lang, recipient, created_at)
		SELECT (SELECT min(id) FROM customers), 'password_changed', 'ka', 'nino@example.ge', datetime('now') FROM n`); err != nil {
		t.Fatal(err)
	}
	jobs, err := river.NewClient(riversqlite.New(db), &river.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for id := range int64(12) {
		if _, err := jobs.Insert(t.Context(), models.MailJob{MailID: id + 1}, nil); err != nil {
			t.Fatal(err)
		}
	}
	var stuck []net.Conn
	for range 4 {
		stuck = append(stuck, <-waiting) // each a worker that waits for a greeting
	}
	var last int64 // job there is so far; one that had begun may still complete
	if err := db.QueryRow("SELECT max(id) FROM river_job").Scan(&last); err != nil {
		t.Fatal(err)
	}
	settled := func() (has bool) {
		if err := db.QueryRow("SELECT count(*) > 0 FROM river_job WHERE id > ? AND kind = 'settle_due_payments' AND state = 'completed'", last).Scan(&has); err != nil {
			t.Fatal(err)
		}
		return has
	}
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	patience := time.Now().Add(7 * time.Second) // less than the mail server is waited for
	for !settled() {
		if time.Now().After(patience) {
			t.Fatal("the mail server keeps payments from being settled")
		}
		<-look.C
	}
	if answer, err := http.Get(url + "/healthz"); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("the shop: %v", err)
	}
	for _, conn := range stuck {
		conn.Close()
	}
	go func() {
		for conn := range waiting {
			conn.Close()
		}
	}()
	if err := stop(); err != nil {
		t.Errorf("stopped with %v", err)
	}
}
