package models

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// DifferenceKind says how our ledger and the bank's receipt differ.
type DifferenceKind string

// The kinds of differences.
const (
	PaidThere    DifferenceKind = "paid_there" // the bank has captured what our ledger does not know
	PaidHere     DifferenceKind = "paid_here"  // our ledger has what the bank did not capture
	OtherAmounts DifferenceKind = "other_amounts"
)

// LedgerDifference is what a run has found about one attempt.
type LedgerDifference struct {
	ID           int64
	RunID        int64
	PaymentID    int64
	Kind         DifferenceKind
	OurCaptured  Tetri
	OurRefunded  Tetri
	BankCaptured Tetri
	BankRefunded Tetri
	BankStatus   string
	At           time.Time
	ResolvedAt   *time.Time // nil: both differ still, as far as is known
	ResolvedBy   *int64
	Resolution   string

	OrderNumber string `gorm:"->;-:migration"`
	BankOrderID string `gorm:"->;-:migration"`
	ReviewID    int64  `gorm:"->;-:migration"` // the open review item about it; 0: none
	Day         Day    `gorm:"->;-:migration"`
}

// TableName is the table of differences.
func (LedgerDifference) TableName() string { return "reconciliation_differences" }

// BankAnswer is what the bank answered when it was asked about an attempt.
type BankAnswer struct {
	PaymentID int64
	Report    Report // its PaymentID is 0 if the bank gave no usable answer
	Unknown   bool   // the bank does not know it
}

// money is what the bank has captured and refunded, if its answer says so.
func (c BankAnswer) money() (m Money, answered bool) {
	if c.Unknown {
		return Money{}, true
	}
	return c.Report.Money(), c.Report.PaymentID != 0 && c.Report.State != ""
}

// Agrees reports whether our ledger has what the bank has.
func (s *Store) Agrees(ctx context.Context, c BankAnswer) (bool, error) {
	p, err := s.PaymentByID(ctx, c.PaymentID)
	if err != nil {
		return false, err
	}
	ours, err := booked(s.Read(ctx), c.PaymentID)
	if err != nil {
		return false, err
	}
	theirs, answered := c.money()
	kind, err := differenceOf(s.Read(ctx), p, ours, theirs, c.Report)
	return !answered || kind == "", err
}

// differenceOf is differenceKind with regard to what staff have refunded by hand: it may never
// appear in the bank's receipt, which is no difference.
func differenceOf(db *gorm.DB, p *Payment, ours, theirs Money, r Report) (DifferenceKind, error) {
	kind, missing := differenceKind(p, ours, theirs, r), ours.Refunded-theirs.Refunded
	if kind != OtherAmounts || ours.Captured != theirs.Captured || missing < 0 {
		return kind, nil
	}
	var byHand Tetri
	err := query(db, []any{&byHand}, "SELECT coalesce(sum(amount_tetri), 0) FROM refunds WHERE payment_id = ? AND by_hand = 1 AND state = ?",
		p.ID, ActionCompleted)
	if missing <= byHand {
		kind = ""
	}
	return kind, err
}

// differenceKind says how our ledger differs from the bank's receipt r; "" if they agree.
func differenceKind(p *Payment, ours, theirs Money, r Report) DifferenceKind {
	switch {
	case ours == theirs:
		return ""
	case ours == Money{} && r.State == PaymentRefunded && (p.State == PaymentDeclined || p.State == PaymentHeld || p.State == PaymentReleased):
		return "" // a hold that was released: nothing was captured
	case ours.Captured == 0:
		return PaidThere
	case theirs.Captured == 0:
		return PaidHere
	}
	return OtherAmounts
}

