package payments

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"dukani/models"
	"dukani/payments/bog"
)

// Refund stores a refund (models.Store.RequestRefund) and then tries the call at once, for a
// bounded time. What the bank has acknowledged is not yet done: the worker goes on until the
// receipt says so. Errors are those of RequestRefund.
func (d *Desk) Refund(ctx context.Context, r models.RefundRequest) (*models.Refund, error) {
	refund, err := d.store.RequestRefund(ctx, r)
	if err != nil {
		return nil, err
	}
	if refund.State == models.ActionStarting {
		d.tryNow(ctx, models.Action{BankAction: refund.BankAction, Kind: models.ActionRefund})
	}
	return refund, nil
}

// Capture does for a capture of a hold what Refund does for a refund.
func (d *Desk) Capture(ctx context.Context, r models.CaptureRequest) (*models.Capture, error) {
	c, err := d.store.RequestCapture(ctx, r)
	if err != nil {
		return nil, err
	}
	d.tryNow(ctx, models.Action{BankAction: c.BankAction, Kind: c.Kind})
	return c, nil
}

// Release does the same for the release of a hold.
func (d *Desk) Release(ctx context.Context, r models.ReleaseRequest) (*models.Capture, error) {
	c, err := d.store.RequestRelease(ctx, r)
	if err != nil {
		return nil, err
	}
	d.tryNow(ctx, models.Action{BankAction: c.BankAction, Kind: c.Kind})
	return c, nil
}

// tryNow makes the first call for an action that was just stored. If that fails, the worker
// makes the next.
func (d *Desk) tryNow(ctx context.Context, a models.Action) {
	if d.Outage() != nil {
		return // it stays due
	}
	if err := d.driveAction(ctx, a); err != nil {
		d.log.WarnContext(ctx, "the bank has not acknowledged it yet", "action", a.Kind, "id", a.ID, "err", err)
	}
}

// DriveActions takes every refund, capture and release that is due a step further.
func (d *Desk) DriveActions(ctx context.Context) error {
	due, err := d.store.DueActions(ctx, sweepBatch)
	if err != nil {
		return err
	}
	for _, a := range due {
		if d.Outage() != nil {
			break // they stay due
		}
		if err := d.driveAction(ctx, a); err != nil {
			d.log.WarnContext(ctx, "not finished at the bank", "action", a.Kind, "id", a.ID, "err", err)
		}
	}
	return ctx.Err()
}

// driveAction takes one action a step further: it requests the action from the bank or, once the
// bank has acknowledged it, asks what became of it. Before a call is repeated the receipt is
// read, which may show that an earlier call was carried out; and before an action that has waited
// is requested, because it may not be needed any more.
func (d *Desk) driveAction(ctx context.Context, a models.Action) error {
	split, err := d.sharesOf(ctx, a)
	if err != nil {
		return err
	}
	body, err := bodyOf(a, split)
	if err != nil {
		return err
	}
	p, err := d.store.PaymentByID(ctx, a.PaymentID)
	if err != nil {
		return err
	}
	if a.State == models.ActionQueued { // somebody may have refunded in the bank's console while it waited
		if err := d.askOutcome(ctx, p); err != nil {
			return errors.Join(err, d.store.PutOffAction(context.WithoutCancel(ctx), a))
		}
	}
	claimed, err := d.store.ClaimAction(ctx, a, body)
	if err != nil || claimed == nil {
		return err
	}
	if a.State == models.ActionRequested || a.State == models.ActionStarting && a.Tries > 0 {
		if err := d.askOutcome(ctx, p); err != nil || a.State == models.ActionRequested {
			return err
		}
		if moved, err := d.store.ActionMoved(ctx, *claimed); moved || err != nil {
			return err
		}
	}
	return d.requestAction(ctx, p, *claimed)
}

// askOutcome settles a payment by its receipt, which says what became of its actions.
func (d *Desk) askOutcome(ctx context.Context, p *models.Payment) error {
	asked := d.store.Now()
	receipt, err := d.receipt(ctx, *p.BankOrderID)
	if err != nil {
		return fmt.Errorf("payment %d: %w", p.ID, err)
	}
	_, err = d.store.Settle(context.WithoutCancel(ctx), reportOf(p.ID, asked, models.CauseWorker, receipt))
	return err
}

