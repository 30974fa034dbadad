package models

import (
	"time"

	"gorm.io/gorm"
)

// Stock moves by conditional updates: whoever comes second to the last unit
// changes no row, whatever was read before.

// reserve sets the order's units aside. It reports the first line of which
// there are not enough, or nil; then nothing stays reserved.
func reserve(tx *gorm.DB, now time.Time, orderID int64, lines []OrderLine) (short *OrderLine, err error) {
	for i, l := range lines {
		n, err := execRows(tx, "UPDATE stock SET reserved = reserved + ? WHERE product_id = ? AND on_hand - reserved >= ?",
			l.Quantity, l.ProductID, l.Quantity)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return &lines[i], release(tx, now, orderID, lines[:i])
		}
		if err := moveStock(tx, now, orderID, l, "reserved"); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// release gives the units reserved back to the shelf.
func release(tx *gorm.DB, now time.Time, orderID int64, lines []OrderLine) error {
	for _, l := range lines {
		if err := exec(tx, "UPDATE stock SET reserved = reserved - ? WHERE product_id = ?", l.Quantity, l.ProductID); err != nil {
			return err
		}
		if err := moveStock(tx, now, orderID, l, "released"); err != nil {
			return err
		}
	}
	return nil
}

// sell takes the units reserved out of the stock for good.
func sell(tx *gorm.DB, now time.Time, orderID int64, lines []OrderLine) error {
	for _, l := range lines {
		if err := exec(tx, "UPDATE stock SET on_hand = on_hand - ?, reserved = reserved - ? WHERE product_id = ?",
			l.Quantity, l.Quantity, l.ProductID); err != nil {
			return err
		}
		if err := moveStock(tx, now, orderID, l, "sold"); err != nil {
			return err
		}
	}
	return nil
}

func moveStock(tx *gorm.DB, now time.Time, orderID int64, l OrderLine, kind string) error {
	return exec(tx, "INSERT INTO stock_moves (product_id, order_id, at, kind, quantity) VALUES (?, ?, ?, ?, ?)",
		l.ProductID, orderID, now, kind, l.Quantity)
}
