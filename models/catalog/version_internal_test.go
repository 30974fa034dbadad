package catalog

import (
	"testing"
	"testing/synctest"
)

// Those who ask while a reading is under way get the next one, all the same; it began after they asked.
func TestVersionReadingsAreSharedAndNeverOld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s sharedReading
		var version, readings int64
		gate := make(chan struct{})
		read := func() (int64, error) {
			readings++
			seen := version
			<-gate
			return seen, nil
		}
		got := make(chan int64, 10)
		ask := func() {
			v, err := s.get(read)
			if err != nil {
				t.Error(err)
			}
			got <- v
		}
		go ask()
		synctest.Wait() // the first reading is under way, and has seen 0
		version = 1
		for range 9 {
			go ask()
		}
		synctest.Wait()
		gate <- struct{}{}
		if v := <-got; v != 0 {
			t.Errorf("who asked first got %d", v)
		}
		synctest.Wait()
		gate <- struct{}{}
		for range 9 {
			if v := <-got; v != 1 {
				t.Errorf("got the version %d, which was old when it was asked for", v)
			}
		}
		if readings != 2 {
			t.Errorf("%d readings for ten, want 2", readings)
		}
		go ask()
		synctest.Wait()
		close(gate)
		if v := <-got; v != 1 || readings != 3 {
			t.Errorf("later: version %d, %d readings", v, readings)
		}
	})
}
