package lives

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	count = flag.Int("lives", 2000, "how many orders live")
	seed  = flag.Uint64("seed", 0, "the first seed; 0 means a fresh one")
	show  = flag.Bool("trace", false, "print what happens")
)

const perWorld = 200

func TestLives(t *testing.T) {
	if d := "/dev/shm"; isDir(d) {
		t.Setenv("TMPDIR", d)
	}
	first := *seed
	if first == 0 {
		first = rand.Uint64() >> 16
	}
	tally := map[string]int{}
	start := time.Now()
	worlds := (*count + perWorld - 1) / perWorld
	for i := range worlds {
		p := drawPlan(first+uint64(i), perWorld)
		o := run(t, p)
		for k, n := range o.tally {
			tally[k] += n
		}
		if *show {
			fmt.Println(strings.Join(o.trace, "\n"))
		}
		if len(o.broken) > 0 {
			t.Errorf("seed %d: %s", p.Seed, strings.Join(o.broken, "\n"))
		}
	}
	took := time.Since(start)
	for _, k := range slices.Sorted(maps.Keys(tally)) {
		t.Logf("%6d %s", tally[k], k)
	}
	t.Logf("%d worlds from seed %d, %.1f ms per life", worlds, first, took.Seconds()*1000/float64(worlds*perWorld))
}

func isDir(path string) bool {
	i, err := os.Stat(path)
	return err == nil && i.IsDir()
}
