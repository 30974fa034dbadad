package models

import (
	"context"
	"time"
)

// forgetAfter is how old an order is when the person in it is forgotten: until then
// it may still be on its way, or come back.
const forgetAfter = 30 * 24 * time.Hour

// unsettled are the states in which an order still needs its customer.
var unsettled = []OrderStatus{AwaitingPayment, Confirming, OnHold, Review, Refunding}

// moneyOnItsWay is for orders whose customer still gets money, or a decision: those that were
// cancelled while money was there, and those of which something comes back.
const moneyOnItsWay = `cancelled_at IS NOT NULL AND EXISTS (SELECT 1 FROM payments p WHERE p.order_id = orders.id
		AND (p.state = 'held' OR p.captured_tetri > p.refunded_tetri))
	OR EXISTS (SELECT 1 FROM returns r WHERE r.order_id = orders.id AND r.state IN ('announced', 'received'))`

// DeleteCustomer deletes an account: the person, their addresses, their ways to
// sign in, sessions, cart and mails. The bank is told to forget their cards. Their
// orders stay, as the books need them, and forget the person once they are
// forgetAfter old. Errors: Invalid with Fields (password), Limited; Conflict
// "delete.unsettled" while an order is not settled.
func (s *Store) DeleteCustomer(ctx context.Context, c *Customer, password string, from From) error {
	if err := s.proveField(ctx, c, "password", password, from); err != nil {
		return err
	}
	return s.inTx(ctx, func(tx *Tx) error {
		if _, err := tx.lockCustomer("id = ?", c.ID); err != nil {
			return err
		}
		var open int64
		if err := tx.Table("orders").Where("customer_id = ? AND (status IN ? OR "+moneyOnItsWay+")", c.ID, unsettled).Count(&open).Error; err != nil {
			return err
		}
		if open > 0 {
			return &Error{Kind: Conflict, Code: CodeDeleteUnsettled}
		}
		if err := releaseCards(tx, c.ID); err != nil {
			return err
		}
		var orders []Order
		if err := tx.Select("id, created_at").Where("customer_id = ?", c.ID).Find(&orders).Error; err != nil {
			return err
		}
		for _, o := range orders {
			if err := tx.exec("UPDATE orders SET customer_id = NULL, forget_at = ? WHERE id = ?", o.CreatedAt.Add(forgetAfter), o.ID); err != nil {
				return err
			}
		}
		for _, subject := range []string{accountTries, mailTries} {
			if err := tx.exec("DELETE FROM sign_in_tries WHERE subject = ?", digest([]byte(subject+c.Email))); err != nil {
				return err
			}
		}
		// The rest goes with the customer's row (ON DELETE CASCADE).
		if err := tx.Delete(c).Error; err != nil {
			return err
		}
		_, err := forgetPeople(tx)
		return err
	})
}

// forgetAtOnce is how many orders are made anonymous in one transaction.
const forgetAtOnce = 100

// ForgetPeople blanks the person in orders that are old enough and whose account was
// deleted, and returns the number of orders. It also deletes from where orders were placed and
// looked at once nobody can dispute them any more.
func (s *Store) ForgetPeople(ctx context.Context) (forgotten int, err error) {
	if err := s.forgetAccesses(ctx); err != nil {
		return 0, err
	}
	for {
		var n int
		err := s.inTx(ctx, func(tx *Tx) (err error) {
			n, err = forgetPeople(tx)
			return err
		})
		forgotten += n
		if err != nil || n < forgetAtOnce {
			return forgotten, err
		}
	}
}

// forgetPeople blanks some orders. What was bought, when and for how much stays. So does
// the journal of the calls to the bank, which must not change: it has the name, and
// address and telephone redacted.
func forgetPeople(tx *Tx) (n int, err error) {
	var ids []int64
	if err := queryAll(tx.DB, &ids, `SELECT id FROM orders WHERE forget_at <= ?
		AND NOT EXISTS (SELECT 1 FROM returns r WHERE r.order_id = orders.id AND r.state IN ('announced', 'received'))
		ORDER BY forget_at LIMIT ?`, tx.now, forgetAtOnce); err != nil {
		return 0, err
	}
	for _, id := range ids {
		if err := tx.exec(`UPDATE orders SET name = '', email = '', phone = '', street = '', city = '', note = '', fingerprint = '', network = '',
			received_by = '', forget_at = NULL WHERE id = ?`, id); err != nil {
			return 0, err
		}
		if err := tx.exec("UPDATE parcels SET tracking = '', link = '', delivered_to = '' WHERE order_id = ?", id); err != nil {
			return 0, err
		}
		if err := tx.exec("UPDATE returns SET reason = '', note = '' WHERE order_id = ?", id); err != nil {
			return 0, err
		}
		for _, forget := range []string{
			"UPDATE mails SET recipient = '', text = '', html = '' WHERE order_id = ?",
			"UPDATE payments SET payer_name = '' WHERE order_id = ?",
			"UPDATE order_notes SET text = '' WHERE order_id = ?",
			"DELETE FROM order_accesses WHERE order_id = ?",
		} {
			if err := tx.exec(forget, id); err != nil {
				return 0, err
			}
		}
		if err := tx.store.dialect.words.remove(tx, id); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}
