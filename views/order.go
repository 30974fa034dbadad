package views

import "time"

// Order is pages/order.
type Order struct {
	Page
	Number, Token string
	Placed        string // date and time

	Status   string // machine word, as data-status
	Heading  string // the status in words
	Text     string // what it means
	NextStep string // what happens or what to do next; may be ""
	Polling  bool   // the bank may still change the status, so app.js asks the shop for it
	Outage   string // machine word, as data-bank, when the bank is out of reach; else ""
	Opening  bool   // the bank has not opened the payment yet; app.js goes to its page as soon as it has

	DeclineReason string // why the last payment attempt failed; "" otherwise
	Advice        string // what may help, with DeclineReason
	CanPay        bool
	PayLabel      string         // such as "try again" or "continue to payment"
	Wallet        *Wallet        // what a wallet's button needs beside Methods; nil: none is offered
	Methods       []MethodChoice // the ways to pay that can be chosen with CanPay; none if there is one page to go on to
	BackToBank    string         // label of the way back to the bank's page while the bank has not decided; "": none
	Slow          bool           // the bank decides on a loan, which takes its time

	Lines   []OrderLine
	Totals  Totals
	Payment *Payment
	Charged *Charged // nil if the bank took nothing off
	Money   OrderMoney

	Statement    string // how the payer's bank statement names it
	DeliveryName string
	Estimate     string
	Address      string // "" when picked up
	Name         string
	Email        string
	Phone        string
	Note         string

	Timeline []Step
	Goods    OrderGoods

	ReorderButton *ReorderButton // nil: not offered
	CardNote      string         // whether the card was saved; "" if the shopper did not ask for it
	CardSaved     bool
	PaidTwice     string    // what happens with a second charge; "" if there was none
	ByCard        []Confirm // saved cards to pay with after a decline

	OfferAccount bool // a guest has paid for it and may want an account
}

// OrderLine is one product of an order, on the checkout page as well.
type OrderLine struct {
	Slug, Name, Measure string
	Picture, Tint       string
	Quantity            int
	Price, Total        string // of one unit, of the line
}

// Payment is how an order was paid.
type Payment struct {
	Method   string // what it was paid with, in the bank's words
	PaidBy   string // that in words, with the card or the payer
	Amount   string
	Time     string
	Refunded string // "" if nothing went back
}

// Step is one entry of the timeline.
type Step struct {
	Time    string
	Machine string // RFC 3339
	Text    string
	Current bool // the newest one
}

// StatusWords are what a person is told about the status of an order.
type StatusWords struct {
	Heading, Text, NextStep string
}

// WordsOfStatus puts the status of an order into words.
func WordsOfStatus(lang, status string) StatusWords {
	key := "order.status." + status
	w := StatusWords{Heading: T(lang, key+".title"), Text: T(lang, key+".text")}
	if Has(key + ".next") {
		w.NextStep = T(lang, key+".next")
	}
	return w
}

// WordsOfOutage says why an order cannot be paid at the moment and until when it waits.
// outage is the machine word in Order.Outage.
func WordsOfOutage(lang, outage string, until time.Time) StatusWords {
	key := "order.outage." + outage
	return StatusWords{Heading: T(lang, key+".title"), Text: T(lang, key+".text"), NextStep: T(lang, key+".next", Clock(until))}
}

// StatusName names the status of an order in a word or two.
func StatusName(lang, status string) string { return T(lang, "order.name."+status) }

// StepText puts one event of an order into words: its detail if that has words of
// its own, with the status or by itself, else the status.
func StepText(lang, status, detail string) string {
	for _, key := range []string{"order.step." + status + "." + detail, "order.did." + detail} {
		if Has(key) {
			return T(lang, key)
		}
	}
	return T(lang, "order.step."+status)
}

// DeclineText explains in the shopper's language why the bank declined the payment,
// and what may help. code is the bank's response code; an unknown one
// gets a general explanation.
func DeclineText(lang, code string) (reason, advice string) {
	key := "decline." + code
	if !Has(key) {
		return T(lang, "decline.other"), T(lang, "advice.retry")
	}
	return T(lang, key), T(lang, "advice."+declineAdvice[code])
}

// declineAdvice follows the bank's response codes (bog-api.md section 16).
var declineAdvice = map[string]string{
	"101": "bank", "102": "other_card", "103": "other_card", "104": "bank", "105": "other_card", "106": "bank", "107": "other_card",
	"108": "bank", "109": "retry", "110": "retry", "111": "retry", "112": "retry", "122": "bank", "199": "retry",
	"cancelled": "retry",
}
