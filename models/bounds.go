package models

import "fmt"

// Bounds limit what can be reserved without paying, so that nobody empties the shelves
// with orders that they never mean to pay. 0 is no bound.
type Bounds struct {
	Orders, Units               int // of one visitor: a customer, or a guest's cart
	NetworkOrders, NetworkUnits int // of all who come from one network address
}

// withinBounds reports whether the order may reserve its units beside what its visitor
// and its network have reserved and not paid. Errors: Limited "bounds.visitor",
// "bounds.units" or "bounds.network".
func withinBounds(tx *Tx, o *Order) error {
	units := 0
	for _, l := range o.Lines {
		units += l.Quantity
	}
	if tx.store.Bounds.Units > 0 && units > tx.store.Bounds.Units || tx.store.Bounds.NetworkUnits > 0 && o.Network != "" && units > tx.store.Bounds.NetworkUnits {
		return &Error{Kind: Limited, Code: CodeBoundsUnits} // paying the others would not help
	}
	if err := tx.lockSubject("unpaid orders of " + visitor(o)); err != nil {
		return err
	}
	whose, id := "cart_id = ?", o.CartID
	if o.CustomerID != nil {
		whose, id = "customer_id = ?", o.CustomerID
	}
	orders, reserved, err := unpaid(tx, o, whose, id)
	if err != nil {
		return err
	}
	if exceeds(tx.store.Bounds.Orders, orders+1) || exceeds(tx.store.Bounds.Units, reserved+units) {
		return &Error{Kind: Limited, Code: CodeBoundsVisitor}
	}
	if o.Network == "" {
		return nil
	}
	if err := tx.lockSubject("unpaid orders from network " + o.Network); err != nil {
		return err
	}
	orders, reserved, err = unpaid(tx, o, "network = ?", o.Network)
	if err == nil && (exceeds(tx.store.Bounds.NetworkOrders, orders+1) || exceeds(tx.store.Bounds.NetworkUnits, reserved+units)) {
		err = &Error{Kind: Limited, Code: CodeBoundsNetwork}
	}
	return err
}

// visitor names who an order is counted for: a customer, or a guest's cart.
func visitor(o *Order) string {
	switch {
	case o.CustomerID != nil:
		return fmt.Sprint("customer ", *o.CustomerID)
	case o.CartID != nil:
		return fmt.Sprint("cart ", *o.CartID)
	}
	return ""
}

func exceeds(bound, n int) bool { return bound > 0 && n > bound }

// unpaid counts the orders other than o that reserve units without being paid, and those
// units.
func unpaid(tx *Tx, o *Order, whose string, args ...any) (orders, units int, err error) {
	err = query(tx.DB, []any{&orders, &units}, `SELECT count(DISTINCT o.id), coalesce(sum(l.quantity), 0)
		FROM orders o JOIN order_lines l ON l.order_id = o.id
		WHERE o.reserves_stock = 1 AND o.status IN (?, ?, ?) AND o.id <> ? AND (`+whose+`)`,
		append([]any{AwaitingPayment, Confirming, Declined, o.ID}, args...)...)
	return orders, units, err
}
