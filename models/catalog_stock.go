package models

// LowStock is the number of units from which on a shopper is told how many are
// left. The triggers on stock know it too, as products.shelf.
const LowStock = 5

// StockStatus says how a product stands on the shelf.
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

func stockState(available int) StockState {
	switch {
	case available <= 0:
		return StockState{Status: SoldOut}
	case available <= LowStock:
		return StockState{Status: FewLeft, Left: available}
	}
	return StockState{Status: InStock}
}
