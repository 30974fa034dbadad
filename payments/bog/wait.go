package bog

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Wait bounds [Client.WaitForOrder] and [Client.WaitForAction]. The zero Wait
// is ready to use.
type Wait struct {
	Timeout  time.Duration // time to wait in all, if the context does not end before; 0 means 1 min
	Pause    time.Duration // after the first reading, doubled for each further one; 0 means 500 ms
	MaxPause time.Duration // longest pause; 0 means 10 s
	// Heal goes on reading a rejected order until it has expired
	// ([Receipt.ExpiresAt]): orders have been reported that were rejected
	// first and completed later. Give it a Timeout as long as the order's TTL.
	Heal bool
}

func (w Wait) withDefaults() Wait {
	if w.Timeout <= 0 {
		w.Timeout = time.Minute
	}
	if w.Pause <= 0 {
		w.Pause = 500 * time.Millisecond
	}
	if w.MaxPause <= 0 {
		w.MaxPause = 10 * time.Second
	}
	return w
}

// WaitError means that the time was over before what was waited for came. The
// last receipt, if one could be read, is returned beside it. Nothing follows
// from it but that: wait again, or look later.
//
// It wraps why the wait ended: [context.DeadlineExceeded], or the cause of the
// caller's context. It does not wrap Last, so that [Refused], which could only
// speak of a reading, is false.
type WaitError struct {
	OrderID  string
	ActionID string // empty for WaitForOrder
	Status   Status // of the order when last read; empty if it never was
	Last     error  // why the last reading failed; nil if it did not
	Err      error  // why the wait ended
}

func (e *WaitError) Error() string {
	s := "bog: wait for order " + e.OrderID
	if e.ActionID != "" {
		s += ", action " + e.ActionID
	}
	if e.Status != "" {
		s += fmt.Sprintf(": still %s", truncate(string(e.Status), 40))
	}
	s += ": " + e.Err.Error()
	if e.Last != nil {
		s += "; last reading: " + e.Last.Error()
	}
	return s
}

// Unwrap gives the reason why the wait ended.
func (e *WaitError) Unwrap() error { return e.Err }

// WaitForOrder reads the receipt, at growing intervals, until the bank has
// nothing left to do by itself: the order is final ([Status.IsFinal]), or
// blocked, when the next move is the shop's. Whether it was paid, the receipt
// says. Statuses that this package does not know are waited through. After a
// refund, an approval or a cancellation use WaitForAction: until the bank has
// taken it up, the order looks as final as before.
//
// Readings that fail because of the network, the token call, a 401, 408, 429
// or 5xx, or an unreadable answer, are repeated. What waiting cannot mend ends
// the wait at once: an order that the bank does not know (IsNotFound), any
// other 4xx, and refused credentials. When the time is over the error is a
// [*WaitError]. The receipt is the last one that could be read, beside an error
// too; it is nil if there was none.
//
// It blocks. A shop with many orders reads the due ones from a worker instead
// of keeping a goroutine waiting for each.
func (c *Client) WaitForOrder(ctx context.Context, orderID string, w Wait) (*Receipt, error) {
	return c.wait(ctx, &WaitError{OrderID: orderID}, w, func(r *Receipt, asked time.Time) bool {
		if w.Heal && r.Status() == StatusRejected && r.RejectReason != RejectExpiration {
			return !asked.Before(r.ExpiresAt())
		}
		return r.Status().IsFinal() || r.Status() == StatusBlocked
	})
}

// WaitForAction reads the receipt, like WaitForOrder, until the action that
// Refund, Approve or Cancel acknowledged with actionID is completed or
// rejected; Action.Status tells which, and neither is an error.
func (c *Client) WaitForAction(ctx context.Context, orderID, actionID string, w Wait) (Action, *Receipt, error) {
	if actionID == "" {
		return Action{}, nil, &RequestError{Op: OpReceipt, Field: "action id", Problem: "is missing"}
	}
	r, err := c.wait(ctx, &WaitError{OrderID: orderID, ActionID: actionID}, w, func(r *Receipt, _ time.Time) bool {
		a, ok := r.Action(actionID)
		return ok && a.Status.IsFinal()
	})
	if r == nil {
		return Action{}, nil, err
	}
	a, _ := r.Action(actionID)
	return a, r, err
}

// wait reads until done, which is told when the bank was asked. It fills failed
// in case the time is over first.
func (c *Client) wait(ctx context.Context, failed *WaitError, w Wait, done func(r *Receipt, asked time.Time) bool) (last *Receipt, err error) {
	w = w.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, w.Timeout)
	defer cancel()
	backoff := Retry{BaseDelay: w.Pause, MaxDelay: w.MaxPause}
	for readings := 1; ; readings++ {
		asked := c.now()
		r, err := c.Receipt(ctx, failed.OrderID)
		if err == nil {
			last, failed.Status = r, r.Status()
			if done(r, asked) {
				return r, nil
			}
		} else if !isTemporary(err) {
			return last, err
		}
		if ctx.Err() == nil { // else the reading failed because the time is over
			failed.Last = err
		}
		timer := time.NewTimer(max(backoff.delay(readings), retryAfterOf(err)))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			failed.Err = context.Cause(ctx)
			return last, failed
		}
	}
}

// passing reports whether reading again later can help.
func isTemporary(err error) bool {
	if e, ok := errors.AsType[*APIError](err); ok {
		return isRetryable(e.Status) || e.Status == http.StatusUnauthorized
	}
	if e, ok := errors.AsType[*AuthError](err); ok {
		return e.Temporary()
	}
	_, refused := errors.AsType[*RequestError](err)
	return !refused
}

func retryAfterOf(err error) time.Duration {
	if e, ok := errors.AsType[*APIError](err); ok {
		return e.RetryAfter
	}
	return 0
}
