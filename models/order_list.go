package models

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// OrderListPage is how many orders a page of the staff's list has.
const OrderListPage = 50

// orderListCounted is up to how many orders the list counts exactly.
const orderListCounted = 1000

// OrderListFilter chooses among all orders. The zero value of a field is any.
type OrderListFilter struct {
	Query      string // number, name, address, telephone, the bank's id or the last four digits of the card
	Status     OrderStatus
	Fulfilment Fulfilment
	Delivery   Delivery
	Method     Method    // what it was paid with
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
	Method      Method // likewise
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
			o.delivery, o.city, o.total_tetri, coalesce(p.card_mask, '') AS card_mask, coalesce(p.method, '') AS method,
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

// orderSearch is a filter on its way to the database: all conditions but the words and the
// days, the ids of the days, and the ways to come by the orders.
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

// orderListLooked is how many of the shop's newest orders are looked through to count: to count
// rare ones, all orders would have to be read.
const orderListLooked = 100_000

// count counts the orders as far as orderListCounted and orderListLooked allow; newest is the
// first of them.
func (r orderSearch) count(db *gorm.DB, newest int64) (n int, more bool, err error) {
	bounded, oldest := r, newest-orderListLooked
	bounded.from = max(r.from, oldest)
	ids, err := bounded.ids(db, OrderListPlace{}, orderListCounted+1)
	if err != nil || len(ids) > orderListCounted {
		return orderListCounted, true, err
	}
	if oldest <= r.from {
		return len(ids), false, nil
	}
	rest, err := r.ids(db, OrderListPlace{Below: oldest}, 1)
	return len(ids), len(rest) > 0, err
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

// orderSource is a way to come by the ids of orders in their order, of which some are left out by
// conditions that need nothing but an index.
type orderSource struct {
	from  string // the table that the ids come from
	join  string // that with orders, as o; "": it is orders
	id    string // its column with the order's id
	many  bool   // one order may come several times
	where condition
}

func (s orderSource) ids(db *gorm.DB, rest condition, at OrderListPlace, limit int) (ids []int64, err error) {
	from, where := s.from, s.where.clone()
	if rest.text != "" {
		from += s.join
		where.and(rest.text, rest.args...)
	}
	direction := "DESC"
	switch {
	case at.Above != 0:
		direction = "ASC"
		where.and(s.id+" > ?", at.Above)
	case at.Below != 0:
		where.and(s.id+" < ?", at.Below)
	}
	choose := "SELECT "
	if s.many {
		choose = "SELECT DISTINCT "
	}
	text := choose + s.id + " AS id FROM " + from
	if where.text != "" {
		text += " WHERE " + where.text
	}
	err = queryAll(db, &ids, text+" ORDER BY "+s.id+" "+direction+" LIMIT ?", append(where.args, limit)...)
	return ids, err
}

// orderConditions are all conditions of f but the words and the days.
func orderConditions(f OrderListFilter) (c condition) {
	if f.Status != "" {
		c.and("o.status = ?", f.Status)
	}
	if f.Fulfilment != "" {
		c.and("o.fulfilment = ?", f.Fulfilment)
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
		c.and("EXISTS (SELECT 1 FROM payments m WHERE m.method = ? AND m.order_id = o.id AND m.method <> '')", f.Method)
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

// handedOver are the statuses of orders that have a fulfilment: their goods are packed, sent and so on.
var handedOver = []OrderStatus{OnHold, Paid, PartlyRefunded, Refunding, Refunded, Review}

// orderSources returns the ways to the orders of a filter, the orders of all of them
// together.
func (s *Store) orderSources(db *gorm.DB, f OrderListFilter) ([]orderSource, error) {
	if typed := TidyLine(f.Query); typed != "" {
		return s.searchSources(db, typed, f.Status)
	}
	using := func(index string) orderSource {
		return orderSource{from: "orders o" + s.dialect.using(index), id: "o.id"}
	}
	if f.Min > 0 || f.Max > 0 {
		few, err := s.few(db, fewRows, "orders o"+s.dialect.using("orders_by_total"), "o.total_tetri BETWEEN ? AND ?", f.Min, cmp.Or(f.Max, math.MaxInt64))
		if err != nil {
			return nil, err
		}
		if few {
			return []orderSource{using("orders_by_total")}, nil
		}
	}
	if f.Method != "" {
		source := s.ofPayments("p.method = ? AND p.method <> ''", f.Method)
		few, err := s.few(db, fewRows, source.from, source.where.text, source.where.args...)
		if err != nil {
			return nil, err
		}
		if few || f.Status == "" && f.Fulfilment == "" {
			return []orderSource{source}, nil
		}
	}
	if f.Fulfilment == "" && f.Status != "" {
		return []orderSource{using("orders_by_status")}, nil
	}
	if f.Fulfilment == "" {
		return []orderSource{using("orders_listed")}, nil
	}
	underWay := f.Fulfilment == FulfilmentWaiting || f.Fulfilment == FulfilmentPacked || f.Fulfilment == FulfilmentReady
	var sources []orderSource
	for _, status := range handedOver {
		if (f.Status == "" || f.Status == status) && (!underWay || status.Delivers()) {
			source := using("orders_by_fulfilment")
			source.where.and("o.status = ?", status)
			sources = append(sources, source)
		}
	}
	return sources, nil
}

// fewRows are so few that it is quicker to go through all of them than through the list;
// fewOfStatus so few orders of a status that each can be asked for a word.
const (
	fewRows     = 10_000
	fewOfStatus = 500
)

// few reports whether most rows at most satisfy a condition.
func (s *Store) few(db *gorm.DB, most int, from, where string, args ...any) (few bool, err error) {
	var n int
	err = query(db, []any{&n}, fmt.Sprintf("SELECT count(*) FROM (SELECT 1 FROM %s WHERE %s LIMIT %d)", from, where, most+1), args...)
	return n <= most, err
}

// ofPayments is a way to orders by their payments.
func (s *Store) ofPayments(where string, args ...any) orderSource {
	return orderSource{from: "payments p", join: s.listed("p.order_id"), id: "p.order_id", many: true, where: condition{where, args}}
}

// listed is the join of a column with the order's id to what the list is filtered by.
func (s *Store) listed(id string) string {
	return " CROSS JOIN orders o" + s.dialect.using("orders_listed") + " ON o.id = " + id
}

// searchSources returns the ways to the orders that staff mean by what they typed: it is looked for
// as everything that it can be.
func (s *Store) searchSources(db *gorm.DB, typed string, status OrderStatus) (sources []orderSource, err error) {
	add := func(where string, args ...any) {
		sources = append(sources, orderSource{from: "orders o", id: "o.id", where: condition{where, args}})
	}
	compact := strings.ToLower(strings.ReplaceAll(typed, " ", ""))
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	if number := strings.TrimPrefix(strings.TrimPrefix(compact, "d"), "-"); digits(number) {
		add("o.number = ?", "D-"+number)
		if number != compact {
			return sources, nil
		}
	}
	if len(compact) >= 8 && strings.Trim(compact, "0123456789abcdef-") == "" {
		sources = append(sources, s.ofPayments("p.bank_order_id >= ? AND p.bank_order_id < ?", compact, compact+"g"))
		if strings.ContainsAny(compact, "-") && !strings.HasPrefix(typed, "+") && strings.ContainsAny(compact, "abcdef") {
			return sources, nil
		}
	}
	if digits(compact) && len(compact) == 4 {
		sources = append(sources, s.ofPayments("p.card_last4 = ? AND p.card_last4 <> ''", compact))
	}
	if strings.Contains(typed, "@") {
		if email, ok := parseEmail(typed); ok {
			add("o.email = ?", email)
		} else {
			add("o.email >= ? AND o.email < ?", email, email+"\U0010FFFF")
		}
		return sources, nil
	}
	words, beginnings := typedWords(typed), true
	if phone := localPhone(typed); len(phone) >= 3 && strings.Trim(compact, "0123456789+-().") == "" {
		words = [][]string{{phone}}
	} else if len(words) > 0 {
		// Whole words come first: to look for beginnings takes far longer where there are many.
		whole := s.wordSource(words, false)
		some, err := whole.ids(db, condition{}, OrderListPlace{}, 1)
		if err != nil {
			return nil, err
		}
		beginnings = len(some) == 0
	}
	if len(words) == 0 {
		return sources, nil
	}
	// A common name has many orders of which hardly one has a rare status.
	ofStatus := "orders o" + s.dialect.using("orders_by_status")
	if few, err := s.few(db, fewOfStatus, ofStatus, "o.status = ?", status); err != nil || few && status != "" {
		table, where, args := s.dialect.words.match(words, beginnings)
		rare := orderSource{from: ofStatus, id: "o.id", where: condition{"o.status = ?", []any{status}}}
		rare.where.and("EXISTS (SELECT 1 FROM "+table+" w WHERE "+where+" AND w.rowid = o.id)", args...)
		return append(sources, rare), err
	}
	return append(sources, s.wordSource(words, beginnings)), nil
}

func (s *Store) wordSource(words [][]string, beginnings bool) orderSource {
	table, where, args := s.dialect.words.match(words, beginnings)
	return orderSource{from: table + " w", join: s.listed("w.rowid"), id: "w.rowid", where: condition{where, args}}
}
