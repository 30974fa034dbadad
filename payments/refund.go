package payments

import (
	"context"
	"fmt"

	"dukani/models"
	"dukani/payments/bog"
)

// driveRefunds takes every refund that is due a step further.
func (d *Desk) driveRefunds(ctx context.Context) error {
	refunds, err := d.store.DueRefunds(ctx, sweepBatch)
	if err != nil {
		return err
	}
	for _, r := range refunds {
		if err := d.driveRefund(ctx, r); err != nil {
			d.log.WarnContext(ctx, "refund not finished", "refund", r.ID, "err", err)
		}
		if err := d.store.PutOffRefund(context.WithoutCancel(ctx), r.ID); err != nil {
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
	if r.State == "starting" {
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
			return d.store.RefundRequested(context.WithoutCancel(ctx), r.ID, ack.ActionID)
		case refusedForGood(err):
			return d.store.RefundEnded(ctx, r.ID, false, err.Error())
		}
		return fmt.Errorf("refund payment %d: %w", p.ID, err)
	}
	receipt, err := d.receipt(ctx, *p.BankOrderID)
	if err != nil {
		return fmt.Errorf("refund payment %d: %w", p.ID, err)
	}
	if _, err := d.store.Settle(ctx, report(p.ID, "worker", receipt)); err != nil {
		return err
	}
	action, ok := receipt.Action(*r.ActionID)
	if !ok {
		return nil // not decided yet
	}
	switch action.Status {
	case bog.ActionCompleted:
		return d.store.RefundEnded(ctx, r.ID, true, "")
	case bog.ActionRejected:
		return d.store.RefundEnded(ctx, r.ID, false, string(action.Code)+" "+action.CodeDescription)
	}
	return nil
}
