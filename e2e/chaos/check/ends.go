package check

import "slices"

// allEnded looks for what nobody has decided, although the bank has been asked long after the time
// for it was over.
func allEnded(b *books) []Violation {
	var v violations
	open := []string{"starting", "open", "processing"}
	for i := range b.Payments {
		p := &b.Payments[i]
		if slices.Contains(open, p.State) && !b.waits(p, "undecided", "charge_unknown", "unknown_status", "mismatch") {
			v.add(b.number(p), "attempt %d is %s for ever (at the bank: %q)", p.Attempt, p.State, p.BankStatus)
		}
		for _, a := range b.actions[p.ID] {
			running := slices.Contains([]string{"queued", "starting", "requested"}, a.State)
			// Of two refunds the second waits until the first is decided.
			if running && !a.ByHand && !b.waits(p, "refund_undecided", "refund_rejected", "capture_undecided", "capture_rejected", "mismatch") {
				v.add(b.number(p), "the %s of %d is %s for ever (tried %d times)", a.Kind, a.Amount, a.State, a.Tries)
			}
			if a.State == "rejected" && a.Kind == "refund" && a.Reason != "" && !b.waits(p, "refund_rejected", "mismatch") {
				v.add(b.number(p), "a refund of %d was rejected (%s), and nobody was told", a.Amount, a.RejectCode)
			}
		}
	}
	for _, o := range b.Orders {
		has := func(states ...string) bool {
			return slices.ContainsFunc(b.payments[o.ID], func(p *Payment) bool { return slices.Contains(states, p.State) })
		}
		switch o.Status {
		case "awaiting_payment", "confirming":
			if !has(open...) {
				v.add(o.Number, "it is %s, and none of its attempts can be paid", o.Status)
			}
		case "on_hold":
			if !has("held") {
				v.add(o.Number, "it is on hold, and none of its attempts is held")
			}
		case "expired", "cancelled":
			if o.Reserves && !has("held") {
				v.add(o.Number, "it is %s and reserves units", o.Status)
			}
		case "review":
			if !slices.ContainsFunc(b.payments[o.ID], func(p *Payment) bool { return b.waits(p, "mismatch") }) {
				v.add(o.Number, "it is in the review queue, which does not have it")
			}
		}
	}
	for i := range b.Payments {
		p := &b.Payments[i]
		if p.State == "mismatch" && !b.waits(p, "mismatch") {
			v.add(b.number(p), "attempt %d has other facts at the bank, and nobody was told", p.Attempt)
		}
	}
	return v
}
