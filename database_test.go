package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// refused runs a command that must not work, and returns why it did not.
func refused(t *testing.T, args []string, pairs ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var said strings.Builder
	err := run(ctx, args, settings(own(t, pairs...)...), &said, io.Discard)
	if err == nil {
		t.Errorf("%v: done, though it must not be; it said %q", args, said.String())
		return ""
	}
	return err.Error()
}

var everyCommand = [][]string{nil, {"migrate"}, {"seed"}, {"seed", "-products", "1"}, {"reconcile"}, {"staff", "list"}}

func TestOneDatabaseBelongsToOneBank(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shop.db")
	_, stop := start(t, "DATABASE_URL", file)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range everyCommand {
		for why, pairs := range map[string][]string{
			`the bank "simulator"`:  realBank("live"),
			`"sandbox"`:             realBank("sandbox"),
			`the merchant "dukani"`: {"BOG_CLIENT_ID", "another"},
			`"somebody"`:            {"SIMULATOR_CLIENT_ID", "somebody"},
		} {
			if said := refused(t, args, append(pairs, "DATABASE_URL", file)...); !strings.Contains(said, why) || !strings.Contains(said, "DATABASE_URL") {
				t.Errorf("%v: %q does not name %s", args, said, why)
			}
		}
	}
	if after, err := os.ReadFile(file); err != nil || string(after) != string(before) {
		t.Errorf("the database was changed by who was refused: %v", err)
	}
	if _, stop := start(t, "DATABASE_URL", file); stop() != nil {
		t.Error("the one it belongs to")
	}
}

// What was made for the real bank is not to be tried with the simulated one.
func TestTheRealBanksDatabaseIsNoPlayground(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "shop.db")
	real := settings(append(realBank("live"), "DATABASE_URL", file)...)
	if err := run(t.Context(), []string{"migrate"}, real, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, args := range everyCommand {
		if said := refused(t, args, "DATABASE_URL", file); !strings.Contains(said, `the bank "live"`) {
			t.Errorf("%v: %q", args, said)
		}
	}
	if err := run(t.Context(), []string{"migrate"}, real, io.Discard, io.Discard); err != nil {
		t.Errorf("its own: %v", err)
	}
}

// Databases from before owners were noted may have been tried with the simulated bank:
// then they have people whose password everybody knows.
func TestNoDemoPeopleBesideARealBank(t *testing.T) {
	t.Parallel()
	shop, _ := releasedFiles(t, "2026-11")
	for _, args := range everyCommand {
		if said := refused(t, args, append(realBank("sandbox"), "DATABASE_URL", shop)...); !strings.Contains(said, "nino@example.ge") {
			t.Errorf("%v: started with the demo customer: %v", args, said)
		}
	}
	if err := run(t.Context(), []string{"migrate"}, settings("DATABASE_URL", shop), io.Discard, io.Discard); err != nil {
		t.Errorf("whoever was refused has taken it: %v", err)
	}
}

// A released file is never edited, and an older program does not work on a newer one's
// tables.
func TestADatabaseOfOtherTablesIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ change, why string }{
		"newer":                        {"INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1); UPDATE oldest_program SET migration = 9998", "newer version"},
		"from an edited file":          {"UPDATE migration_files SET sha256 = replace(sha256, substr(sha256, 1, 1), 'x') WHERE version = 2", "migration 2"},
		"from before, another table":   {"DELETE FROM migration_files; ALTER TABLE orders ADD COLUMN colour TEXT", "table orders"},
		"from before, another rule":    {"DELETE FROM migration_files; DROP TABLE heartbeat; CREATE TABLE heartbeat (id INTEGER PRIMARY KEY CHECK (id = 2), at TIMESTAMP NOT NULL)", "table heartbeat"},
		"from before, without index":   {"DELETE FROM migration_files; DROP INDEX ledger_by_order", "index ledger_by_order"},
		"from before, without trigger": {"DELETE FROM migration_files; DROP TRIGGER %s", "trigger"},
	} {
		file := filepath.Join(t.TempDir(), "shop.db")
		if err := run(t.Context(), []string{"migrate"}, settings("DATABASE_URL", file), io.Discard, io.Discard); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite", file)
		if err != nil {
			t.Fatal(err)
		}
		var trigger string
		if err := db.QueryRow("SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name LIMIT 1").Scan(&trigger); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(strings.ReplaceAll(c.change, "%s", trigger)); err != nil {
			t.Fatal(err)
		}
		db.Close()
		for _, args := range everyCommand {
			if said := refused(t, args, "DATABASE_URL", file); !strings.Contains(said, c.why) {
				t.Errorf("%s, %v: %q does not say %q", name, args, said, c.why)
			}
		}
	}
}

