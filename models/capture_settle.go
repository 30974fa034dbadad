package models

import (
	"fmt"
	"slices"
	"time"
)

// ReportedAction is a refund, a capture or a release as the bank's receipt has it, whoever
// requested it.
type ReportedAction struct {
	ID        string
	Kind      ActionKind
	ByShop    bool // requested by a call of the shop, not in the bank's console
	State     ActionState
	Amount    Tetri
	Rejection Rejection // if it was rejected
}

// endOfHold translates what the bank reports about a hold into the shop's words: whatever the bank
// calls a hold that was released, nothing was captured. capture is the one that the shop
// requested, nil if there is none.
func (r *Report) endOfHold(p *Payment, capture *Capture) {
	switch {
	case p.State == PaymentHeld, p.State == PaymentReleased, p.State == PaymentMismatch && p.HeldAt != nil:
	default:
		return
	}
	gone := r.State == PaymentDeclined || r.State == PaymentExpired || r.State == PaymentRefunded || r.State == PaymentPartRefunded
	if gone && (capture == nil || r.Transferred+r.Refunded == 0) {
		r.State = PaymentReleased
	}
}

// captureOf returns the capture that the shop has requested of an attempt's hold, nil if there is
// none. A rejected one counts only if the bank has captured exactly its amount all the same.
func captureOf(tx *Tx, p *Payment, captured Tetri) (*Capture, error) {
	if p.HeldAt == nil {
		return nil, nil
	}
	var list []Capture
	err := tx.Where("payment_id = ? AND kind = ? AND (state <> ? OR amount_tetri = ?)", p.ID, ActionCapture, ActionRejected, captured).
		Order("state = 'rejected', id DESC").Limit(1).Find(&list).Error
	if err != nil || len(list) == 0 {
		return nil, err
	}
	c := &list[0]
	return c, queryAll(tx.DB, &c.Lines, "SELECT position, units FROM capture_lines WHERE capture_id = ? ORDER BY position", c.ID)
}

// holdBegan does, once, what follows when the bank holds the money of an attempt: the order
// is on hold and its units stay reserved. If another attempt has paid the order or holds
// money for it, or if the units are gone, the hold is released without staff.
func holdBegan(tx *Tx, o *Order, p *Payment) error {
	first := p.HeldAt == nil
	if first {
		p.HeldAt = &tx.now
		if err := tx.save(p, "HeldAt"); err != nil {
			return err
		}
	}
	if o.CancelledAt != nil {
		return moneyAfterCancel(tx, o, p)
	}
	if otherMoney(o, p) {
		_, err := requestRelease(tx, o, ReleaseRequest{PaymentID: p.ID, Reason: reasonSecondHold})
		return err
	}
	if o.Status == Cancelled {
		if err := reviewPayment(tx, ReviewPaidAfterCancel, p, "order "+o.Number+" had been replaced by another"); err != nil {
			return err
		}
	}
	if err := setStatus(tx, o, OnHold, ""); err != nil {
		return err
	}
	short, err := reserveUnits(tx, o)
	if err != nil {
		return err
	}
	if short != nil {
		_, err := requestRelease(tx, o, ReleaseRequest{PaymentID: p.ID, Reason: reasonTooLate})
		return err
	}
	if first && !o.cartEmptied() {
		if err := emptyCart(tx, o); err != nil {
			return err
		}
	}
	return queueMail(tx, o, p, MailHeld)
}

// reasonSecondHold is the reason to release a hold when the order has its money already.
const reasonSecondHold = "second_hold"

// otherMoney reports whether another attempt than p has paid the order or holds money for it.
func otherMoney(o *Order, p *Payment) bool {
	return slices.ContainsFunc(o.Payments, func(q Payment) bool {
		return q.ID != p.ID && (q.State == PaymentHeld || q.State.captured())
	})
}

// holdReleased does what follows when the hold of an attempt has ended without a capture, at the
// shop's request or after 30 days: the order is cancelled.
func holdReleased(tx *Tx, o *Order, p *Payment) error {
	if otherMoney(o, p) || o.Status != OnHold && o.Status != Review {
		return nil
	}
	var requested bool
	if err := query(tx.DB, []any{&requested}, "SELECT EXISTS (SELECT 1 FROM captures WHERE payment_id = ? AND kind = ? AND state <> ?)",
		p.ID, ActionRelease, ActionRejected); err != nil {
		return err
	}
	detail := "hold_expired"
	if requested {
		detail = "released"
	}
	if o.CancelledAt == nil {
		o.CancelledAt = &tx.now
		if err := tx.save(o, "CancelledAt"); err != nil {
			return err
		}
	}
	if err := releaseUnits(tx, o); err != nil {
		return err
	}
	if err := setStatus(tx, o, Cancelled, detail); err != nil {
		return err
	}
	return queueMail(tx, o, p, MailReleased)
}

