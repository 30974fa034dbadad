package views

// Checkout is pages/checkout: what was typed and what is wrong with it.
type Checkout struct {
	Page
	Key           string // one order per key
	ExpectedTotal int64  // tetri; the total that this page shows
	Shown         string // what else it shows, see models.Cart.Shown

	Name, Email, Phone   string
	Region, City, Street string
	Note                 string
	Terms                bool
	Adult                bool     // accepting the terms also confirms that the shopper is of age
	NoReturn             []string // which goods cannot be sent back, and why

	Addresses   []Option // saved ones to choose from
	CanRemember bool     // the address can be saved
	Remember    bool

	Methods    []MethodChoice // the ways to pay
	Wallet     *Wallet        // what a wallet's button needs; nil: none is offered
	LoanScript string         // address of the bank's calculator; "": no loan is offered, or there is none

	SignedIn bool         // only a signed-in customer can save and use cards
	Cards    []CardChoice // saved ones to pay with
	NewCard  bool         // the shopper chose to type a card at the bank
	SaveCard bool
	OneClick bool

	Errors     map[string]string // field -> translated
	Deliveries []DeliveryChoice
	Regions    []Option
	Lines      []OrderLine
	Totals     Totals
	Changed    *CheckoutChanged // nil if nothing has changed since the page was shown before
}

// DeliveryChoice is a way of delivery that can be chosen. Cost, Total, VAT and
// TotalTetri are what the order comes to with it.
type DeliveryChoice struct {
	Value, Name, Estimate string
	Checked               bool
	Cost, Total, VAT      string
	TotalTetri            int64
}

// CardChoice is a saved card that can be chosen.
type CardChoice struct {
	ID, Name, Expiry string
	Checked          bool
	Default          bool
}

// Totals is the sum of an order.
type Totals struct {
	Items, Delivery, Total, VAT string
	TotalTetri                  int64
}

// CheckoutChanged says how the order has changed since the page was shown before.
type CheckoutChanged struct {
	Old, New string   // the totals, "" if they are the same
	Changes  []string // what differs, one sentence each
}

// FieldError is one entry of the summary of what is wrong.
type FieldError struct {
	Field, Text string
}

// Field is one input with its label, what was typed and what is wrong with it.
type Field struct {
	Name, Label, Hint, Value, Error string
	Type, Autocomplete, InputMode   string
	MaxLength                       int
	Rows                            int // a text area if there are several
	Optional                        bool
}

// DescribedBy names the elements that explain the field.
func (f Field) DescribedBy() string {
	switch {
	case f.Error != "" && f.Hint != "":
		return f.Name + "-error " + f.Name + "-hint"
	case f.Error != "":
		return f.Name + "-error"
	case f.Hint != "":
		return f.Name + "-hint"
	}
	return ""
}

// checkoutFields are the fields in the order of the page.
var checkoutFields = []string{"name", "email", "phone", "delivery", "region", "city", "street", "note", "method", "loan_month", "bnpl_month", "card", "one_click", "terms"}

// Summary lists what is wrong in the order of the page.
func (c Checkout) Summary() []FieldError {
	var list []FieldError
	for _, name := range checkoutFields {
		if text := c.Errors[name]; text != "" {
			list = append(list, FieldError{Field: name, Text: text})
		}
	}
	return list
}

// PlaceLoanError moves what is wrong with the months of a loan to the field of the chosen one.
func (c *Checkout) PlaceLoanError() {
	text := c.Errors["loan_month"]
	delete(c.Errors, "loan_month")
	if text == "" {
		return
	}
	if field := WrongLoan(c.Methods, text); field != "" {
		c.Errors[field] = text
	}
}

// HeadTitle is Page.HeadTitle.
func (c Checkout) HeadTitle() string { return c.titleOf(len(c.Errors) > 0) }

// Error returns what is wrong with a field, "" if nothing is.
func (c Checkout) Error(field string) string { return c.Errors[field] }

// Field returns a text field of the form.
func (c Checkout) Field(name string) Field {
	f := Field{Name: name, Type: "text", MaxLength: 100}
	switch name {
	case "name":
		f.Label, f.Value, f.Autocomplete = T(c.Lang, "checkout.name"), c.Name, "name"
	case "email":
		f.Label, f.Value, f.Autocomplete, f.Type, f.MaxLength = T(c.Lang, "checkout.email"), c.Email, "email", "email", 254
		f.Hint, f.InputMode = T(c.Lang, "checkout.email_hint"), "email"
	case "phone":
		f.Label, f.Value, f.Autocomplete, f.Type, f.MaxLength = T(c.Lang, "checkout.phone"), c.Phone, "tel", "tel", 30
		f.Hint, f.InputMode = T(c.Lang, "checkout.phone_hint"), "tel"
	case "city":
		f.Label, f.Value, f.Autocomplete = T(c.Lang, "checkout.city"), c.City, "address-level2"
	case "street":
		f.Label, f.Value, f.Autocomplete, f.MaxLength = T(c.Lang, "checkout.street"), c.Street, "street-address", 200
		f.Rows = 2 // the token asks for a field of several lines
		f.Hint = T(c.Lang, "checkout.street_hint")
	case "note":
		f.Label, f.Value, f.Autocomplete, f.MaxLength = T(c.Lang, "checkout.note"), c.Note, "off", 500
		f.Hint, f.Rows, f.Optional = T(c.Lang, "checkout.note_hint"), 3, true
	}
	f.Error = c.Errors[name]
	return f
}
