package faults_test

import (
	"errors"
	"fmt"
	"net"
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
		if err := errors.Join(write(name), listen()); err != nil {
			fmt.Println(err)
		}
		return
	}
	os.Exit(m.Run())
}

// write is what the watched program does to its file: it writes three times, syncs twice and truncates once.
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

// listen is what the watched program does to the network.
func listen() error {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	return l.Close()
}

// start starts the program, which writes to a file, behind a gate; what it says is in said once it has ended.
func start(t *testing.T, gate *faults.Gate, file string) (cmd *exec.Cmd, said *strings.Builder) {
	t.Helper()
	cmd, said = exec.Command(os.Args[0]), &strings.Builder{}
	cmd.Env = append(os.Environ(), "WRITE_TO="+file)
	cmd.Stdout, cmd.Stderr = said, said
	if err := gate.Start(cmd); errors.Is(err, faults.ErrUnavailable) {
		t.Skip("no program can be watched here: ", err)
	} else if err != nil {
		t.Fatal(err)
	}
	return cmd, said
}

// A program goes on, gets an error, or is dead, at the very call that was meant.
func TestAGateDecidesAboutEachCall(t *testing.T) {
	t.Parallel()
	all := []faults.Kind{faults.Write, faults.Write, faults.Sync, faults.Write, faults.Sync, faults.Truncate}
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
		"it cannot be truncated": {syscall.EROFS, 6, "read-only", "xxx"},
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
			cmd, said := start(t, gate, file)
			err := cmd.Wait()
			gate.Set(nil) // it waits for the last answer
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

// Opening a file for writing, and making a socket, are seen and can be refused.
func TestAGateSeesFilesAndSocketsThatAreOpened(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refused func(faults.Call) bool
		says    string
	}{
		"a file":   {func(call faults.Call) bool { return call.Kind == faults.Open && call.New }, "open "},
		"a socket": {func(call faults.Call) bool { return call.Kind == faults.Connect }, "listen "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gate := &faults.Gate{}
			gate.Set(func(call faults.Call) syscall.Errno {
				if c.refused(call) {
					return syscall.EMFILE
				}
				return 0
			})
			cmd, said := start(t, gate, filepath.Join(t.TempDir(), "file"))
			if err := cmd.Wait(); err != nil || !strings.HasPrefix(said.String(), c.says) || strings.Count(said.String(), "too many open files") != 1 {
				t.Errorf("it ended with %v and says %q", err, said.String())
			}
		})
	}
}
