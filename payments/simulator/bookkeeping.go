package simulator

import (
	"net/http"
	"time"
)

// booking is one line of an order's ledger, in minor units. Captured, Refunded and
// Authorized are the sums after it.
type booking struct {
	At         time.Time `json:"at"`
	What       string    `json:"what"` // payment, hold, capture, release, refund
	Amount     money     `json:"amount"`
	Captured   money     `json:"taken"`
	Refunded   money     `json:"refunded"`
	Authorized money     `json:"held"`
}

// bookings returns the movements of the order's money, oldest first.
func (o *order) bookings() []booking {
	out := []booking{}
	var sum booking
	book := func(at time.Time, what string, amount, captured, refunded, authorized money) {
		sum = booking{at, what, amount, captured, refunded, authorized}
		out = append(out, sum)
	}
	if !o.PaidAt.IsZero() {
		if o.Capture == "manual" {
			book(o.PaidAt, "hold", o.amountDue(), 0, 0, o.amountDue())
		} else {
			book(o.PaidAt, "payment", o.amountDue(), o.amountDue(), 0, 0)
		}
	}
	for _, a := range o.Actions {
		if a.Status != "completed" {
			continue
		}
		switch a.Kind {
		case "refund", "partial_refund":
			book(a.At, "refund", a.Amount, sum.Captured, sum.Refunded+a.Amount, sum.Authorized)
		case "authorize", "partial_authorize":
			rest := sum.Authorized - a.Amount
			book(a.At, "capture", a.Amount, a.Amount, sum.Refunded, rest)
			if rest > 0 {
				book(a.At, "release", rest, sum.Captured, sum.Refunded, 0)
			}
		case "cancel_authorize":
			book(a.At, "release", a.Amount, sum.Captured, sum.Refunded, sum.Authorized-a.Amount)
		}
	}
	return out
}

// showBookings handles GET /_sim/orders/{id}/ledger.
func (b *Bank) showBookings(w http.ResponseWriter, r *http.Request) {
	if o := b.steeredOrder(w, r); o != nil {
		writeJSON(w, http.StatusOK, map[string]any{"order_id": o.ID, "currency": o.Currency, "bookings": o.bookings()})
	}
}

// ledgerView is the answer of GET /_sim/ledger, in minor units.
type ledgerView struct {
	Totals map[string]*ledgerSum `json:"totals"` // by currency
	Orders []orderView           `json:"orders"`
	Calls  map[string]int        `json:"calls"` // API requests since the start, by route
}

type ledgerSum struct {
	Orders     int   `json:"orders"`
	Paid       int   `json:"paid"` // orders with a captured amount
	Captured   money `json:"taken"`
	Refunded   money `json:"refunded"`
	Authorized money `json:"held"`
}

func (b *Bank) showLedger(w http.ResponseWriter, _ *http.Request) {
	v := ledgerView{Totals: map[string]*ledgerSum{}, Orders: []orderView{}, Calls: b.journal.counts()}
	for _, o := range b.newest() {
		v.Orders = append(v.Orders, o.view())
		sum := v.Totals[o.Currency]
		if sum == nil {
			sum = &ledgerSum{}
			v.Totals[o.Currency] = sum
		}
		sum.Orders++
		sum.Captured += o.Captured
		sum.Refunded += o.Refunded
		sum.Authorized += o.Authorized
		if o.Captured > 0 {
			sum.Paid++
		}
	}
	writeJSON(w, http.StatusOK, v)
}
