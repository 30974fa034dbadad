package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"dukani/e2e/chaos/check"
	"dukani/e2e/postgres"
)

// world is everything that runs: shop, bank, the network between them, and who uses them.
type world struct {
	options
	folder                    string
	temporary                 bool
	shops                     []*process
	bank                      *process
	database                  *postgres.Server // nil with SQLite, and with somebody else's server
	shopDatabase, ownDatabase string           // the first is what the shop is told, the second a name on somebody else's server
	toxic                     *toxic
	balancer                  *balancer
	steering                  *steering
	mail                      *mailServer
	launch                    func(*exec.Cmd) error                // starts a shop; nil: by its Start
	reach                     func(address string) (string, error) // returns by which address the shops reach their database; nil: by its own
	transport                 *http.Transport
	log                       *os.File
	logs                      []*os.File

	took     []string        // how long each act took
	seed     map[int64]int64 // units on the shelves before the first order
	errands  chan errand
	outcomes tally // kind of buyer|what became of a purchase
	kills    tally
	faults   tally // of the bank
	count    chan struct{}

	mu         sync.Mutex
	told       []check.Told
	marks      []check.Mark
	late       []string // bank orders whose money comes too late
	shopStarts int      // of all instances, so far
}

// build builds shop and bank into a folder.
func build(ctx context.Context, folder string) error {
	root, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return err
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", folder+"/", ".", "./payments/simulator/cmd/bog-simulator")
	build.Dir, build.Stdout, build.Stderr = filepath.Dir(strings.TrimSpace(string(root))), os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build: %w", err)
	}
	return nil
}

// newWorld makes the world's folder, with the programs in it unless they are elsewhere.
func newWorld(ctx context.Context, o options) (*world, error) {
	w := &world{options: o, folder: o.Keep, errands: make(chan errand, o.Orders*4), count: make(chan struct{}, o.Orders)}
	if w.folder == "" {
		var err error
		if w.folder, err = os.MkdirTemp("", "dukani-chaos-"); err != nil {
			return nil, err
		}
		w.temporary = true
	}
	var err error
	if w.folder, err = filepath.Abs(w.folder); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(w.folder, 0o755); err != nil {
		return nil, err
	}
	if w.Programs == "" {
		w.Programs = filepath.Join(w.folder, "bin")
		if err := build(ctx, w.Programs); err != nil {
			return nil, err
		}
	}
	w.transport = &http.Transport{MaxIdleConnsPerHost: o.Buyers + 4, IdleConnTimeout: 5 * time.Second}
	w.log, err = w.logFile("chaos")
	return w, err
}

