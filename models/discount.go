package models

import "gorm.io/gorm"

// ReportedDiscount is the discount of a campaign as the bank's receipt has it; the zero value if it
// has none. Which of its amounts is which is our reading of their names (bog-api.md §6.1,
// unconfirmed), so they must agree with each other, and with the money, to the tetri.
type ReportedDiscount struct {
	Original, Due Tetri // the price before and after it
	Bank, System  Tetri // what each of them gives of it
	Unreadable    bool  // an amount is missing, or is none
}

// off returns what the discount takes off the amount that was requested, or what in it makes no sense.
func (d ReportedDiscount) off(requested Tetri) (off Tetri, wrong string) {
	switch {
	case d == ReportedDiscount{}:
		return 0, ""
	case d.Unreadable:
		return 0, "discount: the bank does not say all its amounts"
	case d.Original != requested:
		return 0, contradiction("discount of", d.Original.String(), requested.String())
	case d.Bank < 0 || d.System < 0 || d.Due <= 0 || d.Due >= d.Original || d.Original-d.Due != d.Bank+d.System:
		return 0, contradiction("discount", d.Bank.String()+" and "+d.System.String(), d.Original.String()+" less "+d.Due.String())
	}
	return d.Original - d.Due, ""
}

// learnDiscount stores in an attempt the discount of the first report that says what was held or
// captured of it. Of a hold that is captured in part it is the part that belongs to what was captured;
// capture is the one that the shop has requested. What was known of an attempt that was captured
// before stays, as far as the amounts leave room for it.
func learnDiscount(p *Payment, o *Order, r Report, capture *Capture) {
	switch captured := p.State.captured(); {
	case captured && (!r.State.captured() || r.Discount == ReportedDiscount{}):
		p.DiscountTetri = max(min(p.DiscountTetri, p.RequestedTetri-p.CapturedTetri), 0)
		if p.CapturedTetri == 0 {
			p.DiscountTetri = 0
		}
		return
	case r.State != PaymentHeld && !r.State.captured():
		return
	}
	if off, _ := r.Discount.off(p.RequestedTetri); off > 0 {
		p.DiscountTetri = off
	}
	if p.DiscountTetri == 0 {
		return
	}
	due := p.RequestedTetri - p.DiscountTetri
	p.AuthorizedTetri = min(p.AuthorizedTetri, due)
	if !r.State.captured() {
		return
	}
	switch captured := p.CapturedTetri; {
	case captured == 0:
		p.DiscountTetri = 0
	case captured > due:
		p.DiscountTetri = max(p.RequestedTetri-captured, 0)
	case captured < due:
		worth := Tetri(0)
		if capture != nil && len(capture.Lines) > 0 {
			worth = priceOf(o, capture.Lines)
		}
		if worth*due/p.RequestedTetri == captured {
			p.DiscountTetri = worth - captured
		} else {
			p.DiscountTetri = captured * p.DiscountTetri / due
		}
	}
}

// priceOf is the price of units of an order, with delivery, before any discount.
func priceOf(o *Order, lines []LineUnits) Tetri {
	sum := o.DeliveryTetri
	for _, u := range lines {
		for _, l := range o.Lines {
			if l.Position == u.Position {
				sum += l.UnitTetri * Tetri(u.Units)
			}
		}
	}
	return sum
}

// AfterDiscount is what was charged, or is to be charged, for goods of this price, rounded down to
// the tetri. All goods of the order together come to exactly what was charged.
func (p *Payment) AfterDiscount(price Tetri) Tetri {
	charged := p.CapturedTetri
	if charged == 0 {
		charged = p.AuthorizedTetri
	}
	if p.DiscountTetri == 0 || charged == 0 {
		return price
	}
	return price * charged / (charged + p.DiscountTetri)
}

// refundAfterDiscount is what goes back for goods of this price when others of the price before have
// gone back already. Each refund is the difference of two roundings, so that the last one brings all
// of them to exactly what was charged.
func (p *Payment) refundAfterDiscount(price, before Tetri) Tetri {
	return p.AfterDiscount(before+price) - p.AfterDiscount(before)
}

// priceRefunded is the price of the units that were charged and are in refunds, with delivery if it
// is in one.
func (m *OrderMoney) priceRefunded(o *Order) Tetri {
	sum := o.DeliveryTetri - m.DeliveryRefundable
	for _, l := range m.Lines {
		sum += l.UnitTetri * Tetri(l.Refunded+l.Refunding)
	}
	return sum
}

// bookCapture enters into the ledger, once, what the bank has captured of an attempt, and the
// discount beside it.
func bookCapture(tx *Tx, p *Payment) error {
	for _, e := range []LedgerEntry{{Kind: moneyCaptured, AmountTetri: p.CapturedTetri}, {Kind: moneyDiscount, AmountTetri: p.DiscountTetri}} {
		if e.AmountTetri == 0 && e.Kind == moneyDiscount {
			continue
		}
		e.OrderID, e.PaymentID, e.At = p.OrderID, p.ID, tx.now
		if err := tx.Create(&e).Error; err != nil {
			return err
		}
	}
	return nil
}

// bookedDiscount returns the discount of an attempt that the ledger has.
func bookedDiscount(db *gorm.DB, paymentID int64) (discount Tetri, err error) {
	err = query(db, []any{&discount}, "SELECT "+ledgerDiscount+" FROM ledger l WHERE l.payment_id = ?", paymentID)
	return discount, err
}
