package models

import (
	"time"

	"gorm.io/gorm"
)

// LedgerEntry is money that came or went.
type LedgerEntry struct {
	ID          int64
	OrderID     int64
	PaymentID   int64
	At          time.Time
	Kind        LedgerKind
	AmountTetri Tetri
}

// TableName is the ledger's table.
func (LedgerEntry) TableName() string { return "ledger" }

// LedgerKind is which way money went.
type LedgerKind string

// The kinds of entries. A discount is no money that came or went: the bank captured that much less
// than was requested. A correction brings what was captured, refunded or taken off to what the bank
// has; it can be negative.
const (
	moneyCaptured      LedgerKind = "captured"
	moneyRefunded      LedgerKind = "refunded"
	moneyDiscount      LedgerKind = "discount"
	capturedCorrection LedgerKind = "captured_correction"
	refundedCorrection LedgerKind = "refunded_correction"
	discountCorrection LedgerKind = "discount_correction"
)

// Sums of ledger rows, for queries. The alias of the table is l.
const (
	ledgerCaptured = "coalesce(sum(l.amount_tetri) FILTER (WHERE l.kind IN ('captured', 'captured_correction')), 0)"
	ledgerRefunded = "coalesce(sum(l.amount_tetri) FILTER (WHERE l.kind IN ('refunded', 'refunded_correction')), 0)"
	ledgerDiscount = "coalesce(sum(l.amount_tetri) FILTER (WHERE l.kind IN ('discount', 'discount_correction')), 0)"
)

// Money is what was captured of an attempt, or of many, and how much of that was refunded.
type Money struct {
	Captured, Refunded Tetri
}

// Net returns what is left of it.
func (m Money) Net() Tetri { return m.Captured - m.Refunded }

// booked returns what the ledger has about an attempt.
func booked(db *gorm.DB, paymentID int64) (m Money, err error) {
	err = query(db, []any{&m.Captured, &m.Refunded}, "SELECT "+ledgerCaptured+", "+ledgerRefunded+" FROM ledger l WHERE l.payment_id = ?", paymentID)
	return m, err
}

// correct brings the ledger of an attempt to what the bank has.
func correct(tx *Tx, p *Payment, bank Money) error {
	ours, err := booked(tx.DB, p.ID)
	if err != nil {
		return err
	}
	discount, err := bookedDiscount(tx.DB, p.ID)
	if err != nil {
		return err
	}
	for _, c := range []LedgerEntry{
		{Kind: capturedCorrection, AmountTetri: bank.Captured - ours.Captured},
		{Kind: refundedCorrection, AmountTetri: bank.Refunded - ours.Refunded},
		{Kind: discountCorrection, AmountTetri: p.DiscountTetri - discount},
	} {
		if c.AmountTetri == 0 {
			continue
		}
		c.OrderID, c.PaymentID, c.At = p.OrderID, p.ID, tx.now
		if err := tx.Create(&c).Error; err != nil {
			return err
		}
	}
	return nil
}

// Change is by how much the entry changes what the shop has of the order.
func (e LedgerEntry) Change() Tetri {
	switch e.Kind {
	case moneyRefunded, refundedCorrection:
		return -e.AmountTetri
	case moneyDiscount, discountCorrection:
		return 0
	}
	return e.AmountTetri
}
