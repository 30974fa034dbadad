package views

// AdminReviews is admin/reviews: the review queue.
type AdminReviews struct {
	AdminPage
	Filters  []AdminField
	Items    []AdminReviewRow
	Found    string // how many there are, in words
	Resolved bool   // the list shows resolved items
	Pager    Pager
}

// AdminReviewRow is an item of the queue.
type AdminReviewRow struct {
	ID       int64
	URL      string
	Kind     string // in machine words
	Title    string
	Happened string
	Order    string // its number; "": none
	Amount   string
	Age      string // how long it has waited or, of a resolved one, when it was resolved
	Urgent   bool
	Outcome  string // how it was resolved, by whom
	// OutcomeRaw is what is said of that in no language of ours.
	OutcomeRaw string
}

// AdminReview is admin/review: one item of the queue.
type AdminReview struct {
	AdminPage
	Form             Form // reason, email
	Item             AdminReviewRow
	Words            ReviewWords
	Noted            string // what is known of this one, in words
	Raw              string // the same, as the bank or the program says it
	OrderURL         string
	ReturnURL        string // of a return; "" if it is about none
	BankID           string
	Facts            []AdminReviewFact
	Receipt          string // when the bank said what stands on its side; "": it said nothing yet
	Ways             []AdminWay
	CanAsk, CanClose bool
	MoneyLocked      bool   // moving money takes a fresh proof first
	ConfirmURL       string // where it is given
	ManagerOnly      bool   // some ways out are a manager's
	AsksEmail        bool   // a way out sends a mail again
	URL              string
}

// AdminReviewFact is a fact as we have it and as the bank has it.
type AdminReviewFact struct {
	Name, Ours, Theirs string
	Value, TheirValue  string // in machine form
	URL                string // of what ours is about
	Raw, TheirsRaw     bool   // ours, or theirs, is in no language of ours
	Differs            bool
}

// AdminWay is a way out of a review item: a button.
type AdminWay struct {
	Way, Label, Note string
	Action           string // where its form goes
	Money            bool
}

// ReasonField is the field in which staff say why.
func (f Form) ReasonField() AdminField {
	return AdminField{
		Name: "reason", Label: T(f.Lang, "admin.review.reason"), Type: "textarea", Rows: 2, MaxLength: 500, Value: f.Values["reason"], Error: f.Errors["reason"],
		Hint: T(f.Lang, "admin.review.reason_hint"),
	}
}

// ReviewEmailField is the field for the address that a mail goes to now.
func (f Form) ReviewEmailField() AdminField {
	return AdminField{
		Name: "email", Label: T(f.Lang, "admin.review.email"), Type: "email", InputMode: "email", MaxLength: 254, Value: f.Values["email"],
		Error: f.Errors["email"], Optional: true,
	}
}
