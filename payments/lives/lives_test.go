// Package lives is a deterministic simulation of the shop's payments: desk, worker, callbacks,
// shoppers, staff and the simulated bank in one process, in virtual time. Every choice is
// drawn from one seed: the people and what they do, what each message meets and how long it
// takes, where the process of the shop dies. After each world a checker compares the shop's
// file with the bank's books.
//
// A world runs in a bubble of testing/synctest, in which time passes only while everything
// waits. No scheduler is needed: each message takes a drawn time of its own, and so the times
// alone decide what comes first. The same seed gives the same trace, and parts can be left
// out of a plan without changing the others.
//
// A seed that fails is written into testdata/seeds, and runs first from then on.
package lives

import (
	"bufio"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	wanted = flag.Int("lives", 20_000, "how many orders live")
	first  = flag.Uint64("seed", 0, "the first world's seed; 0 means a fresh one")
	show   = flag.Bool("trace", false, "print what happens")
)

// perWorld is how many people share a database.
const perWorld = 200

// inMemory keeps the worlds' files off the disk, where that is possible: what a crash of the
// machine would lose is not what is tried here, and nothing else waits for a disk.
func inMemory(t *testing.T) {
	const dir = "/dev/shm"
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		t.Setenv("TMPDIR", dir)
	}
}

// All runs on one core: in a bubble only one thing moves at a time anyway, and handing it from
// core to core costs more than it gains. Collecting garbage seldom is cheaper, too.
func TestMain(m *testing.M) {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}

func TestLives(t *testing.T) {
	inMemory(t)
	from, lives := *first, *wanted
	if testing.Short() {
		lives = min(lives, 600)
		if from == 0 {
			from = 5 // two of its worlds die twenty times, one has holds
		}
	}
	if from == 0 {
		from = rand.Uint64N(1_000_000_000)
	}
	fmt.Printf("lives: %d from seed %d\n", lives, from)
	tally, began, used := map[string]int{}, time.Now(), coreTime()
	for seed := from; lives > 0; seed++ {
		o := tryOut(t, drawPlan(seed, perWorld))
		if o == nil {
			return
		}
		for what, n := range o.tally {
			tally[what] += n
		}
		lives -= max(1, o.tally["orders"]) // who finds the shelf empty has no order
	}
	for _, what := range slices.Sorted(maps.Keys(tally)) {
		t.Logf("%7d %s", tally[what], what)
	}
	fmt.Printf("lives: %d orders of %d people, %d crashes, %d faults; %.0f orders a second, %.1f ms of a core each\n",
		tally["orders"], tally["lives"], tally["crashes"], tally["faults"], float64(tally["orders"])/time.Since(began).Seconds(), (coreTime()-used).Seconds()*1000/float64(tally["orders"]))
}

// Seeds that have failed once are tried first.
func TestKeptSeeds(t *testing.T) {
	inMemory(t)
	file, err := os.Open("testdata/seeds")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var seed uint64
		if _, err := fmt.Sscan(lines.Text(), &seed); err != nil {
			continue // a comment
		}
		tryOut(t, drawPlan(seed, perWorld))
	}
}

// A seed would be no use if it did not give the same again.
func TestTheSameSeedGivesTheSameTrace(t *testing.T) {
	inMemory(t)
	for seed := uint64(1); seed <= 3; seed++ {
		p := drawPlan(seed, 50)
		one, two := run(t, p), run(t, p)
		for i := range max(len(one.trace), len(two.trace)) {
			if i >= len(one.trace) || i >= len(two.trace) || one.trace[i] != two.trace[i] {
				t.Fatalf("seed %d: line %d of %d and %d:\n%s\n%s", seed, i, len(one.trace), len(two.trace), around(one.trace, i), around(two.trace, i))
			}
		}
	}
}

func around(trace []string, i int) string {
	return strings.Join(trace[max(0, min(i-3, len(trace))):min(i+2, len(trace))], "\n")
}

// tryOut runs a plan. One that fails is run again, to see that it does so each time, and shrunk.
func tryOut(t *testing.T, p plan) *outcome {
	t.Helper()
	o := run(t, p)
	if *show {
		fmt.Println(strings.Join(o.trace, "\n"))
	}
	if len(o.broken) == 0 {
		return &o
	}
	if testing.Short() {
		t.Errorf("seed %d is broken:\n%s", p.Seed, strings.Join(o.broken, "\n"))
		return nil
	}
	rule := ruleOf(o.broken[0])
	least := shrink(p, func(p plan) (outcome, bool) {
		o := run(t, p)
		return o, slices.ContainsFunc(o.broken, func(b string) bool { return ruleOf(b) == rule })
	}, 300)
	last := run(t, least)
	t.Errorf("seed %d is broken; add it to testdata/seeds once it is mended:\n%s\n\nThe shortest plan that still breaks this rule:\n%s\n%s\n",
		p.Seed, strings.Join(o.broken, "\n"), least, strings.Join(last.trace, "\n"))
	return nil
}

// ruleOf is which rule was broken, without by what.
func ruleOf(broken string) string {
	rule, _, _ := strings.Cut(broken, ":")
	return rule
}
