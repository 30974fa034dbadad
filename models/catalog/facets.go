package catalog

import (
	"gorm.io/gorm"

	"dukani/models"
)

// RegionCount is one value of the region facet.
type RegionCount struct {
	Key   string
	Name  string
	Count Count
}

// count fills in the counts of the page.
func (l listing) count(db *gorm.DB, lang models.Lang, page *CategoryPage) error {
	regions, err := l.regionCounts(db, lang)
	if err != nil {
		return err
	}
	for _, r := range regions {
		page.Regions = append(page.Regions, RegionCount{Key: r.Key, Name: r.Name, Count: Count{N: r.Matching}})
		if l.Region == "" || l.Region == r.Key {
			page.Total.N += r.Matching
			page.InStock.N += r.InStock
			page.OnSale.N += r.OnSale
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
		if *c.to, err = c.of.countOneByOne(db); err != nil {
			return err
		}
	}
	for i := range page.Regions {
		region := l
		region.Region = page.Regions[i].Key
		if page.Regions[i].Count, err = region.countOneByOne(db); err != nil {
			return err
		}
	}
	return nil
}

// regionCounts is what category_counts knows of one region, prices aside: the products
// that match the filter, and those that would with one more facet.
type regionCounts struct {
	Key, Name                 string
	Matching, InStock, OnSale int
}

func (l listing) regionCounts(db *gorm.DB, lang models.Lang) (list []regionCounts, err error) {
	err = db.Raw(`SELECT c.region AS key, coalesce(CASE WHEN ? = 'ka' THEN r.name_ka ELSE r.name_en END, c.region) AS name,
			coalesce(sum(c.n) FILTER (WHERE c.in_stock >= ? AND c.on_sale >= ?), 0) AS matching,
			coalesce(sum(c.n) FILTER (WHERE c.in_stock = 1 AND c.on_sale >= ?), 0) AS in_stock,
			coalesce(sum(c.n) FILTER (WHERE c.in_stock >= ? AND c.on_sale = 1), 0) AS on_sale
		FROM category_counts c LEFT JOIN regions r ON r.key = c.region
		WHERE c.category_id = ? GROUP BY c.region, r.name_ka, r.name_en, r.position HAVING sum(c.n) > 0 ORDER BY r.position, c.region`,
		lang, l.InStock, l.OnSale, l.OnSale, l.InStock, l.categoryID).Scan(&list).Error
	return list, err
}

// countOneByOne counts products themselves, because category_counts knows no prices.
func (l listing) countOneByOne(db *gorm.DB) (Count, error) {
	from, args := l.from("price")
	return countUpTo(db, from, args...)
}
