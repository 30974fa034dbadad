package models

import (
	"context"
	"fmt"
)

// Why a refund was stopped before the bank was asked for it, in place of the bank's code. Each has
// words under "admin.reject.".
const (
	StoppedByStaff  = "by_staff"
	StoppedOutside  = "outside"  // as much went back without the shop while the refund waited
	StoppedTooLarge = "too_much" // more than is left of the payment
)

// Stopped reports whether the shop gave the refund up by itself or because staff said so: the
// bank did not reject it.
func (r *Refund) Stopped() bool {
	return r.State == ActionRejected && (r.RejectCode == StoppedByStaff || r.RejectCode == StoppedOutside || r.RejectCode == StoppedTooLarge)
}

// StopRefund gives up a refund that waits: the bank is not asked for it any more. Its amount and
// its units can be refunded anew. Errors: Invalid (field "reason"); NotFound; Conflict once a
// call for it is under way or it has ended, or if staff make it by hand.
func (s *Store) StopRefund(ctx context.Context, by Actor, id int64, reason string) error {
	if reason = TidyNote(reason); reason == "" {
		return wrongField("reason", "admin.refund.reason_missing")
	}
	return s.changeAction(ctx, ActionRefund, id, func(tx *Tx, a *Action, p *Payment, o *Order) error {
		ofStaff, err := refundByHand(tx, a)
		switch {
		case err != nil:
			return err
		case a.State == ActionCompleted:
			return conflict(CodeRefundCompleted)
		case a.State == ActionRejected:
			return conflict(CodeRefundStopped)
		case a.State != ActionQueued || ofStaff:
			return conflict(CodeRefundRequested)
		}
		owes, err := owesWhatIsLeft(tx, o, p, a)
		if err != nil {
			return err
		}
		if err := stopRefund(tx, a, p, o, Rejection{Code: StoppedByStaff, Why: reason}, owes); err != nil {
			return err
		}
		return auditIfStaff(tx, by, o, "refund_stop", "waiting "+a.AmountTetri.String(), reason)
	})
}

// stopNeedless stops a refund that has waited if it must not go out any more: the payment has not
// that much left or, while the refund waited to be requested again, as much went back in the
// bank's console, most likely for the same reason. Staff decide then, if anything is left.
func stopNeedless(tx *Tx, a *Action, p *Payment, o *Order) (stopped bool, err error) {
	if a.Kind != ActionRefund {
		return false, nil
	}
	outside, err := refundedOutside(tx, p)
	if err != nil {
		return false, err
	}
	var before Tetri
	if err := query(tx.DB, []any{&before}, "SELECT outside_tetri FROM refunds WHERE id = ?", a.ID); err != nil {
		return false, err
	}
	left := p.CapturedTetri - p.RefundedTetri
	why := Rejection{Why: fmt.Sprintf("%s of %s is left, %s went back without the shop", left, p.CapturedTetri, outside)}
	switch {
	case left < a.AmountTetri:
		why.Code = StoppedTooLarge
	case a.RejectReason != "" && outside-before >= a.AmountTetri:
		why.Code = StoppedOutside
	default:
		return false, nil
	}
	return true, stopRefund(tx, a, p, o, why, left > 0)
}

// stopRefund ends a refund that waits. If the customer may still be owed its money it is a matter
// for staff; otherwise its review item has ended with it, unless the bank rejected another one.
func stopRefund(tx *Tx, a *Action, p *Payment, o *Order, why Rejection, owes bool) error {
	a.RejectCode, a.RejectReason = why.Code, why.Why
	if err := moveAction(tx, a, ActionRejected); err != nil {
		return err
	}
	if err := addOrderEvent(tx, o, o.Status, refundStopped); err != nil {
		return err
	}
	if owes {
		detail := fmt.Sprintf("refund %d of %s was not sent: %s", a.ID, a.AmountTetri, why.Why)
		return reviewPayment(tx, ReviewRefundRejected, p, detail, a.IdempotencyKey+" "+why.Code)
	}
	if rejected, err := anyRejected(tx, ActionRefund, p); rejected || err != nil {
		return err
	}
	return reviewOver(tx, paymentSubject(p), "the refund was stopped", ReviewRefundRejected)
}

// anyRejected reports whether the bank rejected an action of an attempt that has not been carried
// out since. One that the shop stopped is not among them.
func anyRejected(tx *Tx, kind ActionKind, p *Payment) (rejected bool, err error) {
	err = query(tx.DB, []any{&rejected}, "SELECT EXISTS (SELECT 1 FROM "+kind.table()+` WHERE payment_id = ? AND reject_code NOT IN (?, ?, ?)
		AND (state = ? OR state <> ? AND reject_code <> ''))`,
		p.ID, StoppedByStaff, StoppedOutside, StoppedTooLarge, ActionRejected, ActionCompleted)
	return rejected, err
}

// owesWhatIsLeft reports whether the shop keeps money after a refund was stopped that belongs to
// the customer: nothing is delivered for it, or a return waits for this refund.
func owesWhatIsLeft(tx *Tx, o *Order, p *Payment, a *Action) (owes bool, err error) {
	if p.RefundedTetri >= p.CapturedTetri {
		return false, nil
	}
	if o.CancelledAt != nil || o.Status == Refunding {
		return true, nil
	}
	err = query(tx.DB, []any{&owes}, "SELECT EXISTS (SELECT 1 FROM returns WHERE refund_id = ? AND state = ?)", a.ID, ReturnReceived)
	return owes, err
}

// refundedOutside is how much of an attempt went back that no refund of the shop's accounts for:
// somebody refunded it in the bank's console.
func refundedOutside(tx *Tx, p *Payment) (Tetri, error) {
	var own Tetri
	err := query(tx.DB, []any{&own}, "SELECT coalesce(sum(amount_tetri), 0) FROM refunds WHERE payment_id = ? AND state = ?", p.ID, ActionCompleted)
	return max(p.RefundedTetri-own, 0), err
}

// noteOutside notes what had gone back without the shop when a refund begins to wait.
func noteOutside(tx *Tx, a *Action, p *Payment) error {
	if a.Kind != ActionRefund {
		return nil
	}
	outside, err := refundedOutside(tx, p)
	if err != nil {
		return err
	}
	return tx.exec("UPDATE refunds SET outside_tetri = ? WHERE id = ?", outside, a.ID)
}
