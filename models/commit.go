package models

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"gorm.io/gorm"
)

// inTx runs fn inside a transaction and returns once it is durable on disk. If
// fn returns an error nothing of it remains.
//
// Inside fn: only tx, no network, no waiting. The transaction may be shared with
// other callers that wait at the same moment (see committer), so fn runs under a
// context that is not cancelled when the caller goes away: SQLite rolls the
// whole transaction back when a statement inside it is interrupted.
func (s *Store) inTx(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return s.commits.do(ctx, fn)
}

// committer lets transactions that wait at the same time share one commit. A
// commit costs an fsync, a savepoint next to nothing; so under load several
// orders become durable by one fsync, and nobody waits longer than before.
type committer struct {
	db    *gorm.DB
	queue chan *work
	done  chan struct{}

	mu     sync.RWMutex
	closed bool
}

type work struct {
	ctx context.Context
	fn  func(tx *gorm.DB) error
	err error
	end chan struct{}

	after []func()
}

// afterCommit has f run once what tx does is durable; it is not run if tx fails.
func afterCommit(tx *gorm.DB, f func()) {
	if w, ok := tx.Statement.Context.Value(workKey{}).(*work); ok {
		w.after = append(w.after, f)
	}
}

// workKey finds the work in the context of its transaction.
type workKey struct{}

// maxBatch bounds how many callers share a commit, so that the first of them
// does not wait for a long queue.
const maxBatch = 64

func newCommitter(db *gorm.DB) *committer {
	c := &committer{db: db, queue: make(chan *work, maxBatch), done: make(chan struct{})}
	go c.run()
	return c
}

func (c *committer) do(ctx context.Context, fn func(tx *gorm.DB) error) error {
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
		return &Error{Kind: Unavailable, Message: "error.503.text", Err: ctx.Err()} // the disk is too slow
	}
	<-w.end
	if w.err == nil {
		for _, f := range w.after {
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
	err := c.db.Transaction(func(tx *gorm.DB) error {
		if len(batch) == 1 {
			batch[0].err = protect(batch[0], tx)
			return batch[0].err
		}
		for _, w := range batch {
			if err := exec(tx, "SAVEPOINT work"); err != nil {
				return err
			}
			if w.err = protect(w, tx); w.err != nil {
				if err := exec(tx, "ROLLBACK TO work"); err != nil {
					return fmt.Errorf("undo after %q: %w", w.err, err)
				}
			}
			if err := exec(tx, "RELEASE work"); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil || len(batch) == 1 && batch[0].err != nil {
		return
	}
	for _, w := range batch { // also who failed: what it failed at may be what was not committed
		w.err = fmt.Errorf("commit: %w", err)
	}
}

// protect runs one job; a panic in it becomes its error, because the
// goroutine belongs to every writer of the shop.
func protect(w *work, tx *gorm.DB) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in transaction: %v\n%s", p, debug.Stack())
		}
	}()
	return w.fn(tx.WithContext(context.WithValue(w.ctx, workKey{}, w)))
}
