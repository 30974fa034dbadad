package catalog

import (
	"slices"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"

	"dukani/models"
)

// categoriesNamed returns the categories whose name has all the words: a shopper who
// types "cheese" wants cheeses before what goes with them.
func categoriesNamed(db *gorm.DB, words searchWords) (ids []int64, err error) {
	var categories []struct {
		ID   int64
		Name string // in both languages
	}
	if err := db.Raw(`SELECT c.id, string_agg(t.name, ' ') AS name FROM categories c
		JOIN category_texts t ON t.category_id = c.id GROUP BY c.id, c.position ORDER BY c.position`).Scan(&categories).Error; err != nil {
		return nil, err
	}
	for _, c := range categories {
		var keys []string
		for _, word := range splitWords(c.Name) {
			keys = append(keys, models.PhoneticKey(word))
		}
		if !slices.ContainsFunc(words, func(w searchWord) bool { return !w.begins(keys) }) {
			ids = append(ids, c.ID)
		}
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
