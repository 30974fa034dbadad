package check

import (
	"fmt"
	"slices"
)

// effectsOnce looks for what has to follow from a move, once: the mail, the row of the ledger, the
// end of the refund. (The moves of stock are compared in stockConserved, to the unit.)
func effectsOnce(b *books) []Violation {
	var v violations
	for i := range b.Payments {
		p := &b.Payments[i]
		o := b.order[p.OrderID]
		if o == nil {
			v.add("", "payment %d has no order", p.ID)
			continue
		}
		entries := count(b.ledger[p.ID], func(e Entry) bool { return e.Kind == "captured" })
		if (p.Captured > 0) != (entries == 1) && !b.waits(p, moneyReviews...) {
			v.add(o.Number, "attempt %d has %d captured, in %d rows of the ledger", p.Attempt, p.Captured, entries)
		}
		if o.Email != "" {
			b.checkMails(o, p, &v)
		}
		b.checkRefunds(o, p, &v)
	}
	for _, m := range b.Mails {
		number := ""
		if o := b.order[m.OrderID]; o != nil {
			number = o.Number
		}
		switch {
		case !m.Sent && !m.GivenUp:
			v.add(number, "the mail %d (%s) has not left", m.ID, m.Kind)
		case m.Sent && b.Delivered != nil && b.Delivered[m.ID] == 0:
			v.add(number, "the mail %d (%s) counts as sent, and no server has it", m.ID, m.Kind)
		}
	}
	return v
}

// checkMails looks for the mails that an attempt's state promises.
func (b *books) checkMails(o *Order, p *Payment, v *violations) {
	mails := func(kinds ...string) int {
		return count(b.mails[o.ID], func(m Mail) bool { return m.PaymentID == p.ID && slices.Contains(kinds, m.Kind) })
	}
	switch {
	case p.Captured > 0 && b.reviewed(p, "second_payment"):
		if n := mails("paid_twice"); n != 1 {
			v.add(o.Number, "%d mails say that attempt %d was a second payment", n, p.Attempt)
		}
	case p.Captured > 0 && p.ID == o.PaidPaymentID && !b.waits(p, "mismatch"):
		if n := mails("paid", "captured_less", "refunding"); n != 1 {
			v.add(o.Number, "%d mails say that attempt %d has paid the order", n, p.Attempt)
		}
	}
	if p.State == "held" && o.Status == "on_hold" && mails("held") != 1 {
		v.add(o.Number, "%d mails say that the money of attempt %d is on hold", mails("held"), p.Attempt)
	}
	told := int64(0)
	for _, m := range b.mails[o.ID] {
		if m.PaymentID == p.ID && m.Kind == "refunded" {
			var now, all int64
			if _, err := fmt.Sscanf(m.About, "%d of %d", &now, &all); err != nil {
				v.add(o.Number, "a mail about a refund is about %q", m.About)
			}
			told += now
		}
	}
	if told != p.Refunded {
		v.add(o.Number, "attempt %d: mails tell of %d refunded, it was %d", p.Attempt, told, p.Refunded)
	}
	if last := b.payments[o.ID]; o.Status == "expired" && p == last[len(last)-1] && count(b.mails[o.ID], func(m Mail) bool { return m.Kind == "expired" }) == 0 {
		v.add(o.Number, "it has expired, and no mail says so")
	}
}

// checkRefunds compares what the shop requested of the bank with what became of it there.
func (b *books) checkRefunds(o *Order, p *Payment, v *violations) {
	theirs := b.bankOrder[p.BankOrderID]
	if theirs == nil || b.waits(p, moneyReviews...) {
		return
	}
	completed := int64(0)
	for _, a := range b.actions[p.ID] {
		if a.Kind == "refund" && a.State == "completed" {
			completed += a.Amount
		}
		at := slices.IndexFunc(theirs.Actions, func(x BankAction) bool { return x.ID == a.ActionID && a.ActionID != "" })
		if at >= 0 && a.State == "completed" && theirs.Actions[at].Amount != a.Amount {
			v.add(o.Number, "the %s of %d is one of %d at the bank", a.Kind, a.Amount, theirs.Actions[at].Amount)
		}
	}
	if completed > p.Refunded {
		v.add(o.Number, "attempt %d: refunds of %d are completed, %d went back", p.Attempt, completed, p.Refunded)
	}
}
