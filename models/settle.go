package models

import (
	"context"
	"strconv"
)

// Settle brings an attempt and its order to what the bank reports, with all that
// follows from it: stock, ledger, cart, mail, timeline. It is the only way an
// order becomes paid. Settling the same report again changes nothing.
//
// First it compares the report with what we requested. If order, currency or amount
// differ, the order is not settled but goes to the review queue.
func (s *Store) Settle(ctx context.Context, r Report) (*Order, error) {
	var settled *Order
	err := s.inTx(ctx, func(tx *Tx) error {
		p, o, err := tx.lockPayment(r.PaymentID)
		if err != nil {
			return err
		}
		settled = o
		if err := journalReceipt(tx, p, r); err != nil {
			return err
		}
		due := p.NextCheckAt
		if err := settle(tx, o, p, r); err != nil {
			return err
		}
		if due != nil && !r.AskedAt.IsZero() && due.After(r.AskedAt) && !due.After(tx.now) {
			return checkAt(tx, p, due) // a callback came after the bank wrote this receipt
		}
		return nil
	})
	return settled, err
}

func settle(tx *Tx, o *Order, p *Payment, r Report) error {
	if p.State == PaymentMismatch {
		return scheduleCheck(tx, p) // staff decide
	}
	capture, err := captureOf(tx, p, r.Transferred+r.Refunded)
	if err != nil {
		return err
	}
	r.endOfHold(p, capture)
	parent, err := parentOf(tx, p)
	if err != nil {
		return err
	}
	if differs := r.differs(o, p, parent, capture); differs != "" {
		return quarantine(tx, o, p, differs)
	}
	firstAnswer := p.CheckedAt == nil
	first := p.CapturedTetri == 0
	learn(p, tx.now, r)
	if first {
		learnDiscount(p, o, r, capture)
	}
	if err := savePayment(tx, p); err != nil {
		return err
	}
	if r.State == "" { // an unknown status answers nothing: the attempt stays where it is
		if err := reviewPayment(tx, ReviewUnknownStatus, p, r.Status); err != nil {
			return err
		}
		return checkSoon(tx, p)
	}
	next := follow
	if firstAnswer && r.State.open() && (p.State == PaymentExpired || p.State == PaymentRefused) {
		next = reopen
	}
	if err := next(tx, o, p, r); err != nil {
		return err
	}
	if err := loanOverdue(tx, o, p); err != nil {
		return err
	}
	decided, err := decideActions(tx, o, p, r)
	if err != nil {
		return err
	}
	done, err := completeByHand(tx, p)
	if err != nil {
		return err
	}
	if err := bookRefunds(tx, o, p, append(decided.refunds, done...)); err != nil {
		return err
	}
	if err := settleSplit(tx, p, r); err != nil {
		return err
	}
	if err := saveCard(tx, o, p, r); err != nil {
		return err
	}
	if err := cardFailed(tx, p); err != nil {
		return err
	}
	if err := reviewAnswered(tx, o, p); err != nil {
		return err
	}
	if err := returnsRefunded(tx, p); err != nil {
		return err
	}
	switch {
	case r.State.open() && !p.State.captured():
		return checkSoon(tx, p) // whatever state we have, the bank has not decided
	case decided.rejected: // somebody may do in the bank's console what the bank rejected
		soon := tx.now.Add(rejectedCheck)
		return checkAt(tx, p, &soon)
	}
	if err := scheduleCheck(tx, p); err != nil {
		return err
	}
	return checkSplit(tx, p)
}

// reopen takes up an attempt that this shop gave up by its own clock and that the bank
// reports as open, which counts more. If the order has moved on without the attempt, or its
// units are gone, the attempt stays ended; should it be paid all the same, settling notices.
func reopen(tx *Tx, o *Order, p *Payment, r Report) error {
	if p.ID != o.LastPayment().ID || o.Status != Expired && o.Status != Declined {
		return nil
	}
	if short, err := reserveUnits(tx, o); short != nil || err != nil {
		return err
	}
	return movePayment(tx, o, p, r.State, r.Cause)
}

// follow moves the attempt to the state that the bank reports, if the table of moves has
// that. If money came and went between two checks, it is captured first.
func follow(tx *Tx, o *Order, p *Payment, r Report) error {
	if r.State.captured() && !p.State.captured() && p.State.canBecome(PaymentPaid) {
		if err := movePayment(tx, o, p, PaymentPaid, r.Cause); err != nil {
			return err
		}
	}
	if !p.State.canBecome(r.State) {
		return nil
	}
	return movePayment(tx, o, p, r.State, r.Cause)
}

func savePayment(tx *Tx, p *Payment) error {
	return tx.save(p, "BankStatus", "BankCode", "RejectReason", "CardMask", "CardLast4", "CardBrand", "PayerName", "Method",
		"AuthorizedTetri", "CapturedTetri", "RefundedTetri", "DiscountTetri", "Accepted", "ExpiresAt", "CheckedAt", "UpdatedAt", "Checks")
}

