package models

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// ReadTetri reads an amount of lari as people type it and as the shop writes it in either
// language: "12", "12,5", "1 450,00 ₾", "1,450.00 GEL", with spaces of every kind. It
// reports whether it could.
func ReadTetri(s string) (Tetri, bool) {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '\u2800', r == '\'', r == '’': // these separate thousands; the first is the braille blank
			return ' '
		case unicode.Is(unicode.Cf, r): // invisible
			return -1
		}
		return unicode.ToLower(r)
	}, s)
	s = strings.TrimSpace(s)
	for _, currency := range currencies {
		s = strings.TrimSpace(strings.TrimPrefix(strings.TrimSuffix(s, currency), currency))
	}
	m := typedAmount.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	whole := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, m[1])
	n, err := strconv.ParseInt("0"+whole+(m[2] + "00")[:2], 10, 64)
	return Tetri(n), err == nil && len(whole) <= maxWhole && whole+m[2] != ""
}

// maxWhole is how many digits of whole lari are read.
const maxWhole = 7

// currencies are the names of the lari that people put before or behind an amount.
var currencies = []string{"₾", "gel", "lari", "ლარი", "ლარამდე", "ლარიდან", "ლ.", "ლ"}

// typedAmount is whole lari, in groups of three or not, and at most two digits of tetri
// behind a point or comma. A comma before three digits separates thousands, as the
// shop's English pages write them; a point does not.
var typedAmount = regexp.MustCompile(`^([0-9]*|[1-9][0-9]{0,2}(?: [0-9]{3})+|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:[.,]([0-9]{0,2}))?$`)
