package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// shopModule makes another module, with the versions of ours so that nothing has to
// be fetched, and returns its folder.
func shopModule(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	ours, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	mod := strings.Replace(string(ours), "module dukani", "module example.test/their/shop", 1)
	if i := strings.Index(mod, "\nreplace "); i > 0 {
		mod = mod[:i] // no part of ours is there
	}
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"go.mod": mod, "go.sum": string(sums)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestTheCopiedClientBuildsAndPassesItsTestsElsewhere(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("left out by -short, which only the planted faults use: it builds another module")
	}
	shop := shopModule(t)
	client := filepath.Join(shop, "pay", "bog")
	if err := run(t.Context(), []string{"copy", "bog", client, "-tests", "-conformance"}, os.Getenv, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"build", "./..."}, {"vet", "./..."}, {"test", "-short", "./..."}} {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = shop
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	for _, name := range []string{"LICENSE", "client.go", "order_test.go", "testdata/order_created.json", "conformance/run.go", "conformance/cmd/bog-conformance/main.go"} {
		if _, err := os.Stat(filepath.Join(client, name)); err != nil {
			t.Error(err)
		}
	}
	if out, err := exec.Command("grep", "-rn", `"dukani/`, client).Output(); err == nil {
		t.Errorf("the copy imports the shop:\n%s", out)
	}
}

func TestWhatTheCopyLeavesOut(t *testing.T) {
	t.Parallel()
	shop := shopModule(t)
	client := filepath.Join(shop, "bog")
	if err := run(t.Context(), []string{"copy", "bog", client}, os.Getenv, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"order_test.go", "testdata", "conformance"} {
		if _, err := os.Stat(filepath.Join(client, name)); err == nil {
			t.Errorf("%s is copied without being asked for", name)
		}
	}
}

func TestCopyRefuses(t *testing.T) {
	t.Parallel()
	full := shopModule(t)
	for name, args := range map[string][]string{
		"a folder that holds something": {"bog", full},
		"a folder outside any module":   {"bog", filepath.Join(t.TempDir(), "bog")},
		"no folder":                     {"bog"},
		"another package":               {"models", filepath.Join(full, "models")},
		"two folders":                   {"bog", filepath.Join(full, "a"), filepath.Join(full, "b")},
		"an unknown flag":               {"bog", filepath.Join(full, "a"), "-everything"},
	} {
		if err := run(t.Context(), append([]string{"copy"}, args...), os.Getenv, io.Discard, io.Discard); err == nil {
			t.Errorf("%s: copied", name)
		}
	}
	if held, err := os.ReadDir(full); err != nil || len(held) != 2 {
		t.Errorf("a refused copy wrote something: %v %v", held, err)
	}
}
