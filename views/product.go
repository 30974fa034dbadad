package views

import (
	"html/template"
	"strings"
)

// Product is pages/product. Of a product that is no longer sold (Withdrawn) the page has
// only the name and related products.
type Product struct {
	Page
	Slug       string
	Name       string
	Text       string
	Producer   string
	Measure    string
	Category   NavItem
	Pictures   []Picture
	Tint       string
	Price      string
	OldPrice   string // shown struck out; "" if the product is not reduced
	Percent    string // "–15 %", with OldPrice
	Lowest     string // lowest price of the 30 days before the reduction; "" if unknown
	Stock      Stock
	Quantities []int // that can be chosen; empty when sold out
	Attributes []Attribute
	Loan       *LoanOffer // nil: no monthly amount is shown
	Deliveries []DeliveryRow
	Related    []template.HTML // partials/card
	Adult      bool            // only people of 18 and older may buy it
	NoReturn   string          // why it cannot be sent back; "" if it can
	Withdrawn  bool
}

// Picture is a picture of a product; Name is without size and extension. Next is the
// number of the picture that follows it, the first after the last, 0 if there is no other.
type Picture struct {
	Name, Alt    string
	Number, Next int
}

// Attribute is one line of a product's table of facts.
type Attribute struct {
	Key, Value string
}

// maxQuantity is the most that a product page offers; in the cart one can ask for more.
const maxQuantity = 10

// Quantities lists the quantities that a product page offers of a product of
// which there are free units.
func Quantities(free int) []int {
	list := make([]int, 0, maxQuantity)
	for n := 1; n <= min(free, maxQuantity); n++ {
		list = append(list, n)
	}
	return list
}

// Allergens names allergens by their keys, one after the other.
func Allergens(lang string, keys []string) string {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = AllergenName(lang, key)
	}
	return strings.Join(names, ", ")
}

// AllergenName names an allergen.
func AllergenName(lang, key string) string { return T(lang, "product.allergen."+key) }

// NoReturn says why a product cannot be sent back, by the law's exception for it; "" if it
// can.
func NoReturn(lang, withdrawal string) string {
	if withdrawal == "yes" || withdrawal == "" {
		return ""
	}
	return T(lang, "product.returns."+withdrawal)
}
