package models

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"gorm.io/gorm"
)

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

// fulfilmentStatuses are the statuses of orders that have a fulfilment: their goods are packed, sent and so on.
var fulfilmentStatuses = []OrderStatus{OnHold, Paid, PartlyRefunded, Refunding, Refunded, Review}

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
		few, err := s.atMost(db, fewRows, "orders o"+s.dialect.using("orders_by_total"), "o.total_tetri BETWEEN ? AND ?", f.Min, cmp.Or(f.Max, math.MaxInt64))
		if err != nil {
			return nil, err
		}
		if few {
			return []orderSource{using("orders_by_total")}, nil
		}
	}
	if f.Method != "" {
		source := s.paymentSource("p.method = ? AND p.method <> ''", f.Method)
		few, err := s.atMost(db, fewRows, source.from, source.where.text, source.where.args...)
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
	for _, status := range fulfilmentStatuses {
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

// atMost reports whether no more than limit rows satisfy a condition.
func (s *Store) atMost(db *gorm.DB, limit int, from, where string, args ...any) (few bool, err error) {
	var n int
	err = query(db, []any{&n}, fmt.Sprintf("SELECT count(*) FROM (SELECT 1 FROM %s WHERE %s LIMIT %d) AS part", from, where, limit+1), args...)
	return n <= limit, err
}

// paymentSource is a way to orders by their payments.
func (s *Store) paymentSource(where string, args ...any) orderSource {
	return orderSource{from: "payments p", join: s.listJoin("p.order_id"), id: "p.order_id", many: true, where: condition{where, args}}
}

// listJoin is the join of a column with the order's id to what the list is filtered by.
func (s *Store) listJoin(id string) string {
	return s.dialect.inOrder + "orders o" + s.dialect.using("orders_listed") + " ON o.id = " + id
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
	if few, err := s.atMost(db, fewOfStatus, ofStatus, "o.status = ?", status); err != nil || few && status != "" {
		table, where, args := s.dialect.words.match(words, beginnings)
		rare := orderSource{from: ofStatus, id: "o.id", where: condition{"o.status = ?", []any{status}}}
		rare.where.and("EXISTS (SELECT 1 FROM "+table+" w WHERE "+where+" AND w.rowid = o.id)", args...)
		return append(sources, rare), err
	}
	return append(sources, s.wordSource(words, beginnings)), nil
}

func (s *Store) wordSource(words [][]string, beginnings bool) orderSource {
	table, where, args := s.dialect.words.match(words, beginnings)
	return orderSource{from: table + " w", join: s.listJoin("w.rowid"), id: "w.rowid", where: condition{where, args}}
}
