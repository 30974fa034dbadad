package models

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"gorm.io/gorm"
)

// orderSource is a query for the ids of orders in the order of the list. Its conditions are answered by an index
// alone, without loading an order.
type orderSource struct {
	from  string // the table that the ids come from
	join  string // that with orders, as o; "": it is orders
	id    string // its column with the order's id
	many  bool   // one order may come several times
	where condition
}

// ids returns the ids of up to limit orders of the source that fulfil the rest of the conditions, too.
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

// All values of columns that an index begins with, for filters that do not name one. Deliveries are read from the
// orders instead (Store.deliveries): one that is still in them may have been given up.
var (
	allStatuses    = []OrderStatus{AwaitingPayment, Confirming, OnHold, Paid, Declined, Expired, Cancelled, Review, Refunding, PartlyRefunded, Refunded}
	allFulfilments = []Fulfilment{FulfilmentWaiting, FulfilmentPacked, FulfilmentSent, FulfilmentDelivered, FulfilmentReady, FulfilmentHandedOver,
		FulfilmentReturned}
)

// fulfilmentStatuses are the statuses of orders that have a fulfilment: their goods are packed, sent and so on.
var fulfilmentStatuses = []OrderStatus{OnHold, Paid, PartlyRefunded, Refunding, Refunded, Review}

// statuses are those that an order can have that fits the filter.
func (f OrderListFilter) statuses() (list []OrderStatus) {
	among := allStatuses
	if f.Fulfilment != "" {
		among = fulfilmentStatuses
	}
	underWay := f.Fulfilment == FulfilmentWaiting || f.Fulfilment == FulfilmentPacked || f.Fulfilment == FulfilmentReady
	for _, status := range among {
		if (f.Status == "" || f.Status == status) && (!underWay || status.Delivers()) {
			list = append(list, status)
		}
	}
	return list
}

// fulfilments are those that an order can have that fits the filter.
func (f OrderListFilter) fulfilments() []Fulfilment {
	if f.Fulfilment != "" {
		return []Fulfilment{f.Fulfilment}
	}
	return allFulfilments
}

// deliveries are those that orders have and that fit the filter.
func (s *Store) deliveries(db *gorm.DB, f OrderListFilter) (list []Delivery, err error) {
	if f.Delivery != "" {
		return []Delivery{f.Delivery}, nil
	}
	for last := Delivery(""); ; {
		var next *Delivery
		text := "SELECT min(delivery) FROM orders" + s.dialect.using("orders_list_by_delivery") + " WHERE delivery > ?"
		if err := query(db, []any{&next}, text, last); err != nil || next == nil {
			return list, err
		}
		last = *next
		list = append(list, last)
	}
}

// orderSources returns the sources that have all orders of a filter between them; some also have others, which
// orderConditions leave out. Mostly a source is the part of an index in which all columns before the id have one value, so
// that its orders come newest first, and a page is read from few of them.
func (s *Store) orderSources(db *gorm.DB, f OrderListFilter) (sources []orderSource, err error) {
	if typed := TidyLine(f.Query); typed != "" {
		return s.searchSources(db, typed, f.Status)
	}
	using := func(index, where string, args ...any) orderSource {
		return orderSource{from: "orders o" + s.dialect.using(index), id: "o.id", where: condition{where, args}}
	}
	if f.Min > 0 || f.Max > 0 {
		source := using("orders_list_by_total", "o.total_tetri BETWEEN ? AND ?", f.Min, cmp.Or(f.Max, math.MaxInt64))
		if few, err := s.atMost(db, fewRows, source); err != nil || few {
			return []orderSource{source}, err
		}
	}
	byMethod := f.Method != ""
	if byMethod && f.Fulfilment != "" { // no index begins with both, and of a rare method all orders are quickly read
		if byMethod, err = s.atMost(db, fewRows, using("orders_list_by_method", "o.used_method = ? AND o.used_method <> ''", f.Method)); err != nil {
			return nil, err
		}
	}
	if !byMethod && f.Status == "" && f.Fulfilment == "" && f.Delivery == "" {
		return []orderSource{using("orders_list", "")}, nil
	}
	deliveries, err := s.deliveries(db, f)
	if err != nil {
		return nil, err
	}
	for _, delivery := range deliveries {
		for _, status := range f.statuses() {
			if byMethod {
				sources = append(sources, using("orders_list_by_method", "o.used_method = ? AND o.used_method <> '' AND o.delivery = ? AND o.status = ?",
					f.Method, delivery, status))
				continue
			}
			for _, fulfilment := range f.fulfilments() {
				sources = append(sources, using("orders_list_by_delivery", "o.delivery = ? AND o.fulfilment = ? AND o.status = ?", delivery, fulfilment, status))
			}
		}
	}
	return sources, nil
}

// fewRows are so few that it is quicker to go through all of them than through the list;
// fewOfStatus so few orders of a status that each can be asked for a word.
const (
	fewRows     = 50_000
	fewOfStatus = 500
)

// atMost reports whether sources have no more than limit rows together.
func (s *Store) atMost(db *gorm.DB, limit int, sources ...orderSource) (few bool, err error) {
	left := limit
	for _, source := range sources {
		var n int
		text := fmt.Sprintf("SELECT count(*) FROM (SELECT 1 FROM %s WHERE %s LIMIT %d) AS part", source.from, source.where.text, left+1)
		if err := query(db, []any{&n}, text, source.where.args...); err != nil {
			return false, err
		}
		if left -= n; left < 0 {
			return false, nil
		}
	}
	return true, nil
}

// paymentSource finds orders by their payments.
func (s *Store) paymentSource(where string, args ...any) orderSource {
	return orderSource{from: "payments p", join: s.listJoin("p.order_id"), id: "p.order_id", many: true, where: condition{where, args}}
}

// listJoin is the join of a column with the order's id to what the list is filtered by.
func (s *Store) listJoin(id string) string {
	return s.dialect.inOrder + "orders o" + s.dialect.using("orders_list") + " ON o.id = " + id
}

// searchSources returns the sources of the orders that staff mean by what they typed: it is looked for
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
		sources = append(sources, s.paymentSource("p.bank_order_id >= ? AND p.bank_order_id < ?", compact, compact+"g"))
		if strings.ContainsAny(compact, "-") && !strings.HasPrefix(typed, "+") && strings.ContainsAny(compact, "abcdef") {
			return sources, nil
		}
	}
	if digits(compact) && len(compact) == 4 {
		sources = append(sources, s.paymentSource("p.card_last4 = ? AND p.card_last4 <> ''", compact))
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
		// Whole words are tried first: looking for beginnings takes far longer where there are many.
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
	if status != "" { // a common name has many orders of which hardly one has a rare status
		rare, err := s.orderSources(db, OrderListFilter{Status: status})
		if err != nil {
			return nil, err
		}
		few, err := s.atMost(db, fewOfStatus, rare...)
		if err != nil {
			return nil, err
		}
		if few {
			table, where, args := s.dialect.words.match(words, beginnings)
			for _, source := range rare {
				source.where.and("EXISTS (SELECT 1 FROM "+table+" w WHERE "+where+" AND w.rowid = o.id)", args...)
				sources = append(sources, source)
			}
			return sources, nil
		}
	}
	return append(sources, s.wordSource(words, beginnings)), nil
}

// wordSource finds orders by words of names, addresses and telephone numbers, or by what such words begin with.
func (s *Store) wordSource(words [][]string, beginnings bool) orderSource {
	table, where, args := s.dialect.words.match(words, beginnings)
	return orderSource{from: table + " w", join: s.listJoin("w.rowid"), id: "w.rowid", where: condition{where, args}}
}
