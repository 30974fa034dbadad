package catalog

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"dukani/models"
)

// languages are those in which every entry has its texts.
var languages = []models.Lang{models.En, models.Ka}

// PutCategory creates the category, or changes the one with its slug.
func (c *Catalog) PutCategory(ctx context.Context, data CategoryData) error {
	if err := data.check(); err != nil {
		return err
	}
	return c.store.Write(ctx, func(tx *gorm.DB) error { return c.putCategory(tx, data) })
}

// PutProduct creates the product, or changes the one with its slug; units that are
// reserved for orders stay reserved. Errors: Invalid with Fields, Conflict when
// Stock is less than what is reserved.
func (c *Catalog) PutProduct(ctx context.Context, p ProductData) error {
	if err := p.check(); err != nil {
		return err
	}
	return c.store.Write(ctx, func(tx *gorm.DB) error {
		id, err := putProduct(tx, p, c.store.Now())
		if err != nil {
			return err
		}
		return c.indexProducts(tx, id)
	})
}

// Add adds, in one transaction, every entry whose key or slug does not exist yet. What
// exists stays as it is.
func (c *Catalog) Add(ctx context.Context, entries Entries) error {
	return c.store.Write(ctx, func(tx *gorm.DB) error {
		var added []int64
		for i, r := range entries.Regions {
			if err := c.addRegion(tx, i+1, r); err != nil {
				return fmt.Errorf("region %s: %w", r.Key, err)
			}
		}
		for i, g := range entries.Groups {
			if err := tx.Exec(`INSERT INTO product_groups (key, position, name_ka, name_en, text_ka, text_en)
				VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
				g.Key, i+1, g.Name[models.Ka], g.Name[models.En], g.Text[models.Ka], g.Text[models.En]).Error; err != nil {
				return fmt.Errorf("group %s: %w", g.Key, err)
			}
		}
		for _, category := range entries.Categories {
			if err := addMissing(tx, "categories", category.Slug, category.check, func() error { return c.putCategory(tx, category) }); err != nil {
				return fmt.Errorf("category %s: %w", category.Slug, err)
			}
		}
		for _, product := range entries.Products {
			if err := addMissing(tx, "products", product.Slug, product.check, func() error {
				id, err := putProduct(tx, product, c.store.Now())
				added = append(added, id)
				return err
			}); err != nil {
				return fmt.Errorf("product %s: %w", product.Slug, err)
			}
		}
		return c.indexProducts(tx, added...) // all together: the index grows by a piece whenever other tables are written in between
	})
}

func addMissing(tx *gorm.DB, table, slug string, check, put func() error) error {
	if _, err := idBySlug(tx, table, slug); !models.IsKind(err, models.NotFound) {
		return err
	}
	if err := check(); err != nil {
		return err
	}
	return put()
}

func idBySlug(tx *gorm.DB, table, slug string) (id int64, err error) {
	err = tx.Raw("SELECT id FROM "+table+" WHERE slug = ?", slug).Take(&id).Error
	return id, notFound(err, models.CodeProductNotFound)
}

// addRegion names a region. Products may have come from it before it had a name.
func (c *Catalog) addRegion(tx *gorm.DB, position int, r RegionData) error {
	added := tx.Exec("INSERT INTO regions (key, position, name_ka, name_en) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
		r.Key, position, r.Name[models.Ka], r.Name[models.En])
	if added.Error != nil || added.RowsAffected == 0 {
		return added.Error
	}
	return c.indexProductsOf(tx, "region", r.Key)
}

// SetPrice changes the price of a product and, if old is not 0, strikes out an
// earlier one. Errors: Invalid, NotFound.
func (c *Catalog) SetPrice(ctx context.Context, slug string, price, old models.Tetri) error {
	if err := invalid(models.CodeProductInvalid, checkPrice(price, old)); err != nil {
		return err
	}
	return c.change(ctx, slug, func(tx *gorm.DB, id int64) error { return setPrice(tx, id, price, nilIfZero(old), c.store.Now()) })
}

// SetStock sets how many units are on hand, those reserved for orders
// included. Errors: Invalid, NotFound, Conflict (fewer than are reserved).
func (c *Catalog) SetStock(ctx context.Context, slug string, onHand int) error {
	if onHand < 0 {
		return invalid(models.CodeProductInvalid, map[string]string{"stock": "product.stock_negative"})
	}
	return c.change(ctx, slug, func(tx *gorm.DB, id int64) error { return setStock(tx, id, onHand) })
}

// SetActive takes a product off the shop's pages, or puts it back.
func (c *Catalog) SetActive(ctx context.Context, slug string, active bool) error {
	return c.change(ctx, slug, func(tx *gorm.DB, id int64) error {
		if err := setActive(tx, id, active); err != nil {
			return err
		}
		return c.indexProducts(tx, id)
	})
}

func (c *Catalog) change(ctx context.Context, slug string, set func(tx *gorm.DB, id int64) error) error {
	return c.store.Write(ctx, func(tx *gorm.DB) error {
		id, err := idBySlug(tx, "products", slug)
		if err != nil {
			return err
		}
		return set(tx, id)
	})
}

// setPrice writes the history first, with the shop's time; the trigger adds only
// changes that other programs make.
func setPrice(tx *gorm.DB, id int64, price models.Tetri, old *models.Tetri, now time.Time) error {
	if err := tx.Exec(`INSERT INTO price_history (product_id, from_at, price_tetri)
		SELECT id, ?, ? FROM products WHERE id = ? AND price_tetri <> ?
		ON CONFLICT (product_id, from_at) DO UPDATE SET price_tetri = excluded.price_tetri`, now, price, id, price).Error; err != nil {
		return err
	}
	return tx.Exec("UPDATE products SET price_tetri = ?, old_price_tetri = ? WHERE id = ?", price, old, id).Error
}

func setStock(tx *gorm.DB, id int64, onHand int) error {
	r := tx.Exec(`INSERT INTO stock (product_id, on_hand) VALUES (?, ?)
		ON CONFLICT (product_id) DO UPDATE SET on_hand = excluded.on_hand WHERE excluded.on_hand >= stock.reserved`, id, onHand)
	if r.Error == nil && r.RowsAffected == 0 {
		return &models.Error{Kind: models.Conflict, Code: models.CodeProductStockReserved}
	}
	return r.Error
}

func setActive(tx *gorm.DB, id int64, active bool) error {
	return tx.Exec("UPDATE products SET active = ? WHERE id = ? AND active <> ?", active, id, active).Error
}

// categoryRow, and the rows below, are as their tables are.
type categoryRow struct {
	ID            int64
	Slug          string
	Position      int
	Picture, Tint string
}

type categoryTextRow struct {
	CategoryID int64       `gorm:"primaryKey"`
	Lang       models.Lang `gorm:"primaryKey"`
	Name, Text string
}

func (c *Catalog) putCategory(tx *gorm.DB, data CategoryData) error {
	category := categoryRow{Slug: data.Slug, Position: data.Position, Picture: data.Picture, Tint: data.Tint}
	if err := tx.Table("categories").Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "slug"}}, DoUpdates: clause.AssignmentColumns([]string{"position", "picture", "tint"}),
	}).Create(&category).Error; err != nil {
		return err
	}
	id, err := idBySlug(tx, "categories", data.Slug) // of one that was there, Create tells nothing
	if err != nil {
		return err
	}
	var before, after []string
	if err := tx.Raw("SELECT name FROM category_texts WHERE category_id = ? ORDER BY lang", id).Scan(&before).Error; err != nil {
		return err
	}
	var texts []categoryTextRow
	for _, lang := range languages {
		after = append(after, data.Name[lang])
		texts = append(texts, categoryTextRow{CategoryID: id, Lang: lang, Name: data.Name[lang], Text: data.Text[lang]})
	}
	if err := tx.Table("category_texts").Clauses(clause.OnConflict{UpdateAll: true}).Create(&texts).Error; err != nil {
		return err
	}
	if slices.Equal(before, after) {
		return nil
	}
	return c.indexProductsOf(tx, "category_id", id)
}
