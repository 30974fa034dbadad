package models

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"
)

// PaymentState is where one attempt to pay stands, in the shop's words. The
// payment desk translates the bank's statuses into these.
type PaymentState string

// The states of an attempt.
const (
	PaymentStarting     PaymentState = "starting"   // stored; the bank has not answered yet
	PaymentOpen         PaymentState = "open"       // the bank waits for the shopper
	PaymentProcessing   PaymentState = "processing" // the bank is deciding
	PaymentHeld         PaymentState = "held"       // money held, not taken
	PaymentPaid         PaymentState = "paid"
	PaymentDeclined     PaymentState = "declined"
	PaymentExpired      PaymentState = "expired"
	PaymentRefused      PaymentState = "refused"  // the bank did not take the request
	PaymentMismatch     PaymentState = "mismatch" // the bank's facts are not ours; staff decide
	PaymentRefunding    PaymentState = "refund_requested"
	PaymentPartRefunded PaymentState = "partly_refunded"
	PaymentRefunded     PaymentState = "refunded"
)

// paymentMoves is every move an attempt can make. A later success wins over a
// decline or an expiry, because the money is real; a late failure never undoes a
// success. What is not listed is recorded and not done.
var paymentMoves = map[PaymentState][]PaymentState{
	PaymentStarting:     {PaymentOpen, PaymentProcessing, PaymentHeld, PaymentPaid, PaymentDeclined, PaymentExpired, PaymentRefused, PaymentMismatch},
	PaymentOpen:         {PaymentProcessing, PaymentHeld, PaymentPaid, PaymentDeclined, PaymentExpired, PaymentMismatch},
	PaymentProcessing:   {PaymentHeld, PaymentPaid, PaymentDeclined, PaymentExpired, PaymentMismatch},
	PaymentHeld:         {PaymentPaid, PaymentDeclined, PaymentExpired, PaymentRefunded, PaymentMismatch},
	PaymentDeclined:     {PaymentHeld, PaymentPaid, PaymentExpired, PaymentMismatch},
	PaymentExpired:      {PaymentHeld, PaymentPaid, PaymentDeclined, PaymentMismatch},
	PaymentRefused:      {PaymentHeld, PaymentPaid, PaymentDeclined, PaymentExpired, PaymentMismatch},
	PaymentPaid:         {PaymentRefunding, PaymentPartRefunded, PaymentRefunded, PaymentMismatch},
	PaymentRefunding:    {PaymentPaid, PaymentPartRefunded, PaymentRefunded, PaymentMismatch},
	PaymentPartRefunded: {PaymentRefunding, PaymentRefunded, PaymentMismatch},
	PaymentRefunded:     {},
	PaymentMismatch:     {},
}

// canBecome reports whether an attempt may move from s to to.
func (s PaymentState) canBecome(to PaymentState) bool { return slices.Contains(paymentMoves[s], to) }

// open reports whether the attempt may still be paid by the shopper.
func (s PaymentState) open() bool {
	return s == PaymentStarting || s == PaymentOpen || s == PaymentProcessing
}

// tookMoney reports whether the bank has, or had, the shopper's money.
func (s PaymentState) tookMoney() bool {
	switch s {
	case PaymentPaid, PaymentRefunding, PaymentPartRefunded, PaymentRefunded:
		return true
	}
	return false
}

