package views

import (
	"slices"
	"strings"
)

// SavedCard is one saved card as pages name it.
type SavedCard struct {
	ID     string
	Name   string // what the customer calls it, else scheme and last digits
	Number string // scheme and last digits
	Label  string // only what the customer calls it
	Expiry string // "12/30", "" if the bank did not say

	Kind  string // machine word
	Use   string // what it may do, in words
	State string // machine word: live, soon, expired, dead, removing
	Loses string // what the customer can no longer do once it is removed
	Note  string // why it cannot be used, or will soon not be; "" if all is well

	Default    bool
	CanDefault bool
	Usable     bool
	Error      string // what is wrong with the new name
	Typed      string // the new name that was typed
}

// CardName writes a card as people know it: "Visa •••• 0001".
func CardName(brand, mask string) string {
	digits := mask
	if len(mask) > 4 {
		digits = mask[len(mask)-4:]
	}
	name := CardBrand(brand)
	if digits != "" {
		name += " •••• " + digits
	}
	return name
}

// CardBrand writes the scheme of a card as people know it: "Visa".
func CardBrand(brand string) string {
	switch strings.ToLower(brand) {
	case "visa":
		return "Visa"
	case "mc", "mastercard":
		return "Mastercard"
	case "amex":
		return "American Express"
	}
	return brand
}

// Cards is pages/cards.
type Cards struct {
	Account
	Cards []SavedCard
}

// HeadTitle is Page.HeadTitle.
func (c Cards) HeadTitle() string {
	return c.titleOf(slices.ContainsFunc(c.Cards, func(k SavedCard) bool { return k.Error != "" }))
}

// ReorderButton is the button under an order that buys it again: partials/reorder_button.
type ReorderButton struct {
	Lang       string
	OrderToken string
	OneClick   *Confirm // nil: the button only leads to the page that prepares it
}

// Confirm is a button that charges or opens the bank's page: what it sends back.
type Confirm struct {
	Lang        string
	OrderToken  string
	Token       string // the form's, see Account
	Last        int64
	Fingerprint string
	CardID      string
	Card        string // as people know it
	Total       string
	Adult       bool   // by pressing it, the shopper confirms that they are of age
	AddressID   string // which address was chosen
	To, Email   string // where it goes, and whom it is told to
}

// Reorder is pages/reorder: an order as it would be bought again.
type Reorder struct {
	Page
	OrderToken, Number, Placed string

	To       *Destination // nil for a guest: the checkout asks
	AskWhere bool         // the address has to be chosen first
	Book     []Option     // addresses to choose from

	Lines    []ReorderLine
	Totals   Totals
	Was      Totals
	Notes    []string // what else changed: delivery, total
	Same     bool     // nothing changed
	Nothing  bool     // nothing of it is to be had
	Problem  string   // why what was confirmed was not done
	OneClick *Confirm // nil: not possible
	Why      string   // machine word
	WhyText  string   // why one click is not possible
	Pending  string   // address of the reorder that is undecided; "" if there is none
	Rules    []Rule   // nil for a guest
	ByCard   []Confirm
}

// HeadTitle is Page.HeadTitle.
func (v Reorder) HeadTitle() string { return v.titleOf(v.Problem != "") }

// Destination is where an order goes and whom it is told to.
type Destination struct {
	Delivery, Address  string // Address is "" when it is picked up
	Name, Phone, Email string
	Note               string
}

// ReorderLine is one line of a reorder.
type ReorderLine struct {
	OrderLine
	Status string   // machine word: same, remeasured, dearer, cheaper, fewer, gone
	Notes  []string // what changed, in words
}

// Rule is one condition of a purchase with one click, and whether this basket meets
// it: State is met, unmet or unknown, StateText the same in words. What was not looked
// at is unknown and never told as not met.
type Rule struct {
	Text, State, StateText string
}
