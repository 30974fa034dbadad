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

	"dukani/e2e/chaos/check"
	"dukani/e2e/faults"
	"dukani/e2e/postgres"
)

// long asks for what takes its time: more moments at which a shop is killed, outages of their full length.
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

// newTestWorld starts a world with one shop and no faults but those of the test. prepare, if not nil, changes it
// before anything of it runs; more are options of the command line.
func newTestWorld(t *testing.T, prepare func(*world), more ...string) *world {
	t.Helper()
	fair := []string{"-orders", "1", "-faults", "0", "-kills", "0", "-seed", "11", "-keep", filepath.Join(t.TempDir(), "world")}
	o, err := readOptions(append(fair, more...), os.Stderr)
	must(t, err)
	o.Programs, err = programs()
	must(t, err)
	w, err := newWorld(t.Context(), o)
	must(t, err)
	if prepare != nil {
		prepare(w)
	}
	t.Cleanup(func() {
		if t.Failed() {
			said, _ := os.ReadFile(filepath.Join(w.folder, "shop1.log"))
			t.Logf("the shop's last words:\n%s", said[max(0, len(said)-20_000):])
		}
		must(t, w.close(t.Failed()))
	})
	mustOrSkip(t, w.start(t.Context(), &plan{Starts: []string{"automatic"}}))
	return w
}

// sellsToNext expects that the shop sells as before a fault: the buyer with this ID orders and pays.
func (w *world) sellsToNext(t *testing.T, id int) {
	t.Helper()
	next := w.newShopper(buyer{ID: id, Kind: "next", Lang: "en"})
	must(t, buys("")(t.Context(), next))
	must(t, next.awaits(t.Context(), "paid"))
}

// endsWell expects that the shop has run from the beginning to the end of the test, and that the books agree.
func (w *world) endsWell(t *testing.T) {
	t.Helper()
	if shop := w.shops[0]; shop.starts != 1 || !shop.running() {
		t.Error("the shop has ended")
	}
	w.compareBooks(t)
}

// compareBooks brings both sides to rest and fails for each rule that their books break.
func (w *world) compareBooks(t *testing.T) {
	t.Helper()
	must(t, w.calm(t.Context()))
	shop, bank, err := w.read(t.Context())
	must(t, err)
	for _, v := range check.Check(shop, bank) {
		t.Errorf("%s\n%s", v, check.History(shop, bank, v.Order))
	}
}

// mustOrSkip leaves a test out where there is no server to run, or programs cannot be watched.
func mustOrSkip(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, postgres.ErrNotInstalled) || errors.Is(err, faults.ErrUnavailable) {
		t.Skip("what the test needs is not on this machine: ", err)
	}
	must(t, err)
}
