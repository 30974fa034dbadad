package views

import "html/template"

// Product is pages/product. A product that is no longer sold is shown with
// Withdrawn, its name and what is related to it.
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
	OldPrice   string // struck out
	Percent    string // "–15 %", with OldPrice
	Lowest     string // lowest price of the 30 days before the reduction; "" if unknown
	Stock      Stock
	Quantities []int // that can be chosen; empty when sold out
	Attributes []Attribute
	Deliveries []DeliveryRow
	Related    []template.HTML // partials/card
	Adult      bool            // for people of 18 and older
	Withdrawn  bool
}

// Picture is a picture of a product; Name is without size and extension. Next is the
// number of the one to look at after it, 0 if there is no other.
type Picture struct {
	Name, Alt    string
	Number, Next int
}

// Attribute is one line of a product's table of facts.
type Attribute struct {
	Key, Value string
}

// maxChoice bounds the quantity list on a product page; the cart takes more.
const maxChoice = 10

// Quantities lists the quantities that a product page offers of a product of
// which there are free units.
func Quantities(free int) []int {
	list := make([]int, 0, maxChoice)
	for n := 1; n <= min(free, maxChoice); n++ {
		list = append(list, n)
	}
	return list
}
