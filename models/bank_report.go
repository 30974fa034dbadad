package models

import (
	"context"
	"slices"
	"strings"
)

// AcceptBankReport brings an attempt, its order and the ledger to what the bank reports, although
// our own record says otherwise: a manager has decided so. It also closes what a
// reconciliation has found about it. r is a report of just now. Errors: Conflict
// "admin.review.other_order" if the report is about another order or currency, because then
// it is not the bank's word about this attempt; "admin.review.bank_undecided" if it says
// nothing that can be taken over.
func (s *Store) AcceptBankReport(ctx context.Context, by Actor, r Report) error {
	return s.inTx(ctx, func(tx *Tx) error {
		p, o, err := tx.lockPayment(r.PaymentID)
		if err != nil {
			return err
		}
		if err := acceptBankReport(tx, by, o, p, r, true); err != nil {
			return err
		}
		return differenceOver(tx, p, by.staffID(), "the bank's word was taken")
	})
}

// acceptBankReport is AcceptBankReport in a transaction of the caller's. Money that has come only now
// pays the order unless fulfil is false.
func acceptBankReport(tx *Tx, by Actor, o *Order, p *Payment, r Report, fulfil bool) error {
	parent, err := parentOf(tx, p)
	if err != nil {
		return err
	}
	switch {
	case r.foreign(o, p) != "":
		return &Error{Kind: Conflict, Code: CodeReviewOtherOrder}
	case r.State == "":
		return &Error{Kind: Conflict, Code: CodeReviewBankUndecided}
	}
	if err := journalReceipt(tx, p, r); err != nil {
		return err
	}
	capture, err := captureOf(tx, p, r.Transferred+r.Refunded)
	if err != nil {
		return err
	}
	r.endOfHold(p, capture)
	before, err := booked(tx.DB, p.ID)
	if err != nil {
		return err
	}
	bank := r.Money()
	p.accept(r.differences(p, parent, capture))
	learn(p, tx.now, r)
	p.CapturedTetri, p.RefundedTetri = bank.Captured, bank.Refunded
	learnDiscount(p, o, r, capture)
	if err := savePayment(tx, p); err != nil {
		return err
	}
	if err := auditOrder(tx, by, o, "bank_word", moneyWords(p.State, before), moneyWords(r.State, bank)); err != nil {
		return err
	}
	pays := o.PaidPaymentID != nil && *o.PaidPaymentID == p.ID
	if err := moveByStaff(tx, p, r.State); err != nil {
		return err
	}
	switch {
	case pays && bank.Captured == 0:
		err = undoPaid(tx, o, p, bank)
	case pays || before.Captured > 0:
		if err = correct(tx, p, bank); err == nil && (pays || o.PaidPaymentID == nil) {
			err = orderFollows(tx, o, p, r.State)
		}
	case bank.Captured > 0 && !fulfil:
		err = bookUnfulfilled(tx, o, p)
	case bank.Captured > 0:
		if err = afterCapture(tx, o, p); err == nil && r.State != PaymentPaid && o.PaidPaymentID != nil && *o.PaidPaymentID == p.ID {
			err = orderFollows(tx, o, p, r.State)
		}
	case o.PaidPaymentID == nil && p.ID == o.LastPayment().ID:
		err = orderFollows(tx, o, p, r.State)
	}
	if err != nil {
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
	if err := reviewOver(tx, paymentSubject(p), "the bank's word was taken", ReviewMismatch); err != nil {
		return err
	}
	return scheduleCheck(tx, p)
}

// moveByStaff moves an attempt to the state that the bank has, even if the table of moves does not
// allow it: that table is for what happens by itself.
func moveByStaff(tx *Tx, p *Payment, to PaymentState) error {
	from := p.State
	if from == to {
		return nil
	}
	p.State, p.UpdatedAt = to, tx.now
	if err := tx.save(p, "State", "UpdatedAt"); err != nil {
		return err
	}
	return journal(tx, Event{PaymentID: &p.ID, At: tx.now, Kind: EventTransition, Cause: CauseStaff, Verdict: string(from) + " to " + string(to)})
}

// undoPaid cancels an order whose attempt the bank, as it turns out, never captured. The units
// go back into the stock unless they have left the shop. The order keeps the attempt as the one that
// decided about it, so that money which comes later is a second payment, for staff.
func undoPaid(tx *Tx, o *Order, p *Payment, bank Money) error {
	if err := correct(tx, p, bank); err != nil {
		return err
	}
	if o.CancelledAt == nil {
		o.CancelledAt = &tx.now
		if err := tx.save(o, "CancelledAt"); err != nil {
			return err
		}
	}
	if !o.Dispatched() {
		if err := restockSold(tx, o); err != nil {
			return err
		}
	}
	return setStatus(tx, o, Cancelled, "never_paid")
}

// bookUnfulfilled books money that staff refund at once: nothing is delivered for it.
func bookUnfulfilled(tx *Tx, o *Order, p *Payment) error {
	if err := bookCapture(tx, p); err != nil {
		return err
	}
	if o.PaidPaymentID != nil {
		return nil // another attempt has paid the order
	}
	o.PaidPaymentID = &p.ID
	if err := tx.save(o, "PaidPaymentID"); err != nil {
		return err
	}
	if err := releaseUnits(tx, o); err != nil {
		return err
	}
	return setStatus(tx, o, Refunding, "bank_word")
}

// accept notes what is accepted in the bank's facts.
func (p *Payment) accept(differences []string) {
	var all []string
	if p.Accepted != "" {
		all = strings.Split(p.Accepted, "\n")
	}
	for _, d := range differences {
		if !slices.Contains(all, d) {
			all = append(all, d)
		}
	}
	p.Accepted = strings.Join(all, "\n")
}

// moneyWords is how the audit list says where an attempt stands.
func moneyWords(state PaymentState, m Money) string {
	return string(state) + ", captured " + m.Captured.String() + ", refunded " + m.Refunded.String()
}

// SettleDifference ends a difference that a reconciliation found, after staff had the bank asked
// again: c is the bank's answer, settled by the ordinary rules already. If ledger and bank agree
// now, the difference is closed. If only our ledger still has the money, the attempt leaves
// all automatic handling, so that nothing more is delivered for it. It reports whether they
// agree.
func (s *Store) SettleDifference(ctx context.Context, by Actor, c BankAnswer) (agrees bool, err error) {
	err = s.inTx(ctx, func(tx *Tx) error {
		p, o, err := tx.lockPayment(c.PaymentID)
		if err != nil {
			return err
		}
		theirs, answered := c.money()
		if !answered {
			return &Error{Kind: Conflict, Code: CodeReviewBankUndecided}
		}
		ours, err := booked(tx.DB, p.ID)
		if err != nil {
			return err
		}
		kind, err := differenceOf(tx.DB, p, ours, theirs, c.Report)
		if err != nil {
			return err
		}
		if agrees = kind == ""; agrees {
			if err := auditOrder(tx, by, o, "review_ask", "", moneyWords(p.State, ours)); err != nil {
				return err
			}
			return differenceOver(tx, p, by.staffID(), "the bank was asked again: they agree")
		}
		if err := auditOrder(tx, by, o, "review_ask", moneyWords(p.State, ours), moneyWords(c.Report.State, theirs)); err != nil {
			return err
		}
		if kind != PaidHere || !p.State.canBecome(PaymentMismatch) {
			return nil
		}
		return quarantine(tx, o, p, contradiction("amount captured", theirs.Captured.String(), ours.Captured.String()))
	})
	return agrees, err
}
