package models

import (
	"cmp"
	"math"
	"slices"
	"time"

	"gorm.io/gorm"
)

// orderSearch is a filter as the database is asked: all conditions but the words and the days, the
// ids between which the days lie, and the sources of the orders.
type orderSearch struct {
	where    condition
	from, to int64 // ids between which the orders are; 0: no bound
	sources  []orderSource
}

func (s *Store) orderSearch(db *gorm.DB, f OrderListFilter) (r orderSearch, err error) {
	r.where = orderConditions(f)
	if r.from, r.to, err = placedBetween(db, f.From, f.To); err != nil {
		return r, err
	}
	r.sources, err = s.orderSources(db, f)
	return r, err
}

// ids returns the ids of up to limit orders in the direction of the page.
func (r orderSearch) ids(db *gorm.DB, at OrderListPlace, limit int) (ids []int64, err error) {
	for _, source := range r.sources {
		source.where = source.where.clone()
		if r.from != 0 {
			source.where.and(source.id+" >= ?", r.from)
		}
		if r.to != 0 {
			source.where.and(source.id+" <= ?", r.to)
		}
		found, err := source.ids(db, r.where, at, limit)
		if err != nil {
			return nil, err
		}
		ids = append(ids, found...)
	}
	slices.SortFunc(ids, func(a, b int64) int {
		if at.Above != 0 {
			return cmp.Compare(a, b)
		}
		return cmp.Compare(b, a)
	})
	ids = slices.Compact(ids)
	return ids[:min(limit, len(ids))], nil
}

// orderListCountLimit is up to how many orders the list counts exactly.
const orderListCountLimit = 1000

// orderListScanLimit is how many of the shop's newest orders are looked through to count: to count
// rare ones, all orders would have to be read.
const orderListScanLimit = 100_000

// count counts the orders as far as orderListCountLimit and orderListScanLimit allow; newest is the
// first of them.
func (r orderSearch) count(db *gorm.DB, newest int64) (n int, more bool, err error) {
	bounded, oldest := r, newest-orderListScanLimit
	bounded.from = max(r.from, oldest)
	var found []int64
	for i := range r.sources { // one after the other: the first often have enough
		bounded.sources = r.sources[i : i+1]
		ids, err := bounded.ids(db, OrderListPlace{}, orderListCountLimit+1)
		if err != nil {
			return 0, false, err
		}
		found = append(found, ids...)
		slices.Sort(found)
		if found = slices.Compact(found); len(found) > orderListCountLimit {
			return orderListCountLimit, true, nil
		}
	}
	if oldest <= r.from {
		return len(found), false, nil
	}
	rest, err := r.ids(db, OrderListPlace{Below: oldest}, 1)
	return len(found), len(rest) > 0, err
}

// condition is a part of a query with its arguments.
type condition struct {
	text string
	args []any
}

func (c condition) clone() condition { return condition{c.text, slices.Clone(c.args)} }

func (c *condition) and(text string, args ...any) {
	if c.text != "" {
		c.text += " AND "
	}
	c.text += text
	c.args = append(c.args, args...)
}

// orderConditions are all conditions of f but the words and the days.
func orderConditions(f OrderListFilter) (c condition) {
	if f.Status != "" {
		c.and("o.status = ?", f.Status)
	}
	if f.Fulfilment != "" { // of an order that was never paid it means nothing
		c.and("o.fulfilment = ? AND o.status IN ?", f.Fulfilment, f.statuses())
	}
	if f.Delivery != "" {
		c.and("o.delivery = ?", f.Delivery)
	}
	if f.Min > 0 {
		c.and("o.total_tetri >= ?", f.Min)
	}
	if f.Max > 0 {
		c.and("o.total_tetri <= ?", f.Max)
	}
	if f.Method != "" {
		c.and("o.used_method = ? AND o.used_method <> ''", f.Method)
	}
	return c
}

// placedBetween returns the ids of the first and the last order that was placed within a span of
// time, 0 for an end that is open. Ids are given out in the order of time; an order that was placed
// while the clock was set back counts with its neighbours.
func placedBetween(db *gorm.DB, from, to time.Time) (first, last int64, err error) {
	if !from.IsZero() {
		err = query(db, []any{&first}, "SELECT coalesce((SELECT id FROM orders WHERE created_at >= ? ORDER BY created_at, id LIMIT 1), ?)",
			from.UTC(), math.MaxInt64)
	}
	if !to.IsZero() && err == nil {
		err = query(db, []any{&last}, "SELECT coalesce((SELECT id FROM orders WHERE created_at < ? ORDER BY created_at DESC, id DESC LIMIT 1), -1)", to.UTC())
	}
	return first, last, err
}
