package models

import (
	"context"
	"encoding/json"
	"time"

	"gorm.io/gorm"
)

// relatedCards is how many related products a product page shows.
const relatedCards = 4

// Product is everything a product page shows, in one language.
type Product struct {
	ProductCard
	Text       string
	RegionName string
	Category   Category
	Pictures   []Picture
	Attributes []Attribute
	Related    []ProductCard
	Lowest     Tetri // lowest price of the 30 days before the reduction; 0: not reduced, or unknown
}

// Picture is a picture of a product with its description for those who do not
// see it.
type Picture struct {
	Name string
	Alt  string
}

// Attribute is one line of a product's table of facts.
type Attribute struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Product returns the product with the given slug. NotFound comes in two kinds:
// of a product that is no longer sold, "product.withdrawn", the product is
// returned too, so that the page can name it and show its category and Related.
func (s *Store) Product(ctx context.Context, lang Lang, slug string) (*Product, error) {
	db := s.read.WithContext(ctx)
	p, categorySlug, active, err := loadProduct(db, lang, slug)
	if err != nil {
		return nil, notFound(err, "product.not_found")
	}
	if p.Category, err = categoryBySlug(db, lang, categorySlug); err != nil {
		return nil, err
	}
	if p.Related, err = related(db, lang, p); err != nil {
		return nil, err
	}
	if !active {
		return p, &Error{Kind: NotFound, Message: "product.withdrawn"}
	}
	if p.Pictures, err = pictures(db, lang, p.ID); err != nil {
		return nil, err
	}
	if p.OldPrice > 0 {
		p.Lowest, err = lowestBefore(db, p.ID)
	}
	return p, err
}

// ProductName returns what the product is called in lang, sold or not.
func (s *Store) ProductName(ctx context.Context, lang Lang, slug string) (name string, err error) {
	err = query(s.read.WithContext(ctx), []any{&name}, `SELECT t.name FROM products p
		JOIN product_texts t ON t.product_id = p.id AND t.lang = ? WHERE p.slug = ?`, lang, slug)
	return name, notFound(err, "product.not_found")
}

func loadProduct(db *gorm.DB, lang Lang, slug string) (p *Product, category string, active bool, err error) {
	p = &Product{}
	var attributes string
	err = db.Raw(`
		SELECT p.id, p.revision, p.slug, t.name, t.producer, p.region, t.measure, p.price_tetri,
		       coalesce(p.old_price_tetri, 0), p.shelf, coalesce(g.name, ''), coalesce(iif(t.lang = 'ka', g.alt_ka, g.alt_en), ''),
		       p.tint, p.adult, p.created_at,
		       t.text, t.attributes, coalesce(iif(t.lang = 'ka', r.name_ka, r.name_en), p.region), c.slug, p.active
		FROM products p
		JOIN categories c ON c.id = p.category_id
		JOIN product_texts t ON t.product_id = p.id AND t.lang = ?
		LEFT JOIN product_pictures g ON g.product_id = p.id AND g.position = 0
		LEFT JOIN regions r ON r.key = p.region
		WHERE p.slug = ?`, lang, slug).Row().Scan(&p.ID, &p.Revision, &p.Slug, &p.Name, &p.Producer, &p.Region, &p.Measure,
		&p.Price, &p.OldPrice, &p.Available, &p.Picture, &p.Alt, &p.Tint, &p.Adult, &p.Created,
		&p.Text, &attributes, &p.RegionName, &category, &active)
	if err != nil {
		return nil, "", false, err
	}
	return p, category, active, json.Unmarshal([]byte(attributes), &p.Attributes)
}

func pictures(db *gorm.DB, lang Lang, id int64) (list []Picture, err error) {
	err = db.Raw(`SELECT name, iif(? = 'ka', alt_ka, alt_en) AS alt FROM product_pictures
		WHERE product_id = ? ORDER BY position`, lang, id).Scan(&list).Error
	return list, err
}

// related returns what can be bought of the same category, the product's own
// region first.
func related(db *gorm.DB, lang Lang, p *Product) ([]ProductCard, error) {
	return cardsOf(db, lang, `
		SELECT id FROM (
			SELECT id, 0 AS far, rank FROM (
				SELECT id, rank FROM products INDEXED BY products_region_popular
				WHERE category_id = ? AND region = ? AND active = 1 AND in_stock = 1 AND id <> ?
				ORDER BY rank DESC, id DESC LIMIT ?)
			UNION ALL
			SELECT id, 1, rank FROM (
				SELECT id, rank FROM products INDEXED BY products_popular
				WHERE category_id = ? AND active = 1 AND in_stock = 1 AND id <> ?
				ORDER BY rank DESC, id DESC LIMIT ?))
		GROUP BY id ORDER BY min(far), rank DESC, id DESC LIMIT ?`,
		p.Category.ID, p.Region, p.ID, relatedCards,
		p.Category.ID, p.ID, 2*relatedCards, relatedCards)
}

// reductionWindow is how far back the law wants the lowest price before a
// reduction looked for (Directive 98/6/EC, article 6a).
const reductionWindow = 30 * 24 * time.Hour

// lowestBefore returns the lowest price that held within the 30 days before the
// present price began, or 0 when no earlier price is known.
func lowestBefore(db *gorm.DB, id int64) (lowest Tetri, err error) {
	var history []struct {
		FromAt     time.Time
		PriceTetri Tetri
	}
	err = db.Raw("SELECT from_at, price_tetri FROM price_history WHERE product_id = ? ORDER BY from_at DESC LIMIT 200", id).
		Scan(&history).Error
	if err != nil || len(history) == 0 {
		return 0, err
	}
	start := history[0].FromAt.Add(-reductionWindow)
	for _, h := range history[1:] {
		if lowest == 0 || h.PriceTetri < lowest {
			lowest = h.PriceTetri
		}
		if !h.FromAt.After(start) {
			break // this price still held when the window began; those before it did not
		}
	}
	return lowest, nil
}
