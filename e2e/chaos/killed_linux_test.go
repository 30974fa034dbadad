package main

import (
	"syscall"
	"testing"
)

// A shop that is killed at any write or sync of SQLite's files goes on after it was started again: what
// somebody was doing comes to its right end, once, at the shop and at the bank.
func TestKilledAtAnyWrite(t *testing.T) {
	t.Parallel()
	s := &sweeper{counter: &counter{}, plan: &plan{Starts: []string{"automatic"}}}
	s.world = newTestWorld(t, s.counter.gated)
	points := map[string]int{"purchase": 8, "one-click charge": 6, "refund": 5, "capture": 5}
	if *long {
		points = map[string]int{"purchase": 60, "one-click charge": 40, "refund": 40, "capture": 40}
	}
	s.sweep(t, points)
}

// The same with PostgreSQL, at any message to the server: half of the times just before the server has
// it, half of them just after.
func TestKilledAtAnyMessage(t *testing.T) {
	t.Parallel()
	s := &sweeper{counter: &counter{}, plan: &plan{Starts: []string{"automatic"}}}
	s.world = newTestWorld(t, s.wired(t), "-db", "postgres", "-database-url", "")
	points := map[string]int{"purchase": 4, "one-click charge": 3, "refund": 3, "capture": 3}
	if *long {
		points = map[string]int{"purchase": 20, "one-click charge": 16, "refund": 16, "capture": 16}
	}
	s.sweep(t, points)
}

// wired has the shop killed at one of its messages to PostgreSQL.
func (s *sweeper) wired(t *testing.T) func(*world) {
	return func(w *world) {
		w.reach = func(address string) (string, error) {
			kills := 0
			line, through, err := newWire(address, func([]byte) func(func() error) {
				if !s.counter.next() {
					return nil
				}
				kills++
				after := kills%2 == 0
				return func(pass func() error) {
					if after {
						_ = pass()
					}
					w.shops[0].stop(syscall.SIGKILL)
				}
			})
			if err == nil {
				t.Cleanup(func() { must(t, line.close()) })
			}
			return through, err
		}
	}
}
