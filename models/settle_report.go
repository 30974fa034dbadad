package models

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Report is what the bank says about one attempt at one moment, read from its
// receipt and translated by the payment desk.
type Report struct {
	PaymentID    int64
	AskedAt      time.Time // just before the bank was asked; the report does not answer what became due later
	Cause        Cause
	State        PaymentState // "" if the bank's status is not known to us
	BankOrderID  string
	OrderNumber  string // as the bank has it
	Currency     string
	Requested    Tetri
	Transferred  Tetri // captured and not refunded
	Refunded     Tetri
	Discount     ReportedDiscount
	Method       Method // what it was paid with, verbatim, like the next three
	Status       string
	Code         string
	RejectReason string
	CardMask     string // of a card; see SetPayer
	CardBrand    string
	PayerName    string   // whoever paid without one
	CardExpiry   string   // MM/YY
	SavedCard    CardKind // how the bank has saved the card; "" if it has not
	ParentBankID string   // the order whose saved card it was paid with; "" if not said
	Actions      []ReportedAction
	Split        *SplitReport // how it was shared with makers; nil if the receipt does not say
	// Life is how long the bank lets it be paid, between two dates of the bank's own
	// clock, which is never compared with ours; 0 if not said.
	Life time.Duration
	Raw  []byte // the receipt as it came
}

// SetPayer notes whom the bank names as the payer: by the masked number of a card of this scheme only
// if that is what the method has, otherwise in the words of the receipt.
func (r *Report) SetPayer(identifier, cardType string) {
	byCard := r.Method.Rules().Payer == PayerCard && (identifier == "" || strings.ContainsAny(identifier, "0123456789"))
	if byCard {
		r.CardMask, r.CardBrand = identifier, cardType
	} else {
		r.PayerName = identifier
	}
}

// Money is what the bank has captured and refunded according to this report; nothing while the
// money is only held.
func (r Report) Money() Money {
	if !r.State.captured() {
		return Money{}
	}
	return Money{r.Transferred + r.Refunded, r.Refunded}
}

// differs names what in the report contradicts our own record, and that no manager has
// accepted. parent is the order whose saved card the attempt is paid with, "" for none; capture
// is what the shop has requested of its hold, nil if nothing.
func (r Report) differs(o *Order, p *Payment, parent string, capture *Capture) string {
	if foreign := r.foreign(o, p); foreign != "" {
		return foreign
	}
	accepted := strings.Split(p.Accepted, "\n")
	var all []string
	for _, d := range r.differences(p, parent, capture) {
		if !slices.Contains(accepted, d) {
			all = append(all, d)
		}
	}
	return strings.Join(all, "; ")
}

// foreign names the fact by which the report is about something else than the attempt.
func (r Report) foreign(o *Order, p *Payment) string {
	switch {
	case p.BankOrderID != nil && r.BankOrderID != *p.BankOrderID:
		return contradiction("bank order", r.BankOrderID, *p.BankOrderID)
	case r.OrderNumber != o.Number:
		return contradiction("order number", r.OrderNumber, o.Number)
	case r.Currency != p.Currency:
		return contradiction("currency", r.Currency, p.Currency)
	}
	return ""
}

// differences names the facts of a report about the attempt that contradict our own record. Less
// than was requested may be captured only if a discount explains the rest, and of a hold, if that is
// what the shop has requested.
func (r Report) differences(p *Payment, parent string, capture *Capture) (all []string) {
	if r.ParentBankID != "" && r.ParentBankID != parent {
		all = append(all, contradiction("order of the saved card", r.ParentBankID, parent))
	}
	if r.Requested != p.RequestedTetri {
		all = append(all, contradiction("amount", r.Requested.String(), p.RequestedTetri.String()))
	}
	due := p.RequestedTetri - p.DiscountTetri
	if !p.State.captured() && (r.State == PaymentHeld || r.State.captured()) {
		off, wrong := r.Discount.off(p.RequestedTetri)
		if wrong != "" {
			all = append(all, wrong)
		}
		due = p.RequestedTetri - cmp.Or(off, p.DiscountTetri)
	}
	if r.State == PaymentHeld && p.HeldAt == nil && r.Transferred != 0 && r.Transferred != due {
		all = append(all, contradiction("amount authorized", r.Transferred.String(), due.String()))
	}
	if p.State.captured() && r.State.captured() && r.Refunded > p.CapturedTetri {
		all = append(all, contradiction("amount refunded", r.Refunded.String(), p.CapturedTetri.String()))
	}
	if !r.State.captured() || r.State != PaymentPaid && p.State.captured() {
		return all
	}
	captured, expected := r.Transferred+r.Refunded, due
	switch {
	case p.State.captured() && p.CapturedTetri > 0:
		expected = p.CapturedTetri
	case capture != nil:
		expected = min(capture.AmountTetri, due)
	}
	if captured != expected {
		all = append(all, contradiction("amount captured", captured.String(), expected.String()))
	}
	return all
}

// contradiction is how a review item names a fact.
func contradiction(what, theirs, ours string) string {
	return fmt.Sprintf("%s: the bank says %q, we say %q", what, theirs, ours)
}

// learn copies the report into the attempt. What a later report leaves out stays known.
func learn(p *Payment, now time.Time, r Report) {
	set := func(field *string, reported string) {
		if reported != "" {
			*field = reported
		}
	}
	p.BankStatus = r.Status
	set(&p.BankCode, r.Code)
	set(&p.RejectReason, r.RejectReason)
	set(&p.CardMask, r.CardMask)
	set(&p.CardLast4, lastFour(r.CardMask))
	set(&p.CardBrand, r.CardBrand)
	set(&p.PayerName, r.PayerName)
	p.Method = cmp.Or(r.Method, p.Method)
	if r.State == PaymentHeld && p.AuthorizedTetri == 0 {
		p.AuthorizedTetri = cmp.Or(r.Transferred, p.RequestedTetri) // learnDiscount lowers it; not every receipt of a hold says the amount
	}
	if r.State.captured() {
		if p.CapturedTetri == 0 { // a hold is captured once
			p.CapturedTetri = r.Transferred + r.Refunded
		}
		p.RefundedTetri = max(p.RefundedTetri, r.Refunded) // an older receipt may come after a newer one
	}
	if until := p.CreatedAt.Add(r.Life); until.After(p.ExpiresAt) {
		p.ExpiresAt = until.UTC()
	}
	p.CheckedAt, p.UpdatedAt = &now, now
	p.Checks++
}

// lastFour is the last four digits of a masked card number, "" if it does not end in them.
func lastFour(mask string) string {
	if len(mask) < 4 || strings.Trim(mask[len(mask)-4:], "0123456789") != "" {
		return ""
	}
	return mask[len(mask)-4:]
}
