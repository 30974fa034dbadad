package catalog

// LowStock is the number of units from which on a shopper is told how many are
// left. The triggers on stock know it too, as products.shelf.
const LowStock = 5

// StockStatus says whether a product can be had.
type StockStatus string

// The stock states a shopper can see.
const (
	InStock StockStatus = "in_stock"
	FewLeft StockStatus = "low"
	SoldOut StockStatus = "sold_out"
)

// StockState is what a shopper is told about a product's stock.
type StockState struct {
	Status StockStatus
	Left   int // units that nobody has reserved, when FewLeft
}

// Stock returns what to tell a shopper about the stock of the product.
func (c ProductCard) Stock() StockState {
	switch {
	case c.Available <= 0:
		return StockState{Status: SoldOut}
	case c.Available <= LowStock:
		return StockState{Status: FewLeft, Left: c.Available}
	}
	return StockState{Status: InStock}
}
