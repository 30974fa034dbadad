package models

import (
	"slices"
	"strings"
)

// A phonetic key spells a text, in Georgian or Latin letters, the way it sounds to
// somebody typing Georgian on a Latin keyboard: letters that are commonly mixed up become
// one (კ, ქ and ყ: k; ხ and ჰ: h; თ and ტ: t …). Keys are stored, with products
// and with orders: after a change of how they are made both have to be indexed anew.

// latinLetters replaces the Georgian letters and drops ejective marks.
var latinLetters = strings.NewReplacer(
	"'", "", "’", "", "ʼ", "", "`", "",
	"ა", "a", "ბ", "b", "გ", "g", "დ", "d", "ე", "e", "ვ", "v", "ზ", "z", "თ", "t",
	"ი", "i", "კ", "k", "ლ", "l", "მ", "m", "ნ", "n", "ო", "o", "პ", "p", "ჟ", "z",
	"რ", "r", "ს", "s", "ტ", "t", "უ", "u", "ფ", "p", "ქ", "k", "ღ", "g", "ყ", "k",
	"შ", "sh", "ჩ", "ch", "ც", "ts", "ძ", "z", "წ", "ts", "ჭ", "ch", "ხ", "h", "ჯ", "j", "ჰ", "h",
)

// latinSpellings are ways to spell with Latin letters, applied one after the
// other, each to the whole text; C tells ch from c meanwhile.
var latinSpellings = [][2]string{
	{"tch", "ch"}, {"ch", "C"}, {"dzh", "j"}, {"dj", "j"}, {"dz", "z"}, {"zh", "z"}, {"kh", "h"}, {"gh", "g"},
	{"tz", "ts"}, {"c", "ts"}, {"w", "ts"}, {"x", "h"}, {"q", "k"}, {"y", "k"}, {"f", "p"}, {"C", "ch"},
}

// PhoneticKey returns the key of lower-case s.
func PhoneticKey(s string) string {
	s = latinLetters.Replace(s)
	for _, spelling := range latinSpellings {
		s = strings.ReplaceAll(s, spelling[0], spelling[1])
	}
	return s
}

// PhoneticKeys returns the keys that a lower-case word may stand for. A Latin c is ც to
// some and ჩ to others, w is წ or ვ; everything else has one reading.
func PhoneticKeys(word string) []string {
	cAsCh := strings.ReplaceAll(strings.ReplaceAll(word, "ch", "C"), "c", "ch")
	cAsCh = strings.ReplaceAll(cAsCh, "C", "ch")
	keys := make([]string, 0, 4)
	for _, reading := range []string{word, cAsCh, strings.ReplaceAll(word, "w", "v"), strings.ReplaceAll(cAsCh, "w", "v")} {
		if key := PhoneticKey(reading); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}
