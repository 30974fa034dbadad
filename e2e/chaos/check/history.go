package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// History tells what both sides have about an order, for the person who has to find out why they
// differ.
func History(shop *Shop, bank *Bank, number string) string {
	b := open(shop, bank)
	var out strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&out, "  "+format+"\n", args...) }
	for _, o := range b.Orders {
		if o.Number != number {
			continue
		}
		say("shop: order %s is %s, total %d, reserves %v, paid by payment %d", o.Number, o.Status, o.All, o.Reserves, o.PaidPaymentID)
		for _, l := range b.lines[o.ID] {
			say("  %d of product %d at %d, %d missing", l.Quantity, l.ProductID, l.Unit, l.Missing)
		}
		for _, p := range b.payments[o.ID] {
			say("payment %d, attempt %d: %s %s, at the bank %s %q; requested %d, authorized %d, captured %d, refunded %d; next check %s, made %s, closes %s",
				p.ID, p.Attempt, p.Kind, p.State, cmp.Or(p.BankOrderID, "unknown"), p.BankStatus, p.Requested, p.Authorized, p.Captured, p.Refunded,
				cmp.Or(p.NextCheck, "never"), p.CreatedAt, p.ExpiresAt)
			for _, a := range b.actions[p.ID] {
				say("  %s %d of %d: %s %s %s %s, tried %d times, next %s", a.Kind, a.ID, a.Amount, a.State, a.ActionID, a.RejectCode, a.Reason, a.Tries, a.NextAt)
			}
			for _, e := range b.ledger[p.ID] {
				say("  ledger %s %d", e.Kind, e.Amount)
			}
		}
		for _, m := range b.moves[o.ID] {
			say("stock: %s %d of product %d", m.Kind, m.Quantity, m.ProductID)
		}
		for _, m := range b.mails[o.ID] {
			say("mail: %s %s about payment %d, sent %v", m.Kind, m.About, m.PaymentID, m.Sent)
		}
		for _, r := range b.Reviews {
			if r.OrderID == o.ID {
				say("review: %s, %s: %s (open %v)", r.Kind, r.Subject, r.Detail, r.Open)
			}
		}
		b.tellTimes(o, say)
	}
	for _, t := range bank.Orders {
		if t.Number != number {
			continue
		}
		say("bank: order %s is %s %s, made %s, paid %s: captured %d, refunded %d, holds %d of %d", t.ID, t.Status, t.Reason, t.Created, t.Paid,
			t.Captured, t.Refunded, t.Authorized, t.Requested)
		for _, a := range t.Actions {
			say("  %s %s %s of %d: %q %s %s", a.At, a.Kind, a.ID, a.Amount, a.Status, a.Code, a.Channel)
		}
	}
	return out.String()
}

// tellTimes lists the timeline and the journal of an order by time.
func (b *books) tellTimes(o Order, say func(string, ...any)) {
	var all []string
	for _, t := range b.Timeline {
		if t.OrderID == o.ID {
			all = append(all, fmt.Sprintf("%s order %s %s", t.At, t.Status, t.Detail))
		}
	}
	for _, e := range b.Journal {
		if p := b.payment[e.PaymentID]; p != nil && p.OrderID == o.ID {
			all = append(all, fmt.Sprintf("%s payment %d %s by %s: %s", e.At, p.ID, e.Kind, e.Cause, e.Verdict))
		}
	}
	slices.Sort(all)
	for _, line := range all {
		say("%s", line)
	}
}
