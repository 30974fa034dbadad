package bog

// Status is the state of an order at the bank (order_status.key). Statuses
// that this package does not know decode like any other and answer false to
// every question below: read the receipt again later.
type Status string

// Statuses of an order.
const (
	StatusCreated           Status = "created"            // exists, the customer has not paid
	StatusProcessing        Status = "processing"         // payment is running
	StatusCompleted         Status = "completed"          // money taken
	StatusRejected          Status = "rejected"           // failed or expired
	StatusAuthRequested     Status = "auth_requested"     // an approve of a hold is being processed
	StatusBlocked           Status = "blocked"            // money held, waits for approve or cancel
	StatusPartialCompleted  Status = "partial_completed"  // part of a hold taken, the rest released
	StatusRefundRequested   Status = "refund_requested"   // a refund is being processed
	StatusRefundedPartially Status = "refunded_partially" // part given back
	StatusRefunded          Status = "refunded"           // all given back
)

// IsPaid reports whether money was taken and, as far as the status tells, at
// least part of it is still with the merchant: completed, partial_completed,
// refund_requested and refunded_partially. How much it is stands in the
// receipt's TransferAmount; a held sum (see IsHeld) is not paid.
func (s Status) IsPaid() bool {
	switch s {
	case StatusCompleted, StatusPartialCompleted, StatusRefundRequested, StatusRefundedPartially:
		return true
	}
	return false
}

// IsHeld reports whether money is reserved on the customer's card but not
// taken: blocked and auth_requested. A hold ends by approve, by cancel, or by
// itself after 30 days.
func (s Status) IsHeld() bool {
	return s == StatusBlocked || s == StatusAuthRequested
}

// IsFinal reports whether the bank has nothing left to do: the status stays
// until somebody starts a refund. Two cautions: completed and refunded_partially
// still change when money is given back, and a rejected order has been
// reported to become completed, so keep reading its receipt until it has
// expired and let the success win.
func (s Status) IsFinal() bool {
	switch s {
	case StatusCompleted, StatusPartialCompleted, StatusRejected, StatusRefundedPartially, StatusRefunded:
		return true
	}
	return false
}

// IsKnown reports whether s is one of the constants above.
func (s Status) IsKnown() bool {
	switch s {
	case StatusCreated, StatusProcessing, StatusCompleted, StatusRejected, StatusAuthRequested, StatusBlocked,
		StatusPartialCompleted, StatusRefundRequested, StatusRefundedPartially, StatusRefunded:
		return true
	}
	return false
}

// Method is a way to pay.
type Method string

// Ways to pay. In a request, google_pay and apple_pay allow plain cards too.
const (
	MethodCard      Method = "card"
	MethodGooglePay Method = "google_pay"
	MethodApplePay  Method = "apple_pay"
	MethodP2P       Method = "bog_p2p"     // transfer from the bank's own internet or mobile bank
	MethodLoyalty   Method = "bog_loyalty" // the bank's MR/Plus points
	MethodBNPL      Method = "bnpl"        // buy now, pay later
	MethodLoan      Method = "bog_loan"    // standard instalment loan
	MethodGiftCard  Method = "gift_card"
)

// IsKnown reports whether m is one of the constants above.
func (m Method) IsKnown() bool {
	switch m {
	case MethodCard, MethodGooglePay, MethodApplePay, MethodP2P, MethodLoyalty, MethodBNPL, MethodLoan, MethodGiftCard:
		return true
	}
	return false
}

// Kinds of cards, as in PaymentDetail.CardType and CampaignConfig.Card.
const (
	CardVisa       = "visa"
	CardMastercard = "mc"
	CardAmex       = "amex"
	CardSolo       = "solo" // the bank's own; in campaigns only
)

// Capture says when the money is taken.
type Capture string

// Ways to take the money.
const (
	CaptureAutomatic Capture = "automatic" // at once; the bank's default
	CaptureManual    Capture = "manual"    // hold only, see Client.Approve and Client.Cancel
)

// Currency is an ISO 4217 code. Anything but GEL needs a terminal in it.
type Currency string

// Currencies the bank takes.
const (
	GEL Currency = "GEL"
	USD Currency = "USD"
	EUR Currency = "EUR"
	GBP Currency = "GBP"
)

// Lang is the language of the payment page.
type Lang string

// Languages of the payment page.
const (
	Georgian Lang = "ka" // the bank's default
	English  Lang = "en"
)

// Theme is the look of the payment page.
type Theme string

// Looks of the payment page.
const (
	Light Theme = "light" // the bank's default
	Dark  Theme = "dark"
)

// PaymentOption tells how an order was paid.
type PaymentOption string

// Values of PaymentDetail.PaymentOption.
const (
	OptionDirectDebit  PaymentOption = "direct_debit" // ordinary; also stands in unpaid receipts
	OptionRecurrent    PaymentOption = "recurrent"    // saved card, customer present
	OptionSubscription PaymentOption = "subscription" // automatic charge of a saved card
)

// SavedCardKind is what a saved card may be used for.
type SavedCardKind string

// Kinds of saved cards.
const (
	SavedRecurrent    SavedCardKind = "recurrent"    // any sum, on the bank's page: Client.PayWithSavedCard
	SavedSubscription SavedCardKind = "subscription" // the parent's sum, no page: Client.ChargeSavedCard
)
