package lives

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
	"dukani/payments/simulator"
)

// shop is one process of the shop: a store on the world's file, a desk, a worker. It can die
// at every boundary, see cross; then nothing of it writes any more, and nothing it says
// reaches the bank.
type shop struct {
	w       *world
	n       int // of the process
	ctx     context.Context
	end     context.CancelFunc
	store   *models.Store
	desk    *payments.Desk
	running sync.WaitGroup // what ends with the process
	wake    chan time.Duration

	dead atomic.Bool
	fuse atomic.Int64 // boundaries until it dies; 0: it does not
}

// start starts a process as the program does: what was cut short is taken up at once.
func (w *world) start(n int) (*shop, error) {
	s := &shop{w: w, n: n, wake: make(chan time.Duration, 1)}
	s.ctx, s.end = context.WithCancel(context.Background())
	var err error
	if s.store, err = models.Open(s.ctx, w.file); err != nil {
		return nil, err
	}
	s.store.Log = slog.New(slog.DiscardHandler)
	s.store.Now, s.store.LoanDecision = s.now, loanDecision
	client, err := bog.New(bog.Config{
		Endpoints: bog.Simulator(bankHost), ClientID: simulator.DefaultClientID, ClientSecret: simulator.DefaultClientSecret,
		CallbackKeys: []string{w.bank.PublicKeyPEM()}, HTTPClient: &http.Client{Transport: toBank{s}},
		Retry: bog.Retry{Attempts: 2, BaseDelay: 1}, // a longer pause would be a random one
	})
	if err != nil {
		return nil, err
	}
	capture := bog.CaptureAutomatic
	if w.plan.Holds {
		capture = bog.CaptureManual
	}
	s.desk, err = payments.New(payments.Config{
		Store: s.store, Bank: client, BaseURL: shopHost, TTL: w.plan.TTL, Capture: capture, Log: slog.New(slog.DiscardHandler),
		Methods: []models.Method{models.ByCard, models.ByGooglePay, models.ByLoan, models.ByBNPL},
	})
	if err != nil {
		return nil, err
	}
	if err := s.desk.Resume(s.ctx); err != nil {
		return nil, err
	}
	s.running.Go(s.work)
	return s, nil
}

// work is the worker: it sweeps when a callback has asked for it, and regularly. The job
// queue's own polling is left out: its many queries for each virtual second would be most
// of what a world costs.
func (s *shop) work() {
	pauses := draw(s.w.plan.Seed, fmt.Sprint("worker ", s.n))
	for s.ctx.Err() == nil {
		pause := 5*time.Second + upTo(pauses, 2*time.Minute)
		switch {
		case s.w.quiet.Load():
			pause = 8*time.Hour + upTo(pauses, time.Hour)
		case s.w.since() > calm:
			pause = 3*time.Minute + upTo(pauses, time.Minute)
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case soon := <-s.wake:
			s.pauseFor(soon)
		case <-s.ctx.Done():
		}
		timer.Stop()
		if s.ctx.Err() == nil {
			s.sweep()
		}
	}
}

func (s *shop) sweep() {
	asked, err := s.desk.Sweep(s.ctx)
	switch {
	case s.ctx.Err() != nil: // what the dead say means nothing
	case err != nil:
		s.w.fail("sweep: %v", err)
	case asked > 0:
		s.w.note("worker: %d payments", asked)
	}
}

func (s *shop) pauseFor(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.ctx.Done():
	}
}

// hurry has the worker sweep soon, as the job does that a callback queues. Sometimes the job
// waits for the regular round.
func (s *shop) hurry(why string) {
	d := draw(s.w.plan.Seed, "after "+why)
	if d.IntN(4) == 0 {
		return
	}
	select {
	case s.wake <- upTo(d, 2*time.Second):
	default:
	}
}

// now is the store's clock. The store reads it at the beginning of each transaction, which
// makes it the one place where a process can die between any two of them.
func (s *shop) now() time.Time {
	if (s.fuse.Load() > 0 || s.dead.Load()) && inTransaction() {
		s.cross("transaction")
		if s.isDead() {
			panic(errDied) // becomes the transaction's error; nothing of it remains
		}
	}
	return time.Now().UTC()
}

// inTransaction reports whether the caller runs in the store's transaction.
func inTransaction() bool {
	var pcs [24]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		f, more := frames.Next()
		if strings.HasSuffix(f.Function, "(*committer).protect") {
			return true
		}
		if !more {
			return false
		}
	}
}

// cross is a boundary at which the process dies if it is its time.
func (s *shop) cross(where string) {
	if s.fuse.Load() > 0 && s.fuse.Add(-1) == 0 {
		s.die(where)
	}
}

func (s *shop) die(where string) {
	s.w.note("the shop dies: %s", where)
	s.dead.Store(true)
	s.end()
}

func (s *shop) isDead() bool { return s.dead.Load() }

// bury waits until nothing of a dead process runs any more, and closes its file.
func (s *shop) bury() error {
	s.end()
	s.running.Wait()
	return s.store.Close()
}

// serving returns the process that visitors and the bank reach now, nil if none does.
func (w *world) serving() *shop {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.shop == nil || w.shop.isDead() {
		return nil
	}
	return w.shop
}

var errDown = errors.New("nobody answers")

// visit has a visitor's request served. A browser that reaches nobody tries again, and one
// whose request was cut short does not know what came of it: the error is errDied then.
func (w *world) visit(serve func(ctx context.Context, s *shop) error) error {
	for range 40 {
		s := w.serving()
		if s == nil {
			time.Sleep(5*time.Second + 17*time.Nanosecond)
			continue
		}
		s.running.Add(1)
		err := serve(s.desk.Budget(s.ctx), s)
		s.running.Done()
		if s.isDead() {
			return errDied
		}
		return err
	}
	return errDown
}
