package views

// Card is a product in a list: partials/card.
type Card struct {
	Lang     string
	Slug     string
	Name     string
	Producer string
	Measure  string
	Price    string
	OldPrice string // shown struck out; "" if the product is not reduced
	Percent  string // "–15 %", with OldPrice
	Picture  string // name without size and extension, "qvevri"
	Alt      string
	Tint     string
	Stock    Stock
	Eager    bool // in the first row: its picture is loaded at once
}

func (c Card) language() string { return c.Lang }

// Stock is what a shopper is told about the units that are left.
type Stock struct {
	Status string // in_stock, low or sold_out
	Text   string
}

// StockOf puts a stock status into words; the number of units left is only told when it is low.
func StockOf(lang, status string, left int) Stock {
	switch status {
	case "low":
		return Stock{Status: status, Text: N(lang, "stock.low", left)}
	case "sold_out":
		return Stock{Status: status, Text: T(lang, "stock.sold_out")}
	}
	return Stock{Status: "in_stock", Text: T(lang, "stock.in_stock")}
}

// Percent writes by how much a price is reduced, "–15 %", rounded down so that it
// never promises too much; "" if it is not reduced by a whole per cent. Both
// amounts are in tetri.
func Percent(lang string, price, oldPrice int64) string {
	if oldPrice <= price || price < 0 {
		return ""
	}
	percent := (oldPrice - price) * 100 / oldPrice
	if percent == 0 {
		return ""
	}
	return T(lang, "price.percent", percent)
}

// Suggestion is one product found while the shopper is still typing, as JSON.
type Suggestion struct {
	Name    string `json:"name"`
	URL     string `json:"url"`
	Price   string `json:"price"`
	Picture string `json:"picture"` // address of the picture
}
