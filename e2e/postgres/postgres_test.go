package postgres_test

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	"dukani/e2e/postgres"
)

// A server that is killed comes back with what it had committed.
func TestAKilledServerComesBack(t *testing.T) {
	t.Parallel()
	s, err := postgres.Start(t.Context())
	if errors.Is(err, postgres.ErrNotInstalled) {
		t.Skip("there is no server to kill, and test.sh installs one: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}()
	ask := func(query string) string {
		t.Helper()
		said, err := exec.CommandContext(t.Context(), "psql", "-tAc", query, s.URL).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", query, err, said)
		}
		return strings.TrimSpace(string(said))
	}
	ask("CREATE TABLE kept AS SELECT 7 AS n")
	for range 2 {
		if err := s.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := s.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := ask("SELECT n FROM kept"); got != "7" {
			t.Errorf("the table has %q after a crash, want 7", got)
		}
	}
}
