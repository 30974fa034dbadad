package payments

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"dukani/payments/bog"
)

// ErrBankSilent says that the bank could not be asked, or that its answer could not be
// read. What is true at the bank is unknown then, and the worker goes on asking.
var ErrBankSilent = errors.New("the bank did not answer")

// ErrNoAccess, which also matches ErrBankSilent, says that the bank does not let the shop
// in: wrong credentials, a feature that is not open, a firewall in front of the API, an
// untrusted certificate. That is a fault of the shop's, never a refusal of the shopper's
// payment.
var ErrNoAccess = fmt.Errorf("%w: it does not let the shop in", ErrBankSilent)

// errNotCalled says that a call was not made because the bank is known to be out of
// reach. Nothing is recorded about it: whatever is due stays due.
var errNotCalled = errors.New("not called")

// outageOf says what err means about the bank as a whole: ErrBankSilent, ErrNoAccess,
// or nil if the bank has answered the call, even with a refusal.
func outageOf(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*bog.RequestError](err); ok {
		return nil // it was not sent, and never will be
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return ErrNoAccess
	}
	if e, ok := errors.AsType[*bog.AuthError](err); ok && !e.Temporary() {
		return ErrNoAccess
	}
	e, ok := errors.AsType[*bog.APIError](err)
	switch {
	case !ok, e.Status < 400, e.Status >= 500, e.Status == http.StatusRequestTimeout, e.Status == http.StatusTooManyRequests:
		return ErrBankSilent
	case bog.IsAccessRefused(err), e.Message == "": // without a message: a wrong address, or a firewall that writes no HTML
		return ErrNoAccess
	}
	return nil
}

// refusesEverything reports whether err, which means ErrNoAccess, would be the answer to
// every other call as well.
func refusesEverything(err error) bool {
	e, ok := errors.AsType[*bog.APIError](err)
	return !ok || e.Status == http.StatusUnauthorized
}

const (
	// callTime is how long the calls to the bank of one visitor's request may take
	// together, repeats and the access token included.
	callTime = 6 * time.Second
	// outageAfter is how many calls in a row fail before the bank counts as out of reach.
	outageAfter = 3
	// outagePause is how long nobody but the worker tries a bank that is out of reach.
	outagePause = 10 * time.Second
	// accessLife is how long an answer of the bank proves that the shop has access.
	accessLife = 10 * time.Second
)

// outage is a circuit breaker: it remembers that the bank is out of reach, so that no
// visitor waits to find it out. It is written here rather than taken from a library because
// it runs on the shop's clock, tells two reasons apart, and lets the worker try first.
type outage struct {
	mu       sync.Mutex
	failures int       // calls in a row
	why      error     // ErrBankSilent or ErrNoAccess while it lasts, else nil
	retryAt  time.Time // when one call is let through
	last     error     // what outageOf said of the last call,
	lastAt   time.Time // and when that ended
}

// admit returns nil if a call may be made now, else why not.
func (o *outage) admit(now time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.why == nil {
		return nil
	}
	if now.Before(o.retryAt) {
		return o.why
	}
	o.retryAt = now.Add(outagePause) // one at a time
	return nil
}

// update takes in how a call ended: why is what outageOf says, sure whether one such call
// is proof enough. It returns why the bank was out of reach before it, and is after it.
func (o *outage) update(now time.Time, why error, sure bool) (before, after error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	before, o.last, o.lastAt = o.why, why, now
	o.failures++
	if why == nil {
		o.failures, o.why = 0, nil
	} else if o.why != nil || sure || o.failures >= outageAfter {
		o.why, o.retryAt = why, now.Add(outagePause)
	}
	return before, o.why
}

// admitNext lets the next call through.
func (o *outage) admitNext() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.retryAt = time.Time{}
}

// latest returns why the bank is out of reach, nil if it is not, and whether that is known
// without asking it now.
func (o *outage) latest(now time.Time) (why error, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.why != nil {
		return o.why, true
	}
	return o.last, !o.lastAt.IsZero() && lately(now, o.lastAt, accessLife)
}

// Outage returns why the bank is out of reach, ErrBankSilent or ErrNoAccess, nil if it is
// not as far as is known.
func (d *Desk) Outage() error {
	d.outage.mu.Lock()
	defer d.outage.mu.Unlock()
	return d.outage.why
}

type deadlineKey struct{}

// Budget returns the context of one visitor's request: all its calls to the bank
// together take at most Config.CallTime. It has no deadline for the store, because what
// the bank has said must be stored and shown.
func (d *Desk) Budget(ctx context.Context) context.Context {
	return context.WithValue(ctx, deadlineKey{}, time.Now().Add(d.callTime))
}

// bound returns the context of one call, or of waiting for another caller's.
func (d *Desk) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline := time.Now().Add(d.callTime)
	if budget, ok := ctx.Value(deadlineKey{}).(time.Time); ok && budget.Before(deadline) {
		deadline = budget
	}
	return context.WithDeadline(ctx, deadline)
}

