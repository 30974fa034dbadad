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

// driveRefund takes one refund a step further: ask the bank with the key on disk,
// or look whether what was asked has been decided. "Request received" is not the
// result; the action in the receipt is.
func (d *Desk) driveRefund(ctx context.Context, r models.Refund) error {
	p, err := d.store.PaymentByID(ctx, r.PaymentID)
	if err != nil {
		return err
	}
	if r.State == models.RefundStarting {
		recorded, calls := d.record(ctx)
		var ack *bog.Acknowledgement
		err := d.ask(recorded, bog.OpRefund, func(ctx context.Context) (err error) {
			ack, err = d.bank.Refund(ctx, *p.BankOrderID, bog.RefundRequest{Amount: bog.Amount(r.AmountTetri)},
				bog.CallOptions{IdempotencyKey: r.IdempotencyKey})
			return err
		})
		if err := d.store.JournalCalls(context.WithoutCancel(ctx), p.ID, *calls); err != nil {
			return err // asked again later, with the same key
		}
		switch {
		case err == nil:
			return d.store.RefundAccepted(context.WithoutCancel(ctx), r.ID, ack.ActionID)
		case bog.RefusedForGood(err) || bog.IsAlreadyRequested(err) && bog.Refused(err):
			// While another refund runs, the bank keeps its no under this key.
			return d.refundFailed(ctx, r.ID, "", err.Error())
		}
		return fmt.Errorf("refund payment %d: %w", p.ID, err)
	}
	asked := d.store.Now()
	receipt, err := d.receipt(ctx, *p.BankOrderID)
	if err != nil {
		return fmt.Errorf("refund payment %d: %w", p.ID, err)
	}
	if _, err := d.store.Settle(ctx, report(p.ID, asked, models.CauseWorker, receipt)); err != nil {
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

// refundAgain is after how long a refund is asked for again that the merchant's
// account had not enough money for: the bank pays refunds out of what it has settled
// to the merchant, so the next day's payments may do.
const refundAgain = 12 * time.Hour

// refundFailed stores that the bank said no. Only for want of settled money
// (bog-api.md section 9) asking again helps by itself; the rest is for staff.
func (d *Desk) refundFailed(ctx context.Context, id int64, code bog.Code, why string) error {
	again := time.Duration(0)
	if code.Advice() == bog.AdviceTopUp || strings.Contains(strings.ToLower(why), "not enough funds") {
		again = refundAgain
	}
	return d.store.RefundFailed(context.WithoutCancel(ctx), id, why, again)
}
