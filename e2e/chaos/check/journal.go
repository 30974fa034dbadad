package check

import (
	"context"
	"database/sql"
	"strings"
)

// Mark is the journal of payments as it stood at some moment: what was in it then must be in it
// later, unchanged.
type Mark struct{ events map[int64]Event }

// ReadMark reads the journal of a running shop.
func ReadMark(ctx context.Context, db *sql.DB) (Mark, error) {
	s, r := &Shop{}, reader{ctx: ctx, db: db}
	readJournal(&r, s)
	m := Mark{events: map[int64]Event{}}
	for _, e := range s.Journal {
		m.events[e.ID] = e
	}
	return m, r.err
}

func journalWhole(b *books) []Violation {
	var v violations
	now := map[int64]Event{}
	state := map[int64]string{}
	captures := map[int64]int{}
	for _, e := range b.Journal {
		now[e.ID] = e
		p := b.payment[e.PaymentID]
		from, to, is := strings.Cut(e.Verdict, " to ")
		if e.Kind != "transition" || !is {
			continue
		}
		if p == nil {
			v.add("", "line %d of the journal is about payment %d, which there is not", e.ID, e.PaymentID)
			continue
		}
		if was, seen := state[p.ID]; seen && was != from || !seen && from != "starting" {
			v.add(b.number(p), "attempt %d moves from %s to %s after it was %q", p.Attempt, from, to, was)
		}
		state[p.ID] = to
		if captured(to) && !captured(from) {
			captures[p.ID]++
		}
	}
	for i := range b.Payments {
		p := &b.Payments[i]
		if last, seen := state[p.ID]; seen && last != p.State || !seen && p.State != "starting" {
			v.add(b.number(p), "attempt %d is %s, its journal ends with %q", p.Attempt, p.State, last)
		}
		if captures[p.ID] > 1 {
			v.add(b.number(p), "attempt %d was captured %d times by its journal", p.Attempt, captures[p.ID])
		}
	}
	reported := map[int64]bool{}
	for _, mark := range b.Marks {
		for id, was := range mark.events {
			if is, there := now[id]; (!there || is != was) && !reported[id] {
				reported[id] = true
				number := ""
				if p := b.payment[was.PaymentID]; p != nil {
					number = b.number(p)
				}
				v.add(number, "line %d of the journal (%s %s) was changed or deleted", id, was.Kind, was.Verdict)
			}
		}
	}
	return v
}

func captured(state string) bool {
	switch state {
	case "paid", "refund_requested", "partly_refunded", "refunded":
		return true
	}
	return false
}

// Told is what a page has told a shopper about an order.
type Told struct{ Number, Status string }

// nothingForgotten holds the shop to what its pages have said: an order that was shown is there,
// and one that was shown as paid was paid.
func nothingForgotten(b *books) []Violation {
	var v violations
	byNumber := map[string]*Order{}
	for i := range b.Orders {
		byNumber[b.Orders[i].Number] = &b.Orders[i]
	}
	for _, t := range b.Told {
		o := byNumber[t.Number]
		switch {
		case o == nil:
			v.add(t.Number, "a shopper has seen it (%s), and it is not there", t.Status)
		case t.Status == "paid" && o.PaidPaymentID == 0:
			v.add(t.Number, "a shopper was told that it is paid; it is %s", o.Status)
		}
	}
	return v
}
