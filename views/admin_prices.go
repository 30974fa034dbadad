package views

// AdminPrices is admin/prices: where a price list is uploaded or pasted.
type AdminPrices struct {
	AdminPage
	Form     Form
	Mistakes []AdminPriceMistake
}

// AdminPriceMistake is something in a price list that cannot be taken.
type AdminPriceMistake struct {
	Line         int
	Column, Text string // Column is "" for the line as a whole
}

// AdminPriceList is admin/price_list: what a price list would change.
type AdminPriceList struct {
	AdminPage
	Form      Form // what is wrong with its confirmation
	Key, Seen string
	Summary   string // how many products it changes
	Same      string // how many stay as they are; ""
	Changes   []AdminPriceChange
	Mistakes  []AdminPriceMistake
}

// AdminPriceChange is what a line changes about a product.
type AdminPriceChange struct {
	Line               int
	Slug, Name         string
	Price, Old, OnHand AdminWas
	NewPriceTetri      int64
}

// AdminWas is a figure before and after: partials/admin_was.
type AdminWas struct {
	Was, Is string // equal: it stays
}

// Goes reports whether the figure changes.
func (w AdminWas) Goes() bool { return w.Was != w.Is }
