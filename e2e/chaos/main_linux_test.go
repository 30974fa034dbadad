package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"dukani/e2e/faults"
)

// long has what takes a time: every moment at which a shop is killed, outages of their full length.
var long = flag.Bool("long", false, "kill the shop at 200 moments instead of some, and let outages last as long as they may")

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
	o, err := readOptions(append([]string{"-orders", "1", "-faults", "0", "-kills", "0", "-seed", "11", "-keep", filepath.Join(t.TempDir(), "world")}, more...), os.Stderr)
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
	needsPostgres(t, w.start(t.Context(), &plan{Starts: []string{capture}}))
	return w
}
