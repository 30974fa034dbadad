package models

import (
	"context"

	"gorm.io/gorm"
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

// Filter says which products of a category are wanted.
type Filter struct {
	Category string // slug
	Sort     Sort   // empty or SortRelevance: SortPopular
	Min, Max Tetri  // price range, both inclusive; 0: no bound
	InStock  bool   // only what can be had now
	OnSale   bool   // only what is reduced
	Region   string // key; empty: all
	Page     int    // from 1; less counts as 1
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

	Lowest, Highest Tetri // prices in the whole category; 0 when it is empty
}

// RegionCount is one value of the region facet.
type RegionCount struct {
	Key   string
	Name  string
	Count Count
}

// CategoryPage returns the page of the filter's category that the filter asks
// for, or NotFound when there is no such category. A page number beyond the last
// is no error: Cards is empty and Pages says what there is.
func (s *Store) CategoryPage(ctx context.Context, lang Lang, f Filter) (*CategoryPage, error) {
	db := s.read.WithContext(ctx)
	category, err := scanCategory(db.Raw(categoryColumns+"0"+categoryTables+" WHERE c.slug = ?", lang, f.Category).Row())
	if err != nil {
		return nil, notFound(err, "category.not_found")
	}
	page := &CategoryPage{Category: category, Page: max(f.Page, 1)}
	l := listing{Filter: f, categoryID: category.ID}
	if err := l.priceBounds(db, page); err != nil {
		return nil, err
	}
	if f.Max > 0 && f.Max < f.Min {
		l.Min, l.Max = f.Max, f.Min // typed the wrong way round
	}
	if err := l.count(db, lang, page); err != nil {
		return nil, err
	}
	page.Pages = pages(page.Total)
	if page.Page > page.Pages {
		return page, nil
	}
	ids, err := l.ids(db, page)
	if err != nil {
		return nil, err
	}
	page.Cards, err = cards(db, lang, ids)
	return page, err
}

// pages returns how many pages of n products can be opened.
func pages(n Count) int { return min((n.N+PageSize-1)/PageSize, maxPages) }

// listing builds the queries for a filter within one category.
type listing struct {
	Filter
	categoryID int64
}

// order names the products' column that the sort goes by, and the direction.
func (s Sort) order() (index, column, direction string) {
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

// from returns FROM and WHERE for the filter. The index is named because SQLite,
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
	return " FROM products INDEXED BY " + family + index + " WHERE " + where, args
}

// ids returns the products on the page.
func (l listing) ids(db *gorm.DB, page *CategoryPage) (ids []int64, err error) {
	offset := (page.Page - 1) * PageSize
	limit := min(PageSize, page.Total.N-offset)
	if page.Total.More {
		limit = PageSize
	}
	query, args := l.query(l.byPrice() && !page.Total.More, limit, offset)
	err = db.Raw(query, args...).Scan(&ids).Error
	return ids, err
}

// query selects some products in the order asked for. When they are few within a
// price range, reading all of them by price and sorting beats looking for them
// along the order's index.
func (l listing) query(few bool, limit, offset int) (string, []any) {
	index, column, direction := l.Sort.order()
	if few {
		index = "price"
	}
	from, args := l.from(index)
	return "SELECT id" + from + " ORDER BY " + column + " " + direction + ", id " + direction + " LIMIT ? OFFSET ?",
		append(args, limit, offset)
}

func (l listing) byPrice() bool { return l.Min > 0 || l.Max > 0 }

// count fills in the counts of the page.
func (l listing) count(db *gorm.DB, lang Lang, page *CategoryPage) error {
	regions, err := l.regionCounts(db, lang)
	if err != nil {
		return err
	}
	for _, r := range regions {
		page.Category.Count += r.all
		page.Regions = append(page.Regions, RegionCount{Key: r.key, Name: r.name, Count: Count{N: r.fit}})
		if l.Region == "" || l.Region == r.key {
			page.Total.N += r.fit
			page.InStock.N += r.inStock
			page.OnSale.N += r.onSale
		}
	}
	if !l.byPrice() {
		return nil
	}
	inStock, onSale := l, l
	inStock.InStock, onSale.OnSale = true, true
	for _, c := range []struct {
		of listing
		to *Count
	}{{l, &page.Total}, {inStock, &page.InStock}, {onSale, &page.OnSale}} {
		if *c.to, err = c.of.countByPrice(db); err != nil {
			return err
		}
	}
	for i := range page.Regions {
		region := l
		region.Region = page.Regions[i].Key
		if page.Regions[i].Count, err = region.countByPrice(db); err != nil {
			return err
		}
	}
	return nil
}

// regionCount is what category_counts knows of one region, prices aside: all
// products, those that fit the filter, and those that would with one more facet.
type regionCount struct {
	key, name                 string
	all, fit, inStock, onSale int
}

func (l listing) regionCounts(db *gorm.DB, lang Lang) ([]regionCount, error) {
	rows, err := db.Raw(`SELECT c.region, coalesce(iif(? = 'ka', r.name_ka, r.name_en), c.region), sum(c.n),
			coalesce(sum(c.n) FILTER (WHERE c.in_stock >= ? AND c.on_sale >= ?), 0),
			coalesce(sum(c.n) FILTER (WHERE c.in_stock AND c.on_sale >= ?), 0),
			coalesce(sum(c.n) FILTER (WHERE c.in_stock >= ? AND c.on_sale), 0)
		FROM category_counts c LEFT JOIN regions r ON r.key = c.region
		WHERE c.category_id = ? GROUP BY c.region HAVING sum(c.n) > 0 ORDER BY r.position, c.region`,
		lang, l.InStock, l.OnSale, l.OnSale, l.InStock, l.categoryID).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var counts []regionCount
	for rows.Next() {
		var c regionCount
		if err := rows.Scan(&c.key, &c.name, &c.all, &c.fit, &c.inStock, &c.onSale); err != nil {
			return nil, err
		}
		counts = append(counts, c)
	}
	return counts, rows.Err()
}

// countByPrice counts products one by one, because the counters know no prices.
func (l listing) countByPrice(db *gorm.DB) (n Count, err error) {
	from, args := l.from("price")
	err = db.Raw("SELECT count(*) FROM (SELECT 1"+from+" LIMIT ?)", append(args, maxCount+1)...).Row().Scan(&n.N)
	n.More = n.N > maxCount
	n.N = min(n.N, maxCount)
	return n, err
}

func (l listing) priceBounds(db *gorm.DB, page *CategoryPage) error {
	const ends = `SELECT coalesce((SELECT price_tetri FROM products INDEXED BY products_price
		WHERE category_id = ? AND active = 1 ORDER BY price_tetri LIMIT 1), 0), coalesce((SELECT price_tetri
		FROM products INDEXED BY products_price WHERE category_id = ? AND active = 1 ORDER BY price_tetri DESC LIMIT 1), 0)`
	return db.Raw(ends, l.categoryID, l.categoryID).Row().Scan(&page.Lowest, &page.Highest)
}
