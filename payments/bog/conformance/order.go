package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"dukani/payments/bog"
)

// Test cards of the sandbox (§19).
const (
	goodCard          = "4000000000000001"
	declinedCard      = "4000000000000002" // declined with 107
	laterRejectedCard = "4000000000000003" // pays, but later operations are rejected
	successURL        = "https://shop.invalid/thanks?o=1042&from=bank%2Fpage"
	failURL           = "https://shop.invalid/failed?o=1042&why=%E1%83%90"
)

// unknownOrder is a well-formed id of no order.
const unknownOrder = "00000000-0000-4000-8000-000000000000"

// placed is an order of the suite at the bank.
type placed struct {
	*bog.Order
	ref string // our id of the order, and the last step of the callback address
}

// ref returns a new id of ours.
func (p *probe) ref() string {
	p.orders++
	return fmt.Sprintf("CT-%d-%d", time.Now().UnixNano()/1e6%1e9, p.orders)
}

// callbackURL returns where callbacks about ref go. Without an inbox nobody answers there.
func (p *probe) callbackURL(ref string) string {
	if p.target.CallbackURL == "" {
		return "https://shop.invalid/callback/" + ref
	}
	return strings.TrimRight(p.target.CallbackURL, "/") + "/" + ref
}

// request is a create request over 5.30.
func (p *probe) request(ref string) bog.OrderRequest {
	return bog.OrderRequest{
		CallbackURL: p.callbackURL(ref), ExternalOrderID: ref,
		PurchaseUnits: bog.PurchaseUnits{TotalAmount: 530, Basket: []bog.BasketItem{
			{ProductID: "CNDL-3", Description: "თაფლის სანთელი <&> \"№3\"", Quantity: 2, UnitPrice: 265},
		}},
		PaymentMethods: []bog.Method{bog.MethodCard},
		RedirectURLs:   &bog.RedirectURLs{Success: successURL, Fail: failURL},
	}
}

// body is such a request as a JSON object, for changes that OrderRequest does not allow.
func (p *probe) body() object {
	text, err := bog.EncodeOrder(p.request(p.ref()))
	p.need(err == nil, "%v", err)
	var o object
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	p.need(d.Decode(&o) == nil, "the client's order is not an object")
	return o
}

// create makes a create call with exactly this body.
func (p *probe) create(body string, options ...option) answer {
	return p.call("POST", "/ecommerce/orders", body, options...)
}

// order creates an order by the client, which has to understand the answer.
func (p *probe) order(change ...func(*bog.OrderRequest)) placed {
	ref := p.ref()
	r := p.request(ref)
	for _, c := range change {
		c(&r)
	}
	order, err := p.client.CreateOrder(p.ctx, r, bog.CallOptions{Language: bog.English})
	p.need(err == nil, "create: %v", err)
	return placed{order, ref}
}

func manual(r *bog.OrderRequest) { r.Capture = bog.CaptureManual }

// receipt reads a receipt without the client.
func (p *probe) receipt(id string, options ...option) doc {
	a := p.call("GET", "/receipt/"+id, "", options...)
	p.need(a.ok(), "receipt: %s", a.text())
	return p.decode(a)
}

// until reads the receipt until wanted returns true, for at most limit. It returns the last
// receipt and whether it is a wanted one.
func (p *probe) until(id string, limit time.Duration, wanted func(*bog.Receipt) bool) (*bog.Receipt, bool) {
	deadline := time.Now().Add(limit)
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		r, err := p.client.Receipt(p.ctx, id)
		p.need(err == nil, "receipt: %v", err)
		if wanted(r) {
			return r, true
		}
		if time.Now().After(deadline) {
			return r, false
		}
		p.need(sleep(p.ctx, pause) == nil, "the run was ended")
	}
}

// settled waits for the outcome of the payment.
func (p *probe) settled(id string) *bog.Receipt {
	r, ok := p.until(id, p.target.Patience, func(r *bog.Receipt) bool {
		return r.Status() != bog.StatusCreated && r.Status() != bog.StatusProcessing
	})
	p.need(ok, "still %s after %s", r.Status(), p.target.Patience)
	return r
}

// actionOutcome waits for the outcome of an action.
func (p *probe) actionOutcome(id, actionID string) (*bog.Receipt, bog.Action) {
	var action bog.Action
	r, ok := p.until(id, p.target.Patience, func(r *bog.Receipt) bool {
		a, found := r.Action(actionID)
		action = a
		return found && (a.Status == bog.ActionCompleted || a.Status == bog.ActionRejected)
	})
	p.need(ok, "the receipt has no outcome of the action after %s (status %s)", p.target.Patience, r.Status())
	return r, action
}

// visit lets the payer carry out plan at the order's link.
func (p *probe) visit(o placed, plan Plan) Visit {
	if p.target.Payer == nil {
		p.skip("nobody pays: the target has no Payer")
	}
	u, err := url.Parse(o.RedirectURL)
	p.need(err == nil && u.Host != "", "the redirect link %q is no address", o.RedirectURL)
	err = p.target.mayReach(u)
	p.need(err == nil, "the redirect link: %v", err)
	ctx, cancel := context.WithTimeout(p.ctx, 15*time.Minute)
	defer cancel()
	v, err := p.target.Payer.Pay(ctx, o.RedirectURL, plan)
	p.need(err == nil, "on the bank's page: %v", err)
	return v
}

// paid lets the payer pay an order, and returns the receipt after that, whatever the outcome.
func (p *probe) paid(o placed, plan Plan) (*bog.Receipt, Visit) {
	v := p.visit(o, plan)
	return p.settled(o.ID), v
}

// payNewOrder creates an order and pays it with the card.
func (p *probe) payNewOrder(card string, change ...func(*bog.OrderRequest)) (placed, *bog.Receipt) {
	o := p.order(change...)
	r, _ := p.paid(o, Plan{Card: card})
	return o, r
}

// completed returns a new order that was paid successfully.
func (p *probe) completed(change ...func(*bog.OrderRequest)) placed {
	o, r := p.payNewOrder(goodCard, change...)
	p.need(r.Status() == bog.StatusCompleted, "paid with %s, the order is %s, want completed", goodCard, r.Status())
	return o
}

// status notes a failure unless the order has this status.
func (p *probe) status(r *bog.Receipt, want bog.Status) {
	p.must(r.Status() == want, "the order is %s, want %s", r.Status(), want)
}

func (p *probe) wait(d time.Duration, what string) {
	if longest := p.target.LongestWait; longest > 0 && d > longest {
		p.skip("%s takes %s; this run waits %s at most", what, d, longest)
	}
	if p.target.Waiting != nil {
		p.target.Waiting(d, what)
	}
	err := p.target.Wait(p.ctx, d)
	p.need(err == nil, "wait: %v", err)
}

// refusal ends the check with a failure unless err is a refusal of the bank, which it returns.
func (p *probe) refusal(err error, what string) *bog.APIError {
	e, ok := errors.AsType[*bog.APIError](err)
	p.need(ok && e.Status >= 400 && e.Status <= 499, "%s: got %v, want a refusal (4xx)", what, err)
	return e
}
