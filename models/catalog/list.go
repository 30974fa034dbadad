package catalog

import (
	"context"

	"gorm.io/gorm"

	"dukani/models"
)

// Sort is an order of products.
type Sort string

// The orders a list can have; SortRelevance is for search only.
const (
	SortPopular   Sort = "popular"
	SortNew       Sort = "new"
	SortPriceAsc  Sort = "price_asc"
	SortPriceDesc Sort = "price_desc"
	SortRelevance Sort = "relevance"
)

// ParseSort returns the order that s names, or byDefault if it names none.
func ParseSort(s string, byDefault Sort) Sort {
	switch sort := Sort(s); sort {
	case SortPopular, SortNew, SortPriceAsc, SortPriceDesc:
		return sort
	}
	return byDefault
}

// orderBy returns the column of products that the sort goes by, with its direction, and
// how the indexes for it are called.
func (s Sort) orderBy() (index, column, direction string) {
	switch s {
	case SortNew:
		return "new", "created_at", "DESC"
	case SortPriceAsc:
		return "price", "price_tetri", "ASC"
	case SortPriceDesc:
		return "price", "price_tetri", "DESC"
	}
	return "popular", "rank", "DESC"
}

// Filter says which products of a category are wanted.
type Filter struct {
	Category string       // slug
	Sort     Sort         // empty or SortRelevance: SortPopular
	Min, Max models.Tetri // price range, both inclusive; 0: no bound
	InStock  bool         // only what can be had now
	OnSale   bool         // only what is reduced
	Region   string       // key; empty: all
	Page     int          // from 1; less counts as 1
}

// CategoryPage is one page of a category with what there is to filter by.
type CategoryPage struct {
	Category Category
	Cards    []ProductCard // empty when Page is beyond Pages, or nothing fits
	Total    Count         // products that fit the filter
	Page     int
	Pages    int // pages that can be opened, at most 100; 0 when nothing fits

	// What each facet would leave, the rest of the filter unchanged.
	InStock Count
	OnSale  Count
	Regions []RegionCount

	Lowest, Highest models.Tetri // prices in the whole category; 0 when it is empty
}

// CategoryPage returns the page of the filter's category that the filter asks
// for, or NotFound when there is no such category. A page number beyond the last
// is no error: Cards is empty and Pages says what there is.
func (c *Catalog) CategoryPage(ctx context.Context, lang models.Lang, f Filter) (*CategoryPage, error) {
	db := c.read(ctx)
	category, err := categoryBySlug(db, lang, f.Category)
	if err != nil {
		return nil, err
	}
	page := &CategoryPage{Category: category, Page: max(f.Page, 1)}
	l := listing{Filter: f, categoryID: category.ID, using: c.store.Using}
	if err := l.priceBounds(db, page); err != nil {
		return nil, err
	}
	if f.Max > 0 && f.Max < f.Min {
		l.Min, l.Max = f.Max, f.Min // typed the wrong way round
	}
	if err := l.count(db, lang, page); err != nil {
		return nil, err
	}
	page.Pages = page.Total.pages()
	if page.Page > page.Pages {
		return page, nil
	}
	query, args := l.pageQuery(page.Total, page.Page)
	page.Cards, err = c.cardsOf(db, lang, query, args...)
	return page, err
}

// listing builds the queries for a filter within one category.
type listing struct {
	Filter
	categoryID int64
	using      func(index string) string // see models.Store.Using
}

// from returns the table and WHERE for the filter. The index is named because SQLite,
// which keeps no statistics here, could not tell a rare region from a common one.
func (l listing) from(index string) (string, []any) {
	family, where, args := "products_", "category_id = ? AND active = 1", []any{l.categoryID}
	if l.Region != "" {
		family, where, args = "products_region_", where+" AND region = ?", append(args, l.Region)
	}
	if l.OnSale {
		where += " AND old_price_tetri IS NOT NULL"
		family = "products_sale_"
	}
	if l.InStock {
		where += " AND in_stock = 1"
	}
	if l.Min > 0 {
		where, args = where+" AND price_tetri >= ?", append(args, l.Min)
	}
	if l.Max > 0 {
		where, args = where+" AND price_tetri <= ?", append(args, l.Max)
	}
	return "products" + l.using(family+index) + " WHERE " + where, args
}

// pageQuery selects the ids of a page out of total products in the order asked for.
// When they are few within a price range, reading all of them by price and sorting beats
// looking for them along the order's index.
func (l listing) pageQuery(total Count, page int) (string, []any) {
	index, column, direction := l.Sort.orderBy()
	offset := (page - 1) * PageSize
	limit := PageSize
	if !total.More {
		limit = min(limit, total.N-offset)
		if l.byPrice() {
			index = "price"
		}
	}
	from, args := l.from(index)
	return "SELECT id FROM " + from + " ORDER BY " + column + " " + direction + ", id " + direction + " LIMIT ? OFFSET ?",
		append(args, limit, offset)
}

func (l listing) byPrice() bool { return l.Min > 0 || l.Max > 0 }

func (l listing) priceBounds(db *gorm.DB, page *CategoryPage) error {
	first := "(SELECT price_tetri FROM products" + l.using("products_price") + " WHERE category_id = ? AND active = 1 ORDER BY price_tetri"
	bounds := "SELECT coalesce(" + first + " LIMIT 1), 0), coalesce(" + first + " DESC LIMIT 1), 0)"
	return db.Raw(bounds, l.categoryID, l.categoryID).Row().Scan(&page.Lowest, &page.Highest)
}
