package views

// MethodName names a way to pay, in the bank's word. One that this program does not know is named
// by that word.
func MethodName(lang, method string) string {
	if method == "" {
		method = "unknown"
	}
	if key := "method.name." + method; Has(key) {
		return T(lang, key)
	}
	return method
}

// MethodChoice is a way to pay that can be chosen.
type MethodChoice struct {
	Key     string // in the bank's words
	Name    string
	Line    string // one sentence on what the shopper does and what they should know
	Checked bool
	Offer   *LoanOffer  // of a loan: what the total comes to each month; nil: not shown
	Loan    *LoanMonths // of a loan: the choice of months
}

// WrongLoan says at the chosen loan what is wrong with its months, and returns the name of the field.
func WrongLoan(choices []MethodChoice, text string) (field string) {
	for _, m := range choices {
		if m.Checked && m.Loan != nil {
			m.Loan.Error, field = text, m.Loan.Field
		}
	}
	return field
}

// NewMethodChoice is the choice of a way to pay.
func NewMethodChoice(lang, method string, checked bool) MethodChoice {
	return MethodChoice{Key: method, Name: MethodName(lang, method), Line: T(lang, "method.line."+method), Checked: checked}
}
