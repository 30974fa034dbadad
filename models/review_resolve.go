package models

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// ReviewAnswer is how a member of staff resolves a review item.
type ReviewAnswer struct {
	Way    ReviewWay
	Reason string  // required
	Email  string  // with WayMail: where the mail goes now
	Report *Report // with WayAccept and WayRefund of what is not settled: what the bank has just said
}

// ReviewMatter returns a review item with everything that it is about. Errors: NotFound.
func (s *Store) ReviewMatter(ctx context.Context, id int64) (*ReviewMatter, error) {
	return reviewMatter(s.Read(ctx), id)
}

// Resolve takes a way out of a review item and closes it, all in one transaction: the second of
// two people finds it closed. Errors: NotFound; Invalid (fields "reason", "email"); Conflict
// "review.resolved" if it is closed already, "admin.review.no_way" if the way does not fit how
// things stand now, and what the way itself can refuse.
func (s *Store) Resolve(ctx context.Context, by Actor, id int64, a ReviewAnswer) error {
	if a.Reason = TidyNote(a.Reason); a.Reason == "" {
		return &Error{Kind: Invalid, Code: CodeFormUnreadable, Fields: map[string]string{"reason": "review.reason_missing"}}
	}
	return s.inTx(ctx, func(tx *Tx) error {
		m, err := lockMatter(tx, id)
		if err != nil {
			return err
		}
		if m.ResolvedAt != nil {
			return &Error{Kind: Conflict, Code: CodeReviewResolved, Err: errors.New(m.Resolution)}
		}
		if !m.Fits(a.Way) {
			return &Error{Kind: Conflict, Code: CodeReviewNoWay, Err: fmt.Errorf("%s out of %s", a.Way, m.Kind)}
		}
		if err := carryOut(tx, by, m, a); err != nil {
			return err
		}
		return closeItem(tx, by, m, a)
	})
}

// lockMatter loads an item with what it is about and locks its order, in the order of locks
// that Tx asks for.
func lockMatter(tx *Tx, id int64) (*ReviewMatter, error) {
	m, err := reviewMatter(tx.DB, id)
	if err != nil {
		return nil, err
	}
	if m.OrderID != nil {
		if m.Order, err = tx.lockOrder("id = ?", *m.OrderID); err != nil {
			return nil, err
		}
		for i := range m.Order.Payments {
			if m.PaymentID != nil && m.Order.Payments[i].ID == *m.PaymentID {
				m.Payment = &m.Order.Payments[i]
			}
		}
	}
	return m, tx.locked().Where("id = ?", id).Take(&m.ReviewItem).Error // as it is now
}

// closeItem resolves an item, unless the way out has ended its matter and so closed it.
func closeItem(tx *Tx, by Actor, m *ReviewMatter, a ReviewAnswer) error {
	resolution := a.Reason
	if a.Way != WayClose {
		resolution = string(a.Way) + ": " + a.Reason
	}
	err := tx.exec("UPDATE review_items SET resolved_at = ?, resolved_by = ?, resolution = ? WHERE id = ?", tx.now, by.staffID(), resolution, m.ID)
	if err != nil {
		return err
	}
	if m.Order != nil {
		return auditOrder(tx, by, m.Order, "review", string(m.Kind), resolution)
	}
	return audit(tx, by, "review", m.Subject, string(m.Kind), resolution)
}

// carryOut carries out the way out that was chosen.
func carryOut(tx *Tx, by Actor, m *ReviewMatter, a ReviewAnswer) error {
	switch a.Way {
	case WayAccept:
		if a.Report == nil {
			return &Error{Kind: Conflict, Code: CodeReviewBankUndecided}
		}
		if err := acceptBankReport(tx, by, m.Order, m.Payment, *a.Report, true); err != nil {
			return err
		}
		return differenceOver(tx, m.Payment, by.staffID(), "the bank's word was taken")
	case WayRefund:
		return refundReviewed(tx, by, m, a)
	case WayCapture:
		_, err := requestCapture(tx, m.Order, CaptureRequest{OrderID: m.Order.ID, PaymentID: m.Payment.ID, All: true, Reason: a.Reason, By: by})
		return err
	case WayRelease:
		_, err := requestRelease(tx, m.Order, ReleaseRequest{OrderID: m.Order.ID, PaymentID: m.Payment.ID, Reason: a.Reason, By: by})
		return err
	case WayRetryRefund:
		return retryRefund(tx, &Action{BankAction: m.Refund.BankAction, Kind: ActionRefund}, m.Payment, m.Order, by)
	case WayByHand:
		return refundedByHand(tx, by, m)
	case WayMail:
		return mailAgain(tx, m, a.Email)
	case WayForgetCard:
		return forgetCard(tx, m)
	case WayGiveUp:
		return giveUp(tx, m)
	case WayClose:
		if m.Kind == ReviewRefundByHand && m.Refund != nil && m.Refund.State.Pending() {
			return stopByHand(tx, m, a.Reason)
		}
		if m.Kind == ReviewMismatch && m.Payment.State == PaymentMismatch && m.Order.Status == Review && m.Order.PaidPaymentID == nil {
			return endMismatch(tx, m.Order)
		}
	}
	return nil // closing, and delivering what is paid, only need the item closed
}

