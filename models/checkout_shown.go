package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// CheckoutChanged says that the checkout would order something else than its page
// showed: other lines, for another total, or for somebody else. Nothing was ordered.
type CheckoutChanged struct {
	Shown, Now Tetri
	Cart       *Cart
}

func (e *CheckoutChanged) Error() string {
	return "checkout changed, total shown " + e.Shown.String() + ", now " + e.Now.String()
}

// Shown writes down, in one line of text, what a checkout page in lang shows of the cart and
// to which customer (nil: a guest). The page's form carries it back, to be compared with
// what the cart is by then. It names the terms, too. It leaves out the way of delivery,
// which the form itself names; the total includes its cost.
func (c *Cart) Shown(lang Lang, customerID *int64) string {
	lines := make([]string, 0, len(c.Lines))
	for _, l := range c.Lines {
		// The texts stand as a digest, because they are only compared.
		text := fmt.Sprintf("%s\n%s\n%t", l.Name, l.Measure, l.Adult)
		if l.Withdrawal != WithdrawalYes {
			text += "\n" + string(l.Withdrawal)
		}
		lines = append(lines, fmt.Sprintf("%d:%d:%d:%.8s", l.ProductID, l.Quantity, int64(l.Price), digest([]byte(text))))
	}
	slices.Sort(lines) // taking a line out and putting it back changes nothing
	who := int64(0)
	if customerID != nil {
		who = *customerID
	}
	return fmt.Sprintf("%s;%d;%s;%s", lang, who, termsShown, strings.Join(lines, ","))
}

// termsShown names the texts that a checkout page asks to accept.
const termsShown = TermsVersion + "+" + CardConsentVersion

// Difference is a kind of difference between what a checkout page showed and what
// it would order.
type Difference string

// The kinds of difference.
const (
	OtherCustomer Difference = "customer"    // shown to somebody else, or to a guest
	OtherTerms    Difference = "terms"       // of sale, or of saving a card
	LineGone      Difference = "gone"        // not in the cart any more
	LineAdded     Difference = "added"       // was not in the cart
	UnitsChanged  Difference = "units"       // more or fewer of it
	PriceChanged  Difference = "price"       // of one unit
	TextChanged   Difference = "description" // the product's name or measure, that it is for adults, or whether it can be sent back
)

// ShownChange is one thing that differs.
type ShownChange struct {
	Kind          Difference
	Name          string // of the product
	Measure       string
	Units, Was    int
	Price, Before Tetri // of one unit
}

// shownLine is a line as Cart.Shown wrote it.
type shownLine struct {
	productID int64
	units     int
	price     Tetri
	text      string
}

// readShown reads what Cart.Shown wrote. From any other text it reads nothing, so that
// every line of the cart counts as added.
func readShown(shown string) (lang, customer, terms string, lines map[int64]shownLine) {
	lang, rest, _ := strings.Cut(shown, ";")
	customer, rest, _ = strings.Cut(rest, ";")
	terms, list, _ := strings.Cut(rest, ";")
	lines = map[int64]shownLine{}
	for _, text := range strings.Split(list, ",") {
		var l shownLine
		if _, err := fmt.Sscanf(text, "%d:%d:%d:%s", &l.productID, &l.units, &l.price, &l.text); err == nil && len(lines) < maxCartLines {
			lines[l.productID] = l
		}
	}
	return lang, customer, terms, lines
}

// differences lists how the cart differs from what a page showed of it, and the lines that
// it showed and that are not in the cart any more.
func (c *Cart) differences(lang Lang, customerID *int64, shown string) (list []ShownChange, gone map[int64]shownLine) {
	wasLang, was, terms, before := readShown(shown)
	_, is, _, present := readShown(c.Shown(lang, customerID))
	if was != is {
		list = append(list, ShownChange{Kind: OtherCustomer})
	}
	if terms != termsShown {
		list = append(list, ShownChange{Kind: OtherTerms})
	}
	for _, l := range c.Lines {
		was, had := before[l.ProductID]
		change := ShownChange{
			Name: l.Name, Measure: l.Measure, Units: l.Quantity, Was: was.units, Price: l.Price, Before: was.price,
		}
		add := func(kind Difference, differs bool) {
			if change.Kind = kind; differs {
				list = append(list, change)
			}
		}
		add(LineAdded, !had)
		add(UnitsChanged, had && was.units != l.Quantity)
		add(PriceChanged, had && was.price != l.Price)
		add(TextChanged, had && wasLang == string(lang) && was.text != present[l.ProductID].text) // in another language it reads differently
		delete(before, l.ProductID)
	}
	return list, before
}

// showed reports whether a page showed what the cart holds, to that customer.
func (c *Cart) showed(lang Lang, customerID *int64, shown string) bool {
	list, gone := c.differences(lang, customerID, shown)
	return len(list)+len(gone) == 0
}

// ShownChanges lists how the cart differs from what a page showed of it; nothing if
// it is the same.
func (s *Store) ShownChanges(ctx context.Context, lang Lang, cart *Cart, customerID *int64, shown string) ([]ShownChange, error) {
	list, left := cart.differences(lang, customerID, shown)
	gone, err := goneLines(s.Read(ctx), lang, left)
	return append(list, gone...), err
}

// goneLines names the lines of left, which a page showed and the cart does not hold.
func goneLines(db *gorm.DB, lang Lang, left map[int64]shownLine) (list []ShownChange, err error) {
	for id, was := range left {
		c := ShownChange{Kind: LineGone, Was: was.units}
		err := query(db, []any{&c.Name}, "SELECT name FROM product_texts WHERE product_id = ? AND lang = ?", id, lang)
		if errors.Is(err, gorm.ErrRecordNotFound) {
			continue // no page of ours showed that
		}
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b ShownChange) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}
