package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"dukani/e2e/faults"
	"dukani/e2e/postgres"
)

// long has what takes a time: every moment at which a shop is killed, outages of their full length.
var long = flag.Bool("long", false, "kill the shop at some 300 moments instead of 50, and let outages last as long as they may")

func TestMain(m *testing.M) {
	if err := faults.Become(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	flag.Parse()
	folder, err := os.MkdirTemp("", "dukani-programs-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	programs = sync.OnceValues(func() (string, error) { return folder, build(context.Background(), folder) })
	status := m.Run()
	os.RemoveAll(folder)
	os.Exit(status)
}

// programs builds shop and bank, once for all tests, and returns the folder that they are in.
var programs func() (folder string, err error)

// newTestWorld is a world of fair weather whose shop is started as launch says. more are options of
// the command line.
func newTestWorld(t *testing.T, capture string, launch func(*world), more ...string) *world {
	t.Helper()
	fair := []string{"-orders", "1", "-faults", "0", "-kills", "0", "-seed", "11", "-keep", filepath.Join(t.TempDir(), "world")}
	o, err := readOptions(append(fair, more...), os.Stderr)
	must(t, err)
	o.Programs, err = programs()
	must(t, err)
	w, err := newWorld(t.Context(), o)
	must(t, err)
	launch(w)
	t.Cleanup(func() {
		if t.Failed() {
			said, _ := os.ReadFile(filepath.Join(w.folder, "shop1.log"))
			t.Logf("the shop's last words:\n%s", said[max(0, len(said)-20_000):])
		}
		must(t, w.close(t.Failed()))
	})
	mustOrSkip(t, w.start(t.Context(), &plan{Starts: []string{capture}}))
	return w
}

// mustOrSkip leaves a test out where there is no server to run, or programs cannot be watched.
func mustOrSkip(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, postgres.ErrNotInstalled) || errors.Is(err, faults.ErrUnavailable) {
		t.Skip("what the test needs is not on this machine: ", err)
	}
	must(t, err)
}
