// Package planted proves that the tests have teeth: each fault of the list is
// put into a copy of one file, and the test it names has to go red.
package planted

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fault is a deliberate mistake: old, which must stand exactly once in file,
// becomes new, and test of package pkg has to notice.
type fault struct {
	name, file, old, new string
	pkg, test            string
}

func TestPlantedFaultsAreNoticed(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the code once for each fault")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			f.plant(t, root)
		})
	}
}

// plant runs the test against the faulty file. Nothing is written to the source:
// the compiler is told to read another file instead.
func (f fault) plant(t *testing.T, root string) {
	path := filepath.Join(root, filepath.FromSlash(f.file))
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(source), f.old); n != 1 {
		t.Fatalf("%q stands %d times in %s, want once", f.old, n, f.file)
	}
	faulty := filepath.Join(t.TempDir(), "faulty.go")
	if err := os.WriteFile(faulty, []byte(strings.Replace(string(source), f.old, f.new, 1)), 0o600); err != nil {
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
