package models

import (
	"context"
	"time"
)

// Period is days from the first to the last, both included.
type Period struct{ From, To Day }

// LastMonth returns the month before the one that t is in.
func LastMonth(t time.Time) Period {
	first := DayOf(t).MonthStart(0)
	return Period{first.MonthStart(-1), first.Add(-1)}
}

// longestPeriod is how many days an export may be about.
const longestPeriod = 3 * 366

// ParsePeriod reads a period. Errors: Invalid (fields "from", "to").
func ParsePeriod(from, to string) (p Period, err error) {
	wrong := map[string]string{}
	if p.From, err = ParseDay(from); err != nil {
		wrong["from"] = "admin.day.unreadable"
	}
	if p.To, err = ParseDay(to); err != nil {
		wrong["to"] = "admin.day.unreadable"
	}
	switch {
	case len(wrong) > 0:
	case p.To < p.From:
		wrong["to"] = "admin.exports.backwards"
	case p.To > p.From.Add(longestPeriod):
		wrong["to"] = "admin.exports.too_long"
	}
	if len(wrong) > 0 {
		return p, &Error{Kind: Invalid, Code: CodeFormUnreadable, Fields: wrong}
	}
	return p, nil
}

// Booking is a line of the accounting export: money that came or went, with the order that
// it is about.
type Booking struct {
	ID          int64
	At          time.Time
	OrderNumber string
	Placed      time.Time
	OrderTotal  Tetri
	BankOrderID string
	Method      string // verbatim, like the next three
	CardBrand   string
	CardMask    string
	Payer       string // see Payment.PayerName
	Captured    Tetri  // less than 0 in a correction
	Refunded    Tetri
	Discount    Tetri // of the bank's campaign; it is no money that came or went
	Before      Tetri // net of the order before
}

// VAT returns by how much the tax inside the order's money grows or shrinks. The lines of an
// order add up to the tax inside what is left of its money, to the tetri: each line is the
// difference of two roundings, not a rounding of its own.
func (b Booking) VAT() Tetri {
	return (b.Before + b.Captured - b.Refunded).signedVAT() - b.Before.signedVAT()
}

func (t Tetri) signedVAT() Tetri {
	if t < 0 {
		return -(-t).VATInside()
	}
	return t.VATInside()
}

// bookingsAtOnce is how many lines are read at once.
const bookingsAtOnce = 500

// EachBooking calls do with what the ledger has for a period, in the order in which it
// happened.
func (s *Store) EachBooking(ctx context.Context, p Period, do func(Booking) error) error {
	at, id := p.From.Start(), int64(0)
	for {
		var list []Booking
		err := queryAll(s.Read(ctx), &list, `SELECT l.id, l.at, o.number AS order_number, o.created_at AS placed, o.total_tetri AS order_total,
				coalesce(p.bank_order_id, '') AS bank_order_id, p.method, p.card_brand, p.card_mask, p.payer_name AS payer,
				CASE WHEN l.kind IN ('captured', 'captured_correction') THEN l.amount_tetri ELSE 0 END AS captured,
				CASE WHEN l.kind IN ('refunded', 'refunded_correction') THEN l.amount_tetri ELSE 0 END AS refunded,
				CASE WHEN l.kind IN ('discount', 'discount_correction') THEN l.amount_tetri ELSE 0 END AS discount,
				coalesce((SELECT sum(CASE WHEN b.kind IN ('captured', 'captured_correction') THEN b.amount_tetri
						WHEN b.kind IN ('refunded', 'refunded_correction') THEN -b.amount_tetri ELSE 0 END)
					FROM ledger b WHERE b.order_id = l.order_id AND b.id < l.id), 0) AS before
			FROM ledger l JOIN payments p ON p.id = l.payment_id JOIN orders o ON o.id = l.order_id
			WHERE (l.at > ? OR l.at = ? AND l.id > ?) AND l.at < ? ORDER BY l.at, l.id LIMIT ?`, at, at, id, p.To.Add(1).Start(), bookingsAtOnce)
		if err != nil {
			return err
		}
		for _, b := range list {
			if err := do(b); err != nil {
				return err
			}
			at, id = b.At, b.ID
		}
		if len(list) < bookingsAtOnce {
			return nil
		}
	}
}

// BookingSum is what the bookings of a day, a month or a period add up to.
type BookingSum struct {
	Day      Day // the first
	Payments int // captures
	Refunds  int
	Money
	Discount Tetri
	VAT      Tetri
}

func (s *BookingSum) add(b Booking) {
	if b.Captured > 0 {
		s.Payments++
	}
	if b.Refunded > 0 {
		s.Refunds++
	}
	s.Captured += b.Captured
	s.Refunded += b.Refunded
	s.Discount += b.Discount
	s.VAT += b.VAT()
}

// BookingSums adds up the bookings of a period: by day, by month and all. Days and months on
// which no money came or went are left out.
func (s *Store) BookingSums(ctx context.Context, p Period) (days, months []BookingSum, all BookingSum, err error) {
	all.Day = p.From
	err = s.EachBooking(ctx, p, func(b Booking) error {
		day := DayOf(b.At)
		if len(days) == 0 || days[len(days)-1].Day != day {
			days = append(days, BookingSum{Day: day})
		}
		if len(months) == 0 || months[len(months)-1].Day != day.MonthStart(0) {
			months = append(months, BookingSum{Day: day.MonthStart(0)})
		}
		days[len(days)-1].add(b)
		months[len(months)-1].add(b)
		all.add(b)
		return nil
	})
	return days, months, all, err
}

// NoteExport enters into the audit list that staff took the bookings of a period out of the
// shop.
func (s *Store) NoteExport(ctx context.Context, by Actor, p Period) error {
	return s.inTx(ctx, func(tx *Tx) error {
		return audit(tx, by, "export_bookings", "bookings", "", string(p.From)+" – "+string(p.To))
	})
}
