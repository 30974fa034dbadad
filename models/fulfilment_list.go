package models

import (
	"context"
	"slices"
)

// PackingOrder is an order in the list of what is to be packed, or sent.
type PackingOrder struct {
	Order
	Left map[int]int // units that have still to leave the shop, by the position of their line
}

// toPack selects orders whose goods are still in the shop although the money is there, or held.
const toPack = "fulfilment IN ('waiting', 'packed') AND status IN ('paid', 'on_hold', 'partly_refunded')"

// PackingList lists the orders that nobody has packed (FulfilmentWaiting) or that are packed and
// not sent, oldest first: at most limit of those that come after the order with the id after.
func (s *Store) PackingList(ctx context.Context, is Fulfilment, after int64, limit int) ([]PackingOrder, error) {
	db := s.Read(ctx)
	var orders []Order
	if err := db.Where(toPack+" AND fulfilment = ? AND id > ?", is, after).Order("id").Limit(limit).Find(&orders).Error; err != nil {
		return nil, err
	}
	list := make([]PackingOrder, 0, len(orders))
	for _, o := range orders {
		if err := db.Where("order_id = ?", o.ID).Order("position").Find(&o.Lines).Error; err != nil {
			return nil, err
		}
		owed, err := owedUnits(db, &o)
		if err != nil {
			return nil, err
		}
		list = append(list, PackingOrder{Order: o, Left: owed})
	}
	return list, nil
}

// CountToPack counts the orders that are to be packed, and those that are packed and wait to be
// sent or made ready.
func (s *Store) CountToPack(ctx context.Context) (waiting, packed int, err error) {
	err = query(s.Read(ctx), []any{&waiting, &packed},
		"SELECT count(*) FILTER (WHERE fulfilment = 'waiting'), count(*) FILTER (WHERE fulfilment = 'packed') FROM orders WHERE "+toPack)
	return waiting, packed, err
}

// Adult reports whether something in the order is for adults only: the person who
// takes it shows their age.
func (o *Order) Adult() bool { return o.AgeConfirmedAt != nil }

// Carriers lists the carriers of the last parcels, the most used first, for a form to offer.
func (s *Store) Carriers(ctx context.Context) (names []string, err error) {
	err = queryAll(s.Read(ctx), &names, `SELECT carrier FROM (SELECT carrier FROM parcels ORDER BY id DESC LIMIT 200) p
		GROUP BY carrier ORDER BY count(*) DESC, carrier LIMIT 10`)
	return slices.Compact(names), err
}
