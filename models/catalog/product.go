package catalog

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"dukani/models"
)

// RelatedCards is how many related products a product page shows.
const RelatedCards = 4

// Product is everything a product page shows, in one language.
type Product struct {
	ProductCard
	Text       string
	RegionName string
	Category   Category // without its count
	Pictures   []Picture
	Attributes []Attribute
	Allergens  []string // keys
	Returns    models.Withdrawal
	Lowest     models.Tetri // lowest price of the 30 days before the reduction; 0: not reduced, or unknown
}

// Picture is a picture of a product with its description for people who cannot see it.
type Picture struct {
	Name string
	Alt  string
}

// Attribute is one line of a product's table of facts.
type Attribute struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Product returns the product with the given slug. NotFound comes in two kinds:
// with "product.withdrawn", of a product that is no longer sold, the product is
// returned too, so that the page can name it and show its category.
func (c *Catalog) Product(ctx context.Context, lang models.Lang, slug string) (*Product, error) {
	db := c.read(ctx)
	var row struct {
		ProductCard
		Text, RegionName string
		Attributes       []Attribute `gorm:"serializer:json"`
		Category         Category    `gorm:"embedded;embeddedPrefix:category_"`
		Active           bool
		Allergens        string
		Withdrawal       models.Withdrawal
	}
	if err := db.Raw("SELECT "+cardColumns+`, t.text, t.attributes,
			coalesce(CASE WHEN t.lang = 'ka' THEN r.name_ka ELSE r.name_en END, p.region) AS region_name, p.active, p.allergens, p.withdrawal,
			c.id AS category_id, c.slug AS category_slug, ct.name AS category_name, ct.text AS category_text,
			c.picture AS category_picture, c.tint AS category_tint`+
		cardTables+` JOIN categories c ON c.id = p.category_id
			JOIN category_texts ct ON ct.category_id = c.id AND ct.lang = t.lang
			LEFT JOIN regions r ON r.key = p.region
		WHERE p.slug = ?`, lang, slug).Take(&row).Error; err != nil {
		return nil, notFound(err, models.CodeProductNotFound)
	}
	p := &Product{ProductCard: row.ProductCard, Text: row.Text, RegionName: row.RegionName, Category: row.Category, Attributes: row.Attributes,
		Allergens: strings.Fields(row.Allergens), Returns: row.Withdrawal}
	if !row.Active {
		return p, &models.Error{Kind: models.NotFound, Code: models.CodeProductWithdrawn}
	}
	if err := db.Raw(`SELECT name, CASE WHEN ? = 'ka' THEN alt_ka ELSE alt_en END AS alt FROM product_pictures
		WHERE product_id = ? ORDER BY position`, lang, p.ID).Scan(&p.Pictures).Error; err != nil {
		return nil, err
	}
	if p.OldPrice == 0 {
		return p, nil
	}
	var err error
	p.Lowest, err = lowestBefore(db, p.ID)
	return p, err
}

// ProductName returns what the product is called in lang, sold or not.
func (c *Catalog) ProductName(ctx context.Context, lang models.Lang, slug string) (name string, err error) {
	err = c.read(ctx).Raw(`SELECT t.name FROM products p
		JOIN product_texts t ON t.product_id = p.id AND t.lang = ? WHERE p.slug = ?`, lang, slug).Take(&name).Error
	return name, notFound(err, models.CodeProductNotFound)
}

// Related returns what can be bought of a category, one region first: one more than a
// product page shows, because the product itself may be among them.
func (c *Catalog) Related(ctx context.Context, lang models.Lang, categoryID int64, region string) ([]ProductCard, error) {
	const n = RelatedCards + 1
	return c.cardsOf(c.read(ctx), lang, `
		SELECT id FROM (
			SELECT id, 0 AS far, rank FROM (
				SELECT id, rank FROM products`+c.store.Using("products_region_popular")+`
				WHERE category_id = ? AND region = ? AND active = 1 AND in_stock = 1
				ORDER BY rank DESC, id DESC LIMIT ?) AS near
			UNION ALL
			SELECT id, 1, rank FROM (
				SELECT id, rank FROM products`+c.store.Using("products_popular")+`
				WHERE category_id = ? AND active = 1 AND in_stock = 1
				ORDER BY rank DESC, id DESC LIMIT ?) AS others) AS related
		GROUP BY id, rank ORDER BY min(far), rank DESC, id DESC LIMIT ?`, categoryID, region, n, categoryID, 2*n, n)
}

// reductionWindow is how far back the law wants the lowest price before a
// reduction looked for (Directive 98/6/EC, article 6a).
const reductionWindow = 30 * 24 * time.Hour

// lowestBefore returns the lowest price that was valid within the 30 days before the
// present price began, or 0 when no earlier price is known.
func lowestBefore(db *gorm.DB, id int64) (models.Tetri, error) {
	history, err := priceHistory(db, id)
	if err != nil || len(history) == 0 {
		return 0, err
	}
	return lowestUntil(history[1:], history[0].FromAt), nil
}

// priceHistory returns the prices of a product, the present one first.
func priceHistory(db *gorm.DB, id int64) (history []priceRow, err error) {
	err = db.Raw("SELECT from_at, price_tetri FROM price_history WHERE product_id = ? ORDER BY from_at DESC LIMIT 200", id).Scan(&history).Error
	return history, err
}

// lowestUntil returns the lowest of the prices, newest first, that was valid within the 30
// days before end, or 0 when there is none.
func lowestUntil(history []priceRow, end time.Time) (lowest models.Tetri) {
	start := end.Add(-reductionWindow)
	for _, h := range history {
		if lowest == 0 || h.PriceTetri < lowest {
			lowest = h.PriceTetri
		}
		if !h.FromAt.After(start) {
			break // this price was still valid when the window began; those before it were not
		}
	}
	return lowest
}
