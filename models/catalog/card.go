package catalog

import (
	"sync"
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
		coalesce(CASE WHEN t.lang = 'ka' THEN g.alt_ka ELSE g.alt_en END, '') AS alt, p.tint, p.adult, p.created_at AS created`
	cardTables = ` FROM products p
		JOIN product_texts t ON t.product_id = p.id AND t.lang = ?
		LEFT JOIN product_pictures g ON g.product_id = p.id AND g.position = 0`
)

// cardCache has the cards that were read before: reading 24 takes half of the time of a
// category page or a search that nobody has asked for. A change of a product gives it
// another revision, so no card is shown any longer than it is right.
type cardCache struct {
	mu    sync.Mutex
	cards map[cardKey]ProductCard
}

type cardKey struct {
	ID, Revision int64
	Lang         models.Lang
}

// maxCachedCards is some 6 MB of them.
const maxCachedCards = 12_000

// missing takes the cards that are there into found, and returns the ids of the others.
func (c *cardCache) missing(keys []cardKey, found map[int64]ProductCard) (ids []int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range keys {
		if card, ok := c.cards[key]; ok {
			found[key.ID] = card
		} else {
			ids = append(ids, key.ID)
		}
	}
	return ids
}

func (c *cardCache) put(lang models.Lang, cards []ProductCard) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.cards) > maxCachedCards {
		clear(c.cards)
	}
	for _, card := range cards {
		c.cards[cardKey{card.ID, card.Revision, lang}] = card
	}
}

// cards returns the cards of the given products in the given order; products
// that have no text in lang are left out.
func (c *Catalog) cards(db *gorm.DB, lang models.Lang, ids []int64) ([]ProductCard, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var keys []cardKey
	if err := db.Raw("SELECT id, revision, ? AS lang FROM products WHERE id IN (?)", lang, ids).Scan(&keys).Error; err != nil {
		return nil, err
	}
	found := make(map[int64]ProductCard, len(ids))
	if missing := c.cached.missing(keys, found); len(missing) > 0 {
		var read []ProductCard
		if err := db.Raw("SELECT "+cardColumns+cardTables+" WHERE p.id IN (?)", lang, missing).Scan(&read).Error; err != nil {
			return nil, err
		}
		for _, card := range read {
			found[card.ID] = card
		}
		c.cached.put(lang, read)
	}
	list := make([]ProductCard, 0, len(ids))
	for _, id := range ids {
		if card, ok := found[id]; ok {
			list = append(list, card)
		}
	}
	return list, nil
}

// cardsOf returns the cards of the products whose ids query yields, in its order.
func (c *Catalog) cardsOf(db *gorm.DB, lang models.Lang, query string, args ...any) ([]ProductCard, error) {
	var ids []int64
	if err := db.Raw(query, args...).Scan(&ids).Error; err != nil {
		return nil, err
	}
	return c.cards(db, lang, ids)
}
