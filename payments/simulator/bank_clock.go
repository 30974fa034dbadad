package simulator

import (
	"encoding/json"
	"time"
)

// clock holds how the bank's time differs from the machine's.
type clock struct {
	Offset time.Duration `json:"offset"`
	// Fixed is the machine's time when the clock was stopped; zero while the clock runs.
	Fixed time.Time `json:"fixed,omitzero"`
}

func (b *Bank) machineTime() time.Time {
	if b.Now != nil {
		return b.Now()
	}
	return time.Now()
}

// Time returns what the bank's clock shows, for a program that follows that clock.
func (b *Bank) Time() time.Time {
	if b.Open() != nil {
		return b.machineTime() // a bank that could not open has no clock
	}
	return b.now()
}

// now returns the bank's time in whole microseconds, as the bank's answers show it.
func (b *Bank) now() time.Time { return b.clock.Load().read(b.machineTime()) }

func (c *clock) read(machine time.Time) time.Time {
	if !c.Fixed.IsZero() {
		machine = c.Fixed
	}
	return machine.Add(c.Offset).UTC().Truncate(time.Microsecond)
}

// firstClock returns the clock that StartTime and FixedClock ask for.
func (b *Bank) firstClock() *clock {
	c, machine := &clock{}, b.machineTime()
	if !b.StartTime.IsZero() {
		c.Offset = b.StartTime.Sub(machine)
	}
	if b.FixedClock {
		c.Fixed = machine.Round(0) // without the monotonic reading, which no file keeps
	}
	return c
}

// clockRow is the id of the row that keeps a moved clock.
const clockRow = "time"

// setClock stores the changed clock and lets the worker process what became due.
func (b *Bank) setClock(change func(machine, now time.Time, c clock) clock) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	machine := b.machineTime().Round(0)
	old := b.clock.Load()
	next := change(machine, old.read(machine), *old)
	if b.store != nil {
		body, err := json.Marshal(next)
		if err != nil {
			return err
		}
		if err := b.store.write([]row{{kindMeta, clockRow, body}}); err != nil {
			return err
		}
	}
	b.clock.Store(&next)
	b.wakeWorker()
	return nil
}

// Advance moves the bank's clock forward by d and processes what became due, before it returns.
func (b *Bank) Advance(d time.Duration) error {
	if err := b.Open(); err != nil {
		return err
	}
	err := b.setClock(func(_, _ time.Time, c clock) clock {
		c.Offset += d
		return c
	})
	if err != nil {
		return err
	}
	b.processDue()
	return nil
}
