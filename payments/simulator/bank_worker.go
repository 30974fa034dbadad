package simulator

import (
	"container/heap"
	"time"
)

// workerPause is how often the worker looks at the clock when nothing is due:
// a clock set by a test may jump.
const workerPause = time.Second

func (b *Bank) wakeWorker() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// work makes happen what time alone brings about: expiry, settling, delayed
// callbacks.
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

func (b *Bank) processDue() time.Duration {
	now := b.now()
	var sends []string
	pause := workerPause
	b.mu.Lock()
	came := b.schedule.due(now)
	if len(b.schedule) > 0 {
		pause = min(pause, b.schedule[0].at.Sub(now))
	}
	for id := range b.waiting {
		d := b.outbox[id]
		if d.WaitsForBrowser || b.inFlight[id] != nil {
			continue
		}
		if wait := d.Due.Sub(now); wait <= 0 {
			sends = append(sends, id)
		} else {
			pause = min(pause, wait)
		}
	}
	b.mu.Unlock()
	if !b.clock.Load().Fixed.IsZero() {
		pause = workerPause // nothing comes nearer until somebody moves the clock
	}
	for i, one := range came {
		_, err := b.inTx(func(t *tx) {
			if o := t.order(one.id); o != nil && o.nextDue().Equal(one.at) {
				b.schedule.add(one.at, one.id) // the clock was set back meanwhile
			}
		})
		if err != nil {
			b.mu.Lock()
			for _, later := range came[i:] { // the file is broken; try again
				b.schedule.add(later.at, later.id)
			}
			b.mu.Unlock()
			return workerPause
		}
	}
	for _, id := range sends {
		b.launch(id)
	}
	return pause
}

// schedule says when time alone will change orders, soonest first. An order
// whose moment moves is entered again; the old entry is passed over when it
// comes up. Looking through all open orders instead would slow the bank down
// with each one.
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

// due takes out what has come by now.
func (s *schedule) due(now time.Time) []appointment {
	var out []appointment
	for len(*s) > 0 && !(*s)[0].at.After(now) {
		out = append(out, heap.Pop(s).(appointment))
	}
	return out
}
