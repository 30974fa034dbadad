package models

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"gorm.io/gorm"
)

// Catalog is a set of catalogue entries in both languages.
type Catalog struct {
	Regions    []RegionData
	Groups     []GroupData
	Categories []CategoryData
	Products   []ProductData
}

// RegionData is a region goods come from.
type RegionData struct {
	Key  string
	Name map[Lang]string
}

// GroupData is a hand-picked group of the home page.
type GroupData struct {
	Key        string
	Name, Text map[Lang]string
}

// CategoryData is a category in both languages.
type CategoryData struct {
	Slug          string
	Position      int
	Picture, Tint string
	Name, Text    map[Lang]string
}

// ProductData is a product as staff and the seed write it.
type ProductData struct {
	Slug      string
	Category  string // slug
	Price     Tetri
	OldPrice  Tetri // struck out; 0: not reduced
	History   []PricePoint
	Stock     int // units on hand, those reserved included
	Region    string
	Tint      string
	Adult     bool
	Withdrawn bool   // not sold any more
	Featured  string // group of the home page; may be empty
	Rank      int    // popularity, higher is better
	Created   time.Time
	Texts     map[Lang]ProductText
	Pictures  []PictureData
}

// PricePoint is an earlier price of a product.
type PricePoint struct {
	From  time.Time
	Price Tetri
}

// ProductText is a product's texts in one language.
type ProductText struct {
	Name, Text, Producer, Measure string
	Attributes                    []Attribute
}

// PictureData is a picture with its description in both languages.
type PictureData struct {
	Name string
	Alt  map[Lang]string
}

// PutCategory creates the category, or changes the one with its slug.
func (s *Store) PutCategory(ctx context.Context, c CategoryData) error {
	if err := c.check(); err != nil {
		return err
	}
	return s.Write(ctx, func(tx *gorm.DB) error { return putCategory(tx, c) })
}

// PutProduct creates the product, or changes the one with its slug; units set
// aside for orders stay reserved. Errors: Invalid with Fields, Conflict when
// Stock is less than what is reserved.
func (s *Store) PutProduct(ctx context.Context, p ProductData) error {
	if err := p.check(); err != nil {
		return err
	}
	return s.Write(ctx, func(tx *gorm.DB) error { return putProduct(tx, p, s.Now()) })
}

