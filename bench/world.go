package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// world is the running shop and the bare handler beside it.
type world struct {
	options
	folder     string
	callbacks  *collector
	shop, bank string
	bare       string
	started    time.Duration
	children   []*exec.Cmd
}

func (w *world) env() []string {
	return append(os.Environ(),
		"SHOP_ADDR=127.0.0.1:0", "SIMULATOR_ADDR=127.0.0.1:0",
		"DATABASE_URL="+filepath.Join(w.folder, "shop.db"), "SIMULATOR_DB="+filepath.Join(w.folder, "bank.db"),
		// The bank calls the bench back, which keeps the messages to send them itself.
		"SHOP_BASE_URL="+w.callbacks.url,
	)
}

func (w *world) seed(ctx context.Context) error {
	for _, args := range [][]string{{"seed"}, {"seed", "-products", strconv.Itoa(w.products)}} {
		cmd := exec.CommandContext(ctx, filepath.Join(w.folder, "dukani"), args...)
		cmd.Env, cmd.Stderr = w.env(), os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w", strings.Join(args, " "), err)
		}
	}
	return nil
}

// start runs the shop and the bare handler and waits for the first page. The shop is run
// once before, because its simulated bank makes a key when it first starts.
func (w *world) start(ctx context.Context) error {
	if _, err := w.child(ctx, "dukani", nil, "bank: ", "shop: "); err != nil {
		return err
	}
	w.stop()
	w.children = nil
	began := time.Now()
	said, err := w.child(ctx, "dukani", nil, "bank: ", "shop: ")
	if err != nil {
		return err
	}
	w.bank, w.shop = said[0], said[1]
	if err := answers(w.shop + "/ka"); err != nil {
		return err
	}
	w.started = time.Since(began)
	if said, err = w.child(ctx, "bench", []string{"-bare"}, "bare: "); err != nil {
		return err
	}
	w.bare = said[0]
	return nil
}

// child starts a program and waits until it has printed a line for each prefix.
func (w *world) child(ctx context.Context, name string, args []string, prefixes ...string) ([]string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(w.folder, name), args...)
	cmd.Env = w.env()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	logs, err := os.Create(filepath.Join(w.folder, name+".log"))
	if err != nil {
		return nil, err
	}
	cmd.Stderr = logs
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	w.children = append(w.children, cmd)
	found := make([]string, len(prefixes))
	lines := bufio.NewScanner(out)
	for left := len(prefixes); left > 0; {
		if !lines.Scan() {
			return nil, errors.Join(fmt.Errorf("%s ended early", name), lines.Err())
		}
		for i, p := range prefixes {
			if v, ok := strings.CutPrefix(lines.Text(), p); ok {
				found[i] = v
				left--
			}
		}
	}
	go io.Copy(io.Discard, out)
	return found, nil
}

func (w *world) stop() {
	for _, c := range w.children {
		_ = c.Process.Signal(syscall.SIGTERM)
	}
	for _, c := range w.children {
		_ = c.Wait()
	}
}

// memory is what the shop has in memory now, peak the most it ever had, in MiB.
func (w *world) memory() int { return w.status("VmRSS:") }
func (w *world) peak() int   { return w.status("VmHWM:") }

func (w *world) status(field string) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.children[0].Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, field); ok {
			kb, _ := strconv.Atoi(strings.Fields(v)[0])
			return kb / 1024
		}
	}
	return 0
}

// processor is the processor time that the bench and its children have used so
// far; of the children only the one under load uses any.
func (w *world) processor() time.Duration {
	var own syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &own) // does not fail
	used := time.Duration(own.Utime.Nano() + own.Stime.Nano())
	for _, c := range w.children {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.Process.Pid))
		if err != nil {
			continue
		}
		_, numbers, _ := strings.Cut(string(b), ") ")
		for _, ticks := range strings.Fields(numbers)[11:13] { // utime, stime
			n, _ := strconv.ParseInt(ticks, 10, 64)
			used += time.Duration(n) * (time.Second / 100)
		}
	}
	return used
}

func answers(url string) error {
	answer, err := http.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, answer.Status)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}
