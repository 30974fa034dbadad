package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"dukani/e2e/faults"
	"dukani/e2e/postgres"
)

// A migration that is killed at any write or sync is taken up by the next start, and makes the same
// tables with the same rows of the first release's shop as one that nobody has disturbed.
func TestAMigrationIsKilledAtAnyWrite(t *testing.T) {
	t.Parallel()
	c := &counter{}
	migrate := func(at int) (file string, n int, killed bool) {
		file = releasedShop(t)
		gate := &faults.Gate{}
		gate.Set(func(call faults.Call) syscall.Errno {
			if strings.HasPrefix(call.File, file) && c.next() {
				return faults.Kill
			}
			return 0
		})
		c.arm(at)
		cmd := command(t, file, "migrate")
		var out bytes.Buffer
		cmd.Stderr = &out
		mustOrSkip(t, gate.Start(cmd))
		err := cmd.Wait()
		if killed = err != nil; killed && !strings.Contains(err.Error(), "signal: killed") {
			t.Fatalf("it ended with %v\n%s", err, &out)
		}
		return file, c.disarm(), killed
	}
	file, length, _ := migrate(0)
	want := rowsOf(t, file)
	points := 10
	if *long {
		points = 50
	}
	healed, moments := 0, spread(length, points)
	for _, at := range moments {
		file, _, killed := migrate(at)
		if !killed {
			t.Errorf("it came to no %d of %d", at, length)
			continue
		}
		runToEnd(t, file, "migrate")
		if differs := difference(want, rowsOf(t, file)); differs != "" {
			t.Errorf("killed at %d of %d: %s", at, length, differs)
			continue
		}
		healed++
	}
	t.Logf("migration on sqlite: %d moments out of %d, %d healed", len(moments), length, healed)
}

// A move that is killed at any message to PostgreSQL has moved everything or nothing. If nothing, it
// can be repeated on the same database; the file stays as it was.
func TestAMoveIsKilledAtAnyMessage(t *testing.T) {
	t.Parallel()
	server, err := postgres.Start(t.Context(), append(serverSettings, "fsync=off")...) // it is not the server that is killed
	mustOrSkip(t, err)
	t.Cleanup(func() { must(t, server.Stop()) })
	file := releasedShop(t)
	runToEnd(t, file, "migrate")
	had := rowsOf(t, file)
	c, databases := &counter{}, 0
	const beforeCommit, afterCommit = -1, -2 // moments that are not found by chance
	move := func(at int) (address string, n int, killed bool) {
		databases++
		address = newDatabase(t, server.URL, fmt.Sprint("moved", databases))
		var cmd *exec.Cmd
		copied := false
		line, through, err := newWire(address, func(text []byte) func(func() error) {
			copied = copied || bytes.Contains(text, []byte(`copy "orders"`))
			commit := (at == beforeCommit || at == afterCommit) && copied && bytes.Contains(text, []byte("commit"))
			if !c.next() && !commit {
				return nil
			}
			return func(pass func() error) {
				if at == afterCommit || at > 0 && at%2 == 0 {
					_ = pass()
				}
				_ = cmd.Process.Kill()
			}
		})
		must(t, err)
		defer line.close()
		c.arm(at)
		cmd = command(t, file, "move", "-to", through)
		out, err := cmd.CombinedOutput()
		if killed = err != nil; killed && !strings.Contains(err.Error(), "signal: killed") {
			t.Fatalf("it ended with %v\n%s", err, out)
		}
		return address, c.disarm(), killed
	}
	address, length, _ := move(0)
	want := countsOf(t, address)
	points := 2
	if *long {
		points = 24
	}
	// The number of messages is not the same each time: the last ones of the first move may not come in the next.
	moments := append(spread(length*99/100, points), beforeCommit, afterCommit)
	healed, moved := 0, 0
	for _, at := range moments {
		address, _, killed := move(at)
		if !killed {
			t.Errorf("it came to no %d of %d", at, length)
			continue
		}
		out, err := command(t, file, "move", "-to", address).CombinedOutput()
		switch {
		case err == nil && at != afterCommit:
		case strings.Contains(string(out), "is not empty") && at == afterCommit: // it had moved, and nobody was told
			moved++
		default:
			t.Errorf("killed at %d of %d, and moved again: %v\n%s", at, length, err, out)
			continue
		}
		if differs := difference(want, countsOf(t, address)); differs != "" {
			t.Errorf("killed at %d of %d: %s", at, length, differs)
			continue
		}
		healed++
	}
	if differs := difference(had, rowsOf(t, file)); differs != "" {
		t.Errorf("the file is another one: %s", differs)
	}
	t.Logf("move to postgres: %d moments out of %d, %d healed, %d of them had moved already", len(moments), length, healed, moved)
}

