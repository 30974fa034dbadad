// Package planted proves that the tests have teeth: each fault of the list is
// put into a copy of one file, and the test it names has to go red.
package planted

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// fault is a deliberate mistake: old, which must stand exactly once in file,
// becomes new, and test of package pkg has to notice.
type fault struct {
	name, file, old, new string
	pkg, test            string
}

// share is how many of the faults are planted unless -all is given: one in share,
// another part of them for each commit. Each costs a compilation.
const share = 24

var all = flag.Bool("all", false, "plant every fault, not a part of them")

// root is where the module is, as seen from here.
const root = "../.."

func TestPlantedFaultsAreNoticed(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short: it compiles the code once for each fault")
	}
	turn := turnOf(t)
	for i, f := range faults {
		if !*all && i%share != turn {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			f.plant(t)
		})
	}
}

// turnOf says which part of the faults it is for the commit that is checked out.
func turnOf(t *testing.T) int {
	head, err := exec.Command("git", "-C", root, "rev-parse", "HEAD").Output()
	if err != nil || len(head) < 8 {
		t.Logf("no commit to choose by, so the first part is planted: %v", err)
		return 0
	}
	n, err := strconv.ParseUint(string(head[:8]), 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	return int(n % share)
}

// A fault that cannot be planted any more, because the code has moved on, is no proof.
func TestEveryFaultCanBePlanted(t *testing.T) {
	t.Parallel()
	for _, f := range faults {
		f.source(t)
	}
}

// source returns the file of the fault, in which what it changes stands exactly once.
func (f fault) source(t *testing.T) string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(f.file)))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(source), f.old); n != 1 {
		t.Errorf("%s: %q stands %d times in %s, want once", f.name, f.old, n, f.file)
	}
	return string(source)
}

// plant runs the test against the faulty file. Nothing is written to the source:
// the compiler is told to read another file instead.
func (f fault) plant(t *testing.T) {
	source := f.source(t)
	path, err := filepath.Abs(filepath.Join(root, filepath.FromSlash(f.file)))
	if err != nil {
		t.Fatal(err)
	}
	faulty := filepath.Join(t.TempDir(), "faulty.go")
	if err := os.WriteFile(faulty, []byte(strings.Replace(source, f.old, f.new, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {path: faulty}})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	test := exec.Command("go", "test", "-overlay", list, "-vet=off", "-short", "-timeout", "2m", "-run", "^("+f.test+")$", "./"+f.pkg)
	test.Dir = root
	out, err := test.CombinedOutput()
	if err == nil {
		t.Fatalf("%s did not notice:\n%s", f.test, out)
	}
	if !strings.Contains(string(out), "--- FAIL: ") && !strings.Contains(string(out), "panic: ") {
		t.Fatalf("this is no red test:\n%s", out)
	}
}
