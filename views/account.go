package views

// Entry is pages/login, pages/register and pages/forgot.
type Entry struct {
	Page
	Form      Form
	Next      string // path of the page to go on to; "" for the account
	NextQuery string // the same as a query, "" or "?next=…"
	Sent      bool   // a mail is on its way, if there is an account
	Provider  string // by which one can sign in, too; "" if there is none
}

// HeadTitle is Page.HeadTitle.
func (v Entry) HeadTitle() string { return v.titleOf(v.Form.wrong()) }

// Link is pages/reset, pages/verify and pages/link_dead: where links in mails lead.
type Link struct {
	Page
	Form  Form
	Link  string // what the form brings along
	Email string // the address that is confirmed, with pages/verify
}

// HeadTitle is Page.HeadTitle.
func (v Link) HeadTitle() string { return v.titleOf(v.Form.wrong()) }

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
	Claimable   int         // orders placed without the account
	List        []OrderItem // the newest
	MoreOrders  bool        // there are others
}

// Orders is pages/orders.
type Orders struct {
	Account
	Words     string // searched for
	Groups    []Option
	Filtered  bool
	Claimable int // orders placed without the account
	Count     string
	List      []OrderItem
	Pager     Pager
}

// OrderItem is an order in a list.
type OrderItem struct {
	Number, Placed, Total string
	Status                string // machine word, as data-status
	StatusText            string
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
	NoPassword bool   // they sign in by a provider and have to make a password by mail first
	Provider   string // which can confirm that it is them, with pages/confirm; "" if none can
}

// HeadTitle is Page.HeadTitle.
func (v AccountForm) HeadTitle() string { return v.titleOf(v.Form.wrong()) }

// Profile is pages/profile.
type Profile struct {
	Account
	Form     Form
	Email    string
	Verified bool
	Pending  string // the address that the account is to have; "" if none
	Georgian bool   // the language chosen
	Linked   []LinkedProvider
}

// HeadTitle is Page.HeadTitle.
func (v Profile) HeadTitle() string { return v.titleOf(v.Form.wrong()) }

// LinkedProvider is a provider that the customer can sign in by.
type LinkedProvider struct {
	Issuer, Subject string
	Name, Since     string
	Current         bool // it is the one that the shop has now
	CanUnlink       bool // there is another way to sign in
}

// CanAsk reports whether there is an address to be confirmed.
func (p Profile) CanAsk() bool { return !p.Verified || p.Pending != "" }

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
	Action     string // where it is sent
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
