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
		pass := 70 * time.Minute
		if step == 2 {
			pass = 26 * time.Hour
		}
		if err := w.steering.post(ctx, "clock", m{"advance_seconds": int(pass.Seconds())}); err != nil {
			return err
		}
		open, err := w.rest(ctx, time.Until(deadline))
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

// rest waits until nothing is due by the bank's clock, and returns how much is undecided all the same.
func (w *world) rest(ctx context.Context, patience time.Duration) (open int, err error) {
	var clock struct{ Now time.Time }
	if err := w.steering.get(ctx, "clock", &clock); err != nil {
		return 0, err
	}
	err = untilTrue(ctx, patience, func() (bool, error) {
		due := 0
		err := w.withDatabase(func(db *sql.DB) (err error) {
			due, open, err = check.Waiting(ctx, db, clock.Now)
			return err
		})
		return due == 0, err
	})
	return open, err
}