// sellCaptured takes the units that were charged out of the stock for good, and puts those that a
// partial capture left out back on the shelf.
func sellCaptured(tx *Tx, o *Order, capture *Capture) error {
	if capture == nil || len(capture.Lines) == 0 {
		return sell(tx, o.ID, o.Lines)
	}
	var sold, missing []OrderLine
	for i := range o.Lines {
		l := &o.Lines[i]
		l.Missing = l.Quantity
		for _, c := range capture.Lines {
			if c.Position == l.Position {
				l.Missing = l.Quantity - c.Units
			}
		}
		if err := tx.exec("UPDATE order_lines SET missing = ? WHERE order_id = ? AND position = ?", l.Missing, o.ID, l.Position); err != nil {
			return err
		}
		part := *l
		if part.Quantity = l.Quantity - l.Missing; part.Quantity > 0 {
			sold = append(sold, part)
		}
		if part.Quantity = l.Missing; part.Quantity > 0 {
			missing = append(missing, part)
		}
	}
	if err := sell(tx, o.ID, sold); err != nil {
		return err
	}
	return release(tx, o.ID, missing)
}

// decideActions brings the actions that the shop requested to the state that the receipt shows,
// and returns what it decided.
func decideActions(tx *Tx, o *Order, p *Payment, r Report) (decided decision, err error) {
	if p.HeldAt == nil && !p.State.captured() {
		return decided, nil
	}
	var pending []Action
	if err := queryAll(tx.DB, &pending, "SELECT * FROM ("+allActions+") a WHERE payment_id = ? ORDER BY id", p.ID); err != nil {
		return decided, err
	}
	for i := range pending {
		a := &pending[i]
		was := a.State
		if err := findAction(tx, a, p, r); err != nil {
			return decided, err
		}
		if err := decideAction(tx, a, p, o, r); err != nil {
			return decided, err
		}
		if a.Kind == ActionRefund && a.State == ActionCompleted {
			decided.refunds = append(decided.refunds, a.ID)
		}
		decided.rejected = decided.rejected || a.State != was && (a.State == ActionRejected || a.State == ActionQueued)
	}
	return decided, nil
}

// decision is what a receipt decides about actions.
type decision struct {
	refunds  []int64 // that it completes
	rejected bool    // it rejects one
}

// rejectedCheck is when the bank is asked again about a payment of which it rejected an action.
const rejectedCheck = 10 * time.Second

// findAction finds an action whose id the shop never learned, because its call got no answer: it is
// the one in the receipt that was requested by the shop and that nothing else accounts for.
func findAction(tx *Tx, a *Action, p *Payment, r Report) error {
	if a.State != ActionStarting || a.Tries == 0 {
		return nil
	}
	for _, x := range r.Actions {
		if !x.ByShop || x.Kind != a.Kind || x.Amount != a.AmountTetri && a.Kind != ActionRelease {
			continue
		}
		var known bool
		if err := query(tx.DB, []any{&known}, "SELECT EXISTS (SELECT 1 FROM "+a.Kind.table()+" WHERE action_id = ? OR payment_id = ? AND spent_ids LIKE ?)",
			x.ID, p.ID, "%"+x.ID+"%"); err != nil {
			return err
		}
		if !known {
			a.ActionID = &x.ID
			return moveAction(tx, a, ActionRequested)
		}
	}
	return nil
}

// decideAction completes or rejects an action if the receipt has its outcome, or if its hold has
// ended in any way.
func decideAction(tx *Tx, a *Action, p *Payment, o *Order, r Report) error {
	i := slices.IndexFunc(r.Actions, func(x ReportedAction) bool { return a.ActionID != nil && x.ID == *a.ActionID })
	switch {
	case i >= 0 && r.Actions[i].State == ActionCompleted:
		return completeAction(tx, a, p)
	case i >= 0 && r.Actions[i].State == ActionRejected:
		return rejectAction(tx, a, p, o, r.Actions[i].Rejection)
	case a.Kind == ActionRefund, p.State == PaymentHeld:
		return nil
	case (a.Kind == ActionCapture) == p.State.captured():
		return completeAction(tx, a, p)
	}
	return rejectAction(tx, a, p, o, Rejection{Why: "the hold has ended otherwise: the payment is " + string(p.State)})
}

// reviewHold reminds staff of a hold that the bank is about to release.
func reviewHold(tx *Tx, p *Payment) error {
	expires := p.HoldExpires()
	if expires == nil || tx.now.Before(p.HeldAt.Add(holdReviewedAt)) {
		return nil
	}
	return reviewPayment(tx, ReviewHoldExpiring, p, fmt.Sprintf("%s is on hold; the bank releases it on %s", p.AuthorizedTetri, expires.Format("2006-01-02")))
}
