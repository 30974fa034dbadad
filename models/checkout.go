package models

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// TermsVersion names the terms of sale and the withdrawal notice that are in
// force; it is stored with each order that accepted them.
const TermsVersion = "2026-11-27"

// Checkout is what a shopper typed on the checkout page.
type Checkout struct {
	Key           string // one order per key
	ExpectedTotal Tetri  // the total that the page showed; CheckoutChanged if it is another now
	Shown         string // Cart.Shown of the page; likewise
	Lang          Lang
	Theme         string // of the shopper's screen: light or dark; anything else counts as not known
	Name          string
	Email         string
	Phone         string
	Delivery      Delivery
	Region        string
	City          string
	Street        string
	Note          string
	AcceptsTerms  bool
	Method        Method   // the way to pay; "": the first that is offered
	Offered       []Method // the ways to pay that the shop offers now; none: a card only
	Loan          Loan     // what the shopper chose of a loan; ignored with other ways to pay
	Button        bool     // by the button of the wallet that Method is
	Network       string   // the shopper's network address as a keyed hash; "": not known, then not counted
	From          Visitor

	// Only for a signed-in customer.
	CustomerID *int64   // nil: a guest
	SaveCard   CardKind // how the shopper agreed to have the card saved; "": not at all
	CardID     int64    // the saved card to pay with; 0: a card that is typed on the bank's page
}

// card loads the saved card that was chosen, nil if none was.
func (c *Checkout) card(tx *Tx) (*SavedCard, error) {
	if c.CardID == 0 {
		return nil, nil
	}
	return usableCard(tx.DB, tx.now, c.CustomerID, c.CardID, Recurrent)
}

// Validate tidies c and returns what is wrong with it: form field to
// translation key, empty if it can be ordered.
func (c *Checkout) Validate() map[string]string {
	c.tidy()
	wrong := map[string]string{}
	text := func(field, value string, least, most int, missing string) {
		switch n := utf8.RuneCountInString(value); {
		case n < least, least > 0 && !strings.ContainsFunc(value, isWritten):
			wrong[field] = missing
		case n > most:
			wrong[field] = "checkout.error.too_long"
		}
	}
	text("name", c.Name, 2, 100, "checkout.error.name")
	if email, ok := parseEmail(c.Email); ok {
		c.Email = email
	} else {
		wrong["email"] = emailProblem(c.Email)
	}
	if phone, ok := normalPhone(c.Phone); ok {
		c.Phone = phone
	} else {
		wrong["phone"] = "checkout.error.phone"
	}
	if _, ok := c.Delivery.Option(); !ok {
		wrong["delivery"] = "checkout.error.delivery"
	} else if c.Delivery != Pickup {
		if !slices.Contains(Regions(), c.Region) {
			wrong["region"] = "checkout.error.region"
		} else if c.Delivery != Courier && c.Region == "tbilisi" {
			wrong["region"] = "checkout.error.region_delivery"
		}
		text("city", c.City, 2, 100, "checkout.error.city")
		text("street", c.Street, 3, 200, "checkout.error.street")
	}
	text("note", c.Note, 0, 500, "")
	if m, ok := chooseMethod(c.Method, c.Offered); ok {
		c.Method = m
	} else {
		wrong["method"] = "checkout.error.method"
	}
	if c.Method.Rules().Credit {
		maps.Copy(wrong, c.Loan.wrong())
	}
	if !c.AcceptsTerms {
		wrong["terms"] = "checkout.error.terms"
	}
	return wrong
}

// tidy removes what a keyboard adds and fills in what the delivery decides.
func (c *Checkout) tidy() {
	for _, s := range []*string{&c.Name, &c.Phone, &c.City, &c.Street, &c.Region} {
		*s = TidyLine(*s)
	}
	c.Note = TidyNote(c.Note)
	if c.CardID != 0 {
		c.Method, c.Button = ByCard, false
	}
	if c.CustomerID == nil || c.CardID != 0 || c.SaveCard != Recurrent && c.SaveCard != Subscription {
		c.SaveCard = "" // a guest has nowhere to find the card again; a saved one is not saved twice
	}
	if c.Theme != "light" && c.Theme != "dark" {
		c.Theme = ""
	}
	switch c.Delivery {
	case Courier:
		c.Region, c.City = "tbilisi", "თბილისი"
		if c.Lang == En {
			c.City = "Tbilisi"
		}
	case Pickup:
		c.Region, c.City, c.Street = "", "", ""
	}
}
