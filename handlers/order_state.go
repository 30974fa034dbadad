package handlers

import (
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/payments"
	"dukani/views"
)

// asked is how asking the bank about an order went, in the words that the order's page
// carries as data-bank.
type asked string

const (
	answered   asked = ""
	bankSilent asked = "bank-silent"
	outOfOrder asked = "payments-out-of-order" // the bank does not let the shop in
	unknown    asked = "unknown"               // a fault of the shop's own
)

// currentOrder reads the order and, if the bank may know more than we do, asks it.
func (a *app) currentOrder(c *fiber.Ctx) (*models.Order, asked, error) {
	o, err := a.Store.OrderByToken(c.UserContext(), c.Params("token"))
	if err != nil {
		return nil, unknown, err
	}
	o, how := a.current(c, o)
	return o, how, nil
}

// current is currentOrder for an order that was read already. A page that only tells
// is shown whatever becomes of the asking.
func (a *app) current(c *fiber.Ctx, o *models.Order) (*models.Order, asked) {
	p := o.LastPayment()
	if p == nil || !o.Status.Unsettled() {
		return o, answered
	}
	how := answered
	if !speculative(c) {
		settled, err := a.Desk.Settle(c.UserContext(), p.ID, models.CauseOrderPage)
		if how = howAsked(err); err == nil {
			o = settled
		} else if how == unknown {
			a.Log.ErrorContext(c.UserContext(), "the bank's word is not known", "order", o.Number, "err", err)
		}
	}
	if how == answered && o.LastPayment().Unopened() {
		if how = howAsked(a.Desk.Outage()); how == answered {
			how = bankSilent // it has not opened the payment yet
		}
	}
	return o, how
}

func howAsked(err error) asked {
	switch {
	case err == nil:
		return answered
	case errors.Is(err, payments.ErrNoAccess):
		return outOfOrder
	case errors.Is(err, payments.ErrBankSilent):
		return bankSilent
	}
	return unknown
}

// speculative reports a request behind which there may be nobody: a browser that loads
// a page ahead of time, or a program that wants only the header.
func speculative(c *fiber.Ctx) bool {
	if c.Method() == fiber.MethodHead {
		return true
	}
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		purpose := strings.ToLower(c.Get(name))
		if strings.Contains(purpose, "prefetch") || strings.Contains(purpose, "prerender") || strings.Contains(purpose, "preview") {
			return true
		}
	}
	return false
}

// shownStatus is what the page says: without the bank's word an order that may have
// been paid is neither paid nor unpaid.
func shownStatus(o *models.Order, how asked) models.OrderStatus {
	if how == answered || how != unknown && o.LastPayment().Unopened() {
		return o.Status
	}
	return models.Confirming
}

// tellState puts into v how an order stands and what the shopper can do about it.
func (a *app) tellState(v *views.Order, l models.Lang, o *models.Order, how asked) {
	status := shownStatus(o, how)
	v.Status, v.Polling = string(status), status.Unsettled()
	words := views.WordsOfStatus(string(l), string(status))
	p := o.LastPayment()
	if how == bankSilent || how == outOfOrder {
		v.Outage = string(how)
	}
	v.CanPay, v.PayLabel = o.Status.CanPay(o.CreatedAt, a.Store.Now()) && status == o.Status, views.T(string(l), "order.pay_again")
	switch {
	case v.Outage != "" && p.Unopened():
		v.Opening, v.PayLabel = true, views.T(string(l), "order.open_now")
		words = views.WordsOfOutage(string(l), v.Outage, p.ExpiresAt)
	case status == models.AwaitingPayment:
		v.PayLabel = views.T(string(l), "order.pay")
	case status == models.Confirming && p.PayPage() != "":
		v.BackToBank = true
		if how == answered {
			words.Text, words.NextStep = views.T(string(l), "order.page_open.text"), views.T(string(l), "order.page_open.next")
		}
	case status == models.Declined:
		v.DeclineReason, v.Advice = declineWords(l, p)
	case status == models.Refunding && o.RefundDelayed():
		words.Text, words.NextStep = views.T(string(l), "order.refund_delayed.text"), views.T(string(l), "order.refund_delayed.next")
	}
	if v.Outage != "" && !v.Opening {
		words.Text = views.T(string(l), "order.outage.unsure")
	}
	v.Heading, v.Text, v.NextStep = words.Heading, words.Text, words.NextStep
	if v.Polling {
		v.Refresh = 4
	}
}
