package bog

import "net/url"

// LoanConfig carries the conditions that the customer chose in the bank's
// calculator on the shop's page ([CalculatorURL]), for an order whose only
// method is MethodLoan or MethodBNPL.
type LoanConfig struct {
	Type  string `json:"type"`  // discount_code of the choice
	Month int    `json:"month"` // month of the choice: how many months to pay
}

// CalculatorURL is the address of the bank's script that shows the loan
// calculator on the shop's own page; clientID is the public half of the
// credentials. BOG.Calculator.open({amount, bnpl, onRequest, onComplete, onClose})
// opens it: bnpl true is for BNPL alone, false for the loan alone, missing for
// both, and amount is in main units (47.3). When the customer has chosen,
// onRequest(selected, successCb, closeCb) gets {amount, month, discount_code},
// amount being what is paid each month: have the server create the order with
// LoanConfig, then call successCb(order id). Without the calculator the customer
// chooses at the bank.
//
// The shop's pages need the script's origin in their Content-Security-Policy.
func CalculatorURL(clientID string) string {
	return "https://webstatic.bog.ge/bog-sdk/bog-sdk.js?version=2&client_id=" + url.QueryEscape(clientID)
}
