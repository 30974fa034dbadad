package models

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of what is searched for: the rest of a longer query is left out.
const (
	maxQueryRunes = 100
	maxQueryWords = 8
)

// searchQuery is what a visitor typed, word by word.
type searchQuery []searchWord

// searchWord is one word as it is written and as it may sound.
type searchWord struct {
	word    string   // in lower case
	written []string // more than one if there are apostrophes inside
	keys    []string
}

// parseQuery returns the words of s.
func parseQuery(s string) searchQuery {
	var q searchQuery
	for _, word := range splitWords(s) {
		q = append(q, searchWord{word: word, written: strings.FieldsFunc(word, apostrophe), keys: sounds(word)})
	}
	return q
}

// String returns the words, the same for queries that find the same.
func (q searchQuery) String() string {
	words := make([]string, len(q))
	for i, w := range q {
		words[i] = w.word
	}
	return strings.Join(words, " ")
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
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return !wordRune(r) && !apostrophe(r) }) {
		if strings.TrimFunc(word, apostrophe) != "" && len(words) < maxQueryWords {
			words = append(words, word)
		}
	}
	return words
}

// wordScripts are the letters that can be searched for: scripts that somebody
// may type in Georgia, without letters younger than FTS5's idea of Unicode (6.1),
// at which it would cut a word in two.
var wordScripts = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: '0', Hi: '9', Stride: 1}, {Lo: 'a', Hi: 'z', Stride: 1},
	{Lo: 0x00C0, Hi: 0x024F, Stride: 1}, // Latin with accents
	{Lo: 0x0386, Hi: 0x03CE, Stride: 1}, // Greek
	{Lo: 0x0400, Hi: 0x0527, Stride: 1}, // Cyrillic
	{Lo: 0x0561, Hi: 0x0587, Stride: 1}, // Armenian
	{Lo: 0x10D0, Hi: 0x10FA, Stride: 1}, // Georgian
}}

func wordRune(r rune) bool {
	return unicode.Is(wordScripts, r) && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// apostrophe reports whether r may mark an ejective within a word.
func apostrophe(r rune) bool { return strings.ContainsRune("'’ʼ`", r) }

// matchMode says how closely words must be met.
type matchMode int

const (
	wholeWords matchMode = iota
	beginnings           // a word may go on; Georgian words in other cases count
)

// match returns the FTS5 expression for the query. column is what the written
// words are looked for in; the sounds are looked for in the column key. Unless
// all, one word is enough.
func (q searchQuery) match(column string, mode matchMode, all bool) string {
	parts := make([]string, len(q))
	for i, w := range q {
		parts[i] = w.match(column, mode)
	}
	if all {
		return strings.Join(parts, " AND ")
	}
	return strings.Join(parts, " OR ")
}

func (w searchWord) match(column string, mode matchMode) string {
	star := ""
	if mode == beginnings {
		star = " *"
	}
	var b strings.Builder
	for i, part := range w.written {
		if mode == beginnings {
			part = stem(part, "ის", "ით", "ი", "ა")
		}
		b.WriteString([]string{"((", " AND "}[min(i, 1)] + "{" + column + "} : " + quote(part) + star)
	}
	b.WriteString(")")
	for _, key := range w.keys {
		if mode == beginnings {
			key = stemKey(key)
		}
		b.WriteString(" OR {key} : " + quote(key) + star)
	}
	b.WriteString(")")
	return b.String()
}

// quote makes a string of FTS5 out of s.
func quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

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

// stemKey is stem for sound keys.
func stemKey(key string) string { return stem(key, "is", "it", "i", "a") }
