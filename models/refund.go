package models

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// Refund is money that goes back to the payer.
type Refund struct {
	BankAction
	Delivery     bool        // the delivery price is part of it
	ByHand       bool        // staff make it at the bank, which does not do so at the shop's request
	OutsideTetri Tetri       // what had gone back without the shop (refundedOutside) when the refund began to wait
	Lines        []LineUnits `gorm:"-"` // the units whose price is refunded; empty if it is for none in particular
}

// paidTooLate handles money that came when the units were sold to others: the order is
// not fulfilled, the rest of the money is refunded without staff, and the shopper gets a mail.
func paidTooLate(tx *Tx, o *Order, p *Payment, short *OrderLine) error {
	if err := reviewPayment(tx, ReviewPaidTooLate, p, "no more "+short.Slug+"; the money goes back"); err != nil {
		return err
	}
	if left := p.CapturedTetri - p.RefundedTetri; left > 0 {
		if err := storeRefund(tx, o, p, &Refund{}, RefundRequest{Reason: reasonTooLate}, left); err != nil {
			return err
		}
	}
	o.PaidPaymentID = &p.ID
	if err := tx.save(o, "PaidPaymentID"); err != nil {
		return err
	}
	if err := setStatus(tx, o, Refunding, "paid_too_late"); err != nil {
		return err
	}
	return queueMail(tx, o, p, MailRefunding)
}

// bookRefunds enters into the ledger what the bank has refunded of an attempt since the last
// entry, whoever started the refund, and sends a mail about it. completed are the refunds that
// the same report completes.
func bookRefunds(tx *Tx, o *Order, p *Payment, completed []int64) error {
	if !p.State.captured() {
		return nil
	}
	was, err := booked(tx.DB, p.ID)
	if err != nil || p.RefundedTetri <= was.Refunded {
		return err
	}
	entry := LedgerEntry{OrderID: p.OrderID, PaymentID: p.ID, At: tx.now, Kind: moneyRefunded, AmountTetri: p.RefundedTetri - was.Refunded}
	if err := tx.Create(&entry).Error; err != nil {
		return err
	}
	return queueMailAbout(tx, o, p, MailRefunded, refundedNow(p.RefundedTetri-was.Refunded, p.RefundedTetri, completed))
}

// refundedNow is what Mail.About says for a refund: the amount, the sum of all refunds, and
// the refunds of the shop that it comes from, if any.
func refundedNow(now, inAll Tetri, refunds []int64) string {
	about := fmt.Sprintf("%d of %d", now, inAll)
	for _, id := range refunds {
		about += fmt.Sprintf(" %d", id)
	}
	return about
}

// Refunded returns what refundedNow wrote into a mail of the kind MailRefunded.
func (m *Mail) Refunded() (now, inAll Tetri, refunds []int64) {
	if _, err := fmt.Sscanf(m.About, "%d of %d", &now, &inAll); err != nil {
		return 0, 0, nil
	}
	for _, word := range strings.Fields(m.About)[3:] {
		if id, err := strconv.ParseInt(word, 10, 64); err == nil {
			refunds = append(refunds, id)
		}
	}
	return now, inAll, refunds
}

// allRefunded completes the refunds and closes the review items of an attempt that is
// refunded completely, whoever requested that.
func allRefunded(tx *Tx, p *Payment) error {
	var refunds []Refund
	if err := tx.Where("payment_id = ?", p.ID).Order("state = 'rejected', id").Find(&refunds).Error; err != nil {
		return err
	}
	sum := Tetri(0)
	for _, r := range refunds {
		if r.Stopped() || r.State == ActionRejected && sum+r.AmountTetri > p.CapturedTetri {
			continue // others have taken its place
		}
		sum += r.AmountTetri
		if r.State == ActionCompleted {
			continue
		}
		if err := moveAction(tx, &Action{BankAction: r.BankAction, Kind: ActionRefund}, ActionCompleted); err != nil {
			return err
		}
		if err := byHandOver(tx, &r, "the money went back"); err != nil {
			return err
		}
	}
	return reviewOver(tx, paymentSubject(p), "the money went back",
		ReviewRefundRejected, ReviewRefundUndecided, ReviewPaidTooLate, ReviewSecondPayment, ReviewPaidAfterCancel)
}

// RetryRefund requests a refund again, at once, that the bank rejected. Errors: NotFound;
// Conflict while the bank is working on it, when nothing is left to refund, or when its
// units were refunded in the meantime.
func (s *Store) RetryRefund(ctx context.Context, id int64, by Actor) error {
	return s.changeAction(ctx, ActionRefund, id, func(tx *Tx, a *Action, p *Payment, o *Order) error {
		return retryRefund(tx, a, p, o, by)
	})
}

// retryRefund is RetryRefund for a refund that is loaded, and whose order is locked.
func retryRefund(tx *Tx, a *Action, p *Payment, o *Order, by Actor) error {
	switch {
	case a.State == ActionCompleted || p.RefundedTetri >= p.CapturedTetri:
		return &Error{Kind: Conflict, Code: CodeRefundCompleted}
	case a.State == ActionRequested:
		return &Error{Kind: Conflict, Code: CodeRefundRequested}
	case a.State.Pending(): // it waits for its next call; the key is good
		a.NextTryAt = tx.now
		return saveAction(tx, a)
	}
	if err := refundAgainFits(tx, a, p, o); err != nil {
		return err
	}
	if err := reviewOver(tx, paymentSubject(p), "the refund is asked for again", ReviewRefundRejected); err != nil {
		return err
	}
	if err := refundEvent(tx, o, refundAgain); err != nil {
		return err
	}
	if err := auditIfStaff(tx, by, o, "refund", "rejected "+a.RejectCode, "again "+a.AmountTetri.String()); err != nil {
		return err
	}
	a.RejectCode, a.RejectReason = "", ""
	if by, err := refundByHand(tx, a); err != nil {
		return err
	} else if by {
		if err := reviewOver(tx, refundSubject(a.ID), "it is owed again", ReviewRefundByHand); err != nil {
			return err
		}
		if err := reviewByHand(tx, a.ID, a.AmountTetri, p); err != nil {
			return err
		}
	}
	return renewAction(tx, a, tx.now)
}

// What happened to a refund, in the timeline of its order.
const (
	refundRejected = "refund_rejected"
	refundAgain    = "refund_again"
	refundStopped  = "refund_stopped"
)

// owesRefund reports whether an attempt was paid when the units were gone and is not
// refunded completely.
func owesRefund(tx *Tx, p *Payment) (owes bool, err error) {
	err = query(tx.DB, []any{&owes}, `SELECT EXISTS (SELECT 1 FROM refunds WHERE payment_id = ? AND state <> ?) AND 0 =
		(SELECT `+netSoldSum+` FROM stock_moves WHERE order_id = ?)`, p.ID, ActionCompleted, p.OrderID)
	return owes && p.RefundedTetri < p.CapturedTetri, err
}

// reasonTooLate is the reason of a refund of money that came when the units were gone.
const reasonTooLate = "paid_too_late"

// refundEvent adds to the timeline what happened to a refund, if the order waits for it.
func refundEvent(tx *Tx, o *Order, detail string) error {
	if o.Status != Refunding {
		return nil
	}
	return addOrderEvent(tx, o, Refunding, detail)
}