// What an operator adds beside the shop's tables is theirs.
func TestTablesBesideTheShopsAreNobodysBusiness(t *testing.T) {
	t.Parallel()
	shop, _ := releasedFiles(t, "2026-11")
	db, err := sql.Open("sqlite", shop)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE _backup (at TEXT); CREATE INDEX mine ON orders (email); ANALYZE"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	for range 2 {
		if err := run(t.Context(), []string{"migrate"}, settings("DATABASE_URL", shop), io.Discard, io.Discard); err != nil {
			t.Error(err)
		}
	}
}

func TestOneProcessServesOneFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shop.db")
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	at, stop := launch(t, "DATABASE_URL", file)
	for _, args := range everyCommand[:4] {
		for _, name := range []string{file, link} {
			if said := refused(t, args, "DATABASE_URL", name); !strings.Contains(said, "another process") || !strings.Contains(said, name) {
				t.Errorf("%v of %s: %q", args, name, said)
			}
		}
	}
	for range 2 { // reconciling, and more than once, is what a shop that runs is for
		if err := run(t.Context(), []string{"reconcile"}, settings("DATABASE_URL", link, "SIMULATOR_URL", at["bank"]), io.Discard, io.Discard); err != nil {
			t.Errorf("reconcile beside it: %v", err)
		}
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if _, stop := start(t, "DATABASE_URL", file); stop() != nil {
		t.Error("after the first has stopped")
	}
}

// child starts this program in a process of its own.
func child(t *testing.T, args []string, pairs ...string) (at map[string]string, process *exec.Cmd) {
	t.Helper()
	return childOf(t, os.Args[0], args, pairs...)
}

// childOf is child for another build of the program.
func childOf(t *testing.T, program string, args []string, pairs ...string) (at map[string]string, process *exec.Cmd) {
	t.Helper()
	process = exec.Command(program, args...)
	process.Env = append(os.Environ(), "DUKANI_TEST_CHILD=1")
	all := own(t, pairs...)
	for i := 0; i < len(all); i += 2 {
		process.Env = append(process.Env, all[i]+"="+all[i+1])
	}
	var said bytes.Buffer
	process.Stderr = &said
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		process.Process.Kill()
		process.Wait()
	})
	if at = addresses(out); at["shop"] == "" {
		t.Fatalf("it did not start: %v\n%s", process.Wait(), &said)
	}
	return at, process
}

func TestAKilledProcessLocksNobodyOut(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shop.db")
	_, process := child(t, nil, "DATABASE_URL", file)
	if said := refused(t, nil, "DATABASE_URL", file); !strings.Contains(said, "another process") {
		t.Errorf("beside it: %q", said)
	}
	process.Process.Kill()
	process.Wait()
	if _, stop := start(t, "DATABASE_URL", file); stop() != nil {
		t.Error("after it was killed")
	}
}

// A lock that goes by the name would not see that it is the same file.
func TestAFileOfTwoNamesIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, second := filepath.Join(dir, "first.db"), filepath.Join(dir, "second.db")
	if err := run(t.Context(), []string{"migrate"}, settings("DATABASE_URL", first), io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(first, second); err != nil {
		t.Skip("the file system of the temporary folder has no hard links, so none can be refused:", err)
	}
	for _, name := range []string{first, second} {
		if said := refused(t, []string{"migrate"}, "DATABASE_URL", name); !strings.Contains(said, "hard link") {
			t.Errorf("%s: %q", name, said)
		}
	}
	if err := os.Remove(second); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"migrate"}, settings("DATABASE_URL", first), io.Discard, io.Discard); err != nil {
		t.Errorf("with one name: %v", err)
	}
}

func TestNobodyElseReadsTheFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	shop, bank := filepath.Join(dir, "shop.db"), filepath.Join(dir, "bank.db")
	look := func(when string) {
		t.Helper()
		files, err := filepath.Glob(dir + "/*")
		if err != nil || len(files) < 6 {
			t.Errorf("%s: %v, %v, want each file with its -wal and -shm", when, files, err)
		}
		for _, name := range append(files, dir) {
			if info, err := os.Stat(name); err != nil || info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s: %s is %v, %v", when, name, info.Mode(), err)
			}
		}
	}
	_, stop := start(t, "DATABASE_URL", shop, "SIMULATOR_DB", bank)
	look("new")
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{shop, bank} { // as earlier versions made them
		if err := os.Chmod(name, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_, stop = start(t, "DATABASE_URL", shop, "SIMULATOR_DB", bank)
	look("tightened")
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// What is named by mistake stays as it was: its text, its rights, its folder.
func TestAnotherProgramsFileIsLeftAlone(t *testing.T) {
	for _, c := range []struct{ setting, other string }{{"DATABASE_URL", "SIMULATOR_DB"}, {"SIMULATOR_DB", "DATABASE_URL"}} {
		dir := t.TempDir()
		notes, foreign := filepath.Join(dir, "notes"), filepath.Join(dir, "foreign.db")
		if err := os.WriteFile(notes, []byte(strings.Repeat("not a database\n", 100)), 0o644); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite", foreign)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec("CREATE TABLE users (id INTEGER)"); err != nil {
			t.Fatal(err)
		}
		db.Close()
		if err := os.Chmod(foreign, 0o644); err != nil {
			t.Fatal(err)
		}
		for name, why := range map[string]string{notes: "not a database", foreign: "another program"} {
			if said := refused(t, nil, c.setting, name, c.other, filepath.Join(t.TempDir(), "other.db")); !strings.Contains(said, why) {
				t.Errorf("%s=%s: %q", c.setting, name, said)
			}
			if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o644 {
				t.Errorf("%s=%s is now %v, %v", c.setting, name, info.Mode(), err)
			}
		}
		db, err = sql.Open("sqlite", foreign)
		if err != nil {
			t.Fatal(err)
		}
		var tables int
		if err := db.QueryRow("SELECT count(*) FROM sqlite_master").Scan(&tables); err != nil || tables != 1 {
			t.Errorf("%s: there are %d tables now, %v", c.setting, tables, err)
		}
		db.Close()
		if _, err := os.Stat(notes + ".lock"); err == nil {
			t.Errorf("%s: a lock beside what is no database", c.setting)
		}
	}
}

func TestHelpAndWhatIsUnknown(t *testing.T) {
	t.Parallel()
	if ends := "ends with status " + strconv.Itoa(exitStatus(errReviewOpen)) + ")"; !strings.Contains(usage, ends) {
		t.Errorf("the help does not say that reconcile %s", ends)
	}
	wrong := settings("BOG_ENV", "production") // help needs no settings
	for _, args := range [][]string{{"--help"}, {"-h"}, {"-help"}, {"help"}, {"seed", "--help"}, {"migrate", "-h"}, {"copy", "-h"}, {"copy", "bog", "x", "-h"}, {"help", "seed"}} {
		var out, problems strings.Builder
		if err := run(t.Context(), args, wrong, &out, &problems); err != nil || out.String() != usage || problems.Len() > 0 {
			t.Errorf("%v: %v, %q, %q", args, err, out.String(), problems.String())
		}
	}
	for want, args := range map[string][]string{
		`"sed"`: {"sed"}, "-product": {"seed", "-product", "3"}, "-verbose": {"-verbose"}, `"now"`: {"migrate", "now"}, `"5"`: {"seed", "5"},
		"less than 0": {"seed", "-products", "-5"}, "copy bog DIR": {"copy", "bog"}, "-all": {"copy", "bog", "x", "-all"}, `"--"`: {"--", "--"},
		"one of add": {"staff"}, "needs -email": {"staff", "add"}, "-role is": {"staff", "add", "-email", "a@b.ge", "-name", "A", "-role", "king"},
	} {
		if err := run(t.Context(), args, wrong, io.Discard, io.Discard); !errors.Is(err, errUsage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v does not name %s", args, err, want)
		}
	}
	for status, args := range map[int][]string{0: {"--help"}, 64: {"sed"}} {
		process := exec.Command(os.Args[0], args...)
		process.Env = append(os.Environ(), "DUKANI_TEST_CHILD=1")
		if out, _ := process.CombinedOutput(); process.ProcessState.ExitCode() != status || !strings.Contains(string(out), "dukani") {
			t.Errorf("%v ends with %d: %s", args, process.ProcessState.ExitCode(), out)
		}
	}
}
