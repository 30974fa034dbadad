package bog

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Wait limits [Client.WaitForOrder] and [Client.WaitForAction]. The zero Wait is ready to use.
type Wait struct {
	Timeout  time.Duration // how long to wait in all, unless the context ends before; 0 means 1 min
	Pause    time.Duration // the pause after the first reading, doubled after each further one; 0 means 500 ms
	MaxPause time.Duration // the longest pause; 0 means 10 s
	// Heal makes WaitForOrder read a rejected order until it has expired ([Receipt.ExpiresAt]),
	// because orders are reported that were rejected first and completed later. It needs a
	// Timeout as long as the order's TTL.
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

// WaitError means that the time was over before the wait had a result. The last receipt, if one
// could be read, is returned beside it. Nothing else follows from it: wait again, or read the
// receipt later.
//
// It wraps why the wait ended: [context.DeadlineExceeded], or the cause of the caller's context.
// It does not wrap Last, so that [Refused] is false: a failed reading says nothing about the
// payment.
type WaitError struct {
	OrderID  string
	ActionID string // empty for WaitForOrder
	Status   Status // of the last receipt; empty if none could be read
	Last     error  // why the last reading failed, or nil
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

// Unwrap returns why the wait ended.
func (e *WaitError) Unwrap() error { return e.Err }

// WaitForOrder reads the receipt, at growing intervals, until the bank has nothing left to do by
// itself: the order is final ([Status.IsFinal]), or it is a hold that waits for the shop
// (StatusBlocked). The receipt says whether it was paid. A status that this package does not
// know does not end the wait. After a refund, an approval or a cancellation use WaitForAction,
// because the order looks final until the bank begins with it.
//
// A reading that fails because of the network, the token call, a 401, 408, 429 or 5xx, or an
// unreadable answer, is repeated. If the bank does not know the order ([IsNotFound]), answers
// with another 4xx, or refuses the credentials, the wait ends at once with that error. When the
// time is over, the error is a [*WaitError]. The receipt is the last one that could be read,
// also beside an error, or nil.
//
// WaitForOrder blocks. A shop with many orders should read the receipts that are due from a
// worker, instead of keeping a goroutine for each order.
func (c *Client) WaitForOrder(ctx context.Context, orderID string, w Wait) (*Receipt, error) {
	return c.wait(ctx, &WaitError{OrderID: orderID}, w, func(r *Receipt, readAt time.Time) bool {
		if w.Heal && r.Status() == StatusRejected && r.RejectReason != RejectExpiration {
			return !readAt.Before(r.ExpiresAt())
		}
		return r.Status().IsFinal() || r.Status() == StatusBlocked
	})
}

// WaitForAction reads the receipt, like WaitForOrder, until the action with this id, which
// Refund, Approve or Cancel returned, is completed or rejected. Neither is an error; see
// Action.Status.
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

// wait reads the receipt until done returns true. readAt is when the last reading began. If the time
// is over first, the error is failed.
func (c *Client) wait(ctx context.Context, failed *WaitError, w Wait, done func(r *Receipt, readAt time.Time) bool) (last *Receipt, err error) {
	w = w.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, w.Timeout)
	defer cancel()
	backoff := Retry{BaseDelay: w.Pause, MaxDelay: w.MaxPause}
	for readings := 1; ; readings++ {
		readAt := c.now()
		r, err := c.Receipt(ctx, failed.OrderID)
		if err == nil {
			last, failed.Status = r, r.Status()
			if done(r, readAt) {
				return r, nil
			}
		} else if !isTemporary(err) {
			return last, err
		}
		if ctx.Err() == nil { // otherwise the reading failed because the time is over
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

// isTemporary reports whether another reading later can succeed.
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
