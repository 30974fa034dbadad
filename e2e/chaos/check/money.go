package check

import (
	"slices"
	"strings"
)

// Why the shop may have other money for an attempt than the bank: staff have to look at it.
var moneyReviews = []string{"mismatch", "reconciliation_difference", "unknown_status"}

// Why an order may have more than one attempt with money: staff were told, or it goes back.
var secondReviews = []string{"second_payment", "paid_after_cancel", "paid_too_late", "mismatch"}

func paidOnce(b *books) []Violation {
	var v violations
	for _, o := range b.Orders {
		sold := map[int64]int64{}
		for _, m := range b.moves[o.ID] {
			if m.Kind == "sold" {
				sold[m.ProductID]++
			}
		}
		for product, times := range sold {
			if times > 1 {
				v.add(o.Number, "product %d was sold to it %d times", product, times)
			}
		}
		for _, p := range b.payments[o.ID] {
			entries := count(b.ledger[p.ID], func(e Entry) bool { return e.Kind == "captured" })
			if entries > 1 {
				v.add(o.Number, "attempt %d has %d captured rows in the ledger", p.Attempt, entries)
			}
			if p.Captured > 0 && p.ID != o.PaidPaymentID && !b.reviewed(p, secondReviews...) {
				v.add(o.Number, "attempt %d was captured, attempt of payment %d has paid the order, and nobody was told", p.Attempt, o.PaidPaymentID)
			}
		}
		paid := b.payment[o.PaidPaymentID]
		strange := paid == nil || paid.OrderID != o.ID || paid.Captured == 0 && !b.waits(paid, moneyReviews...)
		if o.PaidPaymentID != 0 && strange {
			v.add(o.Number, "it is paid by payment %d, which has no money of this order", o.PaidPaymentID)
		}
		if o.PaidPaymentID == 0 && slices.Contains([]string{"paid", "partly_refunded", "refunded", "refund_requested"}, o.Status) {
			v.add(o.Number, "it is %s without a payment", o.Status)
		}
	}
	return v
}

// booked is what the ledger has about an attempt.
func (b *books) booked(p *Payment) (captured, refunded int64) {
	for _, e := range b.ledger[p.ID] {
		switch e.Kind {
		case "captured", "captured_correction":
			captured += e.Amount
		case "refunded", "refunded_correction":
			refunded += e.Amount
		}
	}
	return captured, refunded
}

func sameMoney(b *books) []Violation {
	var v violations
	for i := range b.Payments {
		p := &b.Payments[i]
		captured, refunded := b.booked(p)
		if captured != p.Captured || refunded != p.Refunded {
			v.add(b.number(p), "attempt %d has %d captured and %d refunded, the ledger %d and %d", p.Attempt, p.Captured, p.Refunded, captured, refunded)
		}
		if p.BankOrderID == "" {
			if captured != 0 {
				v.add(b.number(p), "attempt %d has money, but no order at the bank", p.Attempt)
			}
			continue
		}
		theirs := b.bankOrder[p.BankOrderID]
		switch {
		case theirs == nil:
			v.add(b.number(p), "the bank does not know %s", p.BankOrderID)
		case b.waits(p, moneyReviews...):
		case theirs.Captured != captured || theirs.Refunded != refunded:
			v.add(b.number(p), "attempt %d: the shop has booked %d captured and %d refunded, the bank %d and %d",
				p.Attempt, captured, refunded, theirs.Captured, theirs.Refunded)
		case (p.State == "held") != (theirs.Authorized > 0):
			v.add(b.number(p), "attempt %d is %s, and the bank holds %d", p.Attempt, p.State, theirs.Authorized)
		}
	}
	return v
}

