package views

// OrderMoney is what the page of an order says about money that is on hold or goes back.
type OrderMoney struct {
	Held      string   // the amount on hold; "" if nothing is
	HeldTetri int64    // the same in machine form
	Missing   []string // units that were not there and were not charged
	Refunds   []OrderRefund
}

// OrderRefund is one refund of the shop's.
type OrderRefund struct {
	Status string // machine word, as data-status: requested, completed or rejected
	Text   string // what it means
	Amount string
	Tetri  int64 // the amount in machine form
	Units  []string
}

// RefundText puts the status of a refund into words for the shopper.
func RefundText(lang, status string) string { return T(lang, "order.refund."+status) }

// RejectText says in words why the bank rejected a refund, a capture or a release; "" for a code
// that has no words here. code is the bank's response code.
func RejectText(lang, code string) string {
	if key := "admin.reject." + code; code != "" && Has(key) {
		return T(lang, key)
	}
	return ""
}
