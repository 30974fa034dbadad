package catalog

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"dukani/models"
)

// searchText is what a product is found by, in both languages together. The keys are the
// phonetic keys of the Georgian texts.
type searchText struct {
	name, nameKey string
	all, allKey   string // the name and everything else
}

// indexedText is one language's texts of a product. Its category and region are words by
// which it is looked for, too.
type indexedText struct {
	ID                                     int64
	Slug                                   string
	Active                                 bool
	Lang                                   models.Lang
	Name, Producer, Category, Region, Text string
	Attributes                             []Attribute `gorm:"serializer:json"`
}

// add adds the texts of one more language.
func (t *searchText) add(row indexedText) {
	words := []string{row.Name, row.Producer, row.Category, row.Region, row.Text}
	for _, a := range row.Attributes {
		words = append(words, a.Key, a.Value)
	}
	all := strings.Join(words, " ")
	t.name, t.all = t.name+row.Name+" ", t.all+all+" "
	if row.Lang == models.Ka {
		t.nameKey, t.allKey = models.PhoneticKey(strings.ToLower(row.Name)), models.PhoneticKey(strings.ToLower(all))
	}
}

// indexedTexts selects the texts of some products.
const indexedTexts = `SELECT p.id, p.slug, p.active, t.lang, t.name, t.producer, coalesce(c.name, '') AS category,
		coalesce(CASE WHEN t.lang = 'ka' THEN r.name_ka ELSE r.name_en END, '') AS region, t.text, t.attributes
	FROM products p JOIN product_texts t ON t.product_id = p.id
	LEFT JOIN category_texts c ON c.category_id = p.category_id AND c.lang = t.lang
	LEFT JOIN regions r ON r.key = p.region
	WHERE p.id IN ? ORDER BY p.id, t.lang`

// indexProducts brings up to date what search reads of the products. Those that are not
// sold are not found.
func (c *Catalog) indexProducts(tx *gorm.DB, ids ...int64) error {
	for ids := range slices.Chunk(ids, indexedAtOnce) {
		var rows []indexedText
		if err := tx.Raw(indexedTexts, ids).Scan(&rows).Error; err != nil {
			return err
		}
		for len(rows) > 0 {
			product := rows[0]
			var text searchText
			for len(rows) > 0 && rows[0].ID == product.ID {
				text.add(rows[0])
				rows = rows[1:]
			}
			if err := c.index.remove(tx, product.ID); err != nil {
				return err
			}
			if err := c.index.putTitle(tx, product.ID, product.Slug+" "+text.name); err != nil {
				return err
			}
			if !product.Active {
				continue
			}
			if err := c.index.put(tx, product.ID, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// indexedAtOnce is how many products' texts are in memory together.
const indexedAtOnce = 500

// indexProductsOf is indexProducts for those of a category or a region.
func (c *Catalog) indexProductsOf(tx *gorm.DB, column string, value any) error {
	var ids []int64
	if err := tx.Raw("SELECT id FROM products WHERE "+column+" = ? ORDER BY id", value).Scan(&ids).Error; err != nil {
		return err
	}
	return c.indexProducts(tx, ids...)
}

// Reindex brings up to date what search reads of all products, a few hundred in a
// transaction. It is needed after another program changed texts.
func (c *Catalog) Reindex(ctx context.Context) error {
	for after := int64(0); ; {
		var ids []int64
		if err := c.read(ctx).Raw("SELECT id FROM products WHERE id > ? ORDER BY id LIMIT ?", after, indexedAtOnce).Scan(&ids).Error; err != nil {
			return err
		}
		if len(ids) == 0 {
			return c.CompactSearch(ctx)
		}
		after = ids[len(ids)-1]
		if err := c.store.Write(ctx, func(tx *gorm.DB) error { return c.indexProducts(tx, ids...) }); err != nil {
			return err
		}
	}
}

// Index is Reindex as a part of tx, for a shop that nobody visits yet.
func (c *Catalog) Index(tx *gorm.DB) error {
	var ids []int64
	if err := tx.Raw("SELECT id FROM products ORDER BY id").Scan(&ids).Error; err != nil {
		return err
	}
	return c.indexProducts(tx, ids...)
}

// CompactSearch makes searching fast again after many products were added. Pages that
// were made from an earlier index are not shown any more.
func (c *Catalog) CompactSearch(ctx context.Context) error {
	return c.store.Write(ctx, func(tx *gorm.DB) error {
		if err := c.index.compact(tx); err != nil {
			return err
		}
		return tx.Exec("UPDATE catalog_version SET version = version + 1").Error
	})
}
