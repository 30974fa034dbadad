package models

import (
	"slices"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"
)

// heardCategory is a category by the sounds of the words of its name.
type heardCategory struct {
	id   int64
	keys []string
}

// categories returns those whose name has all the words: who types "cheese" wants
// cheeses before what goes with them.
func (q searchQuery) categories(all []heardCategory) (ids []int64) {
	for _, c := range all {
		if !slices.ContainsFunc(q, func(w searchWord) bool { return !w.begins(c.keys) }) {
			ids = append(ids, c.id)
		}
	}
	return ids
}

// hearCategories reads the categories' names.
func hearCategories(db *gorm.DB) (all []heardCategory, err error) {
	rows, err := db.Raw(`SELECT c.id, group_concat(t.name, ' ') FROM categories c
		JOIN category_texts t ON t.category_id = c.id GROUP BY c.id ORDER BY c.position`).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c heardCategory
		var name string
		if err := rows.Scan(&c.id, &name); err != nil {
			return nil, err
		}
		for _, word := range splitWords(name) {
			c.keys = append(c.keys, sound(word))
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

// begins reports whether w is the beginning of a word that sounds like one of keys.
func (w searchWord) begins(keys []string) bool {
	const enough = 3 // letters
	return utf8.RuneCountInString(w.written[0]) >= enough && slices.ContainsFunc(keys, func(key string) bool {
		return slices.ContainsFunc(w.keys, func(typed string) bool { return strings.HasPrefix(key, stemKey(typed)) })
	})
}
