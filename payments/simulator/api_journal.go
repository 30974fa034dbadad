package simulator

import (
	"maps"
	"strings"
	"sync"
	"time"
)

// journalSize is how many API requests the journal keeps. The journal is for people who
// look on, so it is in memory only.
const journalSize = 500

// entry is one API request and its answer, without the headers, which hold secrets.
type entry struct {
	At      time.Time `json:"at"`
	Route   string    `json:"route"`
	Order   string    `json:"order_id,omitempty"`
	Method  string    `json:"method"`
	Path    string    `json:"path"`
	Key     string    `json:"idempotency_key,omitempty"`
	Request string    `json:"request,omitempty"`
	Status  int       `json:"status"` // 0 if no answer was sent
	Answer  string    `json:"answer,omitempty"`
	Fault   string    `json:"fault,omitempty"`
	MS      int64     `json:"ms"`
}

type journal struct {
	mu    sync.Mutex
	ring  []entry
	next  int
	calls map[string]int // by route
}

func (j *journal) add(e entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.calls == nil {
		j.calls = map[string]int{}
	}
	j.calls[e.Route]++
	if len(j.ring) < journalSize {
		j.ring = append(j.ring, e)
		return
	}
	j.ring[j.next] = e
	j.next = (j.next + 1) % journalSize
}

// newest returns the requests about an order, newest first; "" means all requests.
func (j *journal) newest(order string) []entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	out := []entry{}
	for i := range j.ring {
		e := j.ring[(j.next-1-i+2*len(j.ring))%len(j.ring)]
		if order == "" || e.Order == order {
			out = append(out, e)
		}
	}
	return out
}

func (j *journal) counts() map[string]int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return maps.Clone(j.calls)
}

func (j *journal) clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ring, j.next, j.calls = nil, 0, nil
}

// beginningOf returns at most 4 KB of a body, for the journal.
func beginningOf(body []byte) string {
	const limit = 4 << 10
	if len(body) > limit {
		return strings.ToValidUTF8(string(body[:limit]), "") + "…"
	}
	return string(body)
}