// releasedShop unpacks the database that the first release left.
func releasedShop(t *testing.T) (file string) {
	t.Helper()
	packed, err := os.Open("../../models/testdata/released/2026-11/shop.db.gz")
	must(t, err)
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	must(t, err)
	file = filepath.Join(t.TempDir(), "shop.db")
	out, err := os.Create(file)
	must(t, err)
	_, err = io.Copy(out, z)
	must(t, errors.Join(err, out.Close()))
	return file
}

// command is one of the program's commands, on this database.
func command(t *testing.T, database string, args ...string) *exec.Cmd {
	t.Helper()
	folder, err := programs()
	must(t, err)
	cmd := exec.CommandContext(t.Context(), filepath.Join(folder, "dukani"), args...)
	cmd.Env = append(os.Environ(), "DATABASE_URL="+database)
	return cmd
}

// runToEnd runs a command of the program, which has to succeed.
func runToEnd(t *testing.T, database string, args ...string) {
	t.Helper()
	if out, err := command(t, database, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// differing are the tables that differ between two migrations of the same shop: they say when it ran or, in
// catalog_version, how often the catalogue has changed.
var differing = []string{"goose_db_version", "owner", "catalog_version"}

// rowsOf are all rows of an SQLite file by table, without the tables that may differ. A file that is not whole
// fails the test.
func rowsOf(t *testing.T, file string) map[string]string {
	t.Helper()
	db, err := openDatabase("sqlite", file)
	must(t, err)
	defer db.Close()
	all := map[string]string{}
	for _, table := range column(t, db, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual')") {
		if !slices.Contains(differing, table) {
			columns := column(t, db, "SELECT 'hex(\"' || name || '\")' FROM pragma_table_info('"+table+"')")
			all[table] = strings.Join(column(t, db, "SELECT json_array("+strings.Join(columns, ",")+`) FROM "`+table+`" ORDER BY 1`), "\n")
		}
	}
	all["tables"] = strings.Join(column(t, db, "SELECT coalesce(sql, name) FROM sqlite_master ORDER BY 1"), "\n")
	all["migrations"] = strings.Join(column(t, db, "SELECT version_id || ' ' || is_applied FROM goose_db_version ORDER BY 1"), "\n")
	broken := append(column(t, db, "SELECT * FROM pragma_integrity_check"), column(t, db, `SELECT "table" FROM pragma_foreign_key_check`)...)
	if !slices.Equal(broken, []string{"ok"}) {
		t.Errorf("the file is not whole: %v", broken)
	}
	return all
}

// countsOf are how many rows each table of a PostgreSQL database has, those of the job queue apart, and
// the sums of the money in it.
func countsOf(t *testing.T, address string) map[string]string {
	t.Helper()
	db, err := openPostgres(address)
	must(t, err)
	defer db.Close()
	all := map[string]string{}
	for _, table := range column(t, db, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename NOT LIKE 'river%'") {
		all[table] = column(t, db, `SELECT count(*)::text FROM "`+table+`"`)[0]
	}
	all["captured, refunded"] = column(t, db, "SELECT sum(captured_tetri) || ' ' || sum(refunded_tetri) FROM payments")[0]
	all["jobs"] = column(t, db, "SELECT count(*)::text FROM river_job")[0]
	return all
}

// difference says which of two databases' tables differ, "" if none does.
func difference(want, got map[string]string) string {
	var differ []string
	for table := range want {
		if got[table] != want[table] {
			differ = append(differ, fmt.Sprintf("%s is %.200q, want %.200q", table, got[table], want[table]))
		}
	}
	for table := range got {
		if _, there := want[table]; !there {
			differ = append(differ, "there is "+table)
		}
	}
	slices.Sort(differ)
	return strings.Join(differ, "; ")
}

// column is the only column of a query.
func column(t *testing.T, db *sql.DB, query string) (list []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var s string
		must(t, rows.Scan(&s))
		list = append(list, s)
	}
	must(t, rows.Err())
	return list
}

// newDatabase makes an empty database on a server, which lasts as long as the server, and returns its address.
func newDatabase(t *testing.T, server, name string) (address string) {
	t.Helper()
	db, err := sql.Open("pgx", server)
	must(t, err)
	defer db.Close()
	_, err = db.ExecContext(context.WithoutCancel(t.Context()), "CREATE DATABASE "+name)
	must(t, err)
	return strings.Replace(server, "/dukani?", "/"+name+"?", 1)
}
