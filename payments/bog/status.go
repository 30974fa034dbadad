package bog

// Status is the state of an order at the bank (order_status.key, §7). For a status that this
// package does not know, all methods return false: read the receipt again later.
type Status string

// Statuses of an order.
const (
	StatusCreated           Status = "created"            // the customer has not paid yet
	StatusProcessing        Status = "processing"         // the payment is running
	StatusCompleted         Status = "completed"          // paid; the amount is captured
	StatusRejected          Status = "rejected"           // the payment failed, or the order expired
	StatusAuthRequested     Status = "auth_requested"     // the approval of a hold is running
	StatusBlocked           Status = "blocked"            // a hold: the amount is authorized, and Approve or Cancel decides
	StatusPartialCompleted  Status = "partial_completed"  // part of a hold is captured, the rest released
	StatusRefundRequested   Status = "refund_requested"   // a refund is running
	StatusRefundedPartially Status = "refunded_partially" // part is refunded
	StatusRefunded          Status = "refunded"           // all is refunded
)

// IsPaid reports whether an amount was captured and, as far as the status tells, not all of it
// refunded: completed, partial_completed, refund_requested and refunded_partially. The
// receipt's TransferAmount says how much it is. A hold (see IsHeld) is not paid.
func (s Status) IsPaid() bool {
	switch s {
	case StatusCompleted, StatusPartialCompleted, StatusRefundRequested, StatusRefundedPartially:
		return true
	}
	return false
}

// IsHeld reports whether the order is a hold, whose amount is authorized on the customer's card
// but not captured: blocked and auth_requested. A hold ends by Approve, by Cancel, or by
// itself after 30 days.
func (s Status) IsHeld() bool {
	return s == StatusBlocked || s == StatusAuthRequested
}

// IsFinal reports whether the bank has nothing left to do, so that the status stays as it is.
// There are two exceptions. A refund still changes it. And an order is reported to have been
// rejected first and completed later, so read the receipt of a rejected order until the order
// has expired, and let the success count.
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

// Ways to pay (§5.2). In a request, google_pay and apple_pay allow cards without a wallet too.
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

// Values of PaymentDetail.CardType and CampaignConfig.Card.
const (
	CardVisa       = "visa"
	CardMastercard = "mc"
	CardAmex       = "amex"
	CardSolo       = "solo" // the bank's own; in campaigns only
)

// Capture says when the amount is captured.
type Capture string

// Values of Capture.
const (
	CaptureAutomatic Capture = "automatic" // at once; the bank's default
	CaptureManual    Capture = "manual"    // the payment is only authorized: a hold (§10), see Client.Approve and Client.Cancel
)

// Currency is an ISO 4217 code. Every currency but GEL needs a terminal for it.
type Currency string

// Currencies that the bank accepts.
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

// PaymentOption says which part a saved card had in a payment.
type PaymentOption string

// Values of PaymentDetail.PaymentOption.
const (
	OptionDirectDebit  PaymentOption = "direct_debit" // none; also the value before the payment
	OptionRecurrent    PaymentOption = "recurrent"    // a saved card, with the customer present
	OptionSubscription PaymentOption = "subscription" // automatic charge of a saved card
)

// SavedCardKind is what a saved card may be used for.
type SavedCardKind string

// Kinds of saved cards.
const (
	SavedRecurrent    SavedCardKind = "recurrent"    // any amount, on the bank's page: Client.PayWithSavedCard
	SavedSubscription SavedCardKind = "subscription" // the parent's amount, without a page: Client.ChargeSavedCard
)
