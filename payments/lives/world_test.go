package lives

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"dukani/models/storetest"
	"dukani/payments/simulator"
)

// ending is how long after the calm a world ends: by then everything that time decides within
// hours is decided, whatever pauses had become.
const ending = calm + 2*time.Hour

// world is one run of a plan: one database file, one bank, many orders.
type world struct {
	plan  plan
	file  string
	raw   *sql.DB // reads what the shop has stored
	bank  *simulator.Bank
	check *checker
	began time.Time

	quiet atomic.Bool // nothing is due within hours, so the worker sweeps seldom

	mu      sync.Mutex
	shop    *shop          // the process that lives now
	count   map[string]int // messages so far, by their life and route
	numbers map[string]int // lives by the numbers of their orders
	made    map[string]int // lives by the bank's ids of their orders
	faults  []string       // messages that met a fault
	trace   []noted
	broken  []string
	story   []string
	tally   map[string]int
}

// outcome is what is left of a world: the same for the same plan.
type outcome struct {
	broken, trace, faults []string
	tally                 map[string]int
}

// run lets a plan happen, in virtual time that passes only while nothing moves.
func run(t *testing.T, p plan) (o outcome) {
	t.Helper()
	// A subtest removes its files when it ends.
	t.Run(fmt.Sprint(p.Seed), func(t *testing.T) {
		w := &world{
			plan: p, file: storetest.New(t), bank: &simulator.Bank{Seed: p.Seed | 1, BaseURL: bankHost},
			count: map[string]int{}, numbers: map[string]int{}, made: map[string]int{}, tally: map[string]int{},
		}
		synctest.Test(t, func(*testing.T) {
			if err := w.happen(); err != nil {
				w.fail("%v", err)
			}
		})
		o = outcome{w.broken, w.lines(), w.faults, w.tally}
	})
	return o
}

func (w *world) happen() (err error) {
	time.Sleep(time.Until(time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)))
	w.began = time.Now()
	if err := json.Unmarshal([]byte(w.plan.Bank), &w.bank.Settings); err != nil {
		return err
	}
	w.bank.Settings.Loans = true // the shop offers them whatever the plan says of the bank
	w.bank.CallbackTransport = toShop{w}
	if err := w.bank.Open(); err != nil {
		return err
	}
	defer w.bank.Close() // an error of a bank in memory means nothing
	if w.raw, err = sql.Open("sqlite-prepared", "file:"+(&url.URL{Path: w.file}).EscapedPath()+"?_pragma=busy_timeout(5000)&_time_format=sqlite"); err != nil {
		return err
	}
	defer w.raw.Close()
	w.raw.SetMaxOpenConns(1)
	w.check = newChecker(w)
	if err := w.furnish(); err != nil {
		return err
	}
	first, err := w.start(0)
	if err != nil {
		return err
	}
	w.shop = first

	var people sync.WaitGroup
	for _, l := range w.plan.Lives {
		people.Go(func() { w.live(l) })
	}
	for i, c := range w.plan.Crashes {
		if err := w.crash(i+1, c); err != nil {
			return err
		}
	}
	people.Wait()
	time.Sleep(ending - w.since())
	return w.end()
}

// crash waits for a crash of the plan, and starts the next process.
func (w *world) crash(n int, c crash) error {
	time.Sleep(c.At - w.since())
	dying := w.shop
	dying.fuse.Store(int64(c.Steps) + 1)
	select {
	case <-dying.ctx.Done():
	case <-time.After(calm - w.since()): // there was no boundary any more
		dying.die("at rest")
	}
	if err := dying.bury(); err != nil {
		return err
	}
	w.check.always()
	time.Sleep(c.Down)
	next, err := w.start(n)
	if err != nil {
		return err
	}
	w.note("the shop is back")
	w.mu.Lock()
	w.shop = next
	w.mu.Unlock()
	w.count1("crashes")
	return nil
}

// end checks what must be true when everything is over. What the later checks find within a
// month, they find in a world that lasts that long; in the others staff ask about it.
func (w *world) end() error {
	if err := w.bank.Close(); err != nil { // its callbacks are over, and what it knows it goes on telling
		return err
	}
	if w.plan.Month {
		w.quiet.Store(true)
		time.Sleep(31 * 24 * time.Hour)
		w.quiet.Store(false)
		w.shop.wake <- 0
	}
	for _, number := range w.check.toAsk() {
		if _, err := w.shop.desk.SettleOrder(w.shop.ctx, number); err != nil {
			w.fail("staff ask about %s: %v", number, err)
		}
		time.Sleep(3 * time.Second)
	}
	time.Sleep(ending - calm) // for the refunds that the answers have called for
	if err := w.shop.bury(); err != nil {
		return err
	}
	w.check.always()
	w.check.finally()
	w.story = w.check.story()
	return nil
}

var products = []struct {
	slug  string
	tetri int
}{{"honey", 12_50}, {"tea", 8_05}, {"wine", 39_99}}

// furnish puts goods on the shelf, and opens the accounts.
func (w *world) furnish() error {
	tx, err := w.raw.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it does nothing
	exec := func(query string, args ...any) {
		if err == nil {
			_, err = tx.Exec(query, args...)
		}
	}
	exec("INSERT INTO categories (id, slug, position, picture, tint) VALUES (1, 'all', 1, 'x', 'rose')")
	for i, p := range products {
		exec(`INSERT INTO products (id, slug, category_id, price_tetri, region, tint, rank, created_at)
			VALUES (?, ?, 1, ?, 'kakheti', 'rose', 1, '2026-10-01 00:00:00')`, i+1, p.slug, p.tetri)
		exec("INSERT INTO product_texts (product_id, lang, name, text, producer, measure) VALUES (?1, 'ka', ?2, '', '', ''), (?1, 'en', ?2, '', '', '')", i+1, p.slug)
		exec("INSERT INTO stock (product_id, on_hand) VALUES (?, ?)", i+1, w.plan.Shelf)
	}
	for _, l := range w.plan.Lives {
		if l.hasAccount() {
			exec(`INSERT INTO customers (id, email, name, lang, created_at, updated_at) VALUES (?, ?, 'ნინო', 'ka', '2026-10-01 00:00:00', '2026-10-01 00:00:00')`,
				l.N+1, l.email())
		}
	}
	if err != nil {
		return err
	}
	return tx.Commit()
}

// steer calls the bank's steering API and returns the status and what was answered.
func (w *world) steer(method, path, body string) (int, string) {
	r := httptest.NewRequest(method, bankHost+"/_sim/"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	out := httptest.NewRecorder()
	w.bank.Handler().ServeHTTP(out, r)
	return out.Code, out.Body.String()
}

// statusOnly is what a trace says of an answer of the steering API.
func statusOnly(code int, _ string) string { return http.StatusText(code) }
