package views

// AdminOrderMoney is the money of an order, with the forms that move it.
type AdminOrderMoney struct {
	Figures []AdminOrderFigure
	Ledger  []AdminLedgerLine
	Actions []AdminMoneyAction

	MayMove bool   // managers move money
	Confirm string // where they confirm first that it is them; "": they lately have
	HoldTo  string // until when the bank holds the money, and how long that is
	Refund  *AdminMoneyForm
	Capture *AdminMoneyForm
	Release *AdminMoneyForm
}

// Offers reports whether the form of that kind is on the page.
func (m AdminOrderMoney) Offers(kind string) bool {
	switch kind {
	case "refund":
		return m.Refund != nil
	case "capture":
		return m.Capture != nil
	case "release":
		return m.Release != nil
	}
	return false
}

// AdminOrderFigure is an amount with its name in machine words.
type AdminOrderFigure struct {
	Name, Label, Amount string
	Tetri               int64
}

// AdminLedgerLine is an entry of the ledger.
type AdminLedgerLine struct {
	Time, Text      string
	Amount, Running string
	Tetri           int64 // with its sign
}

// AdminMoneyAction is a refund, capture or release that the bank was asked for.
type AdminMoneyAction struct {
	Kind   string // refund, capture or release
	Name   string
	State  AdminState
	Amount string
	Tetri  int64
	Time   string
	Reason string
	Units  string // which units it is about
	Reject string // why the bank did not do it
	Code   string // in the bank's words
	Retry  string // where it is asked for again; "" unless that makes sense

	Stop       string // where it is given up while it waits; "" unless that makes sense
	StopReason AdminField
}

// AdminMoneyForm is a form that moves money.
type AdminMoneyForm struct {
	Key      string // of the form: it is carried out once
	Problem  string
	Hint     string
	Rule     string   // what the bank does not refund of what it was paid by; ""
	Payments []Option // of which attempt, if there are several
	Lines    []AdminMoneyUnits
	LinesBad string // what is wrong with the units
	Delivery string // the price of the delivery that can go back; "": it cannot
	WithIt   bool   // the delivery was chosen
	Goods    []Option
	Amount   *AdminField
	Reason   AdminField
}

// AdminMoneyUnits is how many units of a line money moves for.
type AdminMoneyUnits struct {
	Position    int
	ID          string
	Name, Price string
	Most        int
	Value       string
}
