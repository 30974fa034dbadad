package payments

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"dukani/models"
)

// askPause is how often at most the bank is asked about one attempt, whoever wants
// to know: anybody can load an order's page a thousand times, or come back from the
// bank a thousand times.
const askPause = 2 * time.Second

// question is what the bank is asked about an attempt: to open it, or how it stands.
type question struct {
	paymentID int64
	opening   bool
}

func questionAbout(p *models.Payment) question {
	return question{paymentID: p.ID, opening: p.BankOrderID == nil}
}

// inquiries remembers which questions the bank is being asked, and was asked a moment
// ago. It spares the bank and decides nothing: another instance may ask the same at the same
// moment, with the same idempotency key, and what is stored of it changes nothing the second time.
type inquiries struct {
	mu  sync.Mutex
	all map[question]*inquiry
}

// inquiry is one question put to the bank; at, order and err are set when done is closed.
type inquiry struct {
	done  chan struct{}
	at    time.Time
	order *models.Order // only for callers that waited
	err   error
}

func (i *inquiry) isDone() bool {
	select {
	case <-i.done:
		return true
	default:
		return false
	}
}

// askOnce asks q by calling ask. If another caller is asking q at this moment, it waits
// and returns their outcome; if one has just asked it, it returns a nil order and their error.
func (d *Desk) askOnce(ctx context.Context, q question, ask func() (*models.Order, error)) (*models.Order, error) {
	i, now := &d.inquiries, d.store.Now
	i.mu.Lock()
	one, ok := i.all[q]
	if ok && !one.isDone() {
		i.mu.Unlock()
		bounded, cancel := d.bound(ctx) // the worker's call may take longer than a visitor waits
		defer cancel()
		select {
		case <-one.done:
			return one.order, one.err
		case <-bounded.Done():
			return nil, fmt.Errorf("%w: %w", ErrBankSilent, bounded.Err())
		}
	}
	if ok && lately(now(), one.at, askPause) {
		i.mu.Unlock()
		return nil, one.err
	}
	one = &inquiry{done: make(chan struct{}), err: errors.New("the inquiry was cut short")}
	i.prune(now())
	i.all[q] = one
	i.mu.Unlock()

	defer func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		one.at = now()
		if errors.Is(one.err, errNotCalled) {
			delete(i.all, q)
		}
		close(one.done)
	}()
	one.order, one.err = ask()
	return one.order, one.err
}

// wait is how long until q may be asked again.
func (i *inquiries) wait(now time.Time, q question) time.Duration {
	i.mu.Lock()
	defer i.mu.Unlock()
	if one, ok := i.all[q]; ok && one.isDone() && lately(now, one.at, askPause) {
		return askPause - now.Sub(one.at)
	}
	return 0
}

// prune drops old entries once there are many.
func (i *inquiries) prune(now time.Time) {
	if i.all == nil {
		i.all = map[question]*inquiry{}
	}
	if len(i.all) < 1000 {
		return
	}
	for q, one := range i.all {
		if one.isDone() && !lately(now, one.at, askPause) {
			delete(i.all, q)
		}
	}
}

// lately reports whether at is less than while ago. A time in the future is not lately:
// after a clock was set back, nothing would happen until it has caught up.
func lately(now, at time.Time, while time.Duration) bool {
	since := now.Sub(at)
	return since >= 0 && since < while
}
