package payments

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"dukani/models"
)

// lookPause is how often at most the bank is asked about one attempt, whoever wants
// to know: anybody can load an order's page a thousand times, or come back from the
// bank a thousand times.
const lookPause = 2 * time.Second

// question is what the bank is asked about an attempt: to open it, or how it stands.
type question struct {
	paymentID int64
	opening   bool
}

// looks shares the asking. One process serves one database, so what is remembered
// here is all there is.
type looks struct {
	mu  sync.Mutex
	all map[question]*look
}

// look is one asking; at, order and err are set when done is closed.
type look struct {
	done  chan struct{}
	at    time.Time
	order *models.Order // only for callers that waited
	err   error
}

func (l *look) isDone() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

// share asks q by ask, unless somebody else is asking it, whose outcome is then waited
// for, or has just asked it: then order is nil and err what came of that.
func (d *Desk) share(ctx context.Context, q question, ask func() (*models.Order, error)) (*models.Order, error) {
	l, now := &d.looks, d.store.Now
	l.mu.Lock()
	one, ok := l.all[q]
	if ok && !one.isDone() {
		l.mu.Unlock()
		bounded, cancel := d.bound(ctx) // the worker's asking may take longer than a visitor's
		defer cancel()
		select {
		case <-one.done:
			return one.order, one.err
		case <-bounded.Done():
			return nil, fmt.Errorf("%w: %w", ErrBankSilent, bounded.Err())
		}
	}
	if ok && lately(now(), one.at, lookPause) {
		l.mu.Unlock()
		return nil, one.err
	}
	one = &look{done: make(chan struct{}), err: errors.New("the asking was cut short")}
	l.forget(now())
	l.all[q] = one
	l.mu.Unlock()

	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		one.at = now()
		if errors.Is(one.err, errNotAsked) {
			delete(l.all, q)
		}
		close(one.done)
	}()
	one.order, one.err = ask()
	return one.order, one.err
}

// wait is how long until q may be asked again.
func (l *looks) wait(now time.Time, q question) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one, ok := l.all[q]; ok && one.isDone() && lately(now, one.at, lookPause) {
		return lookPause - now.Sub(one.at)
	}
	return 0
}

// lately reports whether at is less than while ago. A clock that was set back does not
// make it the future, in which nothing would be done until then.
func lately(now, at time.Time, while time.Duration) bool {
	since := now.Sub(at)
	return since >= 0 && since < while
}

// forget drops what is too old to matter, now and then.
func (l *looks) forget(now time.Time) {
	if l.all == nil {
		l.all = map[question]*look{}
	}
	if len(l.all) < 1000 {
		return
	}
	for q, one := range l.all {
		if one.isDone() && !lately(now, one.at, lookPause) {
			delete(l.all, q)
		}
	}
}
