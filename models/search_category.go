package models

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"
)

// categories returns those whose name has all the words: who types "cheese" wants
// cheeses before what goes with them.
func (q searchQuery) categories(db *gorm.DB) (ids []int64, err error) {
	var list string // read as one value, as in idList
	err = query(db, []any{&list}, `SELECT coalesce(group_concat(id || ' ' || names, char(10)), '') FROM (
		SELECT c.id, group_concat(replace(t.name, char(10), ' '), ' ') AS names FROM categories c
		JOIN category_texts t ON t.category_id = c.id GROUP BY c.id ORDER BY c.position)`)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(list) {
		number, name, _ := strings.Cut(line, " ")
		var keys []string
		for _, word := range splitWords(name) {
			keys = append(keys, sound(word))
		}
		if slices.ContainsFunc(q, func(w searchWord) bool { return !w.begins(keys) }) {
			continue
		}
		id, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// begins reports whether w is the beginning of a word that sounds like one of keys.
func (w searchWord) begins(keys []string) bool {
	const enough = 3 // letters
	return utf8.RuneCountInString(w.written[0]) >= enough && slices.ContainsFunc(keys, func(key string) bool {
		return slices.ContainsFunc(w.keys, func(typed string) bool { return strings.HasPrefix(key, stemKey(typed)) })
	})
}
