package models

// Stock moves by conditional updates: whoever comes second to the last unit
// changes no row, whatever was read before.

// reserve sets the order's units aside. It reports the first line of which
// there are not enough, or nil; then nothing stays reserved.
func reserve(tx *Tx, orderID int64, lines []OrderLine) (short *OrderLine, err error) {
	for i, l := range lines {
		n, err := tx.execRows("UPDATE stock SET reserved = reserved + ? WHERE product_id = ? AND on_hand - reserved >= ?",
			l.Quantity, l.ProductID, l.Quantity)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return &lines[i], release(tx, orderID, lines[:i])
		}
		if err := moveStock(tx, orderID, l, "reserved"); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// release gives the units reserved back to the shelf.
func release(tx *Tx, orderID int64, lines []OrderLine) error {
	for _, l := range lines {
		if err := tx.exec("UPDATE stock SET reserved = reserved - ? WHERE product_id = ?", l.Quantity, l.ProductID); err != nil {
			return err
		}
		if err := moveStock(tx, orderID, l, "released"); err != nil {
			return err
		}
	}
	return nil
}

// sell takes the units reserved out of the stock for good.
func sell(tx *Tx, orderID int64, lines []OrderLine) error {
	for _, l := range lines {
		if err := tx.exec("UPDATE stock SET on_hand = on_hand - ?, reserved = reserved - ? WHERE product_id = ?",
			l.Quantity, l.Quantity, l.ProductID); err != nil {
			return err
		}
		if err := moveStock(tx, orderID, l, "sold"); err != nil {
			return err
		}
	}
	return nil
}

func moveStock(tx *Tx, orderID int64, l OrderLine, kind string) error {
	return tx.exec("INSERT INTO stock_moves (product_id, order_id, at, kind, quantity) VALUES (?, ?, ?, ?, ?)",
		l.ProductID, orderID, tx.now, kind, l.Quantity)
}
