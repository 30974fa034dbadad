package models

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// Each kind of text that people type or paste is tidied by one function, wherever it comes
// in: TidyLine, TidyNote, normalPhone and tidyPassword here, parseEmail in email.go. Stored
// text and text to look for then have the same form, so that they can simply be compared.

// TidyLine tidies text of one line: a name, a street, a label, words to search for.
// Full-width letters and spaces become ordinary ones, accents are composed, what
// cannot be seen goes, and runs of space and breaks are one space.
func TidyLine(s string) string {
	return strings.Join(strings.Fields(visible(width.Fold.String(strings.ToValidUTF8(s, "")))), " ")
}

// TidyNote tidies text of several lines as TidyLine does each of them. The breaks of
// lines stay, whichever way they are written; of several empty lines one is left.
func TidyNote(s string) string {
	lines := strings.Split(visible(strings.ToValidUTF8(s, "")), "\n")
	for i, line := range lines {
		lines[i] = strings.Join(strings.Fields(line), " ")
	}
	lines = slices.CompactFunc(lines, func(a, b string) bool { return a == "" && b == "" })
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// breaks are the ways to end a line that are not \n.
var breaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// visible takes out what cannot be seen: a telephone's address book adds marks of
// direction by itself; others make a label or a mail look like something it is not,
// or a name of nothing look filled in. Joiners and variation selectors stay where
// they do something: between letters of scripts that join, and in emoji.
func visible(s string) string {
	const zwnj, zwj, blank = '\u200c', '\u200d', '\u2800'
	in := []rune(breaks.Replace(s))
	out := make([]rune, 0, len(in))
	last := ' ' // rune that was kept
	for i, r := range in {
		switch {
		case r == '\n':
		case r == '\t', r == blank, r == '\U00013441', r == '\U00013442': // Braille without a dot, hieroglyphs of nothing
			r = ' '
		case r == zwnj, r == zwj:
			if i+1 == len(in) || !joins(last) || !joins(in[i+1]) {
				continue
			}
		case unicode.Is(unicode.Variation_Selector, r):
			if !unicode.In(last, unicode.S, unicode.Han, unicode.Mongolian) {
				continue
			}
		case hidden(r):
			continue
		}
		out = append(out, r)
		last = r
	}
	return norm.NFC.String(string(out))
}

// hidden reports whether r has no shape of its own: control and format characters,
// and what Unicode calls default ignorable, the Hangul fillers among them, which
// count as letters.
func hidden(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector,
		unicode.Noncharacter_Code_Point)
}

// joins reports whether a joiner beside r can do anything.
func joins(r rune) bool {
	const zwnj, zwj = '\u200c', '\u200d'
	return r != zwnj && r != zwj && !unicode.IsSpace(r) && (!hidden(r) || unicode.Is(unicode.Variation_Selector, r)) &&
		!unicode.In(r, unicode.Latin, unicode.Georgian, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Nd)
}

// isWritten reports whether r is a letter or a digit; a name needs one. A mark that only
// lengthens or changes the letter beside it does not count.
func isWritten(r rune) bool {
	return unicode.IsLetter(r) && !unicode.Is(unicode.Lm, r) || unicode.IsDigit(r)
}

// tidyPassword is the form in which passwords are hashed and checked: that of
// RFC 8265, so that a password typed on another keyboard or system is the same one.
// What the RFC forbids, as joined emoji, is only composed.
func tidyPassword(s string) string {
	if tidy, err := precis.OpaqueString.String(s); err == nil {
		return tidy
	}
	return norm.NFC.String(s)
}

// normalPhone writes a telephone number as + and digits, whichever digits were
// typed. Numbers without a country are Georgian: nine digits, a leading 0 or 995
// tolerated.
func normalPhone(s string) (string, bool) {
	digits := strings.Map(func(r rune) rune {
		switch {
		case unicode.In(r, unicode.Zs, unicode.Pd), strings.ContainsRune("().", r):
			return -1
		case unicode.Is(unicode.Nd, r):
			return asciiDigit(r)
		}
		return r
	}, norm.NFKC.String(TidyLine(s)))
	digits, abroad := strings.CutPrefix(digits, "+")
	if !abroad {
		digits, abroad = strings.CutPrefix(digits, "00")
	}
	if strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	if !abroad {
		digits = strings.TrimPrefix(digits, "0")
		if len(digits) == 9 {
			digits = "995" + digits
		}
		if len(digits) != 12 || !strings.HasPrefix(digits, "995") {
			return "", false
		}
	}
	if strings.HasPrefix(digits, "0") || strings.HasPrefix(digits, "995") && (len(digits) != 12 || !strings.ContainsAny(digits[3:4], "34578")) {
		return "", false
	}
	return "+" + digits, len(digits) >= 8 && len(digits) <= 15
}

// asciiDigit is the digit that r is in its own script. Each script's ten stand in
// order, so the place within the range of the table tells.
func asciiDigit(r rune) rune {
	for _, of := range unicode.Nd.R16 {
		if rune(of.Lo) <= r && r <= rune(of.Hi) {
			return '0' + (r-rune(of.Lo))%10
		}
	}
	for _, of := range unicode.Nd.R32 {
		if rune(of.Lo) <= r && r <= rune(of.Hi) {
			return '0' + (r-rune(of.Lo))%10
		}
	}
	return r
}

// CellText returns text as it is written into a cell of a table for spreadsheets, which must not
// take it for a formula: a customer may give their name as =HYPERLINK(…).
func CellText(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n", rune(text[0])) {
		return "'" + text
	}
	return text
}
