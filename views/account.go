package views

// Entry is pages/login, pages/register and pages/forgot.
type Entry struct {
	Page
	Form      Form
	Next      string // path of the page to go on to; "" for the account
	NextQuery string // the same as a query, "" or "?next=…"
	Sent      bool   // pages/forgot only says that a mail is sent if there is an account
	Provider  string // whose account can be used to sign in, too; "" if there is none
}

// HeadTitle is Page.HeadTitle.
func (v Entry) HeadTitle() string { return v.titleOf(v.Form.wrong()) }

// Link is pages/reset, pages/verify and pages/link_dead: the pages that links in mails lead to.
type Link struct {
	Page
	Form  Form
	Link  string // the signed link, which the form sends back
	Email string // pages/verify only: the address that is confirmed
}

// HeadTitle is Page.HeadTitle.
func (v Link) HeadTitle() string { return v.titleOf(v.Form.wrong()) }

// Account is what every page of an account has.
type Account struct {
	Page
	Section string // current entry of the account's navigation
	Token   string // of the session: every form that changes something sends it back
}

// AccountHome is pages/account.
type AccountHome struct {
	Account
	Name, Email string
	Verified    bool
	Claimable   int         // number of orders placed as a guest with the account's address
	List        []OrderItem // the newest ones
	MoreOrders  bool        // the customer has others
}

// Orders is pages/orders.
type Orders struct {
	Account
	Words     string // that were searched for
	Groups    []Option
	Filtered  bool
	Claimable int // see AccountHome
	Count     string
	List      []OrderItem
	Pager     Pager
}

// OrderItem is an order in a list.
type OrderItem struct {
	Number, Placed, Total string
	Status                string // machine word, as data-status
	StatusText            string
	Method, PaidBy        string         // what it was paid with, in the bank's words and in ours; "" if it was not
	Goods, GoodsText      string         // where its goods are, in machine words and in ours; "" while that says nothing
	Lines                 []OrderLine    // the first few
	More                  int            // how many others
	ReorderButton         *ReorderButton // nil: not offered
}

// OrderGroupName names a group of orders ("open"); "" is all.
func OrderGroupName(lang, group string) string {
	if group == "" {
		group = "all"
	}
	return T(lang, "orders.show."+group)
}

// AccountForm is a page of an account that is one form: pages/email, pages/password,
// pages/confirm and pages/delete.
type AccountForm struct {
	Account
	Form       Form
	Email      string // the account's address
	NoPassword bool   // the customer signs in by a provider only and has to set a password by mail first
	Provider   string // pages/confirm only: whose account can confirm who it is; "" if there is none
}

// HeadTitle is Page.HeadTitle.
func (v AccountForm) HeadTitle() string { return v.titleOf(v.Form.wrong()) }

// Profile is pages/profile.
type Profile struct {
	Account
	Form     Form
	Email    string
	Verified bool
	Pending  string // the new address, which waits to be confirmed; "" if there is none
	Georgian bool   // the customer chose Georgian, not English
	Linked   []LinkedProvider
}

// HeadTitle is Page.HeadTitle.
func (v Profile) HeadTitle() string { return v.titleOf(v.Form.wrong()) }

// LinkedProvider is a provider that the customer can sign in by.
type LinkedProvider struct {
	Issuer, Subject string
	Name, Since     string
	Current         bool // the shop still works with this provider
	CanUnlink       bool // the customer has another way to sign in
}

// NeedsVerification reports whether the customer has still to confirm an e-mail address.
func (p Profile) NeedsVerification() bool { return !p.Verified || p.Pending != "" }

// Addresses is pages/addresses.
type Addresses struct {
	Account
	List []AddressItem
	Full bool // no more can be added
}

// AddressItem is an entry of the address book.
type AddressItem struct {
	ID, Name, Phone, Text, Delivery string
	Default                         bool
}

// AddressForm is pages/address.
type AddressForm struct {
	Account
	Form       Form
	Action     string // the address that the form is sent to
	Deliveries []Option
	Regions    []Option
}

// HeadTitle is Page.HeadTitle.
func (v AddressForm) HeadTitle() string { return v.titleOf(v.Form.wrong()) }

// Sessions is pages/sessions.
type Sessions struct {
	Account
	List []SessionItem
}

// SessionItem is a browser that is signed in.
type SessionItem struct {
	ID, Device    string
	Started, Seen string // date and time
	Current       bool   // this very browser
}
