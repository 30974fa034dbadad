package models

import "slices"

// unitsCameBack puts units that were sold back on the shelf, or writes them off. Errors: Conflict
// if fewer were sold, or so many came back before.
func unitsCameBack(tx *Tx, o *Order, lines []LineUnits, restock bool) error {
	var back []OrderLine
	for _, u := range lines {
		l := o.Lines[slices.IndexFunc(o.Lines, func(l OrderLine) bool { return l.Position == u.Position })]
		l.Quantity = u.Units
		sold, err := netSold(tx, o, l)
		if err != nil {
			return err
		}
		if l.Quantity > sold {
			return conflict(CodeRefundUnitsBack)
		}
		back = append(back, l)
	}
	if !restock {
		return moveStock(tx, o.ID, back, unitsWrittenOff)
	}
	for _, l := range inStockOrder(back) {
		if err := tx.exec("UPDATE stock SET on_hand = on_hand + ? WHERE product_id = ?", l.Quantity, l.ProductID); err != nil {
			return err
		}
	}
	return moveStock(tx, o.ID, back, unitsReturned)
}

// restockSold puts all units that were sold to an order, and did not come back before, back on the
// shelf.
func restockSold(tx *Tx, o *Order) error {
	var all []LineUnits
	for _, l := range o.Lines {
		all = append(all, LineUnits{l.Position, l.Quantity})
	}
	back, err := notReturned(tx, o, all)
	if err != nil {
		return err
	}
	return unitsCameBack(tx, o, back, true)
}

// netSoldSum adds the units of stock moves up to how many were sold and did not come back.
const netSoldSum = "coalesce(sum(CASE kind WHEN 'sold' THEN quantity ELSE -quantity END) FILTER (WHERE kind IN ('sold', 'returned', 'written_off')), 0)"

// netSold is how many units of a line were sold and did not come back.
func netSold(tx *Tx, o *Order, l OrderLine) (units int, err error) {
	err = query(tx.DB, []any{&units}, "SELECT "+netSoldSum+" FROM stock_moves WHERE order_id = ? AND product_id = ?", o.ID, l.ProductID)
	return units, err
}

// notReturned returns the lines without the units that came back before.
func notReturned(tx *Tx, o *Order, lines []LineUnits) (still []LineUnits, err error) {
	for _, u := range lines {
		for _, l := range o.Lines {
			if l.Position != u.Position {
				continue
			}
			sold, err := netSold(tx, o, l)
			if err != nil {
				return nil, err
			}
			if u.Units = min(u.Units, sold); u.Units > 0 {
				still = append(still, u)
			}
		}
	}
	return still, nil
}
