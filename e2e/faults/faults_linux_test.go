package faults_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"dukani/e2e/faults"
)

func TestMain(m *testing.M) {
	if err := faults.Become(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if name := os.Getenv("WRITE_TO"); name != "" {
		if err := write(name); err != nil {
			fmt.Println(err)
		}
		return
	}
	os.Exit(m.Run())
}

// write is the program that is watched: it writes three times and syncs twice.
func write(name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	for i := range 3 {
		if _, err := f.WriteAt([]byte("x"), int64(i)); err != nil {
			return err
		}
		if i == 0 {
			continue
		}
		if err := f.Sync(); err != nil {
			return err
		}
	}
	return f.Truncate(1)
}

// A program goes on, gets an error, or is dead, at the very call that was meant.
func TestAGateDecidesAboutEachCall(t *testing.T) {
	t.Parallel()
	all := []faults.Kind{faults.Write, faults.Write, faults.Sync, faults.Write, faults.Sync, faults.Cut}
	for name, c := range map[string]struct {
		answer syscall.Errno
		at     int // which call, from 1; 0: none
		says   string
		left   string
	}{
		"everything passes":      {0, 0, "", "x"},
		"killed at the first":    {faults.Kill, 1, "", ""},
		"killed at the third":    {faults.Kill, 3, "", "xx"},
		"killed at the last":     {faults.Kill, 6, "", "xxx"},
		"a full disk":            {syscall.ENOSPC, 2, "no space left", "x"},
		"a sync that fails":      {syscall.EIO, 3, "input/output error", "xx"},
		"it cannot be made less": {syscall.EROFS, 6, "read-only", "xxx"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "file")
			var seen []faults.Kind
			gate := &faults.Gate{}
			gate.Set(func(call faults.Call) syscall.Errno {
				if call.File != file {
					return 0
				}
				if seen = append(seen, call.Kind); len(seen) == c.at {
					return c.answer
				}
				return 0
			})
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "WRITE_TO="+file)
			var said strings.Builder
			cmd.Stdout, cmd.Stderr = &said, &said
			if err := gate.Start(cmd); errors.Is(err, faults.ErrUnavailable) {
				t.Skip("no program can be watched here: ", err)
			} else if err != nil {
				t.Fatal(err)
			}
			err := cmd.Wait()
			gate.Set(nil) // and wait for the last answer
			if killed := strings.Contains(fmt.Sprint(err), "killed"); killed != (c.answer == faults.Kill) || !strings.Contains(said.String(), c.says) {
				t.Errorf("it ended with %v and says %q", err, said.String())
			}
			want := all
			if c.at > 0 {
				want = all[:c.at]
			}
			if !slices.Equal(seen, want) {
				t.Errorf("seen %v, want %v", seen, want)
			}
			if left, err := os.ReadFile(file); err != nil || string(left) != c.left {
				t.Errorf("left %q, %v, want %q", left, err, c.left)
			}
		})
	}
}

// Opening a file, and taking a connection, is seen, too.
func TestAGateSeesWhatIsOpened(t *testing.T) {
	t.Parallel()
	gate := &faults.Gate{}
	gate.Set(func(call faults.Call) syscall.Errno {
		if call.Kind == faults.Open && call.New {
			return syscall.EMFILE
		}
		return 0
	})
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "WRITE_TO="+filepath.Join(t.TempDir(), "file"))
	var said strings.Builder
	cmd.Stdout = &said
	if err := gate.Start(cmd); errors.Is(err, faults.ErrUnavailable) {
		t.Skip("no program can be watched here: ", err)
	} else if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || !strings.Contains(said.String(), "too many open files") {
		t.Errorf("it ended with %v and says %q", err, said.String())
	}
}
