package payments

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"dukani/payments/bog"
)

// ErrBankSilent says that the bank could not be asked, or its answer could not be
// read: what is true there is unknown. The worker goes on asking.
var ErrBankSilent = errors.New("the bank did not answer")

// ErrNoAccess is the ErrBankSilent of a bank that answers and does not let the shop
// in: wrong credentials, a feature that is not open, an edge in front of the API, a
// certificate nobody vouches for. That is a fault of the shop's, never a refusal of
// the shopper's payment.
var ErrNoAccess = fmt.Errorf("%w: it does not let the shop in", ErrBankSilent)

// errNotAsked says that a call was not made because the bank is known to be out of
// reach. Nothing is written down about it: whatever is due stays due.
var errNotAsked = errors.New("not asked")

// outageOf says what err means about the bank as a whole: ErrBankSilent, ErrNoAccess,
// or nil if the bank has answered in its own words, were it a refusal.
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
	case bog.IsAccessRefused(err), e.Message == "": // the second: a wrong address, or an edge that writes no HTML
		return ErrNoAccess
	}
	return nil
}

// certain reports whether err, which stands for ErrNoAccess, would be the answer to
// every other call as well.
func certain(err error) bool {
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

// outage remembers that the bank is out of reach, so that no visitor waits for what is
// known already. It is a breaker, written here rather than taken from a library because
// it runs on the shop's clock, tells two reasons apart, and lets the worker try first.
type outage struct {
	mu       sync.Mutex
	failures int       // calls in a row
	why      error     // ErrBankSilent or ErrNoAccess while it lasts, else nil
	retryAt  time.Time // from then on one call is let through
	last     error     // what outageOf said of the last call,
	lastAt   time.Time // and when that ended
}

// enter says why a call is not to be made now, nil if it is.
func (o *outage) enter(now time.Time) error {
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

// note learns from a call that was made: why is what outageOf says, sure whether that
// needs no second proof. It returns why the bank was and is out of reach.
func (o *outage) note(now time.Time, why error, sure bool) (before, after error) {
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

// retry lets the next call through.
func (o *outage) retry() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.retryAt = time.Time{}
}

// known says what there is to say without asking, if it is not too old.
func (o *outage) known(now time.Time) (why error, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.why != nil {
		return o.why, true
	}
	return o.last, !o.lastAt.IsZero() && lately(now, o.lastAt, accessLife)
}

// Outage says why the bank is out of reach, ErrBankSilent or ErrNoAccess; nil if it is
// not, as far as is known.
func (d *Desk) Outage() error {
	d.outage.mu.Lock()
	defer d.outage.mu.Unlock()
	return d.outage.why
}

type deadlineKey struct{}

// Budget gives the context of one visitor's request: all its calls to the bank
// together take at most Config.CallTime. The store is not bound by it, because what
// the bank has said has to be written down and shown.
func (d *Desk) Budget(ctx context.Context) context.Context {
	return context.WithValue(ctx, deadlineKey{}, time.Now().Add(d.callTime))
}

// bound gives the context of one call, or of waiting for somebody else's.
func (d *Desk) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline := time.Now().Add(d.callTime)
	if budget, ok := ctx.Value(deadlineKey{}).(time.Time); ok && budget.Before(deadline) {
		deadline = budget
	}
	return context.WithDeadline(ctx, deadline)
}

// ask makes one call to the bank. Every call goes through here: it is bounded in time,
// not made at all while the bank is known to be out of reach (errNotAsked), and what
// came of it is learnt from.
func (d *Desk) ask(ctx context.Context, op bog.Op, call func(context.Context) error) error {
	if why := d.outage.enter(d.store.Now()); why != nil {
		return fmt.Errorf("%w: %w", errNotAsked, why)
	}
	bounded, cancel := d.bound(ctx)
	defer cancel()
	deadline, _ := bounded.Deadline()
	given := time.Until(deadline)
	err := call(bounded)
	// A call that had little time left, or nobody waiting for it, proves no silence.
	if err == nil || ctx.Err() == nil && (bounded.Err() == nil || given > d.callTime/2) {
		d.learn(context.WithoutCancel(ctx), op, err)
	}
	return err
}

// learn takes in the outcome of a call. Staff are told at once when the bank does
// not let the shop in, and told that it is over.
func (d *Desk) learn(ctx context.Context, op bog.Op, err error) {
	why := outageOf(err)
	if _, answered := errors.AsType[*bog.APIError](err); why == ErrNoAccess && answered && (op == bog.OpRefund || op == bog.OpForgetCard) {
		return // no payment waits for these, and they come before staff by rules of their own
	}
	if why == ErrNoAccess {
		d.tellNoAccess(ctx, op, err)
		// A feature that is not open says nothing about the others.
		if !certain(err) && op != bog.OpCreateOrder && op != bog.OpReceipt {
			return
		}
	}
	before, after := d.outage.note(d.store.Now(), why, why == ErrNoAccess && certain(err))
	if why == nil {
		d.accessProved(ctx, op)
	}
	switch {
	case before == nil && after != nil:
		d.log.WarnContext(ctx, "the bank is out of reach: orders wait", "err", err)
	case before != nil && after == nil:
		d.log.InfoContext(ctx, "the bank is back")
		if err := d.Resume(ctx); err != nil { // callbacks may have come to nothing in the meantime
			d.log.ErrorContext(ctx, "what waited for the bank was not hastened", "err", err)
		}
	}
}

// tellNoAccess puts before staff that the bank refuses op, once until it is over.
func (d *Desk) tellNoAccess(ctx context.Context, op bog.Op, err error) {
	if certain(err) {
		op = bog.OpToken // which is refused for all of them
	}
	d.proved.Delete(op)
	isNew, failed := d.store.OpenNoAccess(ctx, string(op), err.Error())
	if failed != nil || isNew {
		d.log.ErrorContext(ctx, "the bank does not let the shop in; payments wait until that is mended", "call", op, "err", errors.Join(err, failed))
	}
}

// accessProved closes what tellNoAccess has opened, also before the last start.
func (d *Desk) accessProved(ctx context.Context, op bog.Op) {
	for _, op := range []bog.Op{bog.OpToken, op} {
		if _, known := d.proved.LoadOrStore(op, true); known {
			continue
		}
		if err := d.store.CloseNoAccess(ctx, string(op)); err != nil {
			d.proved.Delete(op)
			d.log.ErrorContext(ctx, "a review item was not closed", "err", err)
		}
	}
}

// CheckAccess says whether the bank lets the shop in, and asks it if that is not known
// from a moment ago. During an outage it only tells: the worker is the one who asks.
func (d *Desk) CheckAccess(ctx context.Context) error {
	if why, ok := d.outage.known(d.store.Now()); ok {
		return why
	}
	if err := d.ask(ctx, bog.OpToken, d.bank.Authenticate); err != nil {
		return fmt.Errorf("%w: %w", outageOf(err), err)
	}
	return nil
}

// probe tries a bank that is out of reach with the payment that has waited longest, so
// that an outage costs one call a round however many orders wait. It reports whether
// the bank is back. Payments take turns, because each try puts one off: a single one
// that the bank cannot answer about does not prolong the outage.
func (d *Desk) probe(ctx context.Context) (back bool, err error) {
	id, err := d.store.LongestWaiting(ctx)
	if err != nil {
		return false, err
	}
	d.outage.retry()
	if id == 0 {
		_ = d.ask(ctx, bog.OpToken, d.bank.Authenticate) // learn has told what came of it
	} else if err := d.settleOne(ctx, id); err != nil {
		return false, err
	}
	return d.Outage() == nil, nil
}
