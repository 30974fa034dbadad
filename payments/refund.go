package payments

import (
	"context"
	"fmt"
	"strings"
	"time"

	"dukani/models"
	"dukani/payments/bog"
)

// DriveRefunds takes every refund that is due a step further.
func (d *Desk) DriveRefunds(ctx context.Context) error {
	refunds, err := d.store.DueRefunds(ctx, sweepBatch)
	if err != nil {
		return err
	}
	for _, r := range refunds {
		if d.Outage() != nil {
			break // they stay due
		}
		if err := d.driveRefund(ctx, r); err != nil {
			d.log.WarnContext(ctx, "refund not finished", "refund", r.ID, "err", err)
		}
		if err := d.store.PutOffRefund(context.WithoutCancel(ctx), r); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// driveRefund takes one refund a step further.
func (d *Desk) driveRefund(ctx context.Context, r models.Refund) error {
	p, err := d.store.PaymentByID(ctx, r.PaymentID)
	if err != nil {
		return err
	}
	step := d.checkRefund
	if r.State == models.RefundStarting {
		step = d.requestRefund
	}
	if err := step(ctx, p, r); err != nil {
		return fmt.Errorf("refund payment %d: %w", p.ID, err)
	}
	return nil
}

// requestRefund sends the request with the key on disk. The answer "request received" is
// not the result.
func (d *Desk) requestRefund(ctx context.Context, p *models.Payment, r models.Refund) error {
	recorded, calls := d.record(ctx)
	var ack *bog.Acknowledgement
	err := d.call(recorded, bog.OpRefund, func(ctx context.Context) (err error) {
		ack, err = d.bank.Refund(ctx, *p.BankOrderID, bog.RefundRequest{Amount: bog.Amount(r.AmountTetri)},
			bog.CallOptions{IdempotencyKey: r.IdempotencyKey})
		return err
	})
	if err := d.store.JournalCalls(context.WithoutCancel(ctx), p.ID, *calls); err != nil {
		return err // the request is repeated later, with the same key
	}
	switch {
	case err == nil:
		return d.store.RefundAccepted(context.WithoutCancel(ctx), r.ID, ack.ActionID)
	case bog.RefusedForGood(err) || bog.IsAlreadyRequested(err) && bog.Refused(err):
		// While another refund runs, the bank stores its refusal under this key.
		return d.refundFailed(ctx, r.ID, "", err.Error())
	}
	return err
}

// checkRefund reads in the receipt whether the bank has decided: the refund's action there
// is the result.
func (d *Desk) checkRefund(ctx context.Context, p *models.Payment, r models.Refund) error {
	asked := d.store.Now()
	receipt, err := d.receipt(ctx, *p.BankOrderID)
	if err != nil {
		return err
	}
	if _, err := d.store.Settle(ctx, reportOf(p.ID, asked, models.CauseWorker, receipt)); err != nil {
		return err
	}
	action, ok := receipt.Action(*r.ActionID)
	if !ok {
		return nil // not decided yet
	}
	switch action.Status {
	case bog.ActionCompleted:
		return d.store.RefundDone(context.WithoutCancel(ctx), r.ID)
	case bog.ActionRejected:
		return d.refundFailed(ctx, r.ID, action.Code, string(action.Code)+" "+action.CodeDescription)
	}
	return nil
}

// refundRetry is the pause before a refund is requested again for which the merchant's
// account had not enough money: the bank pays refunds out of what it has settled
// to the merchant, so the next day's payments may be enough.
const refundRetry = 12 * time.Hour

// refundFailed stores that the bank rejected a refund. Only a refund that lacked settled
// money (bog-api.md section 9) is tried again by itself; staff see to all others.
func (d *Desk) refundFailed(ctx context.Context, id int64, code bog.Code, why string) error {
	retry := time.Duration(0)
	if code.Advice() == bog.AdviceTopUp || strings.Contains(strings.ToLower(why), "not enough funds") {
		retry = refundRetry
	}
	return d.store.RefundFailed(context.WithoutCancel(ctx), id, why, retry)
}
