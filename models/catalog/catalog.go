// Package catalog holds what the shop sells: products and categories, the lists and
// counts that shoppers see, the home page, and search.
//
// Triggers keep the counts, the stock state and the catalogue's version, so that they
// are right whoever writes to the tables. What search reads is written by this package
// alone: a text that another program changes is shown at once, but found by its new words
// only after its product is stored again or Reindex has run.
package catalog

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"dukani/models"
)

// Catalog is the catalogue in a shop's database.
type Catalog struct {
	store    *models.Store
	index    searchIndex
	cached   cardCache
	versions sharedReading
}

// New returns the catalogue in the store.
func New(store *models.Store) *Catalog {
	c := &Catalog{store: store, index: fts5{}, cached: cardCache{cards: map[cardKey]ProductCard{}}}
	if store.Postgres() {
		c.index = tsvectors{}
	}
	return c
}

// read returns the pool that reads. Its queries are bounded and finish by themselves.
func (c *Catalog) read(ctx context.Context) *gorm.DB {
	return c.store.Read(c.store.SmallRead(ctx))
}

// PageSize is how many product cards a page of a list holds.
const PageSize = 24

// maxPages bounds how deep a list can be paged: the database steps over
// everything that comes before a page.
const maxPages = 100

// maxCount is the highest number of products that is counted one by one.
const maxCount = 1000

// Count is a number of products.
type Count struct {
	N    int
	More bool // there are more than N: a page says "1000+"
}

// countOf returns the Count of n products of which at most maxCount+1 were counted.
func countOf(n int) Count { return Count{N: min(n, maxCount), More: n > maxCount} }

// pages returns how many pages of n products can be opened.
func (n Count) pages() int { return min((n.N+PageSize-1)/PageSize, maxPages) }

// Category is a part of the shop, in one language.
type Category struct {
	ID      int64
	Slug    string
	Name    string
	Text    string
	Picture string
	Tint    string
	Count   int // products sold now
}

const categoryQuery = `SELECT c.id, c.slug, t.name, t.text, c.picture, c.tint,
		(SELECT coalesce(sum(n), 0) FROM category_counts WHERE category_id = c.id) AS count
	FROM categories c JOIN category_texts t ON t.category_id = c.id AND t.lang = ?`

// Categories returns all categories in the order of the navigation.
func (c *Catalog) Categories(ctx context.Context, lang models.Lang) (list []Category, err error) {
	err = c.read(ctx).Raw(categoryQuery+" ORDER BY c.position, c.id", lang).Scan(&list).Error
	return list, err
}

func categoryBySlug(db *gorm.DB, lang models.Lang, slug string) (c Category, err error) {
	err = db.Raw(categoryQuery+" WHERE c.slug = ?", lang, slug).Take(&c).Error
	return c, notFound(err, models.CodeCategoryNotFound)
}

// notFound turns GORM's error for a missing row into a NotFound with message, and
// leaves every other error as it is.
func notFound(err error, code models.ErrorCode) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return &models.Error{Kind: models.NotFound, Code: code, Err: err}
	}
	return err
}
