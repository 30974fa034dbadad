package simulator

import (
	"errors"
	"math/big"
	"strconv"
	"strings"
)

// money is an amount in minor units (tetri, cents): 530 is 5.30.
type money int64

var errNotDecimal = errors.New("must be a number")

// parseMoney reads a decimal number of the main unit. More than two decimals are refused,
// not rounded.
func parseMoney(text string) (money, error) {
	value, ok := parseDecimal(text)
	if !ok {
		return 0, errNotDecimal
	}
	value.Mul(value, big.NewRat(100, 1))
	if !value.IsInt() {
		return 0, errors.New("must have at most 2 decimals")
	}
	if !value.Num().IsInt64() || value.Num().Int64() > 1e13 || value.Num().Int64() < -1e13 {
		return 0, errors.New("is out of range")
	}
	return money(value.Num().Int64()), nil
}

// parseDecimal reads a JSON number. The limits of length and exponent keep "1e999999999"
// from using up the memory.
func parseDecimal(text string) (*big.Rat, bool) {
	if len(text) == 0 || len(text) > 40 || strings.ContainsAny(text, "/_xXpPbBoO ") {
		return nil, false
	}
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		exponent, err := strconv.Atoi(text[i+1:])
		if err != nil || exponent > 20 || exponent < -20 {
			return nil, false
		}
	}
	return new(big.Rat).SetString(text)
}

// String writes the amount as the bank's answers do: with as few digits as possible, but
// at least one after the point ("5.3", "0.01", "10.0").
func (m money) String() string {
	sign, value := "", int64(m)
	if value < 0 {
		sign, value = "-", -value
	}
	whole, cents := value/100, value%100
	text := sign + strconv.FormatInt(whole, 10) + "."
	if cents%10 == 0 {
		return text + strconv.FormatInt(cents/10, 10)
	}
	if cents < 10 {
		text += "0"
	}
	return text + strconv.FormatInt(cents, 10)
}

// plainDecimal writes a quantity with the fewest digits ("2", "1.5").
func plainDecimal(value *big.Rat) string {
	if value.IsInt() {
		return value.Num().String()
	}
	return strings.TrimRight(value.FloatString(6), "0")
}
