package handlers

import (
	"errors"
	"strings"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/payments"
	"dukani/views"
)

// bankAnswer is what came of asking the bank about an order, in the words that the
// order's page carries as data-bank.
type bankAnswer string

const (
	answered   bankAnswer = ""
	bankSilent bankAnswer = "bank-silent"
	outOfOrder bankAnswer = "payments-out-of-order" // the bank does not let the shop in
	unknown    bankAnswer = "unknown"               // a fault of the shop's own
)

// currentOrder reads the order and, if the bank may know more than the shop, asks it.
func (a *app) currentOrder(c *fiber.Ctx) (*models.Order, bankAnswer, error) {
	o, err := a.Store.OrderByToken(c.UserContext(), c.Params("token"))
	if err != nil {
		return nil, unknown, err
	}
	o, bank := a.askBank(c, o)
	return o, bank, nil
}

// askBank asks the bank about an order that may have been decided. If that fails the order
// is returned as it was: its page is shown whatever happens.
func (a *app) askBank(c *fiber.Ctx, o *models.Order) (*models.Order, bankAnswer) {
	p := o.LastPayment()
	if p == nil || !o.Status.Unsettled() {
		return o, answered
	}
	bank := answered
	if !speculative(c) {
		settled, err := a.Desk.Settle(c.UserContext(), p.ID, models.CauseOrderPage)
		if bank = bankAnswerOf(err); err == nil {
			o = settled
		} else if bank == unknown {
			a.Log.ErrorContext(c.UserContext(), "order not settled", "order", o.Number, "err", err)
		}
	}
	if bank == answered && o.LastPayment().Unopened() {
		if bank = bankAnswerOf(a.Desk.Outage()); bank == answered {
			bank = bankSilent // it has not opened the payment yet
		}
	}
	return o, bank
}

func bankAnswerOf(err error) bankAnswer {
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

// speculative reports whether nobody may see the answer: a browser loads the page ahead of
// time, or a program wants only the header.
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

// shownStatus is the status that the page shows: while the bank has not answered, an order
// that may have been paid is shown as neither paid nor unpaid.
func shownStatus(o *models.Order, bank bankAnswer) models.OrderStatus {
	if bank == answered || bank != unknown && o.LastPayment().Unopened() {
		return o.Status
	}
	return models.Confirming
}

// wordsOfOrder says how an order stands that is shown with status.
func wordsOfOrder(l models.Lang, o *models.Order, status models.OrderStatus) views.StatusWords {
	switch {
	case status == models.Cancelled && o.CancelledAt != nil:
		return views.WordsOfCancel(string(l), moneyOfCancelled(o))
	case status == models.Paid, status == models.PartlyRefunded:
		if words, ok := views.WordsOfGoods(string(l), string(o.Fulfilment)); ok {
			return words
		}
	}
	return views.WordsOfStatus(string(l), string(status))
}

// wordsOfLoan says how an order stands while the bank decides on a loan.
func wordsOfLoan(l models.Lang, o *models.Order, p *models.Payment) views.StatusWords {
	lang := string(l)
	w := views.StatusWords{Heading: views.T(lang, "order.loan.title"), Text: views.T(lang, "order.loan.overdue"), NextStep: views.T(lang, "order.loan.next")}
	if o.ReservesStock {
		w.Text = views.T(lang, "order.loan.text", views.DateTime(lang, *p.DecideUntil))
	}
	return w
}

// moneyOfCancelled is where the money of a cancelled order is, in the words of WordsOfCancel.
func moneyOfCancelled(o *models.Order) string {
	money, released, left := o.CancelMoney(), false, models.Tetri(0)
	for _, p := range o.Payments {
		left += p.CapturedTetri - p.RefundedTetri
		released = released || p.State == models.PaymentReleased
	}
	switch {
	case (money == models.CancelRefund || money == models.CancelByHand) && left == 0:
		return "refunded"
	case money == models.CancelUnpaid && released:
		return "released"
	}
	return string(money)
}

// fillState puts into v how an order stands and what the shopper can do about it.
func (a *app) fillState(v *views.Order, l models.Lang, o *models.Order, bank bankAnswer) {
	status := shownStatus(o, bank)
	v.Status, v.Polling = string(status), status.Unsettled()
	words := wordsOfOrder(l, o, status)
	p := o.LastPayment()
	if bank == bankSilent || bank == outOfOrder {
		v.Outage = string(bank)
	}
	v.CanPay, v.PayLabel = o.Status.CanPay(o.PricesFrom(), a.Store.Now()) && status == o.Status, views.T(string(l), "order.pay_again")
	switch {
	case v.Outage != "" && p.Unopened():
		v.Opening, v.PayLabel = true, views.T(string(l), "order.open_now")
		words = views.WordsOfOutage(string(l), v.Outage, p.ExpiresAt)
	case status == models.AwaitingPayment:
		v.PayLabel = views.T(string(l), "order.pay")
	case status == models.Confirming && p.PayPage() != "":
		v.BackToBank = views.T(string(l), "order.back_to_bank")
		if v.Slow = p.DecideUntil != nil; v.Slow {
			v.BackToBank = views.T(string(l), "order.loan.back")
			words = wordsOfLoan(l, o, p)
		} else if bank == answered {
			words.Text, words.NextStep = views.T(string(l), "order.page_open.text"), views.T(string(l), "order.page_open.next")
		}
	case status == models.Declined:
		if v.DeclineReason, v.Advice = declineWords(l, p); p.Credit() && !v.CanPay {
			v.Advice = "" // it names the other ways to pay this order
		}
	case status == models.Refunding && o.RefundDelayed():
		words.Text, words.NextStep = views.T(string(l), "order.refund_delayed.text"), views.T(string(l), "order.refund_delayed.next")
	}
	if v.Outage != "" && !v.Opening {
		words.Text = views.T(string(l), "order.outage.unsure")
	}
	v.Heading, v.Text, v.NextStep = words.Heading, words.Text, words.NextStep
	switch {
	case v.Slow:
		v.Refresh = 60
	case v.Polling:
		v.Refresh = 4
	}
}
