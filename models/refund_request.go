package models

import (
	"context"
	"slices"
	"strings"
)

// LineUnits are units of one line of an order.
type LineUnits struct{ Position, Units int }

// RefundRequest says what of an order's money is to be refunded: everything that is left, or an
// amount, or the price of units, with or without the delivery price. An amount together with
// lines is less than the lines cost, because something is deducted.
type RefundRequest struct {
	OrderID, PaymentID int64 // PaymentID 0: the attempt that paid the order
	All                bool  // everything that is left
	AmountTetri        Tetri
	Lines              []LineUnits
	Delivery           bool   // the delivery price, too
	Restock            bool   // the units came back and go on the shelf
	WriteOff           bool   // the units came back and cannot be sold
	Reason             string // required
	By                 Actor  // zero: the customer, or the shop by itself
	UpToLeft           bool   // less goes back if less is left
	OrByHand           bool   // what the bank does not refund at the shop's request is left to staff, who make it by hand
	Key                string // of the form, which leads to one refund however often it is sent; "" for none
}

// RequestRefund stores a refund, with everything the bank will be asked for; the worker then asks
// the bank. While another refund of the payment is running it waits for its turn. The stock of
// the units that came back changes at once, whatever the bank says.
//
// Errors: NotFound; Invalid (fields "reason", "amount", "lines"); Conflict if the payment has
// nothing (more) to refund, or cannot be refunded, or not in parts.
func (s *Store) RequestRefund(ctx context.Context, r RefundRequest) (refund *Refund, err error) {
	err = s.inTx(ctx, func(tx *Tx) error {
		o, err := tx.lockOrder("id = ?", r.OrderID)
		if err != nil {
			return err
		}
		refund, err = refundOnce(tx, o, r)
		return err
	})
	return refund, err
}

// requestRefund is RequestRefund for an order that is loaded and locked.
func requestRefund(tx *Tx, o *Order, r RefundRequest) (*Refund, error) {
	if r.Reason = strings.TrimSpace(r.Reason); r.Reason == "" {
		return nil, wrongField("reason", "admin.refund.reason_missing")
	}
	p, err := paymentToRefund(o, r.PaymentID, r.OrByHand)
	if err != nil {
		return nil, err
	}
	left, err := leftToRefund(tx, p)
	if err != nil {
		return nil, err
	}
	refund := &Refund{Delivery: r.Delivery, Lines: r.Lines}
	amount := r.AmountTetri
	if o.PaidPaymentID != nil && *o.PaidPaymentID == p.ID {
		amount, err = refundOfLines(tx, o, p, &r, refund, left)
	} else if len(r.Lines) > 0 || r.Delivery || r.Restock || r.WriteOff {
		return nil, conflict(CodeRefundNoGoods) // the goods belong to the attempt that paid the order
	}
	if err != nil {
		return nil, err
	}
	if r.All || r.UpToLeft && amount > left {
		amount = left
	}
	switch {
	case amount <= 0 && left <= 0:
		return nil, conflict(CodeRefundCompleted)
	case amount <= 0:
		return nil, wrongField("amount", "admin.refund.amount_missing")
	case amount > left:
		return nil, conflict(CodeRefundTooMuch)
	case byHand(p, amount) && !r.OrByHand:
		return nil, conflict(CodeRefundInFullOnly)
	}
	return refund, storeRefund(tx, o, p, refund, r, amount)
}

// storeRefund stores a refund that has been checked, and books the units that came back.
func storeRefund(tx *Tx, o *Order, p *Payment, refund *Refund, r RefundRequest, amount Tetri) error {
	refund.BankAction = newAction(tx, p, amount, r.Reason, r.By)
	refund.ByHand = byHand(p, amount)
	busy, err := actionRunning(tx, p)
	if err != nil {
		return err
	}
	if busy || refund.ByHand {
		refund.State = ActionQueued
	}
	if refund.OutsideTetri, err = refundedOutside(tx, p); err != nil {
		return err
	}
	if err := tx.Create(refund).Error; err != nil {
		return err
	}
	for _, l := range refund.Lines {
		if err := tx.exec("INSERT INTO refund_lines (refund_id, position, units) VALUES (?, ?, ?)", refund.ID, l.Position, l.Units); err != nil {
			return err
		}
	}
	if refund.ByHand {
		if err := reviewByHand(tx, refund.ID, amount, p); err != nil {
			return err
		}
	}
	if r.Restock || r.WriteOff {
		back := refund.Lines
		if r.All {
			if back, err = notReturned(tx, o, back); err != nil {
				return err
			}
		}
		if err := unitsCameBack(tx, o, back, r.Restock); err != nil {
			return err
		}
	}
	return auditIfStaff(tx, r.By, o, "refund", "", amount.String()+" "+r.Reason)
}

// byHand reports whether the bank does not refund an amount of an attempt at the shop's request, so
// that staff have to do it by hand.
func byHand(p *Payment, amount Tetri) bool {
	method := p.PaidBy().Rules()
	return !method.FullRefund || amount < p.CapturedTetri && !method.PartialRefund
}

