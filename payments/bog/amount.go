package bog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Amount is a sum of money in minor units: tetri for GEL, cents for USD and
// EUR, pence for GBP. 1250 is 12.50.
//
// The bank writes main units with at most two decimals (§3): as JSON numbers in requests
// ([Amount.MarshalJSON] writes 12.5), as JSON strings in answers. No floating-point number is
// involved in either direction.
type Amount int64

// ErrAmount is wrapped by every error about text that is not an amount.
var ErrAmount = errors.New("bog: not an amount")

// maxAmountText is the longest text that is read. The longest int64 has 20 characters.
const maxAmountText = 64

// ParseAmount reads an amount in main units such as "12", "12.5", "12.50" or "-0.01". The text
// must be a JSON number with at most two decimals, apart from zeros at the end. An exponent
// is accepted, because decimal libraries may write 100 as "1E+2". The error wraps [ErrAmount].
func ParseAmount(s string) (Amount, error) {
	if len(s) > maxAmountText {
		return 0, fmt.Errorf("%w: %d characters", ErrAmount, len(s))
	}
	negative, digits, exponent, ok := splitDecimal(s)
	if !ok {
		return 0, fmt.Errorf("%w: %q", ErrAmount, s)
	}
	exponent += 2 // main units to minor units
	for ; exponent < 0; exponent++ {
		if digits == "" {
			break // 0.00000 is zero, however many places it has
		}
		if digits[len(digits)-1] != '0' {
			return 0, fmt.Errorf("%w: %q has more than two decimals", ErrAmount, s)
		}
		digits = digits[:len(digits)-1]
	}
	digits = strings.TrimLeft(digits, "0")
	if digits == "" {
		return 0, nil
	}
	if exponent > 0 {
		if len(digits)+exponent > 19 {
			return 0, fmt.Errorf("%w: %q is out of range", ErrAmount, s)
		}
		digits += strings.Repeat("0", exponent)
	}
	u, err := strconv.ParseUint(digits, 10, 64)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%w: %q is out of range", ErrAmount, s)
	case negative && u <= -math.MinInt64:
		return Amount(-u), nil // two's complement: right for MinInt64 too
	case negative || u > math.MaxInt64:
		return 0, fmt.Errorf("%w: %q is out of range", ErrAmount, s)
	}
	return Amount(u), nil
}

// splitDecimal splits a JSON number so that its value is ±digits × 10^exponent.
func splitDecimal(s string) (negative bool, digits string, exponent int, ok bool) {
	s, negative = strings.CutPrefix(s, "-")
	mantissa, exp := s, ""
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exp = s[:i], s[i+1:]
		sign := 1
		if rest, cut := strings.CutPrefix(exp, "-"); cut {
			exp, sign = rest, -1
		} else {
			exp = strings.TrimPrefix(exp, "+")
		}
		if !allDigits(exp) || len(exp) > 3 {
			return false, "", 0, false
		}
		n, _ := strconv.Atoi(exp) // at most three digits: cannot fail
		exponent = sign * n
	}
	whole, fraction, dotted := strings.Cut(mantissa, ".")
	if !allDigits(whole) || dotted && !allDigits(fraction) || len(whole) > 1 && whole[0] == '0' {
		return false, "", 0, false
	}
	return negative, whole + fraction, exponent - len(fraction), true
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// String returns main units with exactly two decimals: "12.50".
func (a Amount) String() string {
	return string(a.appendText(nil, false))
}

// MarshalJSON writes a JSON number in main units with as few digits as possible: 12, 12.5, 12.05.
func (a Amount) MarshalJSON() ([]byte, error) {
	return a.appendText(nil, true), nil
}

func (a Amount) appendText(b []byte, minimal bool) []byte {
	u := uint64(a)
	if a < 0 {
		b = append(b, '-')
		u = -u // two's complement: right for MinInt64 too
	}
	b = strconv.AppendUint(b, u/100, 10)
	tens, ones := byte('0'+u/10%10), byte('0'+u%10)
	switch {
	case minimal && tens == '0' && ones == '0':
		return b
	case minimal && ones == '0':
		return append(b, '.', tens)
	}
	return append(b, '.', tens, ones)
}

// UnmarshalJSON reads a number or a string. null and the empty string, which
// the bank sends for "none", become 0.
func (a *Amount) UnmarshalJSON(b []byte) error {
	text, err := decimalText(b)
	if err != nil {
		return fmt.Errorf("%w: %.40s", ErrAmount, b)
	}
	if text == "" {
		*a = 0
		return nil
	}
	parsed, err := ParseAmount(text)
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}

// Decimal is a number exactly as the bank wrote it: a quantity ("2"), a percentage, or an
// informative sum of a receipt line or a discount. It may have any number of decimals, so
// that none of these makes a receipt unreadable. "" means that the bank sent none.
type Decimal string

// UnmarshalJSON reads a string, a number or null.
func (d *Decimal) UnmarshalJSON(b []byte) error {
	text, err := decimalText(b)
	if err != nil {
		return fmt.Errorf("bog: not a decimal: %.40s", b)
	}
	*d = Decimal(text)
	return nil
}

// MarshalJSON writes a JSON number, and null for the empty Decimal.
func (d Decimal) MarshalJSON() ([]byte, error) {
	if d == "" {
		return []byte("null"), nil
	}
	if _, _, _, ok := splitDecimal(string(d)); !ok {
		return nil, fmt.Errorf("bog: not a decimal: %.40q", string(d))
	}
	return []byte(d), nil
}

// Amount returns the number as an amount in minor units; "" is 0.
func (d Decimal) Amount() (Amount, error) {
	if d == "" {
		return 0, nil
	}
	return ParseAmount(string(d))
}

// Int64 returns a whole number: "2" and "2.0" are 2. It returns false for everything else.
func (d Decimal) Int64() (int64, bool) {
	a, err := ParseAmount(string(d))
	if err != nil || a%100 != 0 {
		return 0, false
	}
	return int64(a / 100), true
}

// jsonString reads a JSON string. One without escapes, as the bank sends them here, is read
// without encoding/json, which costs more.
func jsonString(b []byte) (string, error) {
	if len(b) >= 2 && b[0] == '"' && b[len(b)-1] == '"' {
		if s := b[1 : len(b)-1]; bytes.IndexByte(s, '\\') < 0 && utf8.Valid(s) {
			return string(s), nil
		}
	}
	var s string
	err := json.Unmarshal(b, &s)
	return s, err
}

// decimalText returns the text of a JSON number or string, and "" for null.
func decimalText(b []byte) (string, error) {
	switch {
	case len(b) == 0:
		return "", errors.New("empty")
	case string(b) == "null":
		return "", nil
	case b[0] == '"':
		return jsonString(b)
	case b[0] == '-' || b[0] >= '0' && b[0] <= '9':
		return string(b), nil
	}
	return "", errors.New("neither number nor string")
}
