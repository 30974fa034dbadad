package views

// Entry is pages/login and pages/register.
type Entry struct {
	Page
	Form      Form
	Next      string // path of the page to go on to; "" for the account
	NextQuery string // the same as a query, "" or "?next=…"
}

// Account is what every page of an account has.
type Account struct {
	Page
	Section string // current entry of the account's navigation
	Token   string // what every form that changes something brings along
}

// AccountHome is pages/account.
type AccountHome struct {
	Account
	Name, Email string
	Verified    bool
}
