package models

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"gorm.io/gorm"
)

// committer runs SQLite's transactions: those that wait at the same time share one
// commit. A commit costs an fsync, a savepoint next to nothing; so under load several
// orders become durable by one fsync, and nobody waits longer than before.
//
// A shared transaction runs under a context that is not cancelled when a caller goes
// away: SQLite rolls the whole of it back when a statement inside it is interrupted.
type committer struct {
	store *Store
	queue chan *work
	done  chan struct{}

	mu     sync.RWMutex
	closed bool
}

type work struct {
	ctx context.Context
	fn  func(tx *Tx) error
	err error
	end chan struct{}
	tx  *Tx
}

// maxBatch bounds how many callers share a commit, so that the first of them does not wait
// for a long queue.
const maxBatch = 64

func newCommitter(s *Store) *committer {
	c := &committer{store: s, queue: make(chan *work, maxBatch), done: make(chan struct{})}
	go c.run()
	return c
}

func (c *committer) do(ctx context.Context, fn func(tx *Tx) error) error {
	w := &work{ctx: context.WithoutCancel(ctx), fn: fn, end: make(chan struct{})}
	c.mu.RLock()
	if c.closed {
		c.mu.RUnlock()
		return fmt.Errorf("store is closed")
	}
	select {
	case c.queue <- w:
		c.mu.RUnlock()
	case <-ctx.Done():
		c.mu.RUnlock()
		return &Error{Kind: Unavailable, Code: CodeDatabaseBusy, Err: ctx.Err()} // the disk is too slow
	}
	<-w.end
	if w.err == nil {
		for _, f := range w.tx.after {
			f()
		}
	}
	return w.err
}

func (c *committer) close() {
	c.mu.Lock()
	if !c.closed {
		c.closed = true
		close(c.queue)
	}
	c.mu.Unlock()
	<-c.done
}

func (c *committer) run() {
	defer close(c.done)
	for first := range c.queue {
		batch := []*work{first}
	collect:
		for len(batch) < maxBatch {
			select {
			case w, ok := <-c.queue:
				if !ok {
					break collect
				}
				batch = append(batch, w)
			default:
				break collect
			}
		}
		c.commit(batch)
		for _, w := range batch {
			close(w.end)
		}
	}
}

// commit runs the batch in one transaction, each job in its own savepoint. A
// failure of the transaction itself (disk full, I/O error) is everybody's.
func (c *committer) commit(batch []*work) {
	err := c.store.write.Transaction(func(tx *gorm.DB) error {
		if len(batch) == 1 {
			batch[0].err = c.protect(batch[0], tx)
			return batch[0].err
		}
		for _, w := range batch {
			if err := tx.Exec("SAVEPOINT work").Error; err != nil {
				return err
			}
			if w.err = c.protect(w, tx); w.err != nil {
				if err := tx.Exec("ROLLBACK TO work").Error; err != nil {
					return fmt.Errorf("undo after %q: %w", w.err, err)
				}
			}
			if err := tx.Exec("RELEASE work").Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil || len(batch) == 1 && batch[0].err != nil {
		return
	}
	for _, w := range batch { // those that failed, too: they may have failed at what was not committed
		w.err = fmt.Errorf("commit: %w", err)
	}
}

// protect runs one job. A panic in it becomes its error, because the goroutine serves all
// writers of the shop.
func (c *committer) protect(w *work, tx *gorm.DB) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in transaction: %v\n%s", p, debug.Stack())
		}
	}()
	w.tx = &Tx{DB: tx.WithContext(w.ctx), now: c.store.Now(), store: c.store}
	return w.fn(w.tx)
}
