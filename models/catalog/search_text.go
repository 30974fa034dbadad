package catalog

import (
	"context"
	"fmt"
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
		t.nameKey, t.allKey = phoneticKey(strings.ToLower(row.Name)), phoneticKey(strings.ToLower(all))
	}
}

// searchTextsQuery selects the texts of the products p for which a condition holds.
const searchTextsQuery = `SELECT p.id, p.active, t.lang, t.name, t.producer, coalesce(c.name, '') AS category,
		coalesce(iif(t.lang = 'ka', r.name_ka, r.name_en), '') AS region, t.text, t.attributes
	FROM products p JOIN product_texts t ON t.product_id = p.id
	LEFT JOIN category_texts c ON c.category_id = p.category_id AND c.lang = t.lang
	LEFT JOIN regions r ON r.key = p.region
	WHERE %s ORDER BY p.id, t.lang`

// indexProducts brings up to date what search reads of the products p for which a
// condition holds. Those that are not sold are not found.
func (c *Catalog) indexProducts(tx *gorm.DB, condition string, args ...any) error {
	var rows []indexedText
	if err := tx.Raw(fmt.Sprintf(searchTextsQuery, condition), args...).Scan(&rows).Error; err != nil {
		return err
	}
	for len(rows) > 0 {
		id, active := rows[0].ID, rows[0].Active
		var text searchText
		for len(rows) > 0 && rows[0].ID == id {
			text.add(rows[0])
			rows = rows[1:]
		}
		if err := c.index.remove(tx, id); err != nil {
			return err
		}
		if !active {
			continue
		}
		if err := c.index.put(tx, id, text); err != nil {
			return err
		}
	}
	return nil
}

// Reindex brings up to date what search reads of all products, some hundred in a
// transaction: it is needed after another program changed texts.
func (c *Catalog) Reindex(ctx context.Context) error {
	const batch = 500
	for after := int64(0); ; {
		var ids []int64
		if err := c.read(ctx).Raw("SELECT id FROM products WHERE id > ? ORDER BY id LIMIT ?", after, batch).Scan(&ids).Error; err != nil {
			return err
		}
		if len(ids) == 0 {
			return c.CompactSearch(ctx)
		}
		after = ids[len(ids)-1]
		if err := c.store.Write(ctx, func(tx *gorm.DB) error { return c.indexProducts(tx, "p.id IN ?", ids) }); err != nil {
			return err
		}
	}
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
