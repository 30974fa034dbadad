package simulator

import (
	"container/heap"
	"time"
)

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
