package catalog

import (
	"time"

	"gorm.io/gorm"

	"dukani/models"
)

// ProductCard is what a list shows of a product in one language. Cards of the
// same ID, language and Revision are equal.
type ProductCard struct {
	ID        int64
	Revision  int64
	Slug      string
	Name      string
	Producer  string
	Region    string       // key
	Measure   string       // ready to print
	Price     models.Tetri // now
	OldPrice  models.Tetri // struck out; 0: not reduced
	Available int          // units to be had, counted up to LowStock+1
	Picture   string
	Alt       string
	Tint      string
	Adult     bool
	Created   time.Time
}

// The columns of a card, and the tables they are in.
const (
	cardColumns = `p.id, p.revision, p.slug, t.name, t.producer, p.region, t.measure, p.price_tetri AS price,
		coalesce(p.old_price_tetri, 0) AS old_price, p.shelf AS available, coalesce(g.name, '') AS picture,
		coalesce(iif(t.lang = 'ka', g.alt_ka, g.alt_en), '') AS alt, p.tint, p.adult, p.created_at AS created`
	cardTables = ` FROM products p
		JOIN product_texts t ON t.product_id = p.id AND t.lang = ?
		LEFT JOIN product_pictures g ON g.product_id = p.id AND g.position = 0`
)

// cards returns the cards of the given products in the given order; products
// that have no text in lang are left out.
func cards(db *gorm.DB, lang models.Lang, ids []int64) ([]ProductCard, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var unordered []ProductCard
	if err := db.Raw("SELECT "+cardColumns+cardTables+" WHERE p.id IN (?)", lang, ids).Scan(&unordered).Error; err != nil {
		return nil, err
	}
	byID := make(map[int64]ProductCard, len(ids))
	for _, c := range unordered {
		byID[c.ID] = c
	}
	list := make([]ProductCard, 0, len(ids))
	for _, id := range ids {
		if c, ok := byID[id]; ok {
			list = append(list, c)
		}
	}
	return list, nil
}

// cardsOf returns the cards of the products whose ids query yields, in its order.
func cardsOf(db *gorm.DB, lang models.Lang, query string, args ...any) ([]ProductCard, error) {
	var ids []int64
	if err := db.Raw(query, args...).Scan(&ids).Error; err != nil {
		return nil, err
	}
	return cards(db, lang, ids)
}
