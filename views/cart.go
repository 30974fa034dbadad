package views

// Cart is pages/cart.
type Cart struct {
	Page
	Lines       []CartLine
	Notices     []Notice
	Count       string     // "3 units"
	Items       string     // value of the goods
	Total       string     // without delivery, which depends on the place
	Loan        *LoanOffer // nil: no monthly amount is shown
	Deliveries  []DeliveryRow
	FreeLeft    string // what is missing for free delivery; "" when it is reached
	FreeFrom    string
	FreePercent int  // how far it is to free delivery, 0 to 100
	CanOrder    bool // every line can be bought as it stands
	Removed     *RemovedLine
	Announced   string // what a screen reader hears after a change
}

// RemovedLine is what was just taken out of the cart and can be put back.
type RemovedLine struct {
	Slug, Text string
	Quantity   int
}

// CartLine is one product in the cart.
type CartLine struct {
	Slug, Name, Measure string
	Picture, Alt, Tint  string
	Price               string // of one unit
	OldPrice            string // of one unit when it was put into the cart; "" if that is the same
	Total               string
	Quantity, Max       int
	Gone                bool     // no longer sold
	Notices             []string // price changed, only 2 left, gone
}

// Less is the quantity that the minus button asks for.
func (l CartLine) Less() int { return max(l.Quantity-1, 0) }

// More is the quantity that the plus button asks for.
func (l CartLine) More() int { return l.Quantity + 1 }

// CanMore reports whether there is one more unit to be had.
func (l CartLine) CanMore() bool { return l.Quantity < l.Max }

// DeliveryRow is a way of delivery with what it costs, how long it takes, and on which
// days that is from now.
type DeliveryRow struct {
	Name, Price, Estimate, Days string
}
