package views

// AdminReconciliations is admin/reconciliations: the days and how their last runs ended.
type AdminReconciliations struct {
	AdminPage
	Form     Form // its field "day"
	Last     *AdminRun
	Days     []AdminRun
	OlderURL string // "" if there are no older ones
	CanRun   bool
}

// AdminRun is a run of the reconciliation.
type AdminRun struct {
	Day      string // in words
	URL      string // of the day's page
	Value    string // the day in machine form, like the next
	Status   string // running, agrees, differs, incomplete
	Tone     string // of the state's colour
	State    string // in words
	When     string
	Who      string
	Asked    string // "12 of 40"
	Progress int    // like the next, for the bar of a run that is under way
	Of       int
	Found    string // how many differences there were, in words
	Open     int    // of these, how many are open
}

// AdminReconciliation is admin/reconciliation: a day.
type AdminReconciliation struct {
	AdminPage
	Form             Form
	DayURL           string // of this page
	PrevURL, NextURL string // NextURL is "" for today
	Run              *AdminRun
	Differences      []AdminDifference
	Totals           []AdminTotal
	Sum              AdminTotal
	CanRun, CanTake  bool
}

// AdminDifference is what a run has found about one payment.
type AdminDifference struct {
	ID        int64
	PaymentID int64
	Status    string // its kind in machine words
	Kind      string
	Order     string
	OrderURL  string
	BankID    string
	Ours      AdminMoney
	Theirs    AdminMoney
	BankSays  string
	ReviewURL string // of the open review item; "": there is none
	Resolved  string // how it ended; "": it is open
	URL       string // where its forms go
	Takes     bool   // the bank's word can be taken at once
}

// AdminMoney is what was captured and refunded, for people and in tetri.
type AdminMoney struct {
	Captured, Refunded           string
	CapturedValue, RefundedValue int64
}

// AdminTotal is a line of the totals by method and card scheme.
type AdminTotal struct {
	Name     string
	Value    string // in machine words: "card visa"
	Count    int
	Captured string
	Refunded string
	Net      string
	NetValue int64

	Discount      string // what the bank took off
	DiscountValue int64
}

// DayField is the field in which a day is chosen.
func (f Form) DayField() AdminField { return f.dayField("day", "admin.reconciliation.day") }

func (f Form) dayField(name, label string) AdminField {
	return AdminField{Name: name, Label: T(f.Lang, label), Type: "date", Value: f.Values[name], Error: f.Errors[name]}
}
