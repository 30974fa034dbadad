package views

// Seller is who sells: what the law wants a shop to show, in the page's language.
type Seller struct {
	Name    string
	ID      string // identification number
	Address string
	Phone   string
	Email   string
}
