package models

import (
	"context"
	"fmt"
	"time"
)

// OrderHistory is all that the shop has about an order beyond the order itself, each list the
// oldest first.
type OrderHistory struct {
	Journal []Event // of all its attempts
	Mails   []Mail
	Audit   []AuditEntry
	Notes   []OrderNote
	Reviews []ReviewItem
}

// OrderHistory returns the history of an order.
func (s *Store) OrderHistory(ctx context.Context, o *Order) (*OrderHistory, error) {
	db, h := s.Read(ctx), &OrderHistory{}
	const ofOrder = "payment_id IN (SELECT id FROM payments WHERE order_id = ?)"
	if err := db.Where(ofOrder, o.ID).Order("id").Find(&h.Journal).Error; err != nil {
		return nil, err
	}
	for _, list := range []any{&h.Mails, &h.Audit, &h.Notes, &h.Reviews} {
		if err := db.Where("order_id = ?", o.ID).Order("id").Find(list).Error; err != nil {
			return nil, err
		}
	}
	return h, nil
}

// OrderJournal returns one line of the journal of an order's payments. Errors: NotFound, also for
// a line of another order.
func (s *Store) OrderJournal(ctx context.Context, o *Order, id int64) (*Event, error) {
	var e Event
	err := s.Read(ctx).Where("id = ? AND payment_id IN (SELECT id FROM payments WHERE order_id = ?)", id, o.ID).Take(&e).Error
	return &e, notFound(err, CodeOrderNotFound)
}

// contactOpenFor is how long after an order was handed over clerks see how to reach its person
// without asking for it: until then it may come back.
const contactOpenFor = 30 * day

// ContactOpen reports whether those who ship see the address and telephone of an order without
// asking: while it is on its way to its customer, and contactOpenFor after it arrived.
func (o *Order) ContactOpen(now time.Time) bool {
	switch o.Status {
	case OnHold, Paid, PartlyRefunded, Refunding, Review:
	default:
		return false
	}
	switch o.Fulfilment {
	case FulfilmentDelivered, FulfilmentHandedOver, FulfilmentReturned:
		return o.ReceivedAt == nil || now.Sub(*o.ReceivedAt) < contactOpenFor
	}
	return true
}

// RevealContact writes into the audit list that a member of staff has asked to see how to reach
// the person of an order. Errors: NotFound.
func (s *Store) RevealContact(ctx context.Context, by Actor, number string) error {
	return s.inTx(ctx, func(tx *Tx) error {
		o, err := tx.lockOrder("number = ?", number)
		if err != nil {
			return err
		}
		return auditOrder(tx, by, o, "show_contact", "", "")
	})
}

// DisputeOpened writes into the audit list that somebody has opened the dispute pack of an order.
// Errors: NotFound.
func (s *Store) DisputeOpened(ctx context.Context, by Actor, number string) error {
	return s.inTx(ctx, func(tx *Tx) error {
		o, err := tx.lockOrder("number = ?", number)
		if err != nil {
			return err
		}
		return auditOrder(tx, by, o, "dispute", "", "")
	})
}

// ContactRevealed reports whether a member of staff has asked to see the person of an order
// within the last contactShownFor.
func (h *OrderHistory) ContactRevealed(staffID int64, now time.Time) bool {
	for _, e := range h.Audit {
		if e.Action == "show_contact" && e.StaffID != nil && *e.StaffID == staffID && now.Sub(e.At) < contactShownFor {
			return true
		}
	}
	return false
}

// contactShownFor is how long somebody who asked for it sees how to reach a person.
const contactShownFor = 15 * time.Minute

// OrdersExported writes into the audit list that somebody has downloaded the orders of a filter.
func (s *Store) OrdersExported(ctx context.Context, by Actor, filter string) error {
	return s.inTx(ctx, func(tx *Tx) error { return audit(tx, by, "export_orders", "orders", "", filter) })
}

// SendMailAgain queues a mail about an order once more, with the same text to the same
// address. Errors: NotFound; Conflict "mail.forgotten" once its person is
// forgotten, "mail.waiting" while it is tried by itself or is not written.
func (s *Store) SendMailAgain(ctx context.Context, by Actor, number string, mailID int64) error {
	return s.inTx(ctx, func(tx *Tx) error {
		o, err := tx.lockOrder("number = ?", number)
		if err != nil {
			return err
		}
		var m Mail
		if err := tx.Where("id = ? AND order_id = ?", mailID, o.ID).Take(&m).Error; err != nil {
			return notFound(err, CodeMailNotFound)
		}
		if m.Recipient == "" {
			return &Error{Kind: Conflict, Code: CodeMailForgotten}
		}
		if m.SentAt == nil && m.GivenUpAt == nil && m.Tries > 0 || m.Text == "" {
			return &Error{Kind: Conflict, Code: CodeMailWaiting}
		}
		again := Mail{
			OrderID: m.OrderID, PaymentID: m.PaymentID, Kind: m.Kind, Lang: m.Lang, Recipient: m.Recipient,
			Subject: m.Subject, Text: m.Text, HTML: m.HTML, CreatedAt: tx.now,
		}
		if again.ID, err = tx.nextID("mails"); err != nil {
			return err
		}
		again.About = fmt.Sprintf("%s, again as mail %d", m.About, again.ID)
		if err := storeMail(tx, &again); err != nil {
			return err
		}
		return auditOrder(tx, by, o, "mail_again", fmt.Sprint("mail ", m.ID), fmt.Sprint("mail ", again.ID))
	})
}
