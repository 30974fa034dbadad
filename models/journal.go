package models

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"gorm.io/gorm"
)

// Event is one line of the payment journal. The journal is append-only; the
// database refuses to change or delete a line.
type Event struct {
	ID        int64
	PaymentID *int64 // nil: about no payment we know
	At        time.Time
	Kind      string // call, receipt, callback, transition
	Cause     string
	Verdict   string
	Headers   string
	Body      []byte
	BodyHash  *string
}

// TableName is the journal's table.
func (Event) TableName() string { return "payment_events" }

func journal(tx *gorm.DB, e Event) error {
	return exec(tx, `INSERT INTO payment_events (payment_id, at, kind, cause, verdict, headers, body, body_hash)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, e.PaymentID, e.At, e.Kind, e.Cause, e.Verdict, e.Headers, e.Body, e.BodyHash)
}

// journalCalls writes down what was said to the bank about an attempt.
func journalCalls(tx *gorm.DB, paymentID int64, calls []Event) error {
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
	return s.inTx(ctx, func(tx *gorm.DB) error { return journalCalls(tx, paymentID, calls) })
}

// journalReceipt writes down a receipt that says something else than the one read
// before: a page that waits for the bank reads the same receipt every few seconds, and
// a line can never be deleted.
func journalReceipt(tx *gorm.DB, now time.Time, p *Payment, r Report) error {
	hash, last := digest(r.Raw), ""
	err := query(tx, []any{&last}, `SELECT coalesce(body_hash, '') FROM payment_events
		WHERE payment_id = ? AND kind = 'receipt' ORDER BY id DESC LIMIT 1`, p.ID)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if hash == last {
		return nil
	}
	return journal(tx, Event{PaymentID: &p.ID, At: now, Kind: "receipt", Cause: r.Cause, Verdict: r.Status, Body: r.Raw, BodyHash: &hash})
}

// Journal writes one line that belongs to no other change.
func (s *Store) Journal(ctx context.Context, e Event) error {
	e.At = s.Now()
	return s.inTx(ctx, func(tx *gorm.DB) error { return journal(tx, e) })
}

// PaymentEvents lists the journal of one attempt, oldest first.
func (s *Store) PaymentEvents(ctx context.Context, paymentID int64) (events []Event, err error) {
	err = s.read.WithContext(ctx).Where("payment_id = ?", paymentID).Order("id").Find(&events).Error
	return events, err
}

// Callback is a message of the bank whose signature was found good.
type Callback struct {
	Body        []byte
	Headers     map[string]string
	Event       string
	BankOrderID string
	OrderNumber string
}

// HaveCallback reports whether exactly this message was stored lately. False says
// nothing: StoreCallback finds out what was stored longer ago.
func (s *Store) HaveCallback(body []byte) bool { return s.callbacks.have(digest(body)) }

// maxLately bounds the messages that are remembered; a repeat comes soon, as a rule.
const maxLately = 4096

// storedLately remembers digests of messages that are on disk. It is safe for
// concurrent use.
type storedLately struct {
	mu      sync.Mutex
	digests map[string]struct{}
}

func (l *storedLately) have(digest string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.digests[digest]
	return ok
}

func (l *storedLately) add(digest string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.digests == nil || len(l.digests) >= maxLately {
		l.digests = map[string]struct{}{}
	}
	l.digests[digest] = struct{}{}
}

// StoreCallback stores a verified message and makes the payment it is about due
// for settling, in one transaction: once it returns, the message can be
// acknowledged. Storing the same bytes again does nothing. A message about a
// payment we do not know is stored and put before staff.
func (s *Store) StoreCallback(ctx context.Context, c Callback) error {
	headers, err := json.Marshal(c.Headers)
	if err != nil {
		return err
	}
	hash := digest(c.Body)
	err = s.inTx(ctx, func(tx *gorm.DB) error {
		e := Event{
			At: s.Now(), Kind: "callback", Cause: c.Event, Verdict: "accepted",
			Headers: string(headers), Body: c.Body, BodyHash: &hash,
		}
		if e.PaymentID, err = findDue(tx, e.At, c.BankOrderID, c.OrderNumber); err != nil {
			return err
		}
		if err := journal(tx, e); err != nil {
			return err
		}
		if e.PaymentID == nil {
			return raiseFor(tx, e.At, "unknown_order", "bank order "+c.BankOrderID, nil, "order number "+c.OrderNumber)
		}
		return nil
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		err = nil // the same bytes are stored already
	}
	if err == nil {
		s.callbacks.add(hash)
	}
	return err
}

// findDue is findPayment that makes the attempt due.
func findDue(tx *gorm.DB, now time.Time, bankOrderID, orderNumber string) (*int64, error) {
	const due = "UPDATE payments SET next_check_at = min(coalesce(next_check_at, ?1), ?1) WHERE "
	var id int64
	err := query(tx, []any{&id}, due+"bank_order_id = ?2 RETURNING id", now, bankOrderID) // as a rule that is all
	if !errors.Is(err, sql.ErrNoRows) {
		return &id, err
	}
	found, err := findPayment(tx, bankOrderID, orderNumber)
	if err == nil && found != nil {
		err = exec(tx, due+"id = ?2", now, *found)
	}
	return found, err
}

// Attention is something staff must look at, because no rule may decide it.
type Attention struct {
	ID        int64
	Kind      string // mismatch, second_payment, paid_after_cancel, paid_too_late, unknown_order, unknown_status
	Subject   string
	OrderID   *int64
	Detail    string
	At        time.Time
	SettledAt *time.Time
}

// TableName is where what needs attention is kept.
func (Attention) TableName() string { return "attention" }

// OpenAttention lists what staff have still to look at, newest first.
func (s *Store) OpenAttention(ctx context.Context, limit int) (list []Attention, err error) {
	err = s.read.WithContext(ctx).Where("settled_at IS NULL").Order("id DESC").Limit(limit).Find(&list).Error
	return list, err
}

// Backlog counts what waits for staff and what waits for the bank's word: open
// notes, and payments that are due to be asked about.
func (s *Store) Backlog(ctx context.Context) (attention, due int, err error) {
	err = query(s.read.WithContext(ctx), []any{&attention, &due}, `SELECT (SELECT count(*) FROM attention WHERE settled_at IS NULL),
		(SELECT count(*) FROM payments WHERE next_check_at <= ?)`, s.Now())
	return attention, due, err
}

func raise(tx *gorm.DB, now time.Time, kind string, p *Payment, detail string) error {
	return raiseFor(tx, now, kind, paymentSubject(p), &p.OrderID, detail)
}

// raiseFor puts something before staff, once for each subject.
func raiseFor(tx *gorm.DB, now time.Time, kind, subject string, orderID *int64, detail string) error {
	return tx.Exec(`INSERT INTO attention (kind, subject, order_id, detail, at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (kind, subject) DO NOTHING`, kind, subject, orderID, detail, now).Error
}
