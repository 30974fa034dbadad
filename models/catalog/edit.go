package catalog

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"dukani/models"
)

// What staff change counts up the product's column edited. A form brings back the number
// that its page showed: if it is another by then, somebody else was faster, and nothing is
// stored.

// Edited is a product as staff edit it.
type Edited struct {
	ID               int64
	Version          int // goes with the form
	At               *time.Time
	By               string // the address of the one who changed it last, and At when
	Data             ProductData
	OnHand, Reserved int
	Lowest           models.Tetri // of the 30 days before the present price began; 0: unknown
	LowestNow        models.Tetri // of the 30 days before now
	PriceFrom        time.Time    // when the present price began
}

// Edited returns the product with the slug. Errors: NotFound.
func (c *Catalog) Edited(ctx context.Context, slug string) (*Edited, error) {
	return edited(c.read(ctx), c.store.Now(), "p.slug = ?", slug)
}

func edited(db *gorm.DB, now time.Time, where string, arg any) (*Edited, error) {
	var row struct {
		Product                  productRow `gorm:"embedded"` // GORM leaves out what is embedded without an exported name
		Category                 string
		Edited, OnHand, Reserved int
		EditedAt                 *time.Time
		EditedBy                 string
	}
	if err := db.Raw(`SELECT p.*, c.slug AS category, coalesce(s.on_hand, 0) AS on_hand, coalesce(s.reserved, 0) AS reserved
		FROM products p JOIN categories c ON c.id = p.category_id LEFT JOIN stock s ON s.product_id = p.id
		WHERE `+where, arg).Take(&row).Error; err != nil {
		return nil, notFound(err, models.CodeProductNotFound)
	}
	e := &Edited{ID: row.Product.ID, Version: row.Edited, At: row.EditedAt, By: row.EditedBy, OnHand: row.OnHand, Reserved: row.Reserved}
	e.Data = ProductData{
		Slug: row.Product.Slug, Category: row.Category, Price: row.Product.PriceTetri, Region: row.Product.Region, Tint: row.Product.Tint,
		Adult: row.Product.Adult, Allergens: strings.Fields(row.Product.Allergens), Returns: row.Product.Withdrawal,
		Withdrawn: !row.Product.Active, Rank: row.Product.Rank, Created: row.Product.CreatedAt,
		Texts: map[models.Lang]ProductText{},
	}
	if row.Product.OldPriceTetri != nil {
		e.Data.OldPrice = *row.Product.OldPriceTetri
	}
	if row.Product.Featured != nil {
		e.Data.Featured = *row.Product.Featured
	}
	var texts []productTextRow
	if err := db.Table("product_texts").Where("product_id = ?", e.ID).Find(&texts).Error; err != nil {
		return nil, err
	}
	for _, t := range texts {
		e.Data.Texts[t.Lang] = ProductText{t.Name, t.Text, t.Producer, t.Measure, t.Attributes}
	}
	var err error
	if e.Data.Pictures, err = pictures(db, e.ID); err != nil {
		return nil, err
	}
	history, err := priceHistory(db, e.ID)
	if err != nil {
		return nil, err
	}
	if len(history) > 0 {
		e.PriceFrom, e.Lowest = history[0].FromAt, lowestUntil(history[1:], history[0].FromAt)
	}
	e.LowestNow = lowestUntil(history, now)
	return e, nil
}

func pictures(db *gorm.DB, id int64) (list []PictureData, err error) {
	var rows []pictureRow
	err = db.Table("product_pictures").Where("product_id = ?", id).Order("position").Find(&rows).Error
	for _, g := range rows {
		list = append(list, PictureData{g.Name, map[models.Lang]string{models.Ka: g.AltKa, models.En: g.AltEn}})
	}
	return list, err
}

// highestOld returns the highest price that may be struck out beside price: the lowest of the
// 30 days before the reduction. 0 stands for none: the product has had no other price yet.
func (e *Edited) highestOld(price models.Tetri) models.Tetri {
	if price == e.Data.Price {
		return e.Lowest
	}
	return e.LowestNow
}

// checkOld returns what is wrong with a price that somebody sets together with the old price
// that is struck out; a pair that stands already is nobody's change.
func (e *Edited) checkOld(price, old models.Tetri) string {
	if old == 0 || price == e.Data.Price && old == e.Data.OldPrice {
		return ""
	}
	switch highest := e.highestOld(price); {
	case highest == 0:
		return "product.old_price_no_earlier"
	case old > highest:
		return withArgument("product.old_price_lowest", highest)
	}
	return ""
}

// withArgument is a key of words with the one argument that they take.
func withArgument(key string, argument any) string { return fmt.Sprint(key, " ", argument) }

// bump counts up the version of a product that by changes, and so locks the product. version is
// the one that the page of the change showed. Errors: Conflict, if somebody else has changed it since.
func bump(tx *models.Tx, by models.Actor, id int64, version int) error {
	r := tx.Exec("UPDATE products SET edited = edited + 1, edited_at = ?, edited_by = ? WHERE id = ? AND edited = ?", tx.Now(), by.Email, id, version)
	if r.Error == nil && r.RowsAffected == 0 {
		return &models.Error{Kind: models.Conflict, Code: models.CodeProductEdited}
	}
	return r.Error
}

// changes lists what differs between two states, as the audit list has it.
type changes struct{ before, after []string }

func (c *changes) add(what string, before, after any) {
	if b, a := fmt.Sprint(before), fmt.Sprint(after); b != a {
		c.before, c.after = append(c.before, what+": "+b), append(c.after, what+": "+a)
	}
}

func (c *changes) audit(tx *models.Tx, by models.Actor, action, subject string) error {
	return tx.Audit(by, action, subject, strings.Join(c.before, "\n"), strings.Join(c.after, "\n"))
}
