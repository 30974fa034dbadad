package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"dukani/e2e/chaos/check"
)

// staffMembers is how many work at the same time.
const staffMembers = 2

// storm lets all buyers and the staff do their business while the plan's kills, faults and weather
// happen.
func (w *world) storm(ctx context.Context, plan *plan) error {
	if err := w.setFaults(ctx); err != nil {
		return err
	}
	w.toxic.percent.Store(int64(w.Faults))
	w.balancer.percent.Store(int64(w.Faults))

	var buyers errgroup.Group
	buyers.SetLimit(w.Buyers)
	var staff sync.WaitGroup
	for range staffMembers {
		s := &member{world: w, b: newBrowser(w.balancer.url(), w.transport)}
		staff.Go(func() { s.work(ctx) })
	}
	fate := make(chan error, 1)
	go func() { fate <- w.fate(ctx, plan) }()
	for _, b := range plan.Buyers {
		buyers.Go(func() error {
			w.newShopper(b).live(ctx)
			return nil
		})
	}
	_ = buyers.Wait() // they report to the tally
	close(w.count)
	err := <-fate // which may have errands for the staff
	close(w.errands)
	staff.Wait()
	return errors.Join(err, ctx.Err())
}

// fate makes happen what the plan has for each number of orders. Kills wait for each other: what was
// killed is there again before the next.
func (w *world) fate(ctx context.Context, plan *plan) error {
	kills, skies := plan.Kills, plan.Weather
	for tried, more := 0, true; more; {
		for len(skies) > 0 && skies[0].After <= tried {
			if err := w.change(ctx, skies[0]); err != nil {
				return err
			}
			skies = skies[1:]
		}
		for len(kills) > 0 && kills[0].After <= tried {
			if err := w.kill(ctx, kills[0], plan, len(plan.Kills)-len(kills)); err != nil {
				return err
			}
			kills = kills[1:]
		}
		_, more = <-w.count
		tried++
	}
	for i, k := range kills {
		if err := w.kill(ctx, k, plan, len(plan.Kills)-len(kills)+i); err != nil {
			return err
		}
	}
	return nil
}

// setFaults gives the bank all of its faults. They end with its process.
func (w *world) setFaults(ctx context.Context) error {
	if w.Faults == 0 {
		return nil
	}
	for i, f := range faultKinds {
		err := w.steering.post(ctx, "faults", m{
			"kind": f.kind, "percent": w.Faults, "delay_ms": f.delayMS, "seed": w.Seed%1_000_000 + uint64(100*w.bank.starts+i+1),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// change is the next weather.
func (w *world) change(ctx context.Context, next weather) error {
	if err := w.steering.post(ctx, "settings", next.Settings); err != nil {
		return err
	}
	for _, c := range next.Stock {
		w.errands <- errand{stock: c}
	}
	if next.Clock == 0 {
		return nil
	}
	w.faults.add("clock moved")
	return w.steering.post(ctx, "clock", m{"advance_seconds": next.Clock})
}

// marks is how often in a run the journal is read, to compare it at the end.
const marks = 5

// kill kills a program at once, wherever it is, and starts it again.
func (w *world) kill(ctx context.Context, k kill, plan *plan, nth int) error {
	if nth%max(len(plan.Kills)/marks, 1) == 0 {
		err := w.withDatabase(func(db *sql.DB) error {
			mark, err := check.ReadMark(ctx, db)
			w.marks = append(w.marks, mark)
			return err
		})
		if err != nil {
			return fmt.Errorf("mark: %w", err)
		}
	}
	select { // a moment of its own within the purchases that are going on
	case <-time.After(time.Duration(k.DelayMS) * time.Millisecond):
	case <-ctx.Done():
		return ctx.Err()
	}
	w.kills.add(k.What)
	switch {
	case k.What == "bank":
		w.countFaults(ctx) // it forgets them
		w.bank.stop(syscall.SIGKILL)
		if err := w.startBank(ctx); err != nil {
			return err
		}
		return w.setFaults(ctx)
	case k.What == "database" && w.database != nil: // somebody else's server is not ours to kill
		if err := w.database.Kill(); err != nil {
			return err
		}
		return w.database.Restart(ctx, serverSettings...)
	}
	s := w.shops[k.Instance%len(w.shops)]
	s.stop(syscall.SIGKILL)
	return w.startShop(ctx, s, plan)
}

// countFaults adds up how often each fault of the bank was met.
func (w *world) countFaults(ctx context.Context) {
	var list []struct {
		Kind string
		Hits int
	}
	if err := w.steering.get(ctx, "faults", &list); err != nil {
		return // the table says a little less
	}
	for _, f := range list {
		for range f.Hits {
			w.faults.add(f.Kind)
		}
	}
}
