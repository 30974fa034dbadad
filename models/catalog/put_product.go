package catalog

import (
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"dukani/models"
)

// productRow is a product without the columns that triggers keep.
type productRow struct {
	ID            int64
	Slug          string
	CategoryID    int64
	PriceTetri    models.Tetri
	OldPriceTetri *models.Tetri
	Region, Tint  string
	Adult, Active bool
	Featured      *string
	Rank          int
	CreatedAt     time.Time
	Withdrawal    models.Withdrawal
	Allergens     string // keys, a space between two
}

type priceRow struct {
	ProductID  int64     `gorm:"primaryKey"`
	FromAt     time.Time `gorm:"primaryKey"`
	PriceTetri models.Tetri
}

type productTextRow struct {
	ProductID  int64       `gorm:"primaryKey"`
	Lang       models.Lang `gorm:"primaryKey"`
	Name, Text string
	Producer   string
	Measure    string
	Attributes []Attribute `gorm:"serializer:json"`
}

type pictureRow struct {
	ProductID    int64 `gorm:"primaryKey"`
	Position     int   `gorm:"primaryKey"`
	Name         string
	AltKa, AltEn string
}

// putProduct writes everything while a new product is not shown yet, so that the
// counts learn of it once.
func putProduct(tx *gorm.DB, p ProductData, now time.Time) (id int64, err error) {
	category, err := idBySlug(tx, "categories", p.Category)
	if models.IsKind(err, models.NotFound) {
		return 0, invalid(models.CodeProductInvalid, map[string]string{"category": "product.category_unknown"})
	} else if err != nil {
		return 0, err
	}
	if p.Created.IsZero() {
		p.Created = now
	}
	row := p.row(category)
	switch row.ID, err = idBySlug(tx, "products", p.Slug); {
	case models.IsKind(err, models.NotFound):
		err = insertProduct(tx, &row, p.History, now)
	case err == nil:
		err = updateProduct(tx, row, now)
	}
	if err != nil {
		return 0, err
	}
	if err := putTexts(tx, row.ID, p); err != nil {
		return 0, err
	}
	if err := putPictures(tx, row.ID, p.Pictures); err != nil {
		return 0, err
	}
	if err := setStock(tx, row.ID, p.Stock); err != nil {
		return 0, err
	}
	return row.ID, setActive(tx, row.ID, !p.Withdrawn)
}

// row is the product's row, whose id is not known yet. It is not shown before setActive.
func (p ProductData) row(category int64) productRow {
	return productRow{
		Slug: p.Slug, CategoryID: category, PriceTetri: p.Price, OldPriceTetri: nilIfZero(p.OldPrice), Region: p.Region, Tint: p.Tint,
		Adult: p.Adult, Featured: nilIfZero(p.Featured), Rank: p.Rank, CreatedAt: p.Created.UTC(),
		Withdrawal: p.returns(), Allergens: strings.Join(p.Allergens, " "),
	}
}

// insertProduct inserts the row and gives it its id. Earlier prices get their own times
// instead of the one that the trigger wrote.
func insertProduct(tx *gorm.DB, row *productRow, history []PricePoint, now time.Time) error {
	if err := tx.Table("products").Create(row).Error; err != nil {
		return err
	}
	if err := tx.Exec("DELETE FROM price_history WHERE product_id = ?", row.ID).Error; err != nil {
		return err
	}
	var prices []priceRow
	for _, h := range history {
		prices = append(prices, priceRow{row.ID, h.From.UTC(), h.Price})
	}
	if n := len(prices); n == 0 || prices[n-1].PriceTetri != row.PriceTetri {
		prices = append(prices, priceRow{row.ID, now, row.PriceTetri})
	}
	return tx.Table("price_history").Create(&prices).Error
}

func updateProduct(tx *gorm.DB, row productRow, now time.Time) error {
	if err := setPrice(tx, row.ID, row.PriceTetri, row.OldPriceTetri, now); err != nil {
		return err
	}
	return tx.Table("products").Select("CategoryID", "Region", "Tint", "Adult", "Featured", "Rank", "CreatedAt", "Withdrawal", "Allergens").Updates(&row).Error
}

func putTexts(tx *gorm.DB, id int64, p ProductData) error {
	var rows []productTextRow
	for _, lang := range languages {
		t := p.Texts[lang]
		rows = append(rows, productTextRow{id, lang, t.Name, t.Text, t.Producer, t.Measure, append([]Attribute{}, t.Attributes...)})
	}
	return tx.Table("product_texts").Clauses(clause.OnConflict{UpdateAll: true}).Create(&rows).Error
}

func putPictures(tx *gorm.DB, id int64, pictures []PictureData) error {
	if err := tx.Exec("DELETE FROM product_pictures WHERE product_id = ? AND position >= ?", id, len(pictures)).Error; err != nil {
		return err
	}
	if len(pictures) == 0 {
		return nil
	}
	var rows []pictureRow
	for i, g := range pictures {
		rows = append(rows, pictureRow{id, i, g.Name, g.Alt[models.Ka], g.Alt[models.En]})
	}
	return tx.Table("product_pictures").Clauses(clause.OnConflict{UpdateAll: true}).Create(&rows).Error
}

// nilIfZero returns a pointer to v for a column that is NULL instead of v's zero value.
func nilIfZero[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