func (w *world) logFile(name string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(w.folder, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	w.logs = append(w.logs, f)
	return f, err
}

func (w *world) program(name, path, prefix string, env ...string) (*process, error) {
	log, err := w.logFile(name)
	for _, inherited := range []string{"PATH", "HOME", "TMPDIR"} {
		env = append(env, inherited+"="+os.Getenv(inherited))
	}
	return &process{name: name, path: filepath.Join(w.Programs, path), prefix: prefix, env: env, log: io.Writer(log)}, err
}

// start starts bank, network, database and shops, and counts the units on the shelves.
func (w *world) start(ctx context.Context, plan *plan) (err error) {
	if w.bank, err = w.program("bank", "bog-simulator", "bank: ", "SIMULATOR_DB="+filepath.Join(w.folder, "bank.db")); err != nil {
		return err
	}
	w.steering = &steering{bank: w.bank, client: http.Client{Timeout: 20 * time.Second}}
	if err := w.startBank(ctx); err != nil {
		return err
	}
	if w.toxic, err = newToxic(w.Seed, w.bank.host); err != nil {
		return err
	}
	w.shopDatabase = filepath.Join(w.folder, "shop.db")
	if w.DB == "postgres" {
		if w.shopDatabase, err = w.makePostgres(ctx); err != nil {
			return err
		}
	}
	address := w.shopDatabase
	if w.reach != nil {
		if address, err = w.reach(address); err != nil {
			return err
		}
	}
	if w.mail, err = newMailServer(); err != nil {
		return err
	}
	for i := range w.Instances {
		s, err := w.program(fmt.Sprint("shop", i+1), "dukani", "shop: ")
		if err != nil {
			return err
		}
		s.launch = w.launch
		w.shops = append(w.shops, s)
	}
	if w.balancer, err = newBalancer(w.Seed, w.shops); err != nil {
		return err
	}
	for _, s := range w.shops {
		s.env = append(s.env, "DATABASE_URL="+address, "SHOP_BASE_URL="+w.balancer.url(), "SIMULATOR_URL="+w.toxic.url(),
			"IDENTITY_ADDR=127.0.0.1:0", "SMTP_URL="+w.mail.url(),
			"SHOP_PAYMENT_TTL=5m", "SHOP_UNPAID_ORDERS=0", "SHOP_UNPAID_UNITS=0", "SHOP_CONNECTIONS_PER_ADDRESS=0")
		if err := w.startShop(ctx, s, plan); err != nil {
			return err
		}
	}
	return w.withDatabase(func(db *sql.DB) error {
		w.seed, err = check.SeedOf(ctx, db)
		return err
	})
}

// startBank starts the bank, each time with other draws of the same seed.
func (w *world) startBank(ctx context.Context) error {
	w.bank.args = []string{"-seed", fmt.Sprint(w.Seed%1_000_000 + 1 + uint64(w.bank.starts))}
	if w.Faults > 0 {
		w.bank.args = append(w.bank.args, "-chaos-callbacks", fmt.Sprint(w.Faults), "-chaos-payments", fmt.Sprint(w.Faults))
	}
	address := w.bank.host()
	if address == "" {
		address = "127.0.0.1:0"
	}
	return w.bank.start(ctx, "SIMULATOR_ADDR="+address)
}

// startShop starts an instance. Whether the bank takes money at once or holds it is drawn for each
// start, so that one database has both.
func (w *world) startShop(ctx context.Context, s *process, plan *plan) error {
	capture := plan.Starts[w.shopStarts%len(plan.Starts)]
	w.shopStarts++
	address := s.host()
	if address == "" {
		address = "127.0.0.1:0"
	}
	return s.start(ctx, "SHOP_ADDR="+address, "SHOP_CAPTURE="+capture)
}

func (w *world) tell(t check.Told) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, t)
}

// tried notes that a purchase was tried, whatever came of it.
func (w *world) tried() { w.count <- struct{}{} }

// withDatabase opens the shop's database for reading.
func (w *world) withDatabase(do func(*sql.DB) error) error {
	db, err := openDatabase(w.DB, w.shopDatabase)
	if err != nil {
		return err
	}
	return errors.Join(do(db), db.Close())
}

// openDatabase opens a shop's database, or the bank's, as another program would.
func openDatabase(kind, address string) (*sql.DB, error) {
	if kind == "postgres" {
		return openPostgres(address)
	}
	return sql.Open("sqlite", "file:"+address+"?mode=ro&_pragma=busy_timeout(10000)&_pragma=query_only(1)")
}

// read stops shop and bank in good order and reads their books.
func (w *world) read(ctx context.Context) (*check.Shop, *check.Bank, error) {
	for _, s := range w.shops {
		s.stop(syscall.SIGTERM)
	}
	w.bank.stop(syscall.SIGTERM)
	var shop *check.Shop
	err := w.withDatabase(func(db *sql.DB) (err error) {
		shop, err = check.ReadShop(ctx, db)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	shop.Seed, shop.Told, shop.Marks, shop.Delivered = w.seed, w.told, w.marks, w.mail.mails()
	db, err := openDatabase("sqlite", filepath.Join(w.folder, "bank.db"))
	if err != nil {
		return nil, nil, err
	}
	bank, err := check.ReadBank(ctx, db)
	return shop, bank, errors.Join(err, db.Close())
}

// close ends whatever still runs, and removes the folder unless somebody has to look at it.
func (w *world) close(failed bool) (err error) {
	for _, p := range append(w.shops, w.bank) {
		if p != nil && p.running() {
			p.stop(syscall.SIGKILL)
		}
	}
	err = errors.Join(err, w.dropPostgres())
	if w.toxic != nil {
		err = errors.Join(err, w.toxic.close())
	}
	if w.mail != nil {
		err = errors.Join(err, w.mail.close())
	}
	if w.balancer != nil {
		err = errors.Join(err, w.balancer.close())
	}
	for _, f := range w.logs {
		err = errors.Join(err, f.Close())
	}
	if w.temporary && !failed {
		err = errors.Join(err, os.RemoveAll(w.folder))
	}
	return err
}
