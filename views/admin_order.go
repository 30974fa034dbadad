package views

// AdminOrder is admin/order: all that staff see of one order, and what they can do with it.
type AdminOrder struct {
	AdminPage
	Number  string
	URL     string // of this page, for its forms
	BackURL string // the page of the list that led here
	Placed  string

	Status     AdminState
	Fulfilment AdminState
	Total      string
	TotalTetri int64
	CanAsk     bool // there is something to ask the bank about
	DisputeURL string

	Problem  string // with what was tried; "" if nothing went wrong
	Goods    *AdminFulfilment
	Reviews  []AdminOrderReview
	Money    AdminOrderMoney
	Splits   []AdminSplit
	Kept     *AdminKept // what makers keep when money is refunded; nil: nothing
	Contact  AdminContact
	Lines    []AdminOrderLine
	Totals   Totals
	Attempts []AdminAttempt
	Events   []AdminOrderEvent
	Mails    []AdminOrderMail
	Notes    []AdminOrderNote
	Note     *AdminField // nil: not by them
}

// AdminContact is how to reach the person of an order, as far as the task needs it.
type AdminContact struct {
	Name, Email, Phone string
	PhoneURL           string // tel: …; "" for a masked one
	Address, Note      string // "" if there is none
	Delivery           string
	Lang               string // the shopper's
	Account            string // whether they have one
	Why                string // why something is masked; "": nothing is
	CanShow            bool   // they can ask for the rest
}

// AdminOrderLine is a line of an order with what became of its units.
type AdminOrderLine struct {
	Name, Measure string
	Price, Total  string
	Bought        int
	Missing       int
	Refunded      int
	Running       int // in a refund that the bank has still to carry out
}

// AdminOrderReview is an open review item about an order.
type AdminOrderReview struct {
	URL, Text, Detail string
}

// AdminAttempt is an attempt to pay, with the bank's words.
type AdminAttempt struct {
	Name     string // such as "attempt 2"
	State    AdminState
	Facts    []AdminOrderFact
	Selected bool // it is the one that decides about the order
}

// AdminOrderFact is a labelled fact.
type AdminOrderFact struct {
	Label, Text string
	Code        bool // in the bank's own words: shown as they came
}

// AdminOrderEvent is an entry of the timeline.
type AdminOrderEvent struct {
	Time, Machine string
	Who           string // machine word: shopper, bank, shop, staff, mail
	WhoName       string
	Text, Detail  string
	URL           string // of the journal's bytes; "" if there are none
}

// AdminOrderMail is a mail about an order.
type AdminOrderMail struct {
	ID       string
	Subject  string
	Time     string
	State    AdminState
	Detail   string // what the mail server said
	CanAgain bool
}

// AdminOrderNote is a note of staff.
type AdminOrderNote struct {
	Who, Time, Text string
}

// AdminOrderJournal is admin/order_journal: the bytes of one line of the journal.
type AdminOrderJournal struct {
	AdminPage
	Number, URL string
	Facts       []AdminOrderFact
	Parts       []AdminOrderBytes
	Redacted    bool
}

// AdminOrderBytes is one part of a line of the journal.
type AdminOrderBytes struct {
	Label, Text string
}
