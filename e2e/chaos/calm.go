package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"time"

	"dukani/e2e/chaos/check"
)

// calm ends all faults and lets time pass, by the bank's clock, which the shop follows: until the time
// to pay is over for every order, then until the first of the later looks at paid orders, which finds
// what no callback has told. After each step it waits until the shop has done what became due. It is
// no error if something stays undecided: the checker says so.
func (w *world) calm(ctx context.Context) error {
	w.toxic.percent.Store(0)
	w.balancer.percent.Store(0)
	w.countFaults(ctx)
	if _, err := w.steering.do(ctx, http.MethodDelete, "faults", nil); err != nil {
		return err
	}
	if err := w.steering.post(ctx, "chaos", m{"api": 0, "callbacks": 0, "payments": 0}); err != nil {
		return err
	}
	err := w.steering.post(ctx, "settings", m{
		"settle_ms": 0, "action_ms": 0, "leave_early": false, "expires_in": "seconds", "hal": false, "token_seconds": 300, "silent_on": []string{},
	})
	if err != nil {
		return err
	}
	deadline := time.Now().Add(w.Calm)
	for step := 0; ; step++ {
		if step == 1 {
			w.payAllLate(ctx)
		}
		pass, quiet := 70*time.Minute, time.Duration(0)
		if step == 2 {
			pass = 26 * time.Hour
		}
		if step >= 2 {
			quiet = restFor
		}
		if err := w.steering.post(ctx, "clock", m{"advance_seconds": int(pass.Seconds())}); err != nil {
			return err
		}
		open, err := w.rest(ctx, time.Until(deadline), quiet)
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			return nil
		}
		if err != nil || open == 0 && step >= 2 || step == 40 {
			return err
		}
	}
}

// payAllLate has the bank take money for orders whose time was over.
func (w *world) payAllLate(ctx context.Context) {
	for _, id := range w.late {
		if err := w.steering.post(ctx, "orders/"+id+"/pay", m{"force": true, "card": "4000000000000010"}); err != nil {
			fmt.Fprintf(w.log, "late: %v\n", err) // it was paid in time after all
			continue
		}
		w.faults.add("paid too late")
	}
}

// restFor is longer than the pause between two of the shop's sweeps: what becomes due by a step of
// the clock is noticed by the next sweep, and its mail is to leave before the shop is stopped.
const restFor = 8 * time.Second

// rest waits until nothing is due by the bank's clock, nor has been for a while, and returns how much is
// undecided all the same.
func (w *world) rest(ctx context.Context, patience, quiet time.Duration) (open int, err error) {
	var clock struct{ Now time.Time }
	if err := w.steering.get(ctx, "clock", &clock); err != nil {
		return 0, err
	}
	var since time.Time
	err = untilTrue(ctx, patience, func() (bool, error) {
		due := 0
		err := w.withDatabase(func(db *sql.DB) (err error) {
			due, open, err = check.Waiting(ctx, db, clock.Now)
			return err
		})
		if due > 0 || since.IsZero() {
			since = time.Now()
		}
		return due == 0 && time.Since(since) >= quiet, err
	})
	return open, err
}
