package views

import (
	"strconv"
	"time"
)

// OrderGoods is where the goods of an order are and what its customer can still do about them:
// partials/order_goods.
type OrderGoods struct {
	Lang, OrderToken string
	Token            string // of the session; "" for a guest
	Status           string // of fulfilment, in machine words
	Steps            []GoodsStep
	Received         string // when, and who took it; "" before
	Pickup           string // where and when it can be picked up, while it waits there
	Parcels          []OrderParcel
	Returns          []OrderReturn
	Problem          string // why the last form was refused; "" if none was

	CancelText string // what becomes of the money; "" if it cannot be cancelled
	Withdraw   string // until when the customer may withdraw; "" if they cannot
	SignIn     bool   // only the order's customer can, who has not signed in
}

// GoodsStep is a step on the way of an order. Its state is "done", "now" or "next".
type GoodsStep struct {
	Key, Name, State string
}

// OrderParcel is a parcel as its customer sees it.
type OrderParcel struct {
	Number             int
	Name               string // "parcel 2 of 3", or just "parcel"
	Status, StatusText string
	Carrier            string
	Tracking, Link     string
	Lines              []string
	When               string
}

// OrderReturn is a return as the customer sees it.
type OrderReturn struct {
	Status, StatusText string
	Announced          string
	Lines              []string
	Text               string // what happens with the money
	Note               string // why units were not taken back
}

// Withdraw is pages/withdraw.
type Withdraw struct {
	Page
	Number, OrderToken string
	Token              string
	Form               Form
	Lines              []WithdrawLine
	Until              string
	Returned           string // the delivery price goes back if everything does
}

// HeadTitle says whether something is wrong with the form.
func (w Withdraw) HeadTitle() string { return w.titleOf(w.Form.wrong()) }

// WithdrawLine is a line of an order that a customer withdraws from, or cannot.
type WithdrawLine struct {
	OrderLine
	Position int
	Units    []Option
	Refused  string // why the customer cannot withdraw from it
	Hint     string
}

// FulfilmentName says in a word or two where goods are ("sent").
func FulfilmentName(lang, is string) string { return T(lang, "fulfilment.name."+is) }

// ReturnName says in a word or two where a return stands ("announced").
func ReturnName(lang, state string) string { return T(lang, "return.name."+state) }

// ReturnText says what happens with the money of a return: state is that of the return, or "by_hand" if it is
// received and staff refund it by hand. due is when it has to have gone back.
func ReturnText(lang, state, amount string, due time.Time) string {
	switch state {
	case "announced":
		return T(lang, "return.text.announced", Date(lang, due))
	case "received", "by_hand", "refunded":
		return T(lang, "return.text."+state, amount)
	}
	return T(lang, "return.text.closed")
}

// GoodsSteps are the steps on the way of an order whose goods are at is. held says that its money
// is held and not captured.
func GoodsSteps(lang, is string, pickup, held bool) []GoodsStep {
	keys := []string{"placed", "paid", "packed", "sent", "delivered"}
	if pickup {
		keys = []string{"placed", "paid", "packed", "ready", "handed_over"}
	}
	reached := map[string]int{"waiting": 1, "packed": 2, "sent": 3, "ready": 3, "returned": 3, "delivered": 4, "handed_over": 4}[is]
	steps := make([]GoodsStep, 0, len(keys))
	for i, key := range keys {
		state := "next"
		switch {
		case i < reached:
			state = "done"
		case i == reached:
			state = "now"
		}
		name := key
		if key == "paid" && held {
			name = "held"
		}
		if key == "sent" && is == "returned" {
			name = "returned"
		}
		steps = append(steps, GoodsStep{Key: key, Name: T(lang, "fulfilment.step."+name), State: state})
	}
	return steps
}

// WordsOfGoods puts a paid order into words by where its goods are. ok is false where the status
// of the order says it.
func WordsOfGoods(lang, is string) (w StatusWords, ok bool) {
	key := "fulfilment.status." + is
	if !Has(key + ".title") {
		return w, false
	}
	return StatusWords{Heading: T(lang, key+".title"), Text: T(lang, key+".text")}, true
}

// WordsOfCancel says that an order is cancelled and what becomes of its money: "unpaid",
// "released", "release", "refund", "by_hand" or "refunded".
func WordsOfCancel(lang, money string) StatusWords {
	w := StatusWords{Heading: T(lang, "order.status.cancelled.title"), Text: T(lang, "cancel.text."+money)}
	if key := "cancel.next." + money; Has(key) {
		w.NextStep = T(lang, key)
	}
	return w
}

// UnitOptions are the numbers of units from most down to none.
func UnitOptions(lang string, most int, chosen string) []Option {
	list := make([]Option, 0, most+1)
	for n := most; n >= 0; n-- {
		label := N(lang, "withdraw.units", n)
		if n == 0 {
			label = T(lang, "withdraw.keep")
		}
		value := strconv.Itoa(n)
		list = append(list, Option{Value: value, Label: label, Selected: value == chosen})
	}
	return list
}
