package main

import (
	"bufio"
	"context"
	"database/sql"
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

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"dukani/e2e/postgres"
)

// world is a shop that runs on a database of its own.
type world struct {
	options
	folder, database string
	server           *postgres.Server // nil: SQLite
	callbacks        *collector
	shops            []string // the address of each instance
	shop, bank       string   // the first instance, and the simulated bank in it
	started          time.Duration
	instances        []*program
}

// newWorld makes an empty database of the named engine.
func newWorld(ctx context.Context, o options, folder, database string) (*world, error) {
	w := &world{options: o, folder: folder, database: database}
	var err error
	if w.callbacks, err = collectCallbacks(); err != nil {
		return nil, err
	}
	switch database {
	case "sqlite":
		w.options.instances = 1
	case "postgres":
		w.server, err = postgres.Start(ctx, "max_connections=200", "shared_buffers=512MB", "max_wal_size=2GB")
	default:
		err = fmt.Errorf("the database %q is neither sqlite nor postgres", database)
	}
	return w, err
}

func (w *world) address() string {
	if w.server != nil {
		return w.server.URL
	}
	return filepath.Join(w.folder, "shop.db")
}

func (w *world) env(more ...string) []string {
	return append([]string{
		"SHOP_ADDR=127.0.0.1:0", "SIMULATOR_ADDR=127.0.0.1:0", "IDENTITY_ADDR=127.0.0.1:0", "DATABASE_URL=" + w.address(),
		"SIMULATOR_DB=" + filepath.Join(w.folder, "bank-"+w.database+".db"), "SHOP_DRAIN=0s",
		"SHOP_TRUSTED_PROXIES=127.0.0.1", "SHOP_PROXY_HEADER=X-Real-IP", // buyers come from networks of their own
		// The bank calls the bench back, which keeps the messages to send them itself.
		"SHOP_BASE_URL=" + w.callbacks.url,
	}, more...)
}

func (w *world) seed(ctx context.Context) error {
	for _, args := range [][]string{{"seed"}, {"seed", "-products", strconv.Itoa(w.products)}} {
		cmd := exec.CommandContext(ctx, filepath.Join(w.folder, "dukani"), args...)
		cmd.Env, cmd.Stderr = append(os.Environ(), w.env()...), os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w", strings.Join(args, " "), err)
		}
	}
	return w.stockUp(ctx)
}

// stockUp has the shop hold more of everything than the bench buys.
func (w *world) stockUp(ctx context.Context) error {
	db, err := w.open("")
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, "UPDATE stock SET on_hand = 1000000 WHERE on_hand > 20")
	return err
}

// open opens the shop's database with the driver that the shop has; mode is a setting of SQLite's.
func (w *world) open(mode string) (*sql.DB, error) {
	if w.server != nil {
		return sql.Open("pgx", w.address())
	}
	return sql.Open("sqlite", "file:"+w.address()+mode)
}

// start runs the instances and waits for the first page. The first one is run once before,
// because its simulated bank makes a key when it first starts.
func (w *world) start(ctx context.Context) error {
	once, _, err := startProgram(ctx, w.folder, "dukani", nil, w.env(), "bank: ", "shop: ")
	if err != nil {
		return err
	}
	once.stop()
	began := time.Now()
	var more []string
	for range w.options.instances {
		prefixes := []string{"shop: ", "bank: "}
		if w.bank != "" {
			prefixes = prefixes[:1]
		}
		p, said, err := startProgram(ctx, w.folder, "dukani", nil, w.env(more...), prefixes...)
		if err != nil {
			return err
		}
		w.instances, w.shops = append(w.instances, p), append(w.shops, said[0])
		if w.bank != "" {
			continue
		}
		w.shop, w.bank = said[0], said[1]
		if err := answers(w.shop + "/ka"); err != nil {
			return err
		}
		w.started = time.Since(began)
		more = []string{"SIMULATOR_URL=" + w.bank}
	}
	return nil
}

func (w *world) stop() {
	for _, p := range w.instances {
		p.stop()
	}
	w.callbacks.close()
	if w.server != nil {
		_ = w.server.Stop() // nobody needs its data any more
	}
}

// program is a running program.
type program struct{ cmd *exec.Cmd }

// startBare runs the bare handler.
func startBare(ctx context.Context, folder string) (*bareHandler, error) {
	p, said, err := startProgram(ctx, folder, "bench", []string{"-bare"}, nil, "bare: ")
	if err != nil {
		return nil, err
	}
	return &bareHandler{p, said[0]}, nil
}

type bareHandler struct {
	*program
	url string
}

// startProgram starts a program and waits until it has printed a line for each prefix.
func startProgram(ctx context.Context, folder, name string, args, env []string, prefixes ...string) (*program, []string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(folder, name), args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	logs, err := os.OpenFile(filepath.Join(folder, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, err
	}
	cmd.Stderr = logs
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	p := &program{cmd}
	found := make([]string, len(prefixes))
	lines := bufio.NewScanner(out)
	for left := len(prefixes); left > 0; {
		if !lines.Scan() {
			p.stop()
			said, _ := os.ReadFile(logs.Name())
			return nil, nil, errors.Join(fmt.Errorf("%s ended early: %s", name, said[max(0, len(said)-2000):]), lines.Err())
		}
		for i, prefix := range prefixes {
			if v, ok := strings.CutPrefix(lines.Text(), prefix); ok {
				found[i] = v
				left--
			}
		}
	}
	go io.Copy(io.Discard, out)
	return p, found, nil
}

func (p *program) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	_ = p.cmd.Wait()
}

// memory is what the instances have in memory now, peak the most they ever had, in MiB.
func (w *world) memory() int { return w.status("VmRSS:") }
func (w *world) peak() int   { return w.status("VmHWM:") }

func (w *world) status(field string) (mib int) {
	for _, p := range w.instances {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(b)) {
			if v, ok := strings.CutPrefix(line, field); ok {
				kb, _ := strconv.Atoi(strings.Fields(v)[0])
				mib += kb / 1024
			}
		}
	}
	return mib
}

// processor is the processor time that the bench, the bare handler and the shop with its database's
// server have used so far; of them only what is under load uses any.
func (w *world) processor(bare *bareHandler) time.Duration {
	used := processorOf(os.Getpid(), false) + processorOf(bare.cmd.Process.Pid, false)
	for _, p := range w.instances {
		used += processorOf(p.cmd.Process.Pid, false)
	}
	if w.server != nil {
		used += processorOf(w.server.PID(), true)
	}
	return used
}

// processorOf is the processor time of a process and, if asked for, of its children, those that
// have ended too.
func processorOf(pid int, children bool) (used time.Duration) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, numbers, _ := strings.Cut(string(b), ") ")
	fields := strings.Fields(numbers)[11:15] // utime, stime, and of children that have ended cutime, cstime
	if !children {
		fields = fields[:2]
	}
	for _, ticks := range fields {
		n, _ := strconv.ParseInt(ticks, 10, 64)
		used += time.Duration(n) * (time.Second / 100)
	}
	if children {
		list, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
		for _, child := range strings.Fields(string(list)) {
			n, _ := strconv.Atoi(child)
			used += processorOf(n, true)
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