// refundReviewed refunds all that is left of an attempt. One that stands still because the bank's
// facts differ is first brought to what the bank has, and nothing is delivered for it.
func refundReviewed(tx *Tx, by Actor, m *ReviewMatter, a ReviewAnswer) error {
	p, o := m.Payment, m.Order
	if p.State == PaymentMismatch {
		if a.Report == nil {
			return &Error{Kind: Conflict, Code: CodeReviewBankUndecided}
		}
		if err := acceptBankReport(tx, by, o, p, *a.Report, false); err != nil {
			return err
		}
	}
	restock := o.PaidPaymentID != nil && *o.PaidPaymentID == p.ID && !o.Dispatched()
	if restock {
		if err := restockSold(tx, o); err != nil {
			return err
		}
	}
	_, err := requestRefund(tx, o, RefundRequest{OrderID: o.ID, PaymentID: p.ID, All: true, OrByHand: true, Reason: a.Reason, By: by})
	return err
}

// mailAgain sends a mail that was given up once more, to the corrected address, which the order
// gets as well.
func mailAgain(tx *Tx, m *ReviewMatter, email string) error {
	address, ok := parseEmail(email)
	if !ok {
		return &Error{Kind: Invalid, Code: CodeFormUnreadable, Fields: map[string]string{"email": "admin.review.email_wrong"}}
	}
	if address != m.Order.Email {
		m.Order.Email, m.Order.UpdatedAt = address, tx.now
		if err := tx.save(m.Order, "Email", "UpdatedAt"); err != nil {
			return err
		}
	}
	// The mail's tries are counted from now, and it is written anew.
	mail := m.Mail
	mail.Recipient, mail.Subject, mail.Text, mail.HTML, mail.CreatedAt, mail.GivenUpAt = address, "", "", "", tx.now, nil
	if err := tx.save(mail, "Recipient", "Subject", "Text", "HTML", "CreatedAt", "GivenUpAt"); err != nil {
		return err
	}
	if err := reviewOver(tx, m.Subject, "the mail is sent again", ReviewMailNotSent); err != nil {
		return err
	}
	return enqueue(tx, MailJob{MailID: mail.ID})
}

// forgetCard makes the call by which the bank forgets a card due now. A card that was saved in
// another way than agreed is nobody's, and is stored only to be forgotten.
func forgetCard(tx *Tx, m *ReviewMatter) error {
	if m.Card != nil {
		m.Card.NextTryAt = &tx.now
		return tx.save(m.Card, "NextTryAt")
	}
	p, o, key := m.Payment, m.Order, uuid.NewString()
	kind := Recurrent
	if p.SaveCard == Recurrent {
		kind = Subscription // it was saved in the other way
	}
	c := SavedCard{
		OrderID: o.ID, PaymentID: p.ID, ParentBankID: *p.BankOrderID, Kind: kind, Mask: p.CardMask, Brand: p.CardBrand, State: CardRemoving,
		ConsentVersion: o.ConsentVersion, ConsentAt: *o.ConsentAt, RemoveKey: &key, NextTryAt: &tx.now, CreatedAt: tx.now, UpdatedAt: tx.now,
	}
	if kind == Subscription {
		c.FixedTetri = &p.RequestedTetri
	}
	_, err := tx.createUnlessThere(&c)
	return err
}

// giveUp ends an attempt of which staff have seen at the bank that it captured nothing. Should
// it be paid all the same, settling notices.
func giveUp(tx *Tx, m *ReviewMatter) error {
	if err := movePayment(tx, m.Order, m.Payment, PaymentExpired, CauseStaff); err != nil {
		return err
	}
	if err := reviewOver(tx, m.Subject, "staff ended the payment", ReviewChargeUnknown, ReviewUndecided); err != nil {
		return err
	}
	return scheduleCheck(tx, m.Payment)
}

// endMismatch ends an unpaid order whose payment staff have seen to outside the shop: nothing is
// delivered for it, and its units are released.
func endMismatch(tx *Tx, o *Order) error {
	if err := releaseUnits(tx, o); err != nil {
		return err
	}
	o.CancelledAt = &tx.now
	if err := tx.save(o, "CancelledAt"); err != nil {
		return err
	}
	return setStatus(tx, o, Cancelled, "review_closed")
}

// subjectID is the number in a subject such as "mail 7"; 0 if it is about something else.
func (r *ReviewItem) subjectID(what string) int64 {
	text, ok := strings.CutPrefix(r.Subject, what+" ")
	if !ok {
		return 0
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// NoteAsked enters into the audit list that staff had the bank asked about an item.
func (s *Store) NoteAsked(ctx context.Context, by Actor, id int64) error {
	return s.inTx(ctx, func(tx *Tx) error {
		m, err := reviewMatter(tx.DB, id)
		if err != nil {
			return err
		}
		if m.Order != nil {
			return auditOrder(tx, by, m.Order, "review_ask", string(m.Kind), m.Resolution)
		}
		return audit(tx, by, "review_ask", m.Subject, string(m.Kind), m.Resolution)
	})
}
