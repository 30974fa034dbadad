package simulator

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// orderView is an order as /_sim/ shows it. Amounts are in minor units.
type orderView struct {
	ID         string         `json:"id"`
	ExternalID *string        `json:"external_order_id"`
	Status     string         `json:"status"`
	Reason     string         `json:"reason,omitempty"`
	Currency   string         `json:"currency"`
	Requested  money          `json:"asked"`
	Captured   money          `json:"taken"`
	Refunded   money          `json:"refunded"`
	Authorized money          `json:"held"`
	Discount   money          `json:"discount,omitempty"`
	Shares     *sharesView    `json:"shares,omitempty"`
	Created    time.Time      `json:"created"`
	Expires    time.Time      `json:"expires"`
	PayURL     string         `json:"pay_url,omitempty"`
	Loan       *loan          `json:"loan,omitempty"`
	Plan       plan           `json:"plan,omitzero"`
	Attempts   []attempt      `json:"attempts,omitempty"`
	Receipt    *receipt       `json:"receipt,omitempty"`
	Callbacks  []deliveryView `json:"callbacks,omitempty"`
}

func (o *order) view() orderView {
	v := orderView{ID: o.ID, ExternalID: o.ExternalID, Status: o.Status, Reason: o.Reason, Currency: o.Currency, Requested: o.Total, Captured: o.Captured,
		Refunded: o.Refunded, Authorized: o.Authorized, Discount: o.Discount, Shares: o.shares(), Created: o.Created,
		Expires: o.Expires, Loan: o.Loan, Plan: o.Plan}
	if o.External == "" {
		v.PayURL = o.Base + "/?order_id=" + o.ID
	}
	return v
}

// fullView adds the receipt, the attempts to pay and the callbacks.
func (b *Bank) fullView(o *order) orderView {
	v := o.view()
	r := b.receiptOf(o, "en")
	v.Receipt, v.Attempts, v.Callbacks = &r, o.Attempts, []deliveryView{}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range b.deliveriesOf[o.ID] {
		v.Callbacks = append(v.Callbacks, b.outbox[id].view())
	}
	return v
}

// newest returns all orders, newest first.
func (b *Bank) newest() []*order {
	b.mu.Lock()
	ids := slices.Clone(b.orderIDs)
	b.mu.Unlock()
	slices.Reverse(ids)
	out := make([]*order, 0, len(ids))
	for _, id := range ids {
		if o := b.currentOrder(id); o != nil {
			out = append(out, o)
		}
	}
	return out
}

// listOrders handles GET /_sim/orders, with or without ?external_order_id=.
func (b *Bank) listOrders(w http.ResponseWriter, r *http.Request) {
	external := r.URL.Query().Get("external_order_id")
	out := []orderView{}
	for _, o := range b.newest() {
		if external == "" || o.externalID() == external {
			out = append(out, o.view())
		}
	}
	writeJSON(w, http.StatusOK, out)
}

// steeredOrder returns the order of a steering request. If there is none, it sends a 404 and
// returns nil.
func (b *Bank) steeredOrder(w http.ResponseWriter, r *http.Request) *order {
	o := b.currentOrder(strings.ToLower(r.PathValue("id")))
	if o == nil {
		writeError(w, http.StatusNotFound, "no such order")
	}
	return o
}

// showOrder handles GET /_sim/orders/{id}.
func (b *Bank) showOrder(w http.ResponseWriter, r *http.Request) {
	if o := b.steeredOrder(w, r); o != nil {
		writeJSON(w, http.StatusOK, b.fullView(o))
	}
}

// answerWithOrder answers a steering request: programs get the order, browsers its page in
// the inspector.
func (b *Bank) answerWithOrder(w http.ResponseWriter, r *http.Request, id string) {
	answerSteering(w, r, b.fullView(b.currentOrder(id)), "/_sim/inspect/"+id)
}
