package models

import "context"

// DayTotal is the money that came and went on a day by one method and card scheme, as the
// ledger has it.
type DayTotal struct {
	Method, Brand string // verbatim; "" is not known
	Count         int    // payments whose money came that day
	Money
	Discount Tetri // of the bank's campaigns
}

// DayTotals sums the ledger of a day by method and card scheme, the largest first.
func (s *Store) DayTotals(ctx context.Context, day Day) (list []DayTotal, err error) {
	err = queryAll(s.Read(ctx), &list, `SELECT p.method, p.card_brand AS brand, count(*) FILTER (WHERE l.kind = 'captured') AS count,
			`+ledgerCaptured+` AS captured, `+ledgerRefunded+` AS refunded, `+ledgerDiscount+` AS discount
		FROM ledger l JOIN payments p ON p.id = l.payment_id WHERE l.at >= ? AND l.at < ?
		GROUP BY p.method, p.card_brand ORDER BY captured DESC, p.method, p.card_brand`, day.Start(), day.Add(1).Start())
	return list, err
}
