package handlers

import (
	"sync"
	"sync/atomic"
	"testing"
)

// Whatever was so before the question is in the answer, and many who ask at once
// are answered by few readings.
func TestFreshReading(t *testing.T) {
	t.Parallel()
	var f freshReading
	var value, reads atomic.Int64
	var all sync.WaitGroup
	const askers, questions = 16, 500
	for range askers {
		all.Go(func() {
			for range questions {
				least := value.Add(1)
				got, err := f.get(func() (int64, error) { reads.Add(1); return value.Load(), nil })
				if err != nil || got < least {
					t.Errorf("got %d, %v when it was %d already", got, err, least)
					return
				}
			}
		})
	}
	all.Wait()
	if n := reads.Load(); n < 1 || n > askers*questions {
		t.Errorf("%d readings for %d questions", n, askers*questions)
	}
}