// paymentToRefund returns the attempt whose money is to be refunded; paymentID 0 means the one
// that paid the order. Errors: NotFound; Conflict if none of its money can be, by hand neither
// unless that is allowed.
func paymentToRefund(o *Order, paymentID int64, allowByHand bool) (*Payment, error) {
	if paymentID == 0 {
		if o.PaidPaymentID == nil {
			return nil, conflict(CodeRefundNotPaid)
		}
		paymentID = *o.PaidPaymentID
	}
	i := slices.IndexFunc(o.Payments, func(p Payment) bool { return p.ID == paymentID })
	if i < 0 {
		return nil, &Error{Kind: NotFound, Code: CodePaymentNotFound}
	}
	p := &o.Payments[i]
	switch {
	case p.State == PaymentHeld:
		return nil, conflict(CodeRefundHeld)
	case !p.State.captured() || p.BankOrderID == nil:
		return nil, conflict(CodeRefundNotPaid)
	case p.State == PaymentRefunded:
		return nil, conflict(CodeRefundCompleted)
	case !p.PaidBy().Rules().FullRefund && !allowByHand:
		return nil, conflict(CodeRefundMethod)
	}
	return p, nil
}

// leftToRefund is what was captured of an attempt and neither went back nor is on its way.
func leftToRefund(tx *Tx, p *Payment) (Tetri, error) {
	var pending, completed Tetri
	err := query(tx.DB, []any{&pending, &completed}, `SELECT coalesce(sum(amount_tetri) FILTER (WHERE state IN (?, ?, ?)), 0),
		coalesce(sum(amount_tetri) FILTER (WHERE state = ?), 0) FROM refunds WHERE payment_id = ?`,
		ActionQueued, ActionStarting, ActionRequested, ActionCompleted, p.ID)
	return p.CapturedTetri - max(p.RefundedTetri, completed) - pending, err
}

// refundOfLines checks the lines of a request and returns the amount to refund: their price, less
// their share of a discount. With All it fills the lines in itself.
func refundOfLines(tx *Tx, o *Order, p *Payment, r *RefundRequest, refund *Refund, left Tetri) (Tetri, error) {
	lines, err := lineMoney(tx.DB, o)
	if err != nil {
		return 0, err
	}
	if r.All {
		refund.Lines = nil
		for _, l := range lines.Lines {
			if l.Refundable > 0 {
				refund.Lines = append(refund.Lines, LineUnits{l.Position, l.Refundable})
			}
		}
		refund.Delivery = lines.DeliveryRefundable > 0
		return left, nil
	}
	sum := Tetri(0)
	seen := map[int]bool{}
	for _, want := range r.Lines {
		i := slices.IndexFunc(lines.Lines, func(l LineMoney) bool { return l.Position == want.Position })
		if i < 0 || want.Units <= 0 || seen[want.Position] {
			return 0, wrongField("lines", "admin.refund.lines_wrong")
		}
		if want.Units > lines.Lines[i].Refundable {
			return 0, conflict(CodeRefundUnits)
		}
		seen[want.Position] = true
		sum += lines.Lines[i].UnitTetri * Tetri(want.Units)
	}
	if r.Delivery {
		if lines.DeliveryRefundable == 0 {
			return 0, conflict(CodeRefundDelivery)
		}
		sum += lines.DeliveryRefundable
	}
	if p.DiscountTetri > 0 {
		sum = p.refundAfterDiscount(sum, lines.priceRefunded(o))
		if over := sum - left; over > 0 && over <= Tetri(len(o.Lines)) {
			sum = left // refunds that were rejected were rounded as well
		}
	}
	if r.AmountTetri == 0 {
		return sum, nil
	}
	if sum > 0 && r.AmountTetri > sum {
		return 0, conflict(CodeRefundTooMuch)
	}
	return r.AmountTetri, nil
}

// refundAgainFits lowers a rejected refund to what is left. Errors: Conflict if nothing is, or if
// its units or its delivery price were refunded in the meantime.
func refundAgainFits(tx *Tx, a *Action, p *Payment, o *Order) error {
	left, err := leftToRefund(tx, p)
	if err != nil {
		return err
	}
	if left <= 0 {
		return conflict(CodeRefundTooMuch)
	}
	lines, err := lineMoney(tx.DB, o)
	if err != nil {
		return err
	}
	var delivery bool
	if err := query(tx.DB, []any{&delivery}, "SELECT delivery FROM refunds WHERE id = ?", a.ID); err != nil {
		return err
	}
	if delivery && lines.DeliveryRefundable == 0 && o.DeliveryTetri > 0 {
		return conflict(CodeRefundDelivery)
	}
	var units []LineUnits
	if err := queryAll(tx.DB, &units, "SELECT position, units FROM refund_lines WHERE refund_id = ?", a.ID); err != nil {
		return err
	}
	for _, l := range lines.Lines {
		for _, u := range units {
			if u.Position == l.Position && u.Units > l.Refundable {
				return conflict(CodeRefundUnits)
			}
		}
	}
	a.AmountTetri = min(a.AmountTetri, left)
	return nil
}

func conflict(code ErrorCode) error { return &Error{Kind: Conflict, Code: code} }

// auditIfStaff is auditOrder for what a member of staff did; otherwise it does nothing.
func auditIfStaff(tx *Tx, by Actor, o *Order, action, before, after string) error {
	if by == (Actor{}) {
		return nil
	}
	return auditOrder(tx, by, o, action, before, after)
}
