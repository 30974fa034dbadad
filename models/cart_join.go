package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// JoinedLine is a product of which the joined cart holds fewer units than the two
// carts did.
type JoinedLine struct {
	Name     string
	Quantity int
}

// JoinCart opens the customer's cart with newKey and puts into it what lies in the
// guest's cart with oldKey, which is gone afterwards. It reports whether there is
// a cart at all, and what was capped.
//
// Quantities of the same product add up, and the sum is capped at what is free for this
// shopper. If nothing is free, or the product is no longer sold, the larger of the two
// quantities stays, so that the cart's page can say so. Lines beyond the most that a cart
// can hold are left out.
//
// The key is always a new one: a key that somebody planted in the browser before
// must not open the cart of whoever signs in there. A cart of another customer,
// left behind in the browser, is not touched.
func (s *Store) JoinCart(ctx context.Context, customerID int64, lang Lang, oldKey, newKey string) (opened bool, capped []JoinedLine, err error) {
	err = s.inTx(ctx, func(tx *Tx) error {
		opened, capped = false, nil
		if _, err := tx.lockCustomer("id = ?", customerID); err != nil {
			return err
		}
		var mine int64 // 0: there is none
		err := query(tx.DB, []any{&mine}, "SELECT id FROM carts WHERE customer_id = ?"+tx.store.dialect.forUpdate, customerID)
		if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
			return err
		}
		guests, err := tx.lockCart(cartHash(oldKey))
		if err != nil {
			return err
		}
		if guests.ID != 0 && guests.CustomerID == nil {
			if mine, capped, err = joinCarts(tx, customerID, lang, mine, guests.ID); err != nil {
				return err
			}
		}
		if opened = mine != 0; !opened {
			return nil
		}
		return openCart(tx, mine, oldKey, newKey)
	})
	return opened, capped, err
}

// OpenCart gives a browser of the customer a key to their cart, making the cart if
// there is none.
func (s *Store) OpenCart(ctx context.Context, customerID int64, key string) error {
	return s.inTx(ctx, func(tx *Tx) error {
		if _, err := tx.lockCustomer("id = ?", customerID); err != nil { // JoinCart may be about to give them one
			return err
		}
		var id int64
		if err := query(tx.DB, []any{&id}, `INSERT INTO carts (customer_id, updated_at) VALUES (?, ?)
			ON CONFLICT (customer_id) DO UPDATE SET updated_at = excluded.updated_at RETURNING id`, customerID, tx.now); err != nil {
			return err
		}
		return openCart(tx, id, "", key)
	})
}

// HasCart reports whether the key opens a cart.
func (s *Store) HasCart(ctx context.Context, key string) (opens bool, err error) {
	err = query(s.Read(ctx), []any{&opens}, "SELECT EXISTS (SELECT 1 FROM cart_keys WHERE key_hash = ?)", cartHash(key))
	return opens, err
}

// CloseCart takes one browser's key to a customer's cart away; a guest's cart
// stays.
func (s *Store) CloseCart(ctx context.Context, customerID int64, key string) error {
	return s.inTx(ctx, func(tx *Tx) error {
		return tx.exec("DELETE FROM cart_keys WHERE key_hash = ? AND cart_id IN (SELECT id FROM carts WHERE customer_id = ?)",
			cartHash(key), customerID)
	})
}

// closeCarts takes away all keys to the customer's cart except keep.
func closeCarts(tx *Tx, customerID int64, keep string) error {
	return tx.exec("DELETE FROM cart_keys WHERE cart_id IN (SELECT id FROM carts WHERE customer_id = ?) AND key_hash <> ?",
		customerID, cartHash(keep))
}

func openCart(tx *Tx, cartID int64, oldKey, newKey string) error {
	if err := tx.exec("UPDATE carts SET updated_at = ? WHERE id = ?", tx.now, cartID); err != nil {
		return err
	}
	if err := tx.exec("DELETE FROM cart_keys WHERE key_hash = ? AND cart_id = ?", cartHash(oldKey), cartID); err != nil {
		return err
	}
	return tx.Create(&cartKey{cartHash(newKey), cartID}).Error
}

// joinCarts puts the guest's cart into the customer's and returns that cart.
func joinCarts(tx *Tx, customerID int64, lang Lang, mine, guests int64) (int64, []JoinedLine, error) {
	if mine == 0 {
		return guests, nil, tx.exec("UPDATE carts SET customer_id = ? WHERE id = ?", customerID, guests)
	}
	// Unpaid orders come along: their units count as free for this shopper, and a
	// new order replaces them.
	if err := tx.exec("UPDATE orders SET cart_id = ? WHERE cart_id = ?", mine, guests); err != nil {
		return 0, nil, err
	}
	lines, err := linesToJoin(tx, lang, mine, guests)
	if err != nil {
		return 0, nil, err
	}
	var capped []JoinedLine
	var count int
	if err := query(tx.DB, []any{&count}, "SELECT count(*) FROM cart_items WHERE cart_id = ?", mine); err != nil {
		return 0, nil, err
	}
	for _, l := range lines {
		quantity := l.joined()
		if l.Mine == 0 {
			if count++; count > maxCartLines {
				quantity = 0
			}
		}
		if quantity < l.Mine+l.Guests {
			capped = append(capped, JoinedLine{l.Name, quantity})
		}
		if quantity == 0 {
			continue
		}
		if err := tx.exec(`INSERT INTO cart_items (cart_id, product_id, quantity, seen_tetri, added_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (cart_id, product_id) DO UPDATE SET quantity = excluded.quantity`, mine, l.ProductID, quantity, l.Seen, l.AddedAt); err != nil {
			return 0, nil, err
		}
	}
	return mine, capped, tx.exec("DELETE FROM carts WHERE id = ?", guests)
}

type lineToJoin struct {
	ProductID    int64
	Name         string
	Mine, Guests int
	Free         int
	Seen         Tetri
	AddedAt      time.Time
}

func (l lineToJoin) joined() int {
	if l.Free < 1 {
		return max(l.Mine, l.Guests)
	}
	return min(l.Mine+l.Guests, l.Free, MaxQuantity)
}

func linesToJoin(tx *Tx, lang Lang, mine, guests int64) (lines []lineToJoin, err error) {
	err = queryAll(tx.DB, &lines, `SELECT p.id AS product_id, t.name, coalesce(m.quantity, 0) AS mine, g.quantity AS guests, g.seen_tetri AS seen, g.added_at,
			CASE WHEN p.active = 1 THEN coalesce(s.on_hand - s.reserved, 0) + `+ownReserved+` ELSE 0 END AS free
		FROM cart_items g
		JOIN products p ON p.id = g.product_id
		JOIN product_texts t ON t.product_id = p.id AND t.lang = ?
		LEFT JOIN stock s ON s.product_id = p.id
		LEFT JOIN cart_items m ON m.cart_id = ? AND m.product_id = g.product_id
		JOIN `+ofCart+` ON true
		WHERE g.cart_id = ? ORDER BY g.added_at, p.id`, lang, mine, mine, guests)
	return lines, err
}