// movePayment makes a move of the attempt and everything that follows from it
// for the order.
func movePayment(tx *Tx, o *Order, p *Payment, to PaymentState, cause Cause) error {
	from := p.State
	p.State, p.UpdatedAt = to, tx.now
	if err := tx.save(p, "State", "UpdatedAt"); err != nil {
		return err
	}
	if err := journal(tx, Event{
		PaymentID: &p.ID, At: tx.now, Kind: EventTransition, Cause: cause, Verdict: string(from) + " to " + string(to),
	}); err != nil {
		return err
	}
	switch {
	case to.captured() && !from.captured():
		return afterCapture(tx, o, p)
	case to == PaymentHeld, to == PaymentReleased:
		return orderFollows(tx, o, p, to)
	}
	if o.PaidPaymentID != nil && *o.PaidPaymentID != p.ID {
		return nil // another attempt has paid the order
	}
	if from != PaymentHeld && !to.captured() && (p.ID != o.LastPayment().ID || otherMoney(o, p)) {
		return nil // the newest attempt decides about the order, or an older one that has its money
	}
	return orderFollows(tx, o, p, to)
}

// orderFollows moves the order to where an attempt that decides about it has moved.
func orderFollows(tx *Tx, o *Order, p *Payment, to PaymentState) error {
	switch to {
	case PaymentHeld:
		return holdBegan(tx, o, p)
	case PaymentReleased:
		return holdReleased(tx, o, p)
	}
	status := to.orderStatus()
	if to == PaymentPaid || to == PaymentPartRefunded { // a refund was rejected, or went back in part
		if owes, err := owesRefund(tx, p); owes || err != nil {
			return err // nothing is delivered for this money
		}
	}
	if o.Status == Cancelled && (!to.captured() || o.CancelledAt != nil) {
		return nil // nothing more comes of it, and the shopper has moved on
	}
	if status == Declined && !o.ReservesStock && p.DecideUntil == nil {
		status = Expired // the units have gone back already
	}
	detail := p.BankCode
	if p.Credit() && status == Confirming {
		detail = "loan"
	}
	if err := setStatus(tx, o, status, detail); err != nil {
		return err
	}
	switch status {
	case Confirming:
		if p.Credit() {
			return appliedForLoan(tx, o, p)
		}
	case Declined:
		if p.DecideUntil != nil {
			if err := loanRefused(tx, o, p); err != nil {
				return err
			}
		}
		if to == PaymentRefused {
			return nil // StartRefused sends the mail, if the shopper needs one
		}
		return queueMail(tx, o, p, MailDeclined)
	case Expired:
		if err := releaseUnits(tx, o); err != nil {
			return err
		}
		return queueMail(tx, o, p, MailExpired)
	}
	return nil
}

// afterCapture does, once, what follows when the bank has captured the money of an attempt: the
// order is paid and its units are sold or, if it was paid already or the units are gone, it
// goes to the review queue.
func afterCapture(tx *Tx, o *Order, p *Payment) error {
	if err := bookCapture(tx, p); err != nil {
		return err
	}
	if o.CancelledAt != nil {
		return moneyAfterCancel(tx, o, p)
	}
	if o.PaidPaymentID != nil {
		if err := reviewPayment(tx, ReviewSecondPayment, p, "order "+o.Number+" was paid before"); err != nil {
			return err
		}
		return queueMail(tx, o, p, MailPaidTwice)
	}
	if o.Status == Cancelled {
		if err := reviewPayment(tx, ReviewPaidAfterCancel, p, "order "+o.Number+" had been replaced by another"); err != nil {
			return err
		}
	}
	short, err := reserveUnits(tx, o)
	if err != nil {
		return err
	}
	if short != nil {
		return paidTooLate(tx, o, p, short)
	}
	capture, err := captureOf(tx, p, p.CapturedTetri)
	if err != nil {
		return err
	}
	o.PaidPaymentID, o.ReservesStock = &p.ID, false
	if err := tx.save(o, "PaidPaymentID", "ReservesStock"); err != nil {
		return err
	}
	if p.HeldAt == nil && !o.cartEmptied() { // otherwise that was done when the hold began, or a loan was applied for
		if err := emptyCart(tx, o); err != nil {
			return err
		}
	}
	mail, detail := MailPaid, ""
	if p.HeldAt != nil && p.CapturedTetri < p.AuthorizedTetri {
		mail, detail = MailCapturedLess, "captured_less"
	}
	if err := setStatus(tx, o, Paid, detail); err != nil {
		return err
	}
	// The stock is late: whoever wants the same products waits from here until the commit.
	if err := sellCaptured(tx, o, capture); err != nil {
		return err
	}
	return queueMail(tx, o, p, mail)
}

// emptyCart takes out of the shopper's cart what was bought, and leaves what they put in
// since.
func emptyCart(tx *Tx, o *Order) error {
	for _, l := range o.Lines {
		if err := tx.exec("DELETE FROM cart_items WHERE cart_id = ? AND product_id = ? AND quantity <= ?",
			o.CartID, l.ProductID, l.Quantity); err != nil {
			return err
		}
		if err := tx.exec("UPDATE cart_items SET quantity = quantity - ? WHERE cart_id = ? AND product_id = ? AND quantity > ?",
			l.Quantity, o.CartID, l.ProductID, l.Quantity); err != nil {
			return err
		}
	}
	return nil
}

// quarantine takes an attempt whose facts differ from ours out of all automatic
// handling.
func quarantine(tx *Tx, o *Order, p *Payment, differs string) error {
	if err := reviewPayment(tx, ReviewMismatch, p, differs); err != nil {
		return err
	}
	if !p.State.canBecome(PaymentMismatch) {
		return scheduleCheck(tx, p)
	}
	if err := movePayment(tx, o, p, PaymentMismatch, Cause(differs)); err != nil {
		return err
	}
	return scheduleCheck(tx, p)
}

func paymentSubject(p *Payment) string { return "payment " + strconv.FormatInt(p.ID, 10) }
