package catalog

import "strings"

// match returns the FTS5 expression for the words, as they are written in the given
// column and as they sound in the column key. Unless all, one word is enough.
func (words searchWords) match(column string, mode matchMode, all bool) string {
	parts := make([]string, len(words))
	for i, w := range words {
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
	written := make([]string, len(w.written))
	for i, part := range w.written {
		if mode == beginnings {
			part = stem(part, "ის", "ით", "ი", "ა")
		}
		written[i] = "{" + column + "} : " + quote(part) + star
	}
	match := "((" + strings.Join(written, " AND ") + ")"
	for _, key := range w.keys {
		if mode == beginnings {
			key = stemKey(key)
		}
		match += " OR {key} : " + quote(key) + star
	}
	return match + ")"
}

// titleMatch returns the FTS5 expression for titles that have all the words, which may go on.
func (words searchWords) titleMatch() string {
	var parts []string
	for _, w := range words {
		for _, part := range w.written {
			parts = append(parts, quote(stem(part, "ის", "ით", "ი", "ა"))+" *")
		}
	}
	return strings.Join(parts, " AND ")
}

// quote makes a string of FTS5 out of s.
func quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
