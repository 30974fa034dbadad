package check

// falseAlarms looks for payments that the shop took out of all automatic handling although the bank
// has nothing else than what the shop has requested: staff would look for a difference that there is
// not, and the other rules would excuse what the shop has not booked.
func falseAlarms(b *books) []Violation {
	var v violations
	for i := range b.Payments {
		p := &b.Payments[i]
		theirs := b.bankOrder[p.BankOrderID]
		if theirs == nil || !b.reviewed(p, "mismatch") {
			continue
		}
		expected := theirs.Captured == 0 || theirs.Captured == p.Requested-p.Discount
		for _, a := range b.actions[p.ID] {
			expected = expected || a.Kind == "capture" && a.Amount == theirs.Captured
		}
		if expected && theirs.Number == b.number(p) && theirs.Requested == p.Requested && theirs.Currency == "GEL" {
			v.add(b.number(p), "attempt %d is a mismatch, and the bank has nothing else: %d captured, %d refunded of %d", p.Attempt,
				theirs.Captured, theirs.Refunded, theirs.Requested)
		}
	}
	return v
}
