package simulator

import (
	"container/heap"
	"time"
)

// workerPause is the longest time between two looks at the clock: the clock of a test may jump.
const workerPause = time.Second

func (b *Bank) wakeWorker() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// runWorker processes what only time brings about: orders expire, payments settle,
// delayed callbacks leave. It returns when the bank stops.
func (b *Bank) runWorker() {
	for {
		pause := b.processDue()
		timer := time.NewTimer(pause)
		select {
		case <-b.stopped.Done():
			timer.Stop()
			return
		case <-b.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// processDue brings orders up to the present and sends the callbacks that are due. It returns how
// long to wait until something else may be due.
func (b *Bank) processDue() time.Duration {
	now := b.now()
	var deliveries []string
	pause := workerPause
	b.mu.Lock()
	appointments := b.schedule.due(now)
	if len(b.schedule) > 0 {
		pause = min(pause, b.schedule[0].at.Sub(now))
	}
	for id := range b.waiting {
		d := b.outbox[id]
		if d.WaitsForBrowser || b.inFlight[id] != nil {
			continue
		}
		if wait := d.Due.Sub(now); wait <= 0 {
			deliveries = append(deliveries, id)
		} else {
			pause = min(pause, wait)
		}
	}
	b.mu.Unlock()
	if !b.clock.Load().Fixed.IsZero() {
		pause = workerPause // while the clock stands still nothing becomes due
	}
	for i, one := range appointments {
		_, err := b.inTx(func(t *tx) {
			if o := t.order(one.id); o != nil && o.nextDue().Equal(one.at) {
				b.schedule.add(one.at, one.id) // the clock was set back in between
			}
		})
		if err != nil {
			b.mu.Lock()
			for _, later := range appointments[i:] { // the file could not be written; the next round tries again
				b.schedule.add(later.at, later.id)
			}
			b.mu.Unlock()
			return workerPause
		}
	}
	for _, id := range deliveries {
		b.launch(id)
	}
	return pause
}

// schedule is a heap of the moments at which time alone changes an order, soonest first. An order
// whose moment moves gets another entry, and the old entry then finds nothing to do. Looking
// through all open orders instead would make the bank slower with each of them.
type schedule []appointment

type appointment struct {
	at time.Time
	id string // of the order
}

func (s schedule) Len() int           { return len(s) }
func (s schedule) Less(i, j int) bool { return s[i].at.Before(s[j].at) }
func (s schedule) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *schedule) Push(x any)        { *s = append(*s, x.(appointment)) }

func (s *schedule) Pop() any {
	last := len(*s) - 1
	out := (*s)[last]
	*s = (*s)[:last]
	return out
}

func (s *schedule) add(at time.Time, id string) { heap.Push(s, appointment{at, id}) }

// due removes and returns the entries whose moment has come.
func (s *schedule) due(now time.Time) []appointment {
	var out []appointment
	for len(*s) > 0 && !(*s)[0].at.After(now) {
		out = append(out, heap.Pop(s).(appointment))
	}
	return out
}