func ownAmounts(b *books) []Violation {
	var v violations
	for _, o := range b.Orders {
		items := int64(0)
		for _, l := range b.lines[o.ID] {
			items += l.Quantity * l.Unit
		}
		if items != o.Items || o.Items+o.Delivery != o.All {
			v.add(o.Number, "its lines come to %d and its delivery to %d, its total is %d", items, o.Delivery, o.All)
		}
		for _, p := range b.payments[o.ID] {
			theirs := b.bankOrder[p.BankOrderID]
			if p.Requested != o.All {
				v.add(o.Number, "attempt %d requests %d of %d", p.Attempt, p.Requested, o.All)
			}
			if theirs != nil && (theirs.Requested != p.Requested || theirs.Currency != "GEL") && !b.waits(p, moneyReviews...) {
				v.add(o.Number, "attempt %d requests %d GEL, the bank %d %s", p.Attempt, p.Requested, theirs.Requested, theirs.Currency)
			}
			if p.Refunded > p.Captured {
				v.add(o.Number, "attempt %d: %d was refunded of %d", p.Attempt, p.Refunded, p.Captured)
			}
		}
	}
	return v
}

// strangersReviewed looks from the bank's side: whatever was captured there is an attempt of ours, or
// staff know about it.
func strangersReviewed(b *books) []Violation {
	var v violations
	ours := map[string]*Payment{}
	for i := range b.Payments {
		if id := b.Payments[i].BankOrderID; id != "" {
			ours[id] = &b.Payments[i]
		}
	}
	told := func(id string) bool {
		return slices.ContainsFunc(b.Reviews, func(r Review) bool { return strings.Contains(r.Subject+" "+r.Detail, id) })
	}
	for _, theirs := range b.bank.Orders {
		if theirs.Captured+theirs.Authorized == 0 || told(theirs.ID) {
			continue
		}
		p := ours[theirs.ID]
		if p == nil {
			if !b.chargeReviewed(theirs.Number) {
				v.add(theirs.Number, "the bank has captured %d for its order %s, which no attempt of the shop has", theirs.Captured, theirs.ID)
			}
			continue
		}
		if number := b.number(p); number != theirs.Number && !b.waits(p, moneyReviews...) {
			v.add(number, "the bank has its order %s under the number %s", theirs.ID, theirs.Number)
		}
	}
	return v
}

// chargeReviewed reports whether staff know that nobody knows whether an order was charged.
func (b *books) chargeReviewed(number string) bool {
	for _, o := range b.Orders {
		if o.Number == number {
			return slices.ContainsFunc(b.payments[o.ID], func(p *Payment) bool { return p.BankOrderID == "" && b.waits(p, "charge_unknown") })
		}
	}
	return false
}

func keysStored(b *books) []Violation {
	var v violations
	stored := map[string]bool{}
	for _, p := range b.Payments {
		stored[p.Key], stored[p.SaveCardKey], stored[p.WalletKey] = true, true, true
		if p.BodyBytes == 0 {
			v.add(b.number(&p), "attempt %d has no request body", p.Attempt)
		}
	}
	for _, a := range b.Actions {
		stored[a.Key] = true
		if a.ActionID != "" && a.BodyBytes == 0 {
			v.add(b.number(b.payment[a.PaymentID]), "%s %d has no request body", a.Kind, a.ID)
		}
	}
	for _, c := range b.Cards {
		stored[c.RemoveKey] = true
	}
	for _, c := range b.bank.Calls {
		if c.Key == "" || !stored[c.Key] {
			v.add("", "the bank was called by %s under the key %s, which the shop has not stored", c.Route, c.Key)
		}
	}
	started := map[string]bool{}
	for _, a := range b.Actions {
		started[a.ActionID] = true
	}
	for _, o := range b.bank.Orders {
		for _, a := range o.Actions {
			if a.byShop() && !started[a.ID] && !b.actionReviewed(o.ID) {
				v.add(o.Number, "the bank has an action %s (%s of %d, %s) that the shop has not stored", a.ID, a.Kind, a.Amount, a.Status)
			}
		}
	}
	return v
}

// actionReviewed reports whether staff look after what became of a refund, or of a hold, of a
// bank's order.
func (b *books) actionReviewed(bankOrderID string) bool {
	for i := range b.Payments {
		if p := &b.Payments[i]; p.BankOrderID == bankOrderID {
			return b.waits(p, "refund_undecided", "refund_rejected", "capture_undecided", "capture_rejected", "mismatch")
		}
	}
	return false
}

func count[T any](list []T, is func(T) bool) (n int) {
	for _, x := range list {
		if is(x) {
			n++
		}
	}
	return n
}
