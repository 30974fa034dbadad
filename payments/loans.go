package payments

import (
	"dukani/models"
	"dukani/payments/bog"
)

// addLoan puts what the shopper chose in the bank's calculator into a request. Without its code the
// bank's page asks for the conditions (bog-api.md §13); months alone say nothing to the bank.
func addLoan(r *bog.OrderRequest, o *models.Order) {
	if !o.Method.Rules().Credit || o.LoanCode == "" {
		return
	}
	if r.Config == nil {
		r.Config = &bog.OrderConfig{}
	}
	r.Config.Loan = &bog.LoanConfig{Type: o.LoanCode, Month: o.LoanMonth}
}
