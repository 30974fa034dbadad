package models

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// ActionKind is what the bank is asked to do with the money of a payment.
type ActionKind string

// The kinds of actions. A hold ends by the second or the third.
const (
	ActionRefund  ActionKind = "refund"
	ActionCapture ActionKind = "capture"
	ActionRelease ActionKind = "release"
)

// table is where the actions of a kind are stored.
func (k ActionKind) table() string {
	if k == ActionRefund {
		return "refunds"
	}
	return "captures"
}

// ActionState is where an action that the shop requested stands.
type ActionState string

// The states of an action.
const (
	ActionQueued    ActionState = "queued"    // waits for another action of its payment, for a later day, or for staff (Refund.ByHand)
	ActionStarting  ActionState = "starting"  // stored; the bank has not acknowledged it yet
	ActionRequested ActionState = "requested" // the bank is working on it
	ActionCompleted ActionState = "completed"
	ActionRejected  ActionState = "rejected" // the bank did not do it; it can be requested again
)

// Running reports whether the bank is carrying the action out, or may be.
func (s ActionState) Running() bool { return s == ActionStarting || s == ActionRequested }

// Pending reports whether what becomes of the action is still open.
func (s ActionState) Pending() bool { return s == ActionQueued || s.Running() }

// BankAction is what refunds, captures and releases have in common. Each has its idempotency
// key and its exact body on disk before the bank is called; the bank's acknowledgement is not
// yet the result.
type BankAction struct {
	ID             int64
	PaymentID      int64
	IdempotencyKey string
	RequestBody    []byte // nil until just before the first call
	AmountTetri    Tetri
	Reason         string
	StaffID        *int64 // who requested it; nil: the customer, or the shop by itself
	State          ActionState
	ActionID       *string
	SpentIDs       string `gorm:"column:spent_ids"` // action ids under earlier keys
	RejectCode     string // verbatim, like the next
	RejectReason   string
	Tries          int
	NextTryAt      time.Time
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// Action is a BankAction of any kind, as the worker drives it.
type Action struct {
	BankAction
	Kind ActionKind
}

// actionStuckFor is how long the bank may leave open what becomes of an action before staff
// are to look at it.
const actionStuckFor = day

// newAction is an action that is about to be stored.
func newAction(tx *Tx, p *Payment, amount Tetri, reason string, by Actor) BankAction {
	return BankAction{
		PaymentID: p.ID, IdempotencyKey: uuid.NewString(), AmountTetri: amount, Reason: reason, StaffID: by.staffID(),
		State: ActionStarting, NextTryAt: tx.now, CreatedAt: tx.now, UpdatedAt: tx.now,
	}
}

// DueActions lists the actions for which the bank is to be called now, the longest waiting
// first. One that is queued is among them only if its payment has no running action.
func (s *Store) DueActions(ctx context.Context, limit int) (list []Action, err error) {
	err = queryAll(s.Read(ctx), &list, `SELECT * FROM (`+allActions+`) a WHERE next_try_at <= ? AND (state IN (?, ?) OR state = ? AND NOT EXISTS
		(SELECT 1 FROM refunds r WHERE r.payment_id = a.payment_id AND r.state IN (?, ?))) ORDER BY next_try_at, id LIMIT ?`,
		s.Now(), ActionStarting, ActionRequested, ActionQueued, ActionStarting, ActionRequested, limit)
	return list, err
}

const (
	actionFields = `id, payment_id, idempotency_key, request_body, amount_tetri, reason, staff_id, state, action_id,
		reject_code, reject_reason, tries, next_try_at, created_at, updated_at, spent_ids`
	// allActions selects what the bank is asked for and has not decided.
	allActions = `SELECT 'refund' AS kind, ` + actionFields + ` FROM refunds WHERE state IN ('queued', 'starting', 'requested') AND by_hand = 0
		UNION ALL SELECT kind, ` + actionFields + ` FROM captures WHERE state IN ('queued', 'starting', 'requested')`
)

// HurryActions makes the running actions of an attempt due now: staff do not wait for the next
// regular call.
func (s *Store) HurryActions(ctx context.Context, paymentID int64) error {
	return s.inTx(ctx, func(tx *Tx) error {
		for _, table := range []string{ActionRefund.table(), ActionCapture.table()} {
			if err := tx.exec("UPDATE "+table+" SET next_try_at = ? WHERE payment_id = ? AND state IN (?, ?) AND next_try_at > ?",
				tx.now, paymentID, ActionStarting, ActionRequested, tx.now); err != nil {
				return err
			}
		}
		return nil
	})
}

// loadAction loads an action as it stands. Errors: NotFound.
func loadAction(tx *Tx, kind ActionKind, id int64) (*Action, error) {
	a := Action{Kind: kind}
	missing := CodeRefundNotFound
	if kind != ActionRefund {
		missing = CodeCaptureNotFound
	}
	err := tx.Table(kind.table()).Where("id = ?", id).Take(&a.BankAction).Error
	return &a, notFound(err, missing)
}

// moveAction stores that an action is in another state.
func moveAction(tx *Tx, a *Action, to ActionState) error {
	a.State, a.UpdatedAt = to, tx.now
	return saveAction(tx, a)
}

// saveAction stores what changes of an action.
func saveAction(tx *Tx, a *Action) error {
	return tx.Table(a.Kind.table()).Where("id = ?", a.ID).Select("IdempotencyKey", "RequestBody", "AmountTetri", "State", "ActionID", "SpentIDs",
		"RejectCode", "RejectReason", "Tries", "NextTryAt", "UpdatedAt").UpdateColumns(&a.BankAction).Error
}

// changeAction changes an action, whose attempt and order are loaded with it, in one
// transaction. Errors: NotFound.
func (s *Store) changeAction(ctx context.Context, kind ActionKind, id int64, change func(tx *Tx, a *Action, p *Payment, o *Order) error) error {
	return s.inTx(ctx, func(tx *Tx) error {
		a, err := loadAction(tx, kind, id)
		if err != nil {
			return err
		}
		p, o, err := tx.lockPayment(a.PaymentID)
		if err != nil {
			return err
		}
		if a, err = loadAction(tx, kind, id); err != nil { // as it is now that the order is locked
			return err
		}
		return change(tx, a, p, o)
	})
}

// ClaimAction gives the caller the next call for an action that is due, with the key and the
// body to call with, and puts off the call after that. It returns nil if the action has moved
// on since a was loaded, or if somebody else has the call. body is sent unless a call has been
// made before: then the same body is sent as before. A refund that has waited is not sent if it
// must not go out any more (stopNeedless). An action that has waited for too long goes to the
// review queue, and the calls go on.
func (s *Store) ClaimAction(ctx context.Context, a Action, body []byte) (claimed *Action, err error) {
	err = s.changeAction(ctx, a.Kind, a.ID, func(tx *Tx, is *Action, p *Payment, o *Order) error {
		claimed = nil
		if is.IdempotencyKey != a.IdempotencyKey || is.State != a.State || is.Tries != a.Tries || is.NextTryAt.After(tx.now) || !is.State.Pending() {
			return nil
		}
		if is.State == ActionQueued {
			if busy, err := actionRunning(tx, p); busy || err != nil {
				return err
			}
			if stopped, err := stopNeedless(tx, is, p, o); stopped || err != nil {
				return err
			}
			is.State, is.UpdatedAt = ActionStarting, tx.now
		}
		if err := reviewStuck(tx, is, p); err != nil {
			return err
		}
		if is.RequestBody == nil {
			is.RequestBody = body
		}
		is.putOff(tx.now)
		claimed = is
		return saveAction(tx, is)
	})
	return claimed, err
}

// PutOffAction puts off an action that waits, because the bank did not say how its payment stands.
func (s *Store) PutOffAction(ctx context.Context, a Action) error {
	return s.changeAction(ctx, a.Kind, a.ID, func(tx *Tx, is *Action, _ *Payment, _ *Order) error {
		if is.IdempotencyKey != a.IdempotencyKey || is.State != ActionQueued || is.Tries != a.Tries {
			return nil
		}
		is.putOff(tx.now)
		return saveAction(tx, is)
	})
}

// putOff makes the pause to the next call longer with each that was made.
func (a *Action) putOff(now time.Time) {
	a.NextTryAt = now.Add(min(10*time.Second<<min(a.Tries, 9), time.Hour))
	a.Tries++
}

// reviewStuck puts an action that the bank has left undecided for too long into the review queue.
func reviewStuck(tx *Tx, a *Action, p *Payment) error {
	if tx.now.Sub(a.UpdatedAt) <= actionStuckFor || !a.State.Running() {
		return nil
	}
	return reviewPayment(tx, a.Kind.undecided(), p, fmt.Sprintf("%s %d of %s is %s since %s",
		a.Kind, a.ID, a.AmountTetri, a.State, a.UpdatedAt.UTC().Format(time.DateTime)))
}

// undecided is the kind of the review item about an action that the bank does not decide.
func (k ActionKind) undecided() ReviewKind {
	if k == ActionRefund {
		return ReviewRefundUndecided
	}
	return ReviewCaptureUndecided
}

// rejected is the kind of the review item about an action that the bank rejected.
func (k ActionKind) rejected() ReviewKind {
	if k == ActionRefund {
		return ReviewRefundRejected
	}
	return ReviewCaptureRejected
}

// actionRunning reports whether the bank is carrying out an action of the attempt, or may be: it
// takes one at a time.
func actionRunning(tx *Tx, p *Payment) (busy bool, err error) {
	err = query(tx.DB, []any{&busy}, `SELECT EXISTS (SELECT 1 FROM refunds WHERE payment_id = ? AND state IN (?, ?))
		OR EXISTS (SELECT 1 FROM captures WHERE payment_id = ? AND state IN (?, ?))`,
		p.ID, ActionStarting, ActionRequested, p.ID, ActionStarting, ActionRequested)
	return busy, err
}

// ActionAccepted stores that the bank took the request, and its id there.
func (s *Store) ActionAccepted(ctx context.Context, kind ActionKind, id int64, actionID string) error {
	return s.inTx(ctx, func(tx *Tx) error {
		return tx.exec("UPDATE "+kind.table()+" SET state = ?, action_id = ?, tries = 0, next_try_at = ?, updated_at = ? WHERE id = ? AND state = ?",
			ActionRequested, actionID, tx.now, tx.now, id, ActionStarting)
	})
}

// ActionMoved reports whether an action has changed since a was claimed.
func (s *Store) ActionMoved(ctx context.Context, a Action) (moved bool, err error) {
	err = query(s.Read(ctx), []any{&moved}, "SELECT NOT EXISTS (SELECT 1 FROM "+a.Kind.table()+" WHERE id = ? AND state = ? AND idempotency_key = ?)",
		a.ID, a.State, a.IdempotencyKey)
	return moved, err
}

// ActionBusy stores that the bank is carrying out another action of the payment and refused this
// one for that reason. This one is requested again under a new key, because under the old one
// the bank would only repeat its refusal.
func (s *Store) ActionBusy(ctx context.Context, kind ActionKind, id int64) error {
	return s.changeAction(ctx, kind, id, func(tx *Tx, a *Action, p *Payment, _ *Order) error {
		if a.State != ActionStarting {
			return nil
		}
		a.IdempotencyKey, a.RequestBody = uuid.NewString(), nil
		return saveAction(tx, a)
	})
}

// Rejection is why the bank did not carry out an action.
type Rejection struct {
	Code string // verbatim; "" if the bank refused the call itself
	Why  string
	// RetryAfter is the pause before the action is requested anew without staff; 0: staff do
	// that (RetryRefund, RetryCapture).
	RetryAfter time.Duration
}

// ActionFailed stores that the bank refused the call for an action. The attempt becomes due for a
// check: somebody may have done the same in the bank's console.
func (s *Store) ActionFailed(ctx context.Context, kind ActionKind, id int64, r Rejection) error {
	return s.changeAction(ctx, kind, id, func(tx *Tx, a *Action, p *Payment, o *Order) error {
		if err := rejectAction(tx, a, p, o, r); err != nil {
			return err
		}
		return checkAt(tx, p, &tx.now)
	})
}

// rejectAction notes that the bank rejected an action. The action goes to the review queue, and
// of a refund the order's page tells the shopper.
func rejectAction(tx *Tx, a *Action, p *Payment, o *Order, r Rejection) error {
	if !a.State.Pending() {
		return nil
	}
	if err := reviewOver(tx, paymentSubject(p), "the bank has said no", a.Kind.undecided()); err != nil {
		return err
	}
	detail := fmt.Sprintf("%s %d of %s: %s", a.Kind, a.ID, a.AmountTetri, r.Why)
	if r.RetryAfter > 0 {
		detail += "; it is asked for again by itself"
	}
	if err := reviewPayment(tx, a.Kind.rejected(), p, detail, a.IdempotencyKey); err != nil {
		return err
	}
	if a.Kind == ActionRefund {
		if err := refundEvent(tx, o, refundRejected); err != nil {
			return err
		}
	}
	a.RejectCode, a.RejectReason = r.Code, r.Why
	if r.RetryAfter > 0 {
		if err := noteOutside(tx, a, p); err != nil {
			return err
		}
		return renewAction(tx, a, tx.now.Add(r.RetryAfter))
	}
	return moveAction(tx, a, ActionRejected)
}

// renewAction queues an action to be requested under a new key, no earlier than at. Under the old
// key the bank would only repeat its rejection. Until then another action of the payment may run.
func renewAction(tx *Tx, a *Action, at time.Time) error {
	if a.ActionID != nil {
		a.SpentIDs += *a.ActionID + "\n"
	}
	a.IdempotencyKey, a.RequestBody, a.ActionID, a.Tries, a.NextTryAt = uuid.NewString(), nil, nil, 0, at
	return moveAction(tx, a, ActionQueued)
}

// completeAction notes that the bank has carried out an action. The ledger gets the money with the
// receipt that shows it.
func completeAction(tx *Tx, a *Action, p *Payment) error {
	if a.State == ActionCompleted {
		return nil
	}
	if err := moveAction(tx, a, ActionCompleted); err != nil {
		return err
	}
	kinds := []ReviewKind{a.Kind.undecided()}
	rejected, err := anyRejected(tx, a.Kind, p) // others of the same payment
	if err != nil {
		return err
	}
	if !rejected {
		kinds = append(kinds, a.Kind.rejected())
	}
	return reviewOver(tx, paymentSubject(p), "the bank has done it", kinds...)
}
