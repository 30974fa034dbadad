package models

import (
	"context"
	"database/sql"
	"time"

	"gorm.io/gorm"
)

// PageSize is how many product cards a page of a list holds.
const PageSize = 24

// maxPages bounds how deep a list can be paged: the database steps over
// everything that comes before a page.
const maxPages = 100

// maxCount is the highest count that is counted product by product; beyond it a
// page says "1000+".
const maxCount = 1000

// Count is a number of products.
type Count struct {
	N    int
	More bool // there are more than N: "1000+"
}

// Category is a shelf of the shop in one language.
type Category struct {
	ID      int64
	Slug    string
	Name    string
	Text    string
	Picture string
	Tint    string
	Count   int // products sold now
}

// ProductCard is what a list shows of a product in one language. Cards of the
// same ID, language and Revision are equal.
type ProductCard struct {
	ID        int64
	Revision  int64
	Slug      string
	Name      string
	Producer  string
	Region    string // key
	Measure   string // ready to print
	Price     Tetri
	OldPrice  Tetri // struck out; 0: not reduced
	Available int   // units to be had, counted up to LowStock+1
	Picture   string
	Alt       string
	Tint      string
	Adult     bool
	Created   time.Time
}

// Stock returns what to tell a shopper about the stock of the product.
func (c ProductCard) Stock() StockState { return stockState(c.Available) }

const (
	categoryColumns = "SELECT c.id, c.slug, t.name, t.text, c.picture, c.tint, "
	categoryCount   = "(SELECT coalesce(sum(n), 0) FROM category_counts WHERE category_id = c.id)"
	categoryTables  = " FROM categories c JOIN category_texts t ON t.category_id = c.id AND t.lang = ?"
)

// Categories returns all categories in the order of the navigation.
func (s *Store) Categories(ctx context.Context, lang Lang) ([]Category, error) {
	rows, err := s.read.WithContext(ctx).Raw(categoryColumns+categoryCount+categoryTables+" ORDER BY c.position, c.id", lang).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var categories []Category
	for rows.Next() {
		c, err := scanCategory(rows)
		if err != nil {
			return nil, err
		}
		categories = append(categories, c)
	}
	return categories, rows.Err()
}

// CategoryBySlug returns one category, or NotFound.
func (s *Store) CategoryBySlug(ctx context.Context, lang Lang, slug string) (Category, error) {
	return categoryBySlug(s.read.WithContext(ctx), lang, slug)
}

func categoryBySlug(db *gorm.DB, lang Lang, slug string) (Category, error) {
	c, err := scanCategory(db.Raw(categoryColumns+categoryCount+categoryTables+" WHERE c.slug = ?", lang, slug).Row())
	return c, notFound(err, "category.not_found")
}

func scanCategory(row interface{ Scan(...any) error }) (c Category, err error) {
	err = row.Scan(&c.ID, &c.Slug, &c.Name, &c.Text, &c.Picture, &c.Tint, &c.Count)
	return c, err
}

// cards returns the cards of the given products in the given order; products
// that have no text in lang are left out.
func cards(db *gorm.DB, lang Lang, ids []int64) ([]ProductCard, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := db.Raw(`
		SELECT p.id, p.revision, p.slug, t.name, t.producer, p.region, t.measure, p.price_tetri,
		       coalesce(p.old_price_tetri, 0), p.shelf, coalesce(g.name, ''), coalesce(iif(t.lang = 'ka', g.alt_ka, g.alt_en), ''),
		       p.tint, p.adult, p.created_at
		FROM products p
		JOIN product_texts t ON t.product_id = p.id AND t.lang = ?
		LEFT JOIN product_pictures g ON g.product_id = p.id AND g.position = 0
		WHERE p.id IN (?)`, lang, ids).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make(map[int64]ProductCard, len(ids))
	for rows.Next() {
		c, err := scanCard(rows)
		if err != nil {
			return nil, err
		}
		found[c.ID] = c
	}
	list := make([]ProductCard, 0, len(found))
	for _, id := range ids {
		if c, ok := found[id]; ok {
			list = append(list, c)
		}
	}
	return list, rows.Err()
}

func scanCard(rows *sql.Rows) (c ProductCard, err error) {
	err = rows.Scan(&c.ID, &c.Revision, &c.Slug, &c.Name, &c.Producer, &c.Region, &c.Measure, &c.Price,
		&c.OldPrice, &c.Available, &c.Picture, &c.Alt, &c.Tint, &c.Adult, &c.Created)
	return c, err
}

// cardsOf returns the cards of the products whose ids query yields, in its order.
func cardsOf(db *gorm.DB, lang Lang, query string, args ...any) ([]ProductCard, error) {
	var ids []int64
	if err := db.Raw(query, args...).Scan(&ids).Error; err != nil {
		return nil, err
	}
	return cards(db, lang, ids)
}
