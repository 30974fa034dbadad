package models

import (
	"slices"
	"strings"
)

// A sound key is what a text, in Georgian or Latin letters, sounds like to somebody
// who types Georgian with a Latin keyboard: letters that are commonly mixed up
// become one (კ, ქ and ყ: k; ხ and ჰ: h; თ and ტ: t …). The view product_search
// makes the same keys with replace(), one call a step; keep the two alike.

// soundLetters replaces the Georgian letters and drops ejective marks.
var soundLetters = strings.NewReplacer(
	"'", "", "’", "", "ʼ", "", "`", "",
	"ა", "a", "ბ", "b", "გ", "g", "დ", "d", "ე", "e", "ვ", "v", "ზ", "z", "თ", "t",
	"ი", "i", "კ", "k", "ლ", "l", "მ", "m", "ნ", "n", "ო", "o", "პ", "p", "ჟ", "z",
	"რ", "r", "ს", "s", "ტ", "t", "უ", "u", "ფ", "p", "ქ", "k", "ღ", "g", "ყ", "k",
	"შ", "sh", "ჩ", "ch", "ც", "ts", "ძ", "z", "წ", "ts", "ჭ", "ch", "ხ", "h", "ჯ", "j", "ჰ", "h",
)

// soundSpellings are ways to spell with Latin letters, applied one after the
// other, each to the whole text; C keeps ch apart from c for a while.
var soundSpellings = [][2]string{
	{"tch", "ch"}, {"ch", "C"}, {"dzh", "j"}, {"dj", "j"}, {"dz", "z"}, {"zh", "z"}, {"kh", "h"}, {"gh", "g"},
	{"tz", "ts"}, {"c", "ts"}, {"w", "ts"}, {"x", "h"}, {"q", "k"}, {"y", "k"}, {"f", "p"}, {"C", "ch"},
}

// sound returns the sound key of lower-case s.
func sound(s string) string {
	s = soundLetters.Replace(s)
	for _, step := range soundSpellings {
		s = strings.ReplaceAll(s, step[0], step[1])
	}
	return s
}

// sounds returns the keys that lower-case word may stand for. A Latin c is ც to
// some and ჩ to others, w is წ or ვ; everything else has one reading.
func sounds(word string) []string {
	hard := strings.ReplaceAll(strings.ReplaceAll(word, "ch", "C"), "c", "ch")
	hard = strings.ReplaceAll(hard, "C", "ch")
	keys := make([]string, 0, 4)
	for _, reading := range []string{word, hard, strings.ReplaceAll(word, "w", "v"), strings.ReplaceAll(hard, "w", "v")} {
		if key := sound(reading); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}
