package simulator

import (
	"encoding/json"
	"time"
)

// clock says how the bank's time differs from the machine's.
type clock struct {
	Offset time.Duration `json:"offset"`
	// Fixed is the machine's time at which the clock was stopped; zero means it runs.
	Fixed time.Time `json:"fixed,omitzero"`
}

func (b *Bank) machineTime() time.Time {
	if b.Now != nil {
		return b.Now()
	}
	return time.Now()
}

// Time is what the bank's clock shows, for programs that are to follow it.
func (b *Bank) Time() time.Time {
	if b.Open() != nil {
		return b.machineTime() // a bank that could not start has no clock
	}
	return b.now()
}

// now is the bank's time, in the microseconds that its answers show.
func (b *Bank) now() time.Time { return b.clock.Load().read(b.machineTime()) }

func (c *clock) read(machine time.Time) time.Time {
	if !c.Fixed.IsZero() {
		machine = c.Fixed
	}
	return machine.Add(c.Offset).UTC().Truncate(time.Microsecond)
}

// firstClock is the clock as Start and FixedClock want it.
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

// clockRow is where the file keeps a clock that was moved.
const clockRow = "time"

// setClock keeps the clock and makes happen what became due.
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

// Advance moves the bank's clock forward by d and makes happen what became due.
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
