package models

import (
	"slices"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"
)

// categories returns those whose name has all the words: who types "cheese" wants
// cheeses before what goes with them.
func (q searchQuery) categories(db *gorm.DB) (ids []int64, err error) {
	rows, err := db.Raw(`SELECT c.id, group_concat(t.name, ' ') FROM categories c
		JOIN category_texts t ON t.category_id = c.id GROUP BY c.id ORDER BY c.position`).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, err
		}
		var keys []string
		for _, word := range splitWords(name) {
			keys = append(keys, sound(word))
		}
		if !slices.ContainsFunc(q, func(w searchWord) bool { return !w.begins(keys) }) {
			ids = append(ids, id)
		}
	}
	return ids, rows.Err()
}

// begins reports whether w is the beginning of a word that sounds like one of keys.
func (w searchWord) begins(keys []string) bool {
	const enough = 3 // letters
	return utf8.RuneCountInString(w.written[0]) >= enough && slices.ContainsFunc(keys, func(key string) bool {
		return slices.ContainsFunc(w.keys, func(typed string) bool { return strings.HasPrefix(key, stemKey(typed)) })
	})
}
