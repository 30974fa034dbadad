package models

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"gorm.io/gorm"
)

// Event is one line of the payment journal. The journal is append-only; the
// database refuses to change or delete a line.
type Event struct {
	ID        int64
	PaymentID *int64 // nil: about no payment we know
	At        time.Time
	Kind      EventKind
	Cause     Cause
	Verdict   string
	Headers   string
	Body      []byte
	BodyHash  *string
}

// EventKind is what a line of the journal is about.
type EventKind string

// The kinds of lines.
const (
	EventCall       EventKind = "call"       // something was said to the bank
	EventReceipt    EventKind = "receipt"    // the bank's receipt says something new
	EventCallback   EventKind = "callback"   // a message of the bank came
	EventTransition EventKind = "transition" // an attempt moved
	EventSplit      EventKind = "split"      // the split of an attempt moved
)

// callbackAccepted is the verdict on a message whose signature is good.
const callbackAccepted = "accepted"

// Cause is who had the bank asked or, in words, what else led to a line of the journal.
type Cause string

// Those who have the bank asked.
const (
	CauseShopper   Cause = "shopper"    // they pay
	CauseOrderPage Cause = "order page" // they look at the order
	CauseWorker    Cause = "worker"     // it is due, also because the bank has sent a message
	CauseStaff     Cause = "staff"

	CauseReconciliation Cause = "reconciliation"
)

// TableName is the journal's table.
func (Event) TableName() string { return "payment_events" }

func journal(tx *Tx, e Event) error {
	return tx.Create(&e).Error
}

// journalCalls writes down calls to the bank about an attempt.
func journalCalls(tx *Tx, paymentID int64, calls []Event) error {
	for _, e := range calls {
		e.PaymentID = &paymentID
		if err := journal(tx, e); err != nil {
			return err
		}
	}
	return nil
}

// JournalCalls writes down calls to the bank whose outcome changes nothing else
// in the attempt.
func (s *Store) JournalCalls(ctx context.Context, paymentID int64, calls []Event) error {
	if len(calls) == 0 {
		return nil
	}
	return s.inTx(ctx, func(tx *Tx) error { return journalCalls(tx, paymentID, calls) })
}

// journalReceipt writes down a receipt that differs from the last one. A page that waits for
// the bank reads the same receipt every few seconds, and a line can never be deleted.
func journalReceipt(tx *Tx, p *Payment, r Report) error {
	hash, last := digest(r.Raw), ""
	err := query(tx.DB, []any{&last}, `SELECT coalesce(body_hash, '') FROM payment_events
		WHERE payment_id = ? AND kind = ? ORDER BY id DESC LIMIT 1`, p.ID, EventReceipt)
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return err
	}
	if hash == last {
		return nil
	}
	return journal(tx, Event{PaymentID: &p.ID, At: tx.now, Kind: EventReceipt, Cause: r.Cause, Verdict: r.Status, Body: r.Raw, BodyHash: &hash})
}

// Journal writes one line that belongs to no other change.
func (s *Store) Journal(ctx context.Context, e Event) error {
	e.At = s.Now()
	return s.inTx(ctx, func(tx *Tx) error { return journal(tx, e) })
}

// PaymentEvents lists the journal of one attempt, oldest first.
func (s *Store) PaymentEvents(ctx context.Context, paymentID int64) (events []Event, err error) {
	err = s.Read(ctx).Where("payment_id = ?", paymentID).Order("id").Find(&events).Error
	return events, err
}

// Callback is a message of the bank whose signature is verified.
type Callback struct {
	Body        []byte
	Headers     map[string]string
	Event       string
	BankOrderID string
	OrderNumber string
}

// StoreCallback stores a verified message and makes the payment it is about due
// for settling, in one transaction: once it returns, the message can be
// acknowledged. A message about a payment we do not know is stored and goes to the
// review queue.
//
// The same bytes are stored once, but each time they come the payment becomes due: a message
// that is stored need not have been worked on. While the payment is due, each repetition
// costs one look-up.
func (s *Store) StoreCallback(ctx context.Context, c Callback) error {
	headers, err := json.Marshal(c.Headers)
	if err != nil {
		return err
	}
	hash := digest(c.Body)
	if due, err := s.isDue(ctx, hash); due || err != nil {
		return err
	}
	return s.inTx(ctx, func(tx *Tx) error {
		paymentID, err := findDue(tx, c.BankOrderID, c.OrderNumber)
		if err != nil {
			return err
		}
		// SQL, because Create would make each callback a third dearer (docs/speed.md has its aim).
		isNew, err := tx.execRows(`INSERT INTO payment_events (payment_id, at, kind, cause, verdict, headers, body, body_hash)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, paymentID, tx.now, EventCallback, c.Event, callbackAccepted, string(headers), c.Body, hash)
		if err != nil || isNew == 0 || paymentID != nil {
			return err
		}
		return review(tx, ReviewItem{
			Kind: ReviewUnknownOrder, Subject: bankOrderSubject + c.BankOrderID, Detail: "order number " + c.OrderNumber, Happening: hash,
		})
	})
}

// isDue reports whether the message with this digest is stored and the payment that it is
// about has still to be looked at.
func (s *Store) isDue(ctx context.Context, hash string) (due bool, err error) {
	// A context that can end costs the driver more than the query.
	err = query(s.Read(s.SmallRead(ctx)), []any{&due}, `SELECT EXISTS (SELECT 1 FROM payment_events e JOIN payments p ON p.id = e.payment_id
		WHERE e.body_hash = ? AND e.kind = 'callback' AND e.verdict = 'accepted' AND p.next_check_at <= ?)`, hash, s.Now())
	return due, err
}

// findDue is findPayment that makes the attempt due.
func findDue(tx *Tx, bankOrderID, orderNumber string) (*int64, error) {
	const due = "UPDATE payments SET next_check_at = ? WHERE " // not an earlier moment: see Report.AskedAt
	// Whoever settles the attempt meanwhile stores its next check, too.
	if err := tx.lockOrders("id = (SELECT order_id FROM payments WHERE bank_order_id = ?)", bankOrderID); err != nil {
		return nil, err
	}
	var id int64
	err := query(tx.DB, []any{&id}, due+"bank_order_id = ? RETURNING id", tx.now, bankOrderID) // as a rule that is all
	if !errors.Is(err, gorm.ErrRecordNotFound) {
		return &id, err
	}
	found, err := findPayment(tx, bankOrderID, orderNumber)
	if err == nil && found != nil {
		err = tx.exec(due+"id = ?", tx.now, *found)
	}
	return found, err
}
