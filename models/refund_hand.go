package models

import "fmt"

// The bank does not refund everything at the shop's request: instalments never, a transfer only in
// full (Method.Rules). Such a refund is stored like any other and waits, ByHand, until
// staff have made it in the bank's own console: the receipt shows it, or they say so in the
// review queue.

func refundSubject(id int64) string { return fmt.Sprint("refund ", id) }

// reviewByHand puts a refund that staff make by hand into the review queue.
func reviewByHand(tx *Tx, id int64, amount Tetri, p *Payment) error {
	return review(tx, ReviewItem{
		Kind: ReviewRefundByHand, Subject: refundSubject(id), OrderID: &p.OrderID, PaymentID: &p.ID,
		Detail: fmt.Sprintf("%s, paid with %s: the bank does not refund it at the shop's request", amount, p.PaidBy()),
	})
}

// refundByHand reports whether staff make a refund by hand.
func refundByHand(tx *Tx, a *Action) (is bool, err error) {
	err = query(tx.DB, []any{&is}, "SELECT by_hand FROM refunds WHERE id = ?", a.ID)
	return is, err
}

// byHandOver closes the review item of a refund that staff make by hand; of another it does nothing.
func byHandOver(tx *Tx, r *Refund, how string) error {
	if !r.ByHand {
		return nil
	}
	return reviewOver(tx, refundSubject(r.ID), how, ReviewRefundByHand)
}

// completeByHand completes the refunds that staff make by hand, oldest first, as far as more has
// gone back without the shop than when each of them began to wait. It returns their ids.
func completeByHand(tx *Tx, p *Payment) (done []int64, err error) {
	if p.RefundedTetri == 0 {
		return nil, nil
	}
	var waiting []Refund
	if err := tx.Where("payment_id = ? AND by_hand = 1 AND state = ?", p.ID, ActionQueued).Order("id").Find(&waiting).Error; err != nil {
		return nil, err
	}
	for i := range waiting {
		r := &waiting[i]
		outside, err := refundedOutside(tx, p)
		if err != nil {
			return done, err
		}
		if outside-r.OutsideTetri < r.AmountTetri {
			continue
		}
		if err := completeAction(tx, &Action{BankAction: r.BankAction, Kind: ActionRefund}, p); err != nil {
			return done, err
		}
		if err := byHandOver(tx, r, "the bank shows that the money went back"); err != nil {
			return done, err
		}
		done = append(done, r.ID)
	}
	return done, nil
}

// refundedByHand books a refund of which staff say that they have made it by hand: the ledger, the
// attempt and its order follow, and the customer gets a mail. Should the bank's receipt show it
// later, it is not booked again. Errors: Conflict if it has ended, or if not so much is left.
func refundedByHand(tx *Tx, by Actor, m *ReviewMatter) error {
	a, err := loadAction(tx, ActionRefund, m.Refund.ID)
	if err != nil {
		return err
	}
	p, o := m.Payment, m.Order
	switch {
	case a.State != ActionQueued:
		return conflict(CodeRefundCompleted)
	case !p.State.captured():
		return conflict(CodeRefundNotPaid)
	case p.RefundedTetri+a.AmountTetri > p.CapturedTetri:
		return conflict(CodeRefundTooMuch)
	}
	p.RefundedTetri += a.AmountTetri
	p.UpdatedAt = tx.now
	if err := savePayment(tx, p); err != nil {
		return err
	}
	if err := completeAction(tx, a, p); err != nil {
		return err
	}
	to := PaymentPartRefunded
	if p.RefundedTetri == p.CapturedTetri {
		to = PaymentRefunded
	}
	if p.State != to {
		if err := movePayment(tx, o, p, to, CauseStaff); err != nil {
			return err
		}
	}
	if err := bookRefunds(tx, o, p, []int64{a.ID}); err != nil {
		return err
	}
	if to == PaymentRefunded {
		if err := allRefunded(tx, p); err != nil {
			return err
		}
	}
	if err := auditOrder(tx, by, o, "refund_by_hand", "", a.AmountTetri.String()); err != nil {
		return err
	}
	if err := returnsRefunded(tx, p); err != nil {
		return err
	}
	return scheduleCheck(tx, p)
}

// stopByHand gives up a refund of which staff have decided that they do not make it.
func stopByHand(tx *Tx, m *ReviewMatter, reason string) error {
	a := &Action{BankAction: m.Refund.BankAction, Kind: ActionRefund}
	return stopRefund(tx, a, m.Payment, m.Order, Rejection{Code: StoppedByStaff, Why: reason}, false)
}
