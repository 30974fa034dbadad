package models

import (
	"cmp"
	"math/big"
	"regexp"
	"slices"
	"time"
)

// MaxLoanMonths is the longest loan that a form may name. The bank's own bounds stand in its
// calculator alone (bog-api.md §13).
const MaxLoanMonths = 60

// loanCode is what a discount code of the bank's calculator may look like. Nothing is documented
// about it, so this only keeps out what is certainly none.
var loanCode = regexp.MustCompile(`^[A-Za-z0-9._:/+=-]{1,64}$`)

// Loan is what a shopper chose of a loan before the bank decides on it. The zero value leaves the
// conditions to the bank's page.
type Loan struct {
	Month int    // the number of monthly payments; 0: not chosen
	Code  string // the discount code of the bank's calculator; "": the choice was not made there
}

// wrong names what is wrong with the choice: form field to translation key.
func (l Loan) wrong() map[string]string {
	switch {
	case l.Month < 0 || l.Month > MaxLoanMonths || l.Month == 1:
		return map[string]string{"loan_month": "loan.error.month"}
	case l.Code != "" && (l.Month == 0 || !loanCode.MatchString(l.Code)):
		return map[string]string{"loan_month": "loan.error.code"}
	}
	return nil
}

// setLoan stores the choice in an order whose way to pay is known. Only a loan has one.
func (o *Order) setLoan(l Loan) {
	if !o.Method.Rules().Credit {
		l = Loan{}
	}
	o.LoanMonth, o.LoanCode = l.Month, l.Code
}

// Instalment is what a total comes to each month over so many months, rounded up to a tetri, at a
// yearly rate in hundredths of a percent, of which a twelfth is added to the rest every month. It is
// an estimate of the shop: the bank's conditions are known to its calculator alone.
func Instalment(total Tetri, months, rate int) Tetri {
	if months < 1 || total <= 0 {
		return 0
	}
	monthly := big.NewRat(int64(total), int64(months))
	if rate > 0 {
		part := big.NewRat(int64(rate), 12*100*100)
		grows := new(big.Rat).Add(big.NewRat(1, 1), part)
		all := big.NewRat(1, 1)
		for range months {
			all.Mul(all, grows)
		}
		// total * part * all / (all - 1)
		monthly.Mul(big.NewRat(int64(total), 1), part)
		monthly.Mul(monthly, all)
		monthly.Quo(monthly, all.Sub(all, big.NewRat(1, 1)))
	}
	whole, rest := new(big.Int).QuoRem(monthly.Num(), monthly.Denom(), new(big.Int))
	if rest.Sign() > 0 {
		whole.Add(whole, big.NewInt(1))
	}
	return Tetri(whole.Int64())
}

// Credit reports whether the bank decides on a loan before the attempt is paid.
func (p *Payment) Credit() bool {
	return p.Kind == ByPage && p.PaidBy().Rules().Credit
}

// loanDecision is how long units are reserved while the bank decides on a loan, unless
// Store.LoanDecision says so.
const loanDecision = 24 * time.Hour

// loanCheck is the longest pause between two questions about a loan while its units are reserved.
const loanCheck = 15 * time.Minute

// appliedForLoan does what follows when the shopper has applied for a loan and the bank begins to
// decide: the units are reserved for as long as that may take, and the cart is free for another
// purchase, because this order is neither replaced nor repeated while the bank decides.
func appliedForLoan(tx *Tx, o *Order, p *Payment) error {
	emptied := o.cartEmptied()
	until := tx.now.Add(cmp.Or(tx.store.LoanDecision, loanDecision))
	p.DecideUntil, o.ReservedUntil = &until, until
	if err := tx.save(p, "DecideUntil"); err != nil {
		return err
	}
	if err := tx.save(o, "ReservedUntil"); err != nil || emptied {
		return err
	}
	return emptyCart(tx, o)
}

// cartEmptied reports whether an application for a loan, maybe one that was refused, has emptied the
// cart of the order's goods: what is in it now was put in since.
func (o *Order) cartEmptied() bool {
	return slices.ContainsFunc(o.Payments, func(p Payment) bool { return p.DecideUntil != nil })
}

// loanRefused keeps the units of an order, whose loan the bank has refused, for as long as a new
// attempt to pay would: the shopper hears of it by mail and may pay in another way.
func loanRefused(tx *Tx, o *Order, p *Payment) error {
	if !o.ReservesStock {
		return nil
	}
	o.ReservedUntil = tx.now.Add(p.ExpiresAt.Sub(p.CreatedAt) + ReservationGrace)
	return tx.save(o, "ReservedUntil")
}

// loanOverdue releases the units of an order when the bank, asked after their time is over, has
// still not decided. The order goes on waiting: if the bank grants the loan later, afterCapture reserves
// the units again, provided that they are still there.
func loanOverdue(tx *Tx, o *Order, p *Payment) error {
	if p.State != PaymentProcessing || p.DecideUntil == nil || tx.now.Before(*p.DecideUntil) ||
		!o.ReservesStock || o.Status != Confirming || p.ID != o.LastPayment().ID {
		return nil
	}
	if err := releaseUnits(tx, o); err != nil {
		return err
	}
	if err := addOrderEvent(tx, o, o.Status, "loan_overdue"); err != nil {
		return err
	}
	return queueMail(tx, o, p, MailLoanOverdue)
}
