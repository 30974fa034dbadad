// Package check compares what a shop has written down with what its bank has, and with itself,
// once both have come to rest. It knows the shop and the bank by their tables alone, so that no
// mistake of the shop's own code can hide in it.
package check

import (
	"cmp"
	"fmt"
	"slices"
)

// Violation is one fact that must not be.
type Violation struct {
	Invariant string // the name of a Rule
	Order     string // the shop's number of the order it is about, "" for none
	Detail    string
}

func (v Violation) String() string {
	if v.Order == "" {
		return v.Invariant + ": " + v.Detail
	}
	return v.Invariant + ": order " + v.Order + ": " + v.Detail
}

// Rule is one invariant.
type Rule struct {
	Name, Text string
	find       func(*books) []Violation
}

// Rules are all invariants, with the names that design.md gives them and those of this package.
func Rules() []Rule {
	return []Rule{
		{"I1", "an order counts as paid at most once", paidOnce},
		{"I2", "units are neither made nor lost, and reserved by orders that wait", stockConserved},
		{"I3", "shop and bank have the same money for every order", sameMoney},
		{"I4", "mail, ledger row and stock move of each move are there once", effectsOnce},
		{"I5", "amounts are the shop's own", ownAmounts},
		{"I6", "a key is stored before the bank sees it", keysStored},
		{"found", "money that the shop does not count is in the review queue", strangersReviewed},
		{"ended", "nothing is left undecided", allEnded},
		{"alarm", "the review queue has no mismatch where there is none", falseAlarms},
		{"journal", "the journal of payments tells every move, and nothing in it changes", journalWhole},
		{"lost", "what a page has told a shopper is still so", nothingForgotten},
	}
}

// Check returns everything that breaks a rule, sorted by rule and order. Both sides must have
// come to rest: no callback on its way, nothing due.
func Check(shop *Shop, bank *Bank) []Violation {
	b := open(shop, bank)
	var all []Violation
	for _, r := range Rules() {
		found := r.find(b)
		for i := range found {
			found[i].Invariant = r.Name
		}
		slices.SortStableFunc(found, func(x, y Violation) int { return cmp.Compare(x.Order, y.Order) })
		all = append(all, found...)
	}
	return all
}

// books are both sides with their rows sorted by what they belong to.
type books struct {
	*Shop
	bank      *Bank
	order     map[int64]*Order
	payment   map[int64]*Payment
	payments  map[int64][]*Payment // by order
	lines     map[int64][]Line     // by order
	ledger    map[int64][]Entry    // by payment
	moves     map[int64][]Move     // by order
	mails     map[int64][]Mail     // by order
	reviews   map[int64][]Review   // by payment
	actions   map[int64][]Action   // by payment
	bankOrder map[string]*BankOrder
}

func open(shop *Shop, bank *Bank) *books {
	b := &books{
		Shop: shop, bank: bank, order: map[int64]*Order{}, payment: map[int64]*Payment{}, payments: map[int64][]*Payment{}, bankOrder: map[string]*BankOrder{},
		lines: group(shop.Lines, func(l Line) int64 { return l.OrderID }), ledger: group(shop.Ledger, func(e Entry) int64 { return e.PaymentID }),
		moves: group(shop.Moves, func(m Move) int64 { return m.OrderID }), mails: group(shop.Mails, func(m Mail) int64 { return m.OrderID }),
		reviews: group(shop.Reviews, func(r Review) int64 { return r.PaymentID }), actions: group(shop.Actions, func(a Action) int64 { return a.PaymentID }),
	}
	for i := range shop.Orders {
		b.order[shop.Orders[i].ID] = &shop.Orders[i]
	}
	for i := range shop.Payments {
		p := &shop.Payments[i]
		b.payment[p.ID] = p
		b.payments[p.OrderID] = append(b.payments[p.OrderID], p)
	}
	for i := range bank.Orders {
		b.bankOrder[bank.Orders[i].ID] = &bank.Orders[i]
	}
	return b
}

func group[T any](rows []T, by func(T) int64) map[int64][]T {
	m := map[int64][]T{}
	for _, r := range rows {
		m[by(r)] = append(m[by(r)], r)
	}
	return m
}

// number is the number of an attempt's order.
func (b *books) number(p *Payment) string {
	if o := b.order[p.OrderID]; o != nil {
		return o.Number
	}
	return fmt.Sprint("of payment ", p.ID)
}

// reviewed reports whether staff were told of an attempt for one of these reasons.
func (b *books) reviewed(p *Payment, kinds ...string) bool {
	return slices.ContainsFunc(b.reviews[p.ID], func(r Review) bool { return slices.Contains(kinds, r.Kind) })
}

// waits reports whether staff have still to look at an attempt for one of these reasons.
func (b *books) waits(p *Payment, kinds ...string) bool {
	return slices.ContainsFunc(b.reviews[p.ID], func(r Review) bool { return r.Open && slices.Contains(kinds, r.Kind) })
}

// violations collects what a rule finds.
type violations []Violation

func (v *violations) add(order, format string, args ...any) {
	*v = append(*v, Violation{Order: order, Detail: fmt.Sprintf(format, args...)})
}
