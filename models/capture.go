package models

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// Capture ends a hold: the bank takes all or a part of the authorized amount, or releases it.
type Capture struct {
	BankAction
	Kind  ActionKind  // ActionCapture or ActionRelease
	Lines []LineUnits `gorm:"-"` // the units that are charged, if that is not all of them
}

const (
	holdLife       = 30 * day // after which the bank releases a hold by itself
	holdReviewedAt = 25 * day // when staff are reminded of it
)

// HoldExpires is when the bank releases the attempt's hold by itself, by our record; nil if it holds nothing.
func (p *Payment) HoldExpires() *time.Time {
	if p.State != PaymentHeld || p.HeldAt == nil {
		return nil
	}
	at := p.HeldAt.UTC().Add(holdLife)
	return &at
}

// CaptureRequest says what of a hold is to be captured: all of it, or the price of the units that
// are there, delivery included, or an amount below either. The bank captures once; what is
// not captured it releases.
type CaptureRequest struct {
	OrderID     int64
	PaymentID   int64 // 0: the attempt that decides about the order
	All         bool
	AmountTetri Tetri       // 0: what the units cost
	Lines       []LineUnits // the units that are there; the others of the order are missing
	Reason      string      // required for less than all
	By          Actor
	Key         string // see RefundRequest
}

// ReleaseRequest says which hold is to be released.
type ReleaseRequest struct {
	OrderID, PaymentID int64  // PaymentID 0: the attempt that decides about the order
	Reason             string // required
	By                 Actor
	Key                string // see RefundRequest
}

// RequestCapture stores a capture of an order's hold, with everything the bank will be asked for;
// the worker then asks the bank.
//
// Errors: NotFound; Invalid (fields "reason", "amount", "lines"); Conflict if the order has no
// hold, or its capture or release has been requested already.
func (s *Store) RequestCapture(ctx context.Context, r CaptureRequest) (c *Capture, err error) {
	err = s.inTx(ctx, func(tx *Tx) error {
		o, err := tx.lockOrder("id = ?", r.OrderID)
		if err != nil {
			return err
		}
		c, err = captureOnce(tx, o, r.Key, ActionCapture, func() (*Capture, error) { return requestCapture(tx, o, r) })
		return err
	})
	return c, err
}

// requestCapture is RequestCapture for an order that is loaded and locked.
func requestCapture(tx *Tx, o *Order, r CaptureRequest) (*Capture, error) {
	p, err := heldPayment(tx, o, r.PaymentID)
	if err != nil {
		return nil, err
	}
	if !o.wantsMoney() {
		return nil, conflict(CodeHoldNone) // it is only to be released
	}
	amount, lines := p.AuthorizedTetri, []LineUnits(nil)
	if !r.All {
		if amount, lines, err = capturedLess(o, p, r); err != nil {
			return nil, err
		}
	}
	r.Reason = strings.TrimSpace(r.Reason)
	if r.Reason == "" && len(lines) == 0 && amount < p.AuthorizedTetri { // lines say for themselves what is missing
		return nil, wrongField("reason", "admin.refund.reason_missing")
	}
	c := &Capture{BankAction: newAction(tx, p, amount, r.Reason, r.By), Kind: ActionCapture, Lines: lines}
	if err := tx.Create(c).Error; err != nil {
		return nil, err
	}
	for _, l := range lines {
		if err := tx.exec("INSERT INTO capture_lines (capture_id, position, units) VALUES (?, ?, ?)", c.ID, l.Position, l.Units); err != nil {
			return nil, err
		}
	}
	if err := splitCapture(tx, o, p, &c.BankAction, lines); err != nil {
		return nil, err
	}
	return c, auditIfStaff(tx, r.By, o, "capture", p.AuthorizedTetri.String(), strings.TrimSpace(amount.String()+" "+r.Reason))
}

// capturedLess returns what is captured by a request that is not for all: the amount and, if some
// units are missing, the units that are there.
func capturedLess(o *Order, p *Payment, r CaptureRequest) (amount Tetri, lines []LineUnits, err error) {
	amount = p.AuthorizedTetri
	if len(r.Lines) > 0 {
		amount = o.DeliveryTetri
		complete, seen := true, map[int]int{}
		for _, l := range r.Lines {
			i := slices.IndexFunc(o.Lines, func(has OrderLine) bool { return has.Position == l.Position })
			if _, twice := seen[l.Position]; i < 0 || twice || l.Units < 0 || l.Units > o.Lines[i].Quantity {
				return 0, nil, wrongField("lines", "admin.refund.lines_wrong")
			}
			seen[l.Position] = l.Units
		}
		for _, l := range o.Lines {
			units := seen[l.Position]
			complete = complete && units == l.Quantity
			if units > 0 {
				lines = append(lines, LineUnits{l.Position, units})
				amount += l.UnitTetri * Tetri(units)
			}
		}
		if len(lines) == 0 {
			return 0, nil, wrongField("lines", "admin.capture.nothing")
		}
		amount = p.AfterDiscount(amount)
		if complete {
			lines = nil
		}
	}
	switch {
	case r.AmountTetri > 0 && r.AmountTetri > amount, amount > p.AuthorizedTetri:
		return 0, nil, conflict(CodeCaptureTooMuch)
	case r.AmountTetri > 0:
		return r.AmountTetri, lines, nil
	case r.AmountTetri < 0, len(r.Lines) == 0:
		return 0, nil, wrongField("amount", "admin.refund.amount_missing")
	}
	return amount, lines, nil
}

