package models

import (
	"context"
	"errors"
	"slices"
	"time"
)

// errNotPayable is returned when an order is past being paid.
var errNotPayable = &Error{Kind: Conflict, Code: CodeOrderNotPayable}

// RetryPayment stores a new attempt to pay an order whose earlier attempts failed, and
// reserves its units again if they were released. The prices stay frozen; all other rules
// for a first attempt hold. If an attempt is still open, RetryPayment returns that and
// stores nothing, unless it is Replaceable.
//
// Errors: NotFound; Invalid (fields "method", "loan_month"); Conflict "order.not_payable", "order.withdrawn",
// "order.stock_gone" or "card.unusable"; Limited (Bounds).
func (s *Store) RetryPayment(ctx context.Context, orderID int64, with PayWith, build BuildPayment) (*Payment, error) {
	var p *Payment
	err := s.inTx(ctx, func(tx *Tx) error {
		o, err := tx.lockOrder("id = ?", orderID)
		if err != nil {
			return err
		}
		if o.CancelledAt != nil {
			return errNotPayable
		}
		if last := o.LastPayment(); last != nil && last.State.open() {
			if !last.Replaceable() {
				p = last
				return nil
			}
			if err := closeReplaceable(tx, last); err != nil {
				return err
			}
		}
		if !o.Status.CanPay(o.PricesFrom(), tx.now) {
			return errNotPayable
		}
		if err := stillSold(tx, o); err != nil {
			return err
		}
		card, err := with.choose(tx, o)
		if err != nil {
			return err
		}
		if !o.ReservesStock {
			if err := withinBounds(tx, o); err != nil {
				return err
			}
		}
		short, err := reserveUnits(tx, o)
		if err != nil {
			return err
		}
		if short != nil {
			return &Error{Kind: Conflict, Code: CodeOrderStockGone, Err: errors.New(short.Slug)}
		}
		if p, err = newPayment(tx, o, card, with.Button && card == nil, build); err != nil {
			return err
		}
		if err := tx.save(o, "ReservedUntil", "Method", "LoanMonth", "LoanCode"); err != nil {
			return err
		}
		if err := createPayment(tx, o, p); err != nil {
			return err
		}
		return setStatus(tx, o, p.firstStatus(), "retried")
	})
	return p, err
}

// PayWith is how a shopper wants to pay an order.
type PayWith struct {
	// Method is the way to pay; "" is the one of the last attempt or, if that is not offered any
	// more, the first of Offered.
	Method  Method
	Offered []Method // the ways to pay that the shop offers now; none: a card only
	// Loan is what the shopper chose of a loan; nil is what they chose before, unless the way to pay
	// is another now.
	Loan *Loan
	// CardID is the saved card to pay with on the bank's page, 0 for a card that the order's
	// customer types there, TypedByAnybody for one that somebody else may type.
	CardID int64
	Button bool // by the button of the wallet that Method is
}

var errMethodNotOffered = wrongField("method", "checkout.error.method")

// choose sets the order's way to pay, and returns the saved card to pay with, nil for none.
func (w PayWith) choose(tx *Tx, o *Order) (card *SavedCard, err error) {
	switch w.CardID {
	case 0:
	case TypedByAnybody:
		o.SaveCard = "" // its owner has not agreed to have it saved
	default:
		if _, ok := chooseMethod(ByCard, w.Offered); !ok {
			return nil, errMethodNotOffered
		}
		o.Method = ByCard
		o.setLoan(Loan{})
		return usableCard(tx.DB, tx.now, o.CustomerID, w.CardID, Recurrent)
	}
	wish := w.Method
	if wish == "" && slices.Contains(w.Offered, o.Method) {
		wish = o.Method
	}
	m, ok := chooseMethod(wish, w.Offered)
	if !ok {
		return nil, errMethodNotOffered
	}
	loan := Loan{o.LoanMonth, o.LoanCode}
	if m != o.Method {
		loan = Loan{}
	}
	if w.Loan != nil {
		loan = *w.Loan
	}
	o.Method = m
	if wrong := loan.wrong(); m.Rules().Credit && wrong != nil {
		return nil, invalidFields(wrong)
	}
	o.setLoan(loan)
	return nil, nil
}

// TypedByAnybody stands in place of a saved card's id for somebody who only has the order's
// link. Their card is not saved in the customer's account.
const TypedByAnybody int64 = -1

// stillSold refuses an order of which something is not sold, or not delivered, any more.
func stillSold(tx *Tx, o *Order) error {
	var withdrawn bool
	err := query(tx.DB, []any{&withdrawn}, `SELECT EXISTS (SELECT 1 FROM order_lines l JOIN products p ON p.id = l.product_id
		WHERE l.order_id = ? AND p.active = 0)`, o.ID)
	if _, delivers := o.Delivery.Option(); err == nil && (withdrawn || !delivers) {
		return &Error{Kind: Conflict, Code: CodeOrderWithdrawn}
	}
	return err
}

// retryFor is how long after Order.PricesFrom an order can be retried at its frozen prices.
const retryFor = 24 * time.Hour
