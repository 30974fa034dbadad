package payments

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// The clock of the test stands still except when everybody waits.
func TestQuestionsOfAReconciliationKeepTheirPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pacer{every: reconcilePause}
		begun := time.Now()
		var mu sync.Mutex
		var at []time.Duration
		var all sync.WaitGroup
		for range 9 { // more than may wait for an answer at the same time
			all.Go(func() {
				if err := p.wait(t.Context()); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				at = append(at, time.Since(begun))
			})
		}
		all.Wait()
		for i := range at {
			if want := time.Duration(i) * reconcilePause; at[i] != want {
				t.Errorf("question %d was asked after %s, want %s", i+1, at[i], want)
			}
		}
		stopped, stop := context.WithCancel(t.Context())
		stop()
		if err := p.wait(stopped); err == nil {
			t.Error("a run that was stopped goes on")
		}
	})
}