// call makes one call to the bank. Every call goes through here: it is bounded in time, it
// is not made at all while the bank is known to be out of reach (errNotCalled), and its
// outcome tells whether the bank is out of reach.
func (d *Desk) call(ctx context.Context, op bog.Op, call func(context.Context) error) error {
	if why := d.outage.admit(d.store.Now()); why != nil {
		return fmt.Errorf("%w: %w", errNotCalled, why)
	}
	bounded, cancel := d.bound(ctx)
	defer cancel()
	deadline, _ := bounded.Deadline()
	given := time.Until(deadline)
	err := call(bounded)
	// A call that had little time left, or whose caller has gone, proves no silence.
	if err == nil || ctx.Err() == nil && (bounded.Err() == nil || given > d.callTime/2) {
		d.noteOutcome(context.WithoutCancel(ctx), op, err)
	}
	return err
}

// noteOutcome decides from the outcome of a call whether the bank is out of reach. Staff
// are told at once when the bank stops letting the shop in, and when it does so again.
func (d *Desk) noteOutcome(ctx context.Context, op bog.Op, err error) {
	why := outageOf(err)
	besidesPaying := []bog.Op{bog.OpRefund, bog.OpApprove, bog.OpCancel, bog.OpForgetCard}
	if _, answered := errors.AsType[*bog.APIError](err); why == ErrNoAccess && answered && slices.Contains(besidesPaying, op) {
		return // no payment waits for these, and they have review items of their own
	}
	if why == ErrNoAccess {
		d.reportNoAccess(ctx, op, err)
		// A feature that is not open says nothing about the others.
		if !refusesEverything(err) && op != bog.OpCreateOrder && op != bog.OpReceipt {
			return
		}
	}
	before, after := d.outage.update(d.store.Now(), why, why == ErrNoAccess && refusesEverything(err))
	if why == nil {
		d.accessWorks(ctx, op)
	}
	switch {
	case before == nil && after != nil:
		d.log.WarnContext(ctx, "the bank is out of reach: orders wait", "err", err)
	case before != nil && after == nil:
		d.log.InfoContext(ctx, "the bank is back")
		if err := d.Resume(ctx); err != nil { // callbacks of the meantime could not be followed up
			d.log.ErrorContext(ctx, "payments that waited for the bank were not made due", "err", err)
		}
	}
}

// reportNoAccess opens a review item which says that the bank refuses op, unless one is
// open.
func (d *Desk) reportNoAccess(ctx context.Context, op bog.Op, err error) {
	if refusesEverything(err) {
		op = bog.OpToken // one item for all calls
	}
	d.acceptedOps.Delete(op)
	isNew, failed := d.store.OpenNoAccess(ctx, string(op), err.Error())
	if failed != nil || isNew {
		d.log.ErrorContext(ctx, "the bank does not let the shop in; payments wait until that is mended", "call", op, "err", errors.Join(err, failed))
	}
}

// acceptedLife is how long a call that the bank takes is not looked up among the review items.
// Another instance, to which the bank was closed, may have opened one meanwhile.
const acceptedLife = time.Minute

// accessWorks closes the review items that reportNoAccess opened, now, before the last start
// of the program or in another instance.
func (d *Desk) accessWorks(ctx context.Context, op bog.Op) {
	now := d.store.Now()
	for _, op := range []bog.Op{bog.OpToken, op} {
		if at, known := d.acceptedOps.Load(op); known && lately(now, at.(time.Time), acceptedLife) {
			continue
		}
		d.acceptedOps.Store(op, now)
		if err := d.store.CloseNoAccess(ctx, string(op)); err != nil {
			d.acceptedOps.Delete(op)
			d.log.ErrorContext(ctx, "a review item was not closed", "err", err)
		}
	}
}

// CheckAccess returns an error if the bank does not let the shop in, and asks the bank if
// that is not known from a moment ago. During an outage only the worker asks.
func (d *Desk) CheckAccess(ctx context.Context) error {
	if why, ok := d.outage.latest(d.store.Now()); ok {
		return why
	}
	if err := d.call(ctx, bog.OpToken, d.bank.Authenticate); err != nil {
		return fmt.Errorf("%w: %w", outageOf(err), err)
	}
	return nil
}

// probe tries a bank that is out of reach with the payment that has waited longest, so
// that an outage costs one call a round however many orders wait. It reports whether
// the bank is back. Payments take turns, because each try puts its payment off: a single
// one that the bank cannot answer about does not prolong the outage.
func (d *Desk) probe(ctx context.Context) (back bool, err error) {
	id, err := d.store.LongestWaiting(ctx)
	if err != nil {
		return false, err
	}
	d.outage.admitNext()
	if id == 0 {
		_ = d.call(ctx, bog.OpToken, d.bank.Authenticate) // Outage tells below what came of it
	} else if err := d.settleOne(ctx, id); err != nil {
		return false, err
	}
	return d.Outage() == nil, nil
}
