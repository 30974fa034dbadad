package main

import (
	"context"
	"database/sql"
)

// sweptOrder is an order and the money of all its attempts, as the shop has booked them.
type sweptOrder struct {
	number                    string
	total, captured, refunded int64
}

// ordersOf reads the orders of a buyer.
func (w *world) ordersOf(ctx context.Context, email string) (list []sweptOrder, err error) {
	err = w.withDatabase(func(db *sql.DB) error {
		rows, err := db.QueryContext(ctx, `SELECT o.number, o.total_tetri, coalesce(sum(p.captured_tetri), 0), coalesce(sum(p.refunded_tetri), 0)
			FROM orders o LEFT JOIN payments p ON p.order_id = o.id WHERE o.email = '`+email+`' GROUP BY o.id, o.number, o.total_tetri`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var o sweptOrder
			if err := rows.Scan(&o.number, &o.total, &o.captured, &o.refunded); err != nil {
				return err
			}
			list = append(list, o)
		}
		return rows.Err()
	})
	return list, err
}

// findOrder finds the page of the buyer's newest order, which they have not seen if the shop sent them to
// the bank at once.
func (s *shopper) findOrder(ctx context.Context) error {
	return s.withDatabase(func(db *sql.DB) error {
		token := ""
		err := db.QueryRowContext(ctx, "SELECT token FROM orders WHERE email = '"+s.email+"' ORDER BY id DESC LIMIT 1").Scan(&token)
		s.order = s.path("/orders/" + token)
		return err
	})
}