// AddCatalog adds, in one transaction, every entry of c whose key or slug does
// not exist yet. What exists stays as it is.
func (s *Store) AddCatalog(ctx context.Context, c Catalog) error {
	return s.Write(ctx, func(tx *gorm.DB) error {
		for i, r := range c.Regions {
			if err := tx.Exec("INSERT INTO regions (key, position, name_ka, name_en) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
				r.Key, i+1, r.Name[Ka], r.Name[En]).Error; err != nil {
				return fmt.Errorf("region %s: %w", r.Key, err)
			}
		}
		for i, g := range c.Groups {
			if err := tx.Exec(`INSERT INTO product_groups (key, position, name_ka, name_en, text_ka, text_en)
				VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
				g.Key, i+1, g.Name[Ka], g.Name[En], g.Text[Ka], g.Text[En]).Error; err != nil {
				return fmt.Errorf("group %s: %w", g.Key, err)
			}
		}
		for _, category := range c.Categories {
			if err := addMissing(tx, "categories", category.Slug, category.check, func() error { return putCategory(tx, category) }); err != nil {
				return fmt.Errorf("category %s: %w", category.Slug, err)
			}
		}
		for _, product := range c.Products {
			if err := addMissing(tx, "products", product.Slug, product.check, func() error { return putProduct(tx, product, s.Now()) }); err != nil {
				return fmt.Errorf("product %s: %w", product.Slug, err)
			}
		}
		return nil
	})
}

func addMissing(tx *gorm.DB, table, slug string, check, put func() error) error {
	var n int
	if err := tx.Raw("SELECT count(*) FROM "+table+" WHERE slug = ?", slug).Row().Scan(&n); err != nil || n > 0 {
		return err
	}
	if err := check(); err != nil {
		return err
	}
	return put()
}

// SetPrice changes the price of a product and, if old is not 0, strikes out an
// earlier one. Errors: Invalid, NotFound.
func (s *Store) SetPrice(ctx context.Context, slug string, price, old Tetri) error {
	if fields := checkPrice(price, old); len(fields) > 0 {
		return &Error{Kind: Invalid, Message: "product.invalid", Fields: fields}
	}
	return s.Write(ctx, func(tx *gorm.DB) error {
		id, err := productID(tx, slug)
		if err != nil {
			return err
		}
		return setPrice(tx, id, price, old, s.Now())
	})
}

// setPrice writes the history first, with the shop's time; the trigger adds only
// changes that others make.
func setPrice(tx *gorm.DB, id int64, price, old Tetri, now time.Time) error {
	if err := tx.Exec(`INSERT INTO price_history (product_id, from_at, price_tetri)
		SELECT id, ?, ? FROM products WHERE id = ? AND price_tetri <> ?
		ON CONFLICT DO UPDATE SET price_tetri = excluded.price_tetri`, now, price, id, price).Error; err != nil {
		return err
	}
	return tx.Exec("UPDATE products SET price_tetri = ?, old_price_tetri = nullif(?, 0) WHERE id = ?", price, old, id).Error
}

// SetStock sets how many units are on hand, those reserved for orders
// included. Errors: Invalid, NotFound, Conflict (fewer than are reserved).
func (s *Store) SetStock(ctx context.Context, slug string, onHand int) error {
	if onHand < 0 {
		return &Error{Kind: Invalid, Message: "product.invalid", Fields: map[string]string{"stock": "product.stock_negative"}}
	}
	return s.Write(ctx, func(tx *gorm.DB) error {
		id, err := productID(tx, slug)
		if err != nil {
			return err
		}
		return setStock(tx, id, onHand)
	})
}

func setStock(tx *gorm.DB, id int64, onHand int) error {
	r := tx.Exec(`INSERT INTO stock (product_id, on_hand) VALUES (?, ?)
		ON CONFLICT DO UPDATE SET on_hand = excluded.on_hand WHERE excluded.on_hand >= reserved`, id, onHand)
	if r.Error == nil && r.RowsAffected == 0 {
		return &Error{Kind: Conflict, Message: "product.stock_reserved"}
	}
	return r.Error
}

// SetActive takes a product off the shop's pages, or puts it back.
func (s *Store) SetActive(ctx context.Context, slug string, active bool) error {
	return s.Write(ctx, func(tx *gorm.DB) error {
		id, err := productID(tx, slug)
		if err != nil {
			return err
		}
		return setActive(tx, id, active)
	})
}

func setActive(tx *gorm.DB, id int64, active bool) error {
	return tx.Exec("UPDATE products SET active = ? WHERE id = ? AND active <> ?", active, id, active).Error
}

func productID(tx *gorm.DB, slug string) (id int64, err error) {
	err = tx.Raw("SELECT id FROM products WHERE slug = ?", slug).Row().Scan(&id)
	return id, notFound(err, "product.not_found")
}

func putCategory(tx *gorm.DB, c CategoryData) error {
	var id int64
	if err := tx.Raw(`INSERT INTO categories (slug, position, picture, tint) VALUES (?, ?, ?, ?)
		ON CONFLICT (slug) DO UPDATE SET position = excluded.position, picture = excluded.picture, tint = excluded.tint
		RETURNING id`, c.Slug, c.Position, c.Picture, c.Tint).Row().Scan(&id); err != nil {
		return err
	}
	for _, lang := range []Lang{Ka, En} {
		if err := tx.Exec(`INSERT INTO category_texts (category_id, lang, name, text) VALUES (?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET name = excluded.name, text = excluded.text`, id, lang, c.Name[lang], c.Text[lang]).Error; err != nil {
			return err
		}
	}
	return nil
}

// putProduct writes everything while a new product is not shown yet, so that
// search and counters learn of it once.
func putProduct(tx *gorm.DB, p ProductData, now time.Time) error {
	if p.Created.IsZero() {
		p.Created = now
	}
	id, err := productID(tx, p.Slug)
	switch {
	case IsKind(err, NotFound):
		id, err = insertProduct(tx, p, now)
	case err == nil:
		err = updateProduct(tx, id, p, now)
	}
	if err != nil {
		return err
	}
	if err := putTexts(tx, id, p); err != nil {
		return err
	}
	if err := setStock(tx, id, p.Stock); err != nil {
		return err
	}
	return setActive(tx, id, !p.Withdrawn)
}

func insertProduct(tx *gorm.DB, p ProductData, now time.Time) (id int64, err error) {
	category, err := categoryID(tx, p.Category)
	if err != nil {
		return 0, err
	}
	if err := tx.Raw("SELECT coalesce(max(id), 0) + 1 FROM products").Row().Scan(&id); err != nil {
		return 0, err
	}
	if err := tx.Exec(`INSERT INTO products (id, slug, category_id, price_tetri, old_price_tetri, region, tint, adult,
		active, featured, rank, created_at) VALUES (?, ?, ?, ?, nullif(?, 0), ?, ?, ?, 0, nullif(?, ''), ?, ?)`,
		id, p.Slug, category, p.Price, p.OldPrice, p.Region, p.Tint, p.Adult, p.Featured, p.Rank, p.Created.UTC()).Error; err != nil {
		return 0, err
	}
	return id, replaceHistory(tx, id, p, now)
}

// replaceHistory puts the prices of a new product down with their own times.
func replaceHistory(tx *gorm.DB, id int64, p ProductData, now time.Time) error {
	if err := tx.Exec("DELETE FROM price_history WHERE product_id = ?", id).Error; err != nil {
		return err
	}
	points := p.History
	if len(points) == 0 || points[len(points)-1].Price != p.Price {
		points = append(points[:len(points):len(points)], PricePoint{From: now, Price: p.Price})
	}
	for _, h := range points {
		if err := tx.Exec("INSERT INTO price_history (product_id, from_at, price_tetri) VALUES (?, ?, ?)",
			id, h.From.UTC(), h.Price).Error; err != nil {
			return err
		}
	}
	return nil
}

func updateProduct(tx *gorm.DB, id int64, p ProductData, now time.Time) error {
	category, err := categoryID(tx, p.Category)
	if err != nil {
		return err
	}
	if err := setPrice(tx, id, p.Price, p.OldPrice, now); err != nil {
		return err
	}
	return tx.Exec(`UPDATE products SET category_id = ?, region = ?, tint = ?, adult = ?, featured = nullif(?, ''),
		rank = ?, created_at = ? WHERE id = ?`, category, p.Region, p.Tint, p.Adult, p.Featured, p.Rank, p.Created.UTC(), id).Error
}

func categoryID(tx *gorm.DB, slug string) (id int64, err error) {
	err = tx.Raw("SELECT id FROM categories WHERE slug = ?", slug).Row().Scan(&id)
	if err = notFound(err, ""); IsKind(err, NotFound) {
		return 0, &Error{Kind: Invalid, Message: "product.invalid", Fields: map[string]string{"category": "product.category_unknown"}, Err: err}
	}
	return id, err
}

func putTexts(tx *gorm.DB, id int64, p ProductData) error {
	for _, lang := range []Lang{Ka, En} {
		t := p.Texts[lang]
		attributes, err := attributesJSON(t.Attributes)
		if err != nil {
			return err
		}
		if err := tx.Exec(`INSERT INTO product_texts (product_id, lang, name, text, producer, measure, attributes)
			VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET name = excluded.name, text = excluded.text,
			producer = excluded.producer, measure = excluded.measure, attributes = excluded.attributes`,
			id, lang, t.Name, t.Text, t.Producer, t.Measure, attributes).Error; err != nil {
			return err
		}
	}
	if err := tx.Exec("DELETE FROM product_pictures WHERE product_id = ? AND position >= ?", id, len(p.Pictures)).Error; err != nil {
		return err
	}
	for i, g := range p.Pictures {
		if err := tx.Exec(`INSERT INTO product_pictures (product_id, position, name, alt_ka, alt_en) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET name = excluded.name, alt_ka = excluded.alt_ka, alt_en = excluded.alt_en`,
			id, i, g.Name, g.Alt[Ka], g.Alt[En]).Error; err != nil {
			return err
		}
	}
	return nil
}

// attributesJSON writes a list, never null, and leaves letters as they are: search
// reads it too.
func attributesJSON(attributes []Attribute) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(append([]Attribute{}, attributes...))
	return strings.TrimSpace(b.String()), err
}

var slugForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func (c CategoryData) check() error {
	fields := map[string]string{}
	if !slugForm.MatchString(c.Slug) {
		fields["slug"] = "category.slug_form"
	}
	for _, lang := range []Lang{Ka, En} {
		if c.Name[lang] == "" {
			fields["name_"+string(lang)] = "category.name_missing"
		}
	}
	if len(fields) > 0 {
		return &Error{Kind: Invalid, Message: "category.invalid", Fields: fields}
	}
	return nil
}

func (p ProductData) check() error {
	fields := checkPrice(p.Price, p.OldPrice)
	if !slugForm.MatchString(p.Slug) {
		fields["slug"] = "product.slug_form"
	}
	if p.Stock < 0 {
		fields["stock"] = "product.stock_negative"
	}
	if p.Region == "" {
		fields["region"] = "product.region_missing"
	}
	for _, lang := range []Lang{Ka, En} {
		if p.Texts[lang].Name == "" {
			fields["name_"+string(lang)] = "product.name_missing"
		}
	}
	if len(fields) > 0 {
		return &Error{Kind: Invalid, Message: "product.invalid", Fields: fields}
	}
	return nil
}

func checkPrice(price, old Tetri) map[string]string {
	fields := map[string]string{}
	if price <= 0 {
		fields["price"] = "product.price_positive"
	}
	if old != 0 && old <= price {
		fields["old_price"] = "product.old_price_higher"
	}
	return fields
}
