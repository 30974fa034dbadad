package catalog

import (
	"context"
	"sync"
	"time"
)

// Version returns a number that is different after every change of a product, its
// texts, its price or the stock state a shopper sees, whoever made it. What was made
// from the catalogue at one version may be shown again while the version stands.
func (c *Catalog) Version(ctx context.Context) (int64, error) {
	return c.versions.get(func() (version int64, err error) {
		ctx := context.WithoutCancel(ctx) // whoever asked may have gone when others still wait
		if c.store.Postgres() {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, versionTime)
			defer cancel()
		}
		err = c.store.Read(ctx).Raw("SELECT version FROM catalog_version WHERE id = 1").Row().Scan(&version)
		return version, err
	})
}

// versionTime is how long a reading may take. A visitor who comes during a reading waits for its end and for the
// next one, and both together take less time than a page may.
const versionTime = 4 * time.Second

// sharedReading lets those who ask while a reading is under way share the next one: on PostgreSQL a reading
// is most of what a cached page costs. Nobody gets one that began before they asked, so that what
// was committed by then is in it.
type sharedReading struct {
	mu      sync.Mutex
	running bool
	next    *reading // begins when the one under way has ended; nil: nobody waits for it
}

type reading struct {
	ended   chan struct{}
	version int64
	err     error
}

func (s *sharedReading) get(read func() (int64, error)) (int64, error) {
	s.mu.Lock()
	if s.running {
		if s.next == nil {
			s.next = &reading{ended: make(chan struct{})}
		}
		shared := s.next
		s.mu.Unlock()
		<-shared.ended
		return shared.version, shared.err
	}
	s.running = true
	s.mu.Unlock()
	defer s.passOn(read)
	return read()
}

// passOn begins the reading that others wait for.
func (s *sharedReading) passOn(read func() (int64, error)) {
	s.mu.Lock()
	next := s.next
	s.next, s.running = nil, next != nil
	s.mu.Unlock()
	if next == nil {
		return
	}
	go func() {
		defer s.passOn(read)
		defer close(next.ended)
		next.version, next.err = read()
	}()
}
