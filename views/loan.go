package views

import "strconv"

// LoanOffer is what a price comes to each month, as the shop estimates it, and the bank's
// calculator, which gives the exact conditions.
type LoanOffer struct {
	Lang    string
	Method  string // bog_loan or bnpl: the loan that the estimate is about
	From    string // "from 41.67 ₾ a month"
	Note    string // where the estimate comes from
	Tetri   int64  // a month
	Script  string // address of the bank's script
	Amount  string // that it is asked about, in lari with a point
	Only    string // "true": the calculator offers bnpl only, "false": bog_loan only, "": both
	Pattern string // of the words for a choice, with {amount} and {months}
}

// NewLoanOffer is the offer of a price that comes to monthly tetri over so many months.
func NewLoanOffer(lang, method string, tetri, monthly int64, months int) LoanOffer {
	return LoanOffer{
		Lang: lang, Method: method, From: T(lang, "loan.from", Price(lang, monthly)), Note: T(lang, "loan.note."+method, strconv.Itoa(months)),
		Tetri: monthly, Amount: inLari(tetri), Pattern: T(lang, "loan.exact"),
	}
}

// inLari writes an amount for the bank's script: "1234.50".
func inLari(tetri int64) string {
	cents := strconv.FormatInt(tetri%100+100, 10)[1:]
	return strconv.FormatInt(tetri/100, 10) + "." + cents
}

// LoanMonths is the choice of how many months a loan runs.
type LoanMonths struct {
	Lang         string
	Field        string // its name
	Options      []Option
	Error        string // what is wrong with the choice
	Script, Only string // as in LoanOffer
}

// Pattern is that of LoanOffer.
func (m LoanMonths) Pattern() string { return T(m.Lang, "loan.exact") }

// ExactMonths is the choice of months that was made in the bank's calculator, with its code.
func ExactMonths(lang string, months int, code string) Option {
	n := strconv.Itoa(months)
	return Option{Value: n + " " + code, Label: T(lang, "loan.months.exact", n), Selected: true}
}

// Exact is the label of a choice that the calculator's script puts into the list, with {months}.
func (m LoanMonths) Exact() string { return T(m.Lang, "loan.months.exact", "{months}") }

// MonthsOption is the choice of so many months, each of which costs about so many tetri.
func MonthsOption(lang string, months int, monthly int64, selected bool) Option {
	n := strconv.Itoa(months)
	return Option{Value: n, Label: T(lang, "loan.months.option", n, Price(lang, monthly)), Selected: selected}
}

// LoanDeclineText explains in the shopper's language why the bank did not grant a loan, and what
// may help. Which code the bank gives with a refusal is not documented, so that most mean the same.
func LoanDeclineText(lang, code string) (reason, advice string) {
	switch code {
	case "106", "cancelled":
	case "109", "110", "111", "112":
		code = "technical"
	default:
		code = "other"
	}
	return T(lang, "loan.decline."+code), T(lang, "loan.advice")
}
