package views

import (
	"strings"
	"unicode/utf8"
)

// Payer is what an order was paid with and by whom, as the bank's receipt names it.
type Payer struct {
	Method      string // in the bank's words
	Kind        string // what the bank names the payer by: card, device, account, initial or unknown
	Brand, Mask string // of a card
	Name        string // whoever paid without one
}

// PaidBy names what an order was paid with: "Card, Visa •••• 0001", "Google Pay, Visa •••• 0001",
// "Bank of Georgia internet bank, Nino K.". What the bank does not say is left out.
func PaidBy(lang string, p Payer) string {
	name, who := MethodName(lang, p.Method), p.Name
	switch {
	case p.Mask != "" || p.Brand != "":
		who = strings.TrimSpace(CardName(p.Brand, p.Mask))
	case who != "" && p.Kind == "device":
		who = T(lang, "method.payer.device", lastDigits(who))
	case utf8.RuneCountInString(who) == 1:
		who += "."
	}
	if who == "" {
		return name
	}
	return name + ", " + who
}

// Charged is what was charged of an order's price, if the bank took something off.
type Charged struct {
	Discount, Amount           string // Amount is "" while nothing is charged
	VAT                        string // inside Amount
	DiscountTetri, AmountTetri int64
}

// lastDigits are the last four characters of a masked number.
func lastDigits(mask string) string {
	if r := []rune(mask); len(r) > 4 {
		return string(r[len(r)-4:])
	}
	return mask
}

// statementLength is how much of the order's number the bank prints on the payer's statement.
const statementLength = 25

// StatementText is how the payer's statement names an order.
func StatementText(number string) string {
	if r := []rune(number); len(r) > statementLength {
		return string(r[:statementLength])
	}
	return number
}
