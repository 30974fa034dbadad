package models

import (
	"cmp"
	"slices"
	"time"
)

// stockMove is one change of a product's stock.
type stockMove struct {
	ID        int64
	ProductID int64
	OrderID   *int64 // nil: staff moved them
	StaffID   *int64 // nil: an order moved them
	At        time.Time
	Kind      moveKind
	Quantity  int
	Note      string
}

type moveKind string

const (
	unitsReserved   moveKind = "reserved"
	unitsReleased   moveKind = "released"
	unitsSold       moveKind = "sold"
	unitsReturned   moveKind = "returned"    // they came back and can be sold again
	unitsWrittenOff moveKind = "written_off" // they came back and are no good
	unitsDelivered  moveKind = "delivered"   // by a producer
	unitsCounted    moveKind = "counted"     // a count found more, or fewer
	unitsLost       moveKind = "lost"        // broken, spoilt, stolen
)

// Stock moves by conditional updates: whoever comes second to the last unit
// changes no row, whatever was read before. Rows are changed, and so locked, in the order of their
// products, or two carts with the same things in another order would wait for each other.

// inStockOrder returns lines in the order in which their stock is changed.
func inStockOrder(lines []OrderLine) []OrderLine {
	return slices.SortedStableFunc(slices.Values(lines), func(a, b OrderLine) int { return cmp.Compare(a.ProductID, b.ProductID) })
}

// reserve reserves units for the lines of an order. It reports a line of which
// not enough units are free, or nil; then nothing stays reserved.
func reserve(tx *Tx, orderID int64, lines []OrderLine) (short *OrderLine, err error) {
	lines = inStockOrder(lines)
	for i, l := range lines {
		n, err := tx.execRows("UPDATE stock SET reserved = reserved + ? WHERE product_id = ? AND on_hand - reserved >= ?",
			l.Quantity, l.ProductID, l.Quantity)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			if err := moveStock(tx, orderID, lines[:i], unitsReserved); err != nil {
				return nil, err
			}
			return &lines[i], release(tx, orderID, lines[:i])
		}
	}
	return nil, moveStock(tx, orderID, lines, unitsReserved)
}

// release gives the units reserved back to the shelf.
func release(tx *Tx, orderID int64, lines []OrderLine) error {
	for _, l := range inStockOrder(lines) {
		if err := tx.exec("UPDATE stock SET reserved = reserved - ? WHERE product_id = ?", l.Quantity, l.ProductID); err != nil {
			return err
		}
	}
	return moveStock(tx, orderID, lines, unitsReleased)
}

// sell takes the units reserved out of the stock for good.
func sell(tx *Tx, orderID int64, lines []OrderLine) error {
	for _, l := range inStockOrder(lines) {
		if err := tx.exec("UPDATE stock SET on_hand = on_hand - ?, reserved = reserved - ? WHERE product_id = ?",
			l.Quantity, l.Quantity, l.ProductID); err != nil {
			return err
		}
	}
	return moveStock(tx, orderID, lines, unitsSold)
}

// moveStock enters a move of each line into the book.
func moveStock(tx *Tx, orderID int64, lines []OrderLine, kind moveKind) error {
	var moves []stockMove
	for _, l := range lines {
		moves = append(moves, stockMove{ProductID: l.ProductID, OrderID: &orderID, At: tx.now, Kind: kind, Quantity: l.Quantity})
	}
	if len(moves) == 0 {
		return nil
	}
	return tx.Create(&moves).Error
}
