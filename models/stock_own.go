package models

import (
	"context"
	"errors"

	"gorm.io/gorm"
)

// The units that a shopper's own unpaid orders reserve count as free for that shopper, who
// would otherwise lock themselves out. When they are needed, the older order is cancelled.

// ownOrders is SQL for the unpaid orders o, with reserved units, of the shopper w. An order
// whose automatic charge, wallet's token or loan is not decided is not among them.
var ownOrders = `o.reserves_stock = 1 AND (o.cart_id = w.cart_id OR o.customer_id = w.customer_id) AND o.id <> w.order_id
	AND (o.status IN ('` + string(AwaitingPayment+"','"+Declined) + `') OR o.status = '` + string(Confirming) + `' AND NOT EXISTS
	(SELECT 1 FROM payments q WHERE q.order_id = o.id AND (q.kind = '` + string(Automatic) + `' OR q.redirect_url = '' AND q.wallet_state IN ('` +
	string(WalletSent+"','"+WalletLost) + `')) AND q.state IN ('` + string(PaymentStarting+"','"+PaymentOpen+"','"+PaymentProcessing) + `')) AND NOT ` + decidedElsewhere("o") + `)`

// ownReserved is SQL for the units of the product p that they reserve.
var ownReserved = `(SELECT coalesce(sum(l.quantity), 0) FROM orders o JOIN order_lines l ON l.order_id = o.id
	WHERE l.product_id = p.id AND ` + ownOrders + `)`

// The shopper w, by a cart, by the key of a cart, by an order that is looked at, and by an
// order for which units are reserved. Each takes one argument.
const (
	ofCart    = `(SELECT 0 AS order_id, id AS cart_id, customer_id FROM carts WHERE id = ?) w`
	ofCartKey = `(SELECT 0 AS order_id, c.id AS cart_id, c.customer_id FROM cart_keys k JOIN carts c ON c.id = k.cart_id WHERE k.key_hash = ?) w`
	ofOrder   = `(SELECT 0 AS order_id, cart_id, customer_id FROM orders WHERE id = ?) w`
	forOrder  = `(SELECT id AS order_id, cart_id, customer_id FROM orders WHERE id = ?) w`
)

// CartAndReserved returns how many units the cart with the given key holds, and how many units of
// a product its visitor's unpaid orders reserve. A page of a product wants both, and each
// question is a way to the database and back. An unknown key or product has 0.
func (s *Store) CartAndReserved(ctx context.Context, key, slug string) (inCart, reserved int, err error) {
	err = query(s.Read(ctx), []any{&inCart, &reserved}, "SELECT (SELECT coalesce(sum(quantity), 0) FROM cart_items WHERE cart_id = w.cart_id), "+
		ownReserved+" FROM "+ofCartKey+" LEFT JOIN products p ON p.slug = ?", cartHash(key), slug)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return 0, 0, nil
	}
	return inCart, reserved, err
}

// reserveFor is reserve for a stored order, for which it cancels unpaid orders of the same
// shopper if their units suffice.
func reserveFor(tx *Tx, o *Order) (short *OrderLine, err error) {
	if short, err = reserve(tx, o.ID, o.Lines); short == nil || err != nil {
		return short, err
	}
	for i, l := range o.Lines {
		var free int
		if err := query(tx.DB, []any{&free}, "SELECT coalesce(s.on_hand - s.reserved, 0) + "+ownReserved+
			" FROM products p LEFT JOIN stock s ON s.product_id = p.id, "+forOrder+" WHERE p.id = ?", o.ID, l.ProductID); err != nil {
			return nil, err
		}
		if free < l.Quantity {
			return &o.Lines[i], nil
		}
	}
	for short != nil && err == nil {
		if err = giveWay(tx, o, short.ProductID); err == nil {
			short, err = reserve(tx, o.ID, o.Lines)
		}
	}
	return short, err
}

// giveWay cancels the oldest unpaid order of the same shopper that reserves the product.
func giveWay(tx *Tx, o *Order, productID int64) error {
	own, err := tx.lockOrder("id = (SELECT min(o.id) FROM orders o JOIN order_lines l ON l.order_id = o.id, "+forOrder+
		" WHERE l.product_id = ? AND "+ownOrders+")", o.ID, productID)
	if err != nil {
		return err
	}
	return supersede(tx, own)
}
