package models

import "slices"

// Withdrawal says whether the buyer of a product can withdraw from the contract within 14
// days, and if not, which of the law's exceptions it falls under.
type Withdrawal string

// Whether a product can be sent back.
const (
	WithdrawalYes        Withdrawal = "yes"
	WithdrawalPerishable Withdrawal = "perishable" // it spoils quickly
	WithdrawalSealed     Withdrawal = "sealed"     // sealed for health or hygiene, once it is unsealed
	WithdrawalCustom     Withdrawal = "custom"     // made as the customer wished
)

// Withdrawals are all of them, the rule first.
var Withdrawals = []Withdrawal{WithdrawalYes, WithdrawalPerishable, WithdrawalSealed, WithdrawalCustom}

// ParseWithdrawal returns what s names.
func ParseWithdrawal(s string) (Withdrawal, bool) {
	w := Withdrawal(s)
	return w, slices.Contains(Withdrawals, w)
}