// Payment is one attempt to pay an order.
type Payment struct {
	ID             int64
	OrderID        int64
	Attempt        int
	Kind           string
	IdempotencyKey string
	RequestBody    []byte
	BankOrderID    *string
	RedirectURL    string
	BankStatus     string
	BankCode       string
	RejectReason   string
	State          PaymentState
	AskedTetri     Tetri
	TakenTetri     Tetri
	RefundedTetri  Tetri
	Currency       string
	CardMask       string
	CardBrand      string
	ExpiresAt      time.Time
	Checks         int
	CheckedAt      *time.Time
	NextCheckAt    *time.Time
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// PayableAt returns where the shopper can pay this attempt at the moment now,
// or "" if that is over.
func (p *Payment) PayableAt(now time.Time) string {
	if p.State != PaymentOpen || !now.Before(p.ExpiresAt) {
		return ""
	}
	return p.RedirectURL
}

// addPayment stores one more attempt to pay o. Its first check is due soon, so
// that the worker finishes what a crash interrupts.
func (s *Store) addPayment(tx *gorm.DB, now time.Time, o *Order, build BuildPayment) (*Payment, error) {
	asked, err := build(o)
	if err != nil {
		return nil, err
	}
	due := now.Add(startGrace)
	p := &Payment{
		OrderID: o.ID, Attempt: len(o.Payments) + 1, Kind: "page",
		IdempotencyKey: asked.IdempotencyKey, RequestBody: asked.RequestBody,
		State: PaymentStarting, AskedTetri: o.TotalTetri, Currency: "GEL",
		ExpiresAt: asked.ExpiresAt.UTC(), NextCheckAt: &due, CreatedAt: now, UpdatedAt: now,
	}
	if err := query(tx, []any{&p.ID}, `INSERT INTO payments (order_id, attempt, kind, idempotency_key, request_body, state,
		asked_tetri, currency, expires_at, next_check_at, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		p.OrderID, p.Attempt, p.Kind, p.IdempotencyKey, p.RequestBody, p.State,
		p.AskedTetri, p.Currency, p.ExpiresAt, p.NextCheckAt, p.CreatedAt, p.UpdatedAt); err != nil {
		return nil, err
	}
	o.Payments = append(o.Payments, *p)
	o.HoldUntil = p.ExpiresAt.Add(HoldGrace)
	return p, exec(tx, "UPDATE orders SET hold_until = ? WHERE id = ?", o.HoldUntil, o.ID)
}

// startGrace is how long the request that placed an order has for its own call
// to the bank before the worker takes over.
const startGrace = 12 * time.Second

// PaymentByID returns one attempt. Errors: NotFound.
func (s *Store) PaymentByID(ctx context.Context, id int64) (*Payment, error) {
	var p Payment
	err := s.read.WithContext(ctx).Where("id = ?", id).Take(&p).Error
	return &p, notFound(err, "payment.not_found")
}

// findPayment returns which attempt a message of the bank is about, nil if none:
// by the bank's order id, else, if the answer that would have told us that id
// never came, the newest unanswered attempt of the order with this number. One
// that is still being started will be told its id; one that was given up takes it
// from the message, or there would be nothing to ask the bank about.
func findPayment(tx *gorm.DB, bankOrderID, orderNumber string) (*int64, error) {
	var id int64
	err := query(tx, []any{&id}, "SELECT id FROM payments WHERE bank_order_id = ?", bankOrderID)
	if errors.Is(err, sql.ErrNoRows) && bankOrderID != "" {
		err = query(tx, []any{&id}, `SELECT id FROM payments WHERE bank_order_id IS NULL
			AND order_id = (SELECT id FROM orders WHERE number = ?) ORDER BY attempt DESC LIMIT 1`, orderNumber)
		if err == nil {
			err = exec(tx, "UPDATE payments SET bank_order_id = ? WHERE id = ? AND state <> ?", bankOrderID, id, PaymentStarting)
		}
	}
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &id, err
}

// StartAnswered stores what the bank answered to the creation of the attempt;
// calls are the exchanges it took, for the journal. Repeating it changes nothing else. An attempt
// that was refused or given up in the meantime stays so, but the bank is asked
// about it: somebody may have been sent to its page.
func (s *Store) StartAnswered(ctx context.Context, paymentID int64, bankOrderID, redirectURL string, calls ...Event) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		now := s.Now()
		p, o, err := lockPayment(tx, paymentID)
		if err != nil {
			return err
		}
		if err := journalCalls(tx, p.ID, calls); err != nil || p.BankOrderID != nil && p.State != PaymentStarting {
			return err
		}
		if p.BankOrderID == nil {
			p.BankOrderID = &bankOrderID
			if err := exec(tx, "UPDATE payments SET bank_order_id = ?, redirect_url = ?, updated_at = ? WHERE id = ?",
				bankOrderID, redirectURL, now, paymentID); err != nil {
				return err
			}
		}
		if p.State != PaymentStarting {
			return checkAt(tx, p, &now)
		}
		if err := s.movePayment(tx, now, o, p, PaymentOpen, "created at the bank"); err != nil {
			return err
		}
		return scheduleCheck(tx, now, p)
	})
}

// StartRefused stores that the bank certainly did not open the attempt; the
// order can be tried again. calls are as in StartAnswered.
func (s *Store) StartRefused(ctx context.Context, paymentID int64, why string, calls ...Event) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		p, o, err := lockPayment(tx, paymentID)
		if err != nil {
			return err
		}
		if err := journalCalls(tx, p.ID, calls); err != nil || p.State != PaymentStarting {
			return err
		}
		if err := s.movePayment(tx, s.Now(), o, p, PaymentRefused, why); err != nil {
			return err
		}
		return tx.Exec("UPDATE payments SET next_check_at = NULL WHERE id = ?", p.ID).Error
	})
}

// lockPayment reads an attempt and its order inside a transaction; the writer is
// alone, so nobody else changes them before it ends.
func lockPayment(tx *gorm.DB, id int64) (*Payment, *Order, error) {
	var orderID int64
	if err := query(tx, []any{&orderID}, "SELECT order_id FROM payments WHERE id = ?", id); err != nil {
		return nil, nil, notFoundRow(err, "payment.not_found")
	}
	o, err := loadOrder(tx, "id = ?", orderID)
	if err != nil {
		return nil, nil, err
	}
	for i := range o.Payments {
		if o.Payments[i].ID == id {
			return &o.Payments[i], o, nil
		}
	}
	return nil, nil, &Error{Kind: NotFound, Message: "payment.not_found"}
}
