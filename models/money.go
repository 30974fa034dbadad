package models

import "strconv"

// Tetri is an amount of money in tetri, the hundredth part of a lari: 1250 is
// 12.50 GEL. Amounts are integers everywhere; no float ever holds money.
type Tetri int64

// VATPercent is the Georgian value added tax contained in every price of the
// shop.
const VATPercent = 18

// VATInside returns the tax contained in t, rounded half up to a tetri.
func (t Tetri) VATInside() Tetri {
	const gross = 100 + VATPercent
	return (t*VATPercent*2 + gross) / (2 * gross)
}

// String writes t as plain decimal lari, "12.50"; for logs and machine-readable
// attributes. Pages format prices for people with the page's language.
func (t Tetri) String() string {
	sign := ""
	if t < 0 {
		sign, t = "-", -t
	}
	cents := t % 100
	pad := ""
	if cents < 10 {
		pad = "0"
	}
	return sign + strconv.FormatInt(int64(t/100), 10) + "." + pad + strconv.FormatInt(int64(cents), 10)
}
