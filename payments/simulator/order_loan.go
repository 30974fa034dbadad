package simulator

import (
	"fmt"
	"slices"
	"strconv"
)

// loan is the known part of the terms of an instalment payment.
type loan struct {
	Type   string `json:"type,omitempty"` // the discount code of the bank's calculator
	Months int    `json:"months"`
}

func isLoan(method string) bool { return method == "bog_loan" || method == "bnpl" }

// loanMonths are the terms that the page offers when the shop fixed none. The numbers are
// made up.
var loanMonths = map[string][]int{"bnpl": {2, 3, 4}, "bog_loan": {3, 6, 12, 24}}

// readLoan reads config.loan; config may be nil. The documentation requires type and month
// when a loan is the only method, and also says that the payer chooses the terms at the
// bank. So both may be missing, unless strict, but not one of them.
func readLoan(in *input, config *node, o *order, strict bool) {
	only := len(o.Methods) == 1 && isLoan(o.Methods[0])
	var n *node
	if config != nil {
		n = config.object("loan")
	}
	if n == nil {
		if only && strict {
			in.fail("config.loan", "needs type and month")
		}
		return
	}
	code, month := n.text("type"), n.months("month")
	n.rejectUnknown()
	switch {
	case code != nil && *code != "" && month > 0:
		o.Loan = &loan{Type: *code, Months: month}
	case only:
		in.fail("config.loan", "needs type and month")
	}
}

// months returns a whole number from 1, or 0 if it is missing.
func (n *node) months(name string) int {
	text, ok := n.number(name)
	if !ok {
		return 0
	}
	count, err := strconv.Atoi(text)
	if err != nil || count < 1 {
		n.fail(name, "must be a whole number from 1")
	}
	return count
}

// termView is a number of months that the payer can choose.
type termView struct {
	Months  int
	Text    string
	Current bool
}

// months returns the terms that a payment by method can have: only the shop's if the shop
// fixed one, and none if method is no loan.
func (o *order) months(method string) []int {
	if o.Loan != nil && isLoan(method) {
		return []int{o.Loan.Months}
	}
	return loanMonths[method]
}

func (o *order) terms(method, chosen string) []termView {
	var out []termView
	for _, n := range o.months(method) {
		out = append(out, termView{Months: n, Text: fmt.Sprintf(texts["loan.months"].in(o.Lang), n), Current: strconv.Itoa(n) == chosen})
	}
	return out
}

// offersTerm reports whether the payer may choose these months. "" stands for the first term.
func (o *order) offersTerm(method, chosen string) bool {
	return chosen == "" || slices.ContainsFunc(o.months(method), func(n int) bool { return strconv.Itoa(n) == chosen })
}

// chooseTerm records the months that the payer chose, which offersTerm has checked.
func (o *order) chooseTerm(method, chosen string) {
	if !isLoan(method) || o.Loan != nil {
		return
	}
	n, err := strconv.Atoi(chosen)
	if err != nil {
		n = o.months(method)[0]
	}
	o.Loan = &loan{Months: n}
}
