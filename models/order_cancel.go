package models

import (
	"context"
	"errors"
	"strconv"
)

// CancelMoney says what becomes of the money of an order that is cancelled.
type CancelMoney string

// What becomes of the money.
const (
	CancelUnpaid  CancelMoney = "unpaid"  // nothing was charged
	CancelRelease CancelMoney = "release" // what is held is released
	CancelRefund  CancelMoney = "refund"  // what was captured goes back
	CancelByHand  CancelMoney = "by_hand" // the same, but staff do it by hand, because the bank does not at the shop's request
)

// CancelMoney returns what becomes, or has to become, of the order's money if it is cancelled.
func (o *Order) CancelMoney() CancelMoney {
	money := CancelUnpaid
	for _, p := range o.Payments {
		switch {
		case p.State.captured() && byHand(&p, p.CapturedTetri-p.RefundedTetri):
			return CancelByHand
		case p.State.captured():
			return CancelRefund
		case p.State == PaymentHeld:
			money = CancelRelease
		}
	}
	return money
}

// RefusesCancel says why an order cannot be cancelled, "" if it can: what has left the shop can
// only be sent back.
func (o *Order) RefusesCancel() ErrorCode {
	switch {
	case o.Status == Cancelled:
		return CodeOrderCancelled
	case o.Dispatched():
		return CodeOrderSent
	}
	switch o.Status {
	case AwaitingPayment, Confirming, Declined, OnHold, Paid, PartlyRefunded:
		return ""
	case Refunding:
		return CodeOrderRefunding
	case Review:
		return CodeOrderInReview
	}
	return CodeOrderOver
}

// reasonCancelled is the reason of a refund or a release because an order was cancelled.
const reasonCancelled = "cancelled"

// CancelByCustomer cancels an order for its customer: its units go back on the shelf, what is held
// is released, what was captured goes back by itself. Cancelling it again changes nothing.
//
// Money that comes later all the same goes back by itself, too, because the customer does not
// want the order: waiting for staff would only delay it. See moneyAfterCancel.
//
// Errors: NotFound; Conflict, see Order.RefusesCancel, or "order.capturing" while the bank
// captures the money.
func (s *Store) CancelByCustomer(ctx context.Context, orderID int64) (*Order, error) {
	o, err := s.cancel(ctx, orderID, "by_customer", Actor{}, reasonCancelled)
	if e, ok := errors.AsType[*Error](err); ok && e.Kind == Conflict {
		switch {
		case o != nil && e.Code == CodeOrderCancelled:
			return o, nil
		case e.Code == CodeHoldCapturing:
			e.Code = CodeOrderCapturing
		}
	}
	return o, err
}

// CancelByStaff is CancelByCustomer for staff, who give a reason. Errors: Invalid (field "reason");
// NotFound; Conflict.
func (s *Store) CancelByStaff(ctx context.Context, by Actor, orderID int64, reason string) (*Order, error) {
	if reason = TidyNote(reason); reason == "" {
		return nil, invalidFields(map[string]string{"reason": "admin.cancel.reason_missing"})
	}
	return s.cancel(ctx, orderID, "by_staff", by, reason)
}

func (s *Store) cancel(ctx context.Context, orderID int64, who string, by Actor, reason string) (cancelled *Order, err error) {
	err = s.inTx(ctx, func(tx *Tx) error {
		o, err := tx.lockOrder("id = ?", orderID)
		if err != nil {
			return err
		}
		cancelled = o
		if code := o.RefusesCancel(); code != "" {
			return conflict(code)
		}
		money := o.CancelMoney()
		if err := refundOrRelease(tx, o, money, by, reason); err != nil {
			return err
		}
		if err := releaseUnits(tx, o); err != nil {
			return err
		}
		was := string(o.Status)
		o.CancelledAt = &tx.now
		o.CheckoutKey += "#" + strconv.FormatInt(o.ID, 10) // its form, sent again, is a new order
		if err := tx.save(o, "CancelledAt", "CheckoutKey"); err != nil {
			return err
		}
		if err := setStatus(tx, o, Cancelled, who); err != nil {
			return err
		}
		if err := auditIfStaff(tx, by, o, "cancel", was, reason); err != nil {
			return err
		}
		return queueMailAbout(tx, o, o.ShownPayment(), MailCancelled, string(money))
	})
	return cancelled, err
}

// refundOrRelease requests the refund of all that was captured of a cancelled order, whose sold units go
// back on the shelf, and the release of all that is held.
func refundOrRelease(tx *Tx, o *Order, money CancelMoney, by Actor, reason string) error {
	switch money {
	case CancelRelease:
		_, err := requestRelease(tx, o, ReleaseRequest{Reason: reason, By: by})
		return err
	case CancelRefund, CancelByHand:
		_, err := requestRefund(tx, o, RefundRequest{All: true, Restock: true, OrByHand: true, Reason: reason, By: by})
		return err
	}
	return nil
}

// moneyAfterCancel handles money that the bank has captured, or holds, for an order that its
// customer or staff have cancelled: nothing is delivered for it, and it goes back without
// staff. They see it in the review queue until it has gone back.
func moneyAfterCancel(tx *Tx, o *Order, p *Payment) error {
	if err := reviewPayment(tx, ReviewPaidAfterCancel, p, "order "+o.Number+" had been cancelled; the money goes back"); err != nil {
		return err
	}
	if p.State == PaymentHeld {
		if _, err := requestRelease(tx, o, ReleaseRequest{PaymentID: p.ID, Reason: reasonCancelled}); err != nil {
			return err
		}
		if err := addOrderEvent(tx, o, o.Status, "held_after_cancel"); err != nil {
			return err
		}
		return queueMailAbout(tx, o, p, MailCancelled, "late_release")
	}
	if o.PaidPaymentID == nil {
		o.PaidPaymentID = &p.ID
		if err := tx.save(o, "PaidPaymentID"); err != nil {
			return err
		}
	}
	if err := addOrderEvent(tx, o, o.Status, "paid_after_cancel"); err != nil {
		return err
	}
	late := "late_refund"
	if left := p.CapturedTetri - p.RefundedTetri; left > 0 {
		refund, err := requestRefund(tx, o, RefundRequest{PaymentID: p.ID, All: true, OrByHand: true, Reason: reasonCancelled})
		if err != nil {
			return err
		}
		if refund.ByHand {
			late = "late_by_hand"
		}
	}
	return queueMailAbout(tx, o, p, MailCancelled, late)
}