// ReconciliationChecked stores the bank's answers about some attempts of a run. A difference
// goes to the review queue; where there was one and is none any more, both are closed.
func (s *Store) ReconciliationChecked(ctx context.Context, run *Reconciliation, checked []BankAnswer) error {
	return s.inTx(ctx, func(tx *Tx) error {
		if err := tx.locked().Where("id = ?", run.ID).Take(run).Error; err != nil {
			return err
		}
		for _, c := range checked {
			if err := compare(tx, run, c); err != nil {
				return err
			}
			run.Asked++
			run.LastID = max(run.LastID, c.PaymentID)
		}
		run.TouchedAt = tx.now
		return tx.save(run, "Asked", "Unanswered", "LastID", "TouchedAt")
	})
}

// compare holds our ledger against one answer of the bank, and notes what differs.
func compare(tx *Tx, run *Reconciliation, c BankAnswer) error {
	theirs, answered := c.money()
	if !answered {
		run.Unanswered++
		return nil
	}
	p, _, err := tx.lockPayment(c.PaymentID)
	if err != nil {
		return err
	}
	if c.Report.PaymentID != 0 {
		if err := journalReceipt(tx, p, c.Report); err != nil {
			return err
		}
	}
	ours, err := booked(tx.DB, p.ID)
	if err != nil {
		return err
	}
	kind, err := differenceOf(tx.DB, p, ours, theirs, c.Report)
	if err != nil {
		return err
	}
	if kind == "" {
		return differenceOver(tx, p, nil, "they agree")
	}
	d := LedgerDifference{
		RunID: run.ID, PaymentID: p.ID, Kind: kind, OurCaptured: ours.Captured, OurRefunded: ours.Refunded,
		BankCaptured: theirs.Captured, BankRefunded: theirs.Refunded, BankStatus: c.Report.Status, At: tx.now,
	}
	if err := tx.exec("UPDATE reconciliation_differences SET resolved_at = ?, resolution = ? WHERE payment_id = ? AND resolved_at IS NULL",
		tx.now, "found again", p.ID); err != nil {
		return err // the newest run is the one that staff work with
	}
	if err := tx.Create(&d).Error; err != nil {
		return err
	}
	return reviewPayment(tx, ReviewReconciliation, p, d.detail())
}

// detail is what the review item says.
func (d *LedgerDifference) detail() string {
	return fmt.Sprintf("%s: the ledger has %s captured and %s refunded, the bank %s and %s",
		d.Kind, d.OurCaptured, d.OurRefunded, d.BankCaptured, d.BankRefunded)
}

// differenceOver closes what is open about a difference of an attempt, because both agree.
func differenceOver(tx *Tx, p *Payment, by *int64, how string) error {
	if err := tx.exec("UPDATE reconciliation_differences SET resolved_at = ?, resolved_by = ?, resolution = ? WHERE payment_id = ? AND resolved_at IS NULL",
		tx.now, by, how, p.ID); err != nil {
		return err
	}
	return reviewOver(tx, paymentSubject(p), how, ReviewReconciliation)
}

// Differences lists what a run has found.
func (s *Store) Differences(ctx context.Context, runID int64) (list []LedgerDifference, err error) {
	err = queryAll(s.Read(ctx), &list, wholeDifference+"WHERE d.run_id = ? ORDER BY d.id", runID)
	return list, err
}

// DifferenceByID returns one difference. Errors: NotFound.
func (s *Store) DifferenceByID(ctx context.Context, id int64) (*LedgerDifference, error) {
	var list []LedgerDifference
	if err := queryAll(s.Read(ctx), &list, wholeDifference+"WHERE d.id = ?", id); err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, &Error{Kind: NotFound, Code: CodeReconciliationNotFound, Err: errors.New("no difference")}
	}
	return &list[0], nil
}

const wholeDifference = `SELECT d.*, o.number AS order_number, coalesce(p.bank_order_id, '') AS bank_order_id, r.day AS day,
		coalesce((SELECT max(i.id) FROM review_items i WHERE i.payment_id = d.payment_id AND i.kind = 'reconciliation_difference'
			AND i.resolved_at IS NULL), 0) AS review_id
	FROM reconciliation_differences d JOIN reconciliations r ON r.id = d.run_id
	JOIN payments p ON p.id = d.payment_id JOIN orders o ON o.id = p.order_id `
