package models

import "slices"

// ReviewMatter is a review item with everything that it is about.
type ReviewMatter struct {
	ReviewItem
	Order      *Order // nil: none, like the next
	Payment    *Payment
	Refund     *Refund    // the newest that the bank rejected, or the one that staff make by hand
	Action     *Action    // the refund, capture or release that the bank rejected or leaves undecided
	Return     *Return    // whose money should have gone back
	Mail       *Mail      // that was not sent
	Card       *SavedCard // that the bank does not forget
	Receipt    *Event     // the bank's last receipt; about an order that we do not have its verdict may be VerdictUnknown
	Callback   *Event     // the message about an order that we do not have
	Difference *LedgerDifference
	Ledger     Money // what the ledger has about the attempt
}

// Fits reports whether a way out fits the kind of the item and how things stand now.
func (m *ReviewMatter) Fits(way ReviewWay) bool {
	if m.ResolvedAt != nil {
		return false
	}
	if way == WayClose {
		return true
	}
	if !slices.Contains(reviewWays[m.Kind], way) {
		return false
	}
	p := m.Payment
	switch way {
	case WayAsk:
		return m.Kind == ReviewNoAccess || m.UnknownBankOrder() != "" || p != nil && p.BankOrderID != nil
	case WayAccept:
		return p != nil && p.BankOrderID != nil
	case WayRefund:
		return p != nil && (p.State.captured() && p.State != PaymentRefunded && m.Refund.done() || p.State == PaymentMismatch)
	case WayFulfil:
		return m.Order != nil && m.Order.Status == Paid && m.Order.CancelledAt == nil
	case WayCapture:
		return p != nil && p.State == PaymentHeld && m.Order.wantsMoney()
	case WayRelease:
		return p != nil && p.State == PaymentHeld
	case WayRetryRefund:
		return m.Refund != nil && m.Refund.State == ActionRejected
	case WayByHand:
		return m.Refund != nil && m.Refund.ByHand && m.Refund.State.Pending()
	case WayMail:
		return m.Mail != nil && m.Mail.SentAt == nil
	case WayForgetCard:
		return m.Kind == ReviewCardKind && p != nil && p.BankOrderID != nil || m.Card != nil && m.Card.State == CardRemoving
	case WayGiveUp:
		return p != nil && p.State.open()
	}
	return false
}

// Ways lists the ways out that fit now, the best first and closing last.
func (m *ReviewMatter) Ways() (list []ReviewWay) {
	for _, way := range append(slices.Clone(reviewWays[m.Kind]), WayClose) {
		if m.Fits(way) {
			list = append(list, way)
		}
	}
	return list
}

// done reports whether no refund is on its way.
func (r *Refund) done() bool { return r == nil || !r.State.Pending() }
