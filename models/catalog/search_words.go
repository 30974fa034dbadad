package catalog

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"dukani/models"
)

// Bounds of what is searched for: the rest of a longer query is left out.
const (
	maxQueryRunes = 100
	maxQueryWords = 8
)

// searchWords are what a visitor typed, word by word.
type searchWords []searchWord

// searchWord is one word as it is written and as it may sound, in lower case.
type searchWord struct {
	written []string // more than one if there are apostrophes inside
	keys    []string // phonetic
}

// parseWords returns the words of s.
func parseWords(s string) searchWords {
	var words searchWords
	for _, word := range splitWords(s) {
		words = append(words, searchWord{written: strings.FieldsFunc(word, isApostrophe), keys: models.PhoneticKeys(word)})
	}
	return words
}

// splitWords returns the words of s in lower case. Nothing but letters, digits and
// apostrophes gets through, so that nothing a visitor types can mean something to
// FTS5.
func splitWords(s string) (words []string) {
	s = strings.ToLower(strings.ToValidUTF8(s, " ")) // brings Mtavruli to everyday letters, which FTS5 does not
	if utf8.RuneCountInString(s) > maxQueryRunes {
		s = string([]rune(s)[:maxQueryRunes])
	}
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1 // accents; the index has none
		}
		return r
	}, s)
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return !isWordRune(r) && !isApostrophe(r) }) {
		if strings.TrimFunc(word, isApostrophe) != "" && len(words) < maxQueryWords {
			words = append(words, word)
		}
	}
	return words
}

// wordScripts are the letters that can be searched for: scripts that somebody
// may type in Georgia, without letters younger than FTS5's idea of Unicode (6.1),
// at which it would split a word.
var wordScripts = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: '0', Hi: '9', Stride: 1}, {Lo: 'a', Hi: 'z', Stride: 1},
	{Lo: 0x00C0, Hi: 0x024F, Stride: 1}, // Latin with accents
	{Lo: 0x0386, Hi: 0x03CE, Stride: 1}, // Greek
	{Lo: 0x0400, Hi: 0x0527, Stride: 1}, // Cyrillic
	{Lo: 0x0561, Hi: 0x0587, Stride: 1}, // Armenian
	{Lo: 0x10D0, Hi: 0x10FA, Stride: 1}, // Georgian
}}

func isWordRune(r rune) bool {
	return unicode.Is(wordScripts, r) && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// isApostrophe reports whether r may mark an ejective within a word.
func isApostrophe(r rune) bool { return strings.ContainsRune("'’ʼ`", r) }

// stem takes the ending of a case off a Georgian word, if enough is left to tell
// it by: ჩურჩხელა is also wanted where ჩურჩხელის stands, and the other way round.
func stem(s string, endings ...string) string {
	const enough = 4 // letters
	for _, ending := range endings {
		if rest, ok := strings.CutSuffix(s, ending); ok && utf8.RuneCountInString(rest) >= enough {
			return rest
		}
	}
	return s
}

// stemKey is stem for phonetic keys.
func stemKey(key string) string { return stem(key, "is", "it", "i", "a") }