// RequestRelease stores the release of an order's hold; the worker then asks the bank. Once the
// bank has released it, the order is cancelled.
//
// Errors: NotFound; Invalid (field "reason"); Conflict as with RequestCapture.
func (s *Store) RequestRelease(ctx context.Context, r ReleaseRequest) (c *Capture, err error) {
	err = s.inTx(ctx, func(tx *Tx) error {
		o, err := tx.lockOrder("id = ?", r.OrderID)
		if err != nil {
			return err
		}
		c, err = captureOnce(tx, o, r.Key, ActionRelease, func() (*Capture, error) { return requestRelease(tx, o, r) })
		return err
	})
	return c, err
}

// requestRelease is RequestRelease for an order that is loaded and locked.
func requestRelease(tx *Tx, o *Order, r ReleaseRequest) (*Capture, error) {
	if r.Reason = strings.TrimSpace(r.Reason); r.Reason == "" {
		return nil, wrongField("reason", "admin.refund.reason_missing")
	}
	p, err := heldPayment(tx, o, r.PaymentID)
	if err != nil {
		return nil, err
	}
	c := &Capture{BankAction: newAction(tx, p, p.AuthorizedTetri, r.Reason, r.By), Kind: ActionRelease}
	if err := tx.Create(c).Error; err != nil {
		return nil, err
	}
	return c, auditIfStaff(tx, r.By, o, "release", p.AuthorizedTetri.String(), r.Reason)
}

// heldPayment returns the attempt whose hold is to end; paymentID 0 means the one that decides
// about the order. Errors: Conflict, which says why there is none, or that its capture or release
// has been requested already.
func heldPayment(tx *Tx, o *Order, paymentID int64) (*Payment, error) {
	var p *Payment
	for i := range o.Payments {
		if q := &o.Payments[i]; q.ID == paymentID || paymentID == 0 && (p == nil || q.State == PaymentHeld && p.State != PaymentHeld) {
			p = q
		}
	}
	switch {
	case p == nil:
		return nil, &Error{Kind: NotFound, Code: CodePaymentNotFound}
	case p.State.captured():
		return nil, conflict(CodeHoldCaptured)
	case p.State == PaymentReleased:
		return nil, conflict(CodeHoldReleased)
	case p.State != PaymentHeld || p.BankOrderID == nil:
		return nil, conflict(CodeHoldNone)
	}
	var kind ActionKind
	err := query(tx.DB, []any{&kind}, "SELECT kind FROM captures WHERE payment_id = ? AND state IN (?, ?, ?)",
		p.ID, ActionQueued, ActionStarting, ActionRequested)
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return p, nil
	case err != nil:
		return nil, err
	case kind == ActionRelease:
		return nil, conflict(CodeHoldReleasing)
	}
	return nil, conflict(CodeHoldCapturing)
}

// wantsMoney reports whether goods may still go out for a hold of the order: it is neither
// cancelled nor paid by another attempt.
func (o *Order) wantsMoney() bool { return o.CancelledAt == nil && o.PaidPaymentID == nil }

// RetryCapture requests a capture or a release that the bank rejected once more, at once. Errors:
// NotFound; Conflict as with RequestCapture.
func (s *Store) RetryCapture(ctx context.Context, id int64, by Actor) error {
	return s.changeAction(ctx, ActionCapture, id, func(tx *Tx, a *Action, p *Payment, o *Order) error {
		var c Capture
		if err := tx.Where("id = ?", id).Take(&c).Error; err != nil {
			return err
		}
		if a.State.Pending() {
			a.NextTryAt = tx.now
			return saveAction(tx, a)
		}
		if _, err := heldPayment(tx, o, p.ID); err != nil {
			return err
		}
		if c.Kind == ActionCapture && !o.wantsMoney() {
			return conflict(CodeHoldNone)
		}
		if err := reviewOver(tx, paymentSubject(p), "it is asked for again", ReviewCaptureRejected); err != nil {
			return err
		}
		if err := auditIfStaff(tx, by, o, string(c.Kind), "rejected "+a.RejectCode, "again "+a.AmountTetri.String()); err != nil {
			return err
		}
		a.RejectCode, a.RejectReason = "", ""
		if c.Kind == ActionCapture { // it may have been rejected for its split
			if err := queryAll(tx.DB, &c.Lines, "SELECT position, units FROM capture_lines WHERE capture_id = ? ORDER BY position", c.ID); err != nil {
				return err
			}
			if err := splitCapture(tx, o, p, &c.BankAction, c.Lines); err != nil {
				return err
			}
		}
		return renewAction(tx, a, tx.now)
	})
}
