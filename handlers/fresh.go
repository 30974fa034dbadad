package handlers

import "sync"

// freshReading lets callers that wait at the same moment share one reading of a
// value. A reading is shared only by those who came before it began, so that
// nobody is given a value older than their question.
type freshReading struct {
	mu      sync.Mutex
	waiting *reading // has not begun
	running sync.Mutex
}

type reading struct {
	once  sync.Once
	value int64
	err   error
}

func (f *freshReading) get(read func() (int64, error)) (int64, error) {
	f.mu.Lock()
	r := f.waiting
	if r == nil {
		r = &reading{}
		f.waiting = r
	}
	f.mu.Unlock()
	r.once.Do(func() {
		f.running.Lock()
		defer f.running.Unlock()
		f.mu.Lock()
		f.waiting = nil // it begins: who comes now is too late for it
		f.mu.Unlock()
		r.value, r.err = read()
	})
	return r.value, r.err
}
