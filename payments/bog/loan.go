package bog

import "net/url"

// LoanConfig is what the customer chose in the bank's loan calculator on the shop's page
// ([CalculatorURL]), for an order whose only method is MethodLoan or MethodBNPL (§13).
type LoanConfig struct {
	Type  string `json:"type"`  // the discount_code of the choice
	Month int    `json:"month"` // the month of the choice: the number of monthly payments
}

// CalculatorURL returns the address of the bank's script that shows the loan calculator on
// the shop's own page (§13). clientID is the public half of the credentials.
//
// BOG.Calculator.open({amount, bnpl, onRequest, onComplete, onClose}) opens the calculator.
// amount is in main units (47.3). bnpl is true for BNPL only, false for the loan only, and
// missing for both. When the customer has chosen, the script calls onRequest(selected,
// successCb, closeCb), where selected is {amount, month, discount_code} and amount is what is
// paid each month. Let the server create the order with LoanConfig, then call
// successCb(order id). Without the calculator the customer chooses at the bank.
//
// The shop's pages need the script's origin in their Content-Security-Policy.
func CalculatorURL(clientID string) string {
	return "https://webstatic.bog.ge/bog-sdk/bog-sdk.js?version=2&client_id=" + url.QueryEscape(clientID)
}