// requestAction sends a request with the key and the body on disk. The answer "request
// received" is not the result.
func (d *Desk) requestAction(ctx context.Context, p *models.Payment, a models.Action) error {
	op, send := d.actionCall(a.Kind)
	recorded, calls := d.record(ctx)
	var ack *bog.Acknowledgement
	err := d.call(recorded, op, func(ctx context.Context) (err error) {
		ack, err = send(ctx, *p.BankOrderID, a.RequestBody, bog.CallOptions{IdempotencyKey: a.IdempotencyKey})
		return err
	})
	lasting := context.WithoutCancel(ctx)
	if err := d.store.JournalCalls(lasting, p.ID, *calls); err != nil {
		return err // the request is repeated later, with the same key
	}
	switch {
	case err == nil:
		return d.store.ActionAccepted(lasting, a.Kind, a.ID, ack.ActionID)
	case bog.IsAlreadyRequested(err) && bog.Refused(err):
		return d.store.ActionBusy(lasting, a.Kind, a.ID)
	case bog.RefusedForGood(err):
		if err := d.splitRefused(lasting, p.ID, err); err != nil {
			return err
		}
		return d.store.ActionFailed(lasting, a.Kind, a.ID, rejection("", err.Error()))
	}
	return fmt.Errorf("payment %d: %w", p.ID, err)
}

// actionSender makes the call for an action.
type actionSender func(ctx context.Context, orderID string, body []byte, o ...bog.CallOptions) (*bog.Acknowledgement, error)

func (d *Desk) actionCall(k models.ActionKind) (bog.Op, actionSender) {
	switch k {
	case models.ActionCapture:
		return bog.OpApprove, d.bank.ApproveRaw
	case models.ActionRelease:
		return bog.OpCancel, d.bank.CancelRaw
	}
	return bog.OpRefund, d.bank.RefundRaw
}

// bodyOf is what an action sends. Refunds and captures always name the exact amount, also when it
// is all there is, because that always works (bog-api.md §9). It is computed from what was captured
// or authorized, not from what was requested, of which the bank may have taken a discount off. A
// capture carries the makers' shares.
func bodyOf(a models.Action, split *bog.Split) ([]byte, error) {
	switch a.Kind {
	case models.ActionCapture:
		return bog.EncodeApprove(bog.ApproveRequest{Amount: bog.Amount(a.AmountTetri), Split: split})
	case models.ActionRelease:
		return bog.EncodeCancel(bog.CancelRequest{})
	}
	return bog.EncodeRefund(bog.RefundRequest{Amount: bog.Amount(a.AmountTetri)})
}

// rejectedRetry is the pause before a refund is requested again that the bank rejected because the
// merchant's account had too little money: the bank pays refunds out of what it has settled to
// the merchant, so the next day's payments may be enough.
const rejectedRetry = 12 * time.Hour

// rejection is why the bank did not do something. Only a refund that lacked settled money
// (bog-api.md section 9) is tried again by itself; staff see to all others.
func rejection(code bog.Code, why string) models.Rejection {
	r := models.Rejection{Code: string(code), Why: why}
	if code.Advice() == bog.AdviceTopUp || strings.Contains(strings.ToLower(why), "not enough funds") {
		r.RetryAfter = rejectedRetry
	}
	return r
}

// actionsOf translates the actions of a receipt into the shop's words. One of a kind or with a
// status that is not known says nothing yet.
func actionsOf(r *bog.Receipt) (list []models.ReportedAction) {
	for _, a := range r.Actions {
		x := models.ReportedAction{ID: a.ActionID, ByShop: a.RequestChannel == bog.ChannelAPI, Amount: models.Tetri(a.Amount), State: models.ActionRequested}
		switch a.Action {
		case bog.ActionRefund, bog.ActionPartialRefund:
			x.Kind = models.ActionRefund
		case bog.ActionAuthorize, bog.ActionPartialAuthorize:
			x.Kind = models.ActionCapture
		case bog.ActionCancelAuthorize:
			x.Kind = models.ActionRelease
		}
		switch a.Status {
		case bog.ActionCompleted:
			x.State = models.ActionCompleted
		case bog.ActionRejected:
			x.State = models.ActionRejected
			x.Rejection = rejection(a.Code, strings.TrimSpace(string(a.Code)+" "+a.CodeDescription))
		}
		list = append(list, x)
	}
	return list
}
