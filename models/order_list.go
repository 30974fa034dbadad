package models

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// OrderListPage is how many orders a page of the staff's list has.
const OrderListPage = 50

// OrderListFilter chooses among all orders. The zero value of a field is any.
type OrderListFilter struct {
	Query      string // number, name, address, telephone, the bank's id or the last four digits of the card
	Status     OrderStatus
	Fulfilment Fulfilment
	Delivery   Delivery
	Method     Method    // what it was paid with or, if nothing paid it, was last tried with
	From, To   time.Time // placed at From or later, and before To
	Min, Max   Tetri     // of the total
}

// OrderListPlace is where in the list a page begins: after the order with the id Below (older
// ones follow), or before the one with the id Above; neither: at the newest. Orders that come
// in do not move the page.
type OrderListPlace struct {
	Below, Above int64
}

// OrderListResult is a page of the staff's list, the newest order first.
type OrderListResult struct {
	Rows         []OrderListRow
	Newer, Older int64 // ids for Above and Below; 0: there are none
	Count        int   // on all pages; only for the newest page
	More         bool  // there are more than Count, which is as far as they were counted
}

// OrderListRow is an order as the staff's list shows it.
type OrderListRow struct {
	ID          int64
	Number      string
	CreatedAt   time.Time
	Status      OrderStatus
	Fulfilment  Fulfilment
	CancelledAt *time.Time
	Name        string
	Email       string
	Phone       string
	Delivery    Delivery
	City        string
	TotalTetri  Tetri
	Captured    Tetri
	Refunded    Tetri
	CardMask    string // of the attempt that paid it or, if none did, of the newest
	Method      Method // as in OrderListFilter
	UnderReview bool   // an item of the review queue about it is open
	Notes       int    // of staff
}

// OrderList returns a page of the orders that staff look for.
func (s *Store) OrderList(ctx context.Context, f OrderListFilter, at OrderListPlace) (*OrderListResult, error) {
	db := s.Read(ctx)
	search, err := s.orderSearch(db, f)
	if err != nil {
		return nil, err
	}
	ids, err := search.ids(db, at, OrderListPage+1)
	if err != nil {
		return nil, err
	}
	r := &OrderListResult{Count: len(ids)}
	more := len(ids) > OrderListPage
	if more {
		if at == (OrderListPlace{}) {
			if r.Count, r.More, err = search.count(db, ids[0]); err != nil {
				return nil, err
			}
		}
		ids = ids[:OrderListPage]
	}
	if at.Above != 0 {
		slices.Reverse(ids)
	}
	if r.Rows, err = s.orderRows(ctx, ids); err != nil || len(ids) == 0 {
		return r, err
	}
	if more || at.Above != 0 {
		r.Older = ids[len(ids)-1]
	}
	if more && at.Above != 0 || at.Below != 0 {
		r.Newer = ids[0]
	}
	return r, nil
}

// EachOrder calls each with all orders that staff look for, the newest first.
func (s *Store) EachOrder(ctx context.Context, f OrderListFilter, each func(OrderListRow) error) error {
	const atOnce = 500
	search, err := s.orderSearch(s.Read(ctx), f)
	if err != nil {
		return err
	}
	for at := (OrderListPlace{}); ; {
		ids, err := search.ids(s.Read(ctx), at, atOnce)
		if err != nil || len(ids) == 0 {
			return err
		}
		rows, err := s.orderRows(ctx, ids)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := each(row); err != nil {
				return err
			}
		}
		at.Below = ids[len(ids)-1]
	}
}

// orderRows loads what the list shows of some orders, and keeps their order.
func (s *Store) orderRows(ctx context.Context, ids []int64) (rows []OrderListRow, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = queryAll(s.Read(ctx), &rows, `SELECT o.id, o.number, o.created_at, o.status, o.fulfilment, o.cancelled_at, o.name, o.email, o.phone,
			o.delivery, o.city, o.total_tetri, coalesce(p.card_mask, '') AS card_mask, o.used_method AS method,
			(SELECT coalesce(sum(captured_tetri), 0) FROM payments WHERE order_id = o.id) AS captured,
			(SELECT coalesce(sum(refunded_tetri), 0) FROM payments WHERE order_id = o.id) AS refunded,
			EXISTS (SELECT 1 FROM review_items i WHERE i.order_id = o.id AND i.resolved_at IS NULL) AS under_review,
			(SELECT count(*) FROM order_notes n WHERE n.order_id = o.id) AS notes
		FROM orders o LEFT JOIN payments p ON p.id = coalesce(o.paid_payment_id, (SELECT max(id) FROM payments WHERE order_id = o.id))
		WHERE o.id IN ?`, ids)
	place := make(map[int64]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	slices.SortFunc(rows, func(a, b OrderListRow) int { return cmp.Compare(place[a.ID], place[b.ID]) })
	return rows, err
}
