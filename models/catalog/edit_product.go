package catalog

import (
	"context"
	"errors"
	"slices"
	"unicode/utf8"

	"gorm.io/gorm"

	"dukani/models"
)

// Bounds of a product's texts, in letters.
const (
	MaxProductName = 120
	MaxProductText = 4000
	maxProducer    = 100
	maxMeasure     = 40
	maxFactKey     = 60
	maxFactValue   = 200
	MaxFacts       = 20 // lines of the table of facts
)

// SaveProduct stores what staff changed about the product with the slug of p: everything but
// its pictures and its stock. version is that of the page on which they did it. Errors:
// NotFound; Invalid with Fields; Conflict, if somebody else has changed it since.
func (c *Catalog) SaveProduct(ctx context.Context, by models.Actor, version int, p ProductData) error {
	p.tidy()
	if err := p.checkTexts(); err != nil {
		return err
	}
	return c.store.WriteTx(ctx, func(tx *models.Tx) error {
		was, err := edited(tx.DB, tx.Now(), "p.slug = ?", p.Slug)
		if err != nil {
			return err
		}
		if err := bump(tx, by, was.ID, version); err != nil {
			return err
		}
		p.Rank, p.Created, p.Pictures = was.Data.Rank, was.Data.Created, was.Data.Pictures
		if wrong := was.checkOld(p.Price, p.OldPrice); wrong != "" {
			return invalid(models.CodeProductInvalid, map[string]string{"old_price": wrong})
		}
		row, err := editedRow(tx.DB, p)
		if err != nil {
			return err
		}
		row.ID = was.ID
		if err := updateProduct(tx.DB, *row, tx.Now()); err != nil {
			return err
		}
		if err := putTexts(tx.DB, row.ID, p); err != nil {
			return err
		}
		if err := setActive(tx.DB, row.ID, !p.Withdrawn); err != nil {
			return err
		}
		if err := c.indexProducts(tx.DB, row.ID); err != nil {
			return err
		}
		was.Data.tidy() // a space of another kind is no change
		return auditProduct(tx, by, was.Data, p)
	})
}

// CreateProduct adds a product without stock and pictures. Errors: Invalid with Fields, also
// for a slug that another product has.
func (c *Catalog) CreateProduct(ctx context.Context, by models.Actor, p ProductData) error {
	p.tidy()
	if err := p.checkTexts(); err != nil {
		return err
	}
	return c.store.WriteTx(ctx, func(tx *models.Tx) error {
		switch _, err := idBySlug(tx.DB, "products", p.Slug); {
		case err == nil:
			return invalid(models.CodeProductInvalid, map[string]string{"slug": "product.slug_taken"})
		case !models.IsKind(err, models.NotFound):
			return err
		}
		if p.OldPrice != 0 {
			return invalid(models.CodeProductInvalid, map[string]string{"old_price": "product.old_price_no_earlier"})
		}
		p.Stock, p.History, p.Pictures, p.Created = 0, nil, nil, tx.Now()
		row, err := editedRow(tx.DB, p)
		if err != nil {
			return err
		}
		if err := insertProduct(tx.DB, row, nil, tx.Now()); err != nil {
			if errors.Is(err, gorm.ErrDuplicatedKey) { // somebody else's, just now
				return invalid(models.CodeProductInvalid, map[string]string{"slug": "product.slug_taken"})
			}
			return err
		}
		if err := tx.Exec("UPDATE products SET edited_at = ?, edited_by = ? WHERE id = ?", tx.Now(), by.Email, row.ID).Error; err != nil {
			return err
		}
		if err := putTexts(tx.DB, row.ID, p); err != nil {
			return err
		}
		if err := setStock(tx.DB, row.ID, 0); err != nil {
			return err
		}
		if err := setActive(tx.DB, row.ID, !p.Withdrawn); err != nil {
			return err
		}
		if err := c.indexProducts(tx.DB, row.ID); err != nil {
			return err
		}
		return tx.Audit(by, "product_new", "product "+p.Slug, "", p.Texts[models.Ka].Name+", "+p.Price.String())
	})
}

// editedRow returns the row of a product whose category, region and group have to exist.
func editedRow(tx *gorm.DB, p ProductData) (*productRow, error) {
	wrong := map[string]string{}
	category, err := idBySlug(tx, "categories", p.Category)
	if models.IsKind(err, models.NotFound) {
		wrong["category"], err = "product.category_unknown", nil
	}
	if err != nil {
		return nil, err
	}
	var regions, groups int
	if err := tx.Raw("SELECT count(*) FROM regions WHERE key = ?", p.Region).Row().Scan(&regions); err != nil {
		return nil, err
	}
	if err := tx.Raw("SELECT count(*) FROM product_groups WHERE key = ?", p.Featured).Row().Scan(&groups); err != nil {
		return nil, err
	}
	if regions == 0 {
		wrong["region"] = "product.region_missing"
	}
	if groups == 0 && p.Featured != "" {
		wrong["featured"] = "product.group_unknown"
	}
	row := p.row(category)
	return &row, invalid(models.CodeProductInvalid, wrong)
}

// tidy tidies what was typed. Facts that are empty in both languages go.
func (p *ProductData) tidy() {
	texts := map[models.Lang]ProductText{}
	for lang, t := range p.Texts {
		t.Name, t.Producer, t.Measure, t.Text = models.TidyLine(t.Name), models.TidyLine(t.Producer), models.TidyLine(t.Measure), models.TidyNote(t.Text)
		facts := []Attribute{}
		for _, a := range t.Attributes {
			if a = (Attribute{models.TidyLine(a.Key), models.TidyLine(a.Value)}); a != (Attribute{}) {
				facts = append(facts, a)
			}
		}
		t.Attributes = facts
		texts[lang] = t
	}
	p.Texts = texts
}

// checkTexts is check with the bounds of what is typed by hand.
func (p ProductData) checkTexts() error {
	fields := map[string]string{}
	if e, ok := errors.AsType[*models.Error](p.check()); ok {
		fields = e.Fields
	}
	if p.Price > MaxPrice || p.OldPrice > MaxPrice {
		fields["price"] = "product.price_too_high"
	}
	if !slices.Contains(Tints, p.Tint) {
		fields["tint"] = "product.tint_unknown"
	}
	if len(p.Slug) > 60 || p.Slug == reservedSlug {
		fields["slug"] = "product.slug_form"
	}
	for _, lang := range languages {
		t, in := p.Texts[lang], "_"+string(lang)
		tooLong := func(field, text string, most int) {
			if utf8.RuneCountInString(text) > most {
				fields[field+in] = "checkout.error.too_long"
			}
		}
		tooLong("name", t.Name, MaxProductName)
		tooLong("text", t.Text, MaxProductText)
		tooLong("producer", t.Producer, maxProducer)
		tooLong("measure", t.Measure, maxMeasure)
		for _, a := range t.Attributes {
			tooLong("facts", a.Key, maxFactKey)
			tooLong("facts", a.Value, maxFactValue)
			if a.Key == "" || a.Value == "" {
				fields["facts"+in] = "product.fact_half"
			}
		}
		if len(t.Attributes) > MaxFacts {
			fields["facts"+in] = "product.facts_too_many"
		}
	}
	return invalid(models.CodeProductInvalid, fields)
}

// reservedSlug is where the back office makes a new product, or a new category.
const reservedSlug = "new"

// MaxPrice bounds a price: what costs more is a misspelling.
const MaxPrice models.Tetri = 1_000_000_00

// auditProduct writes down what was changed, the price apart because it is a figure of its own.
func auditProduct(tx *models.Tx, by models.Actor, was, is ProductData) error {
	subject := "product " + is.Slug
	var price, rest changes
	price.add("price", was.Price, is.Price)
	price.add("old price", was.OldPrice, is.OldPrice)
	if len(price.after) > 0 {
		if err := price.audit(tx, by, "price", subject); err != nil {
			return err
		}
	}
	rest.add("on sale", !was.Withdrawn, !is.Withdrawn)
	rest.add("category", was.Category, is.Category)
	rest.add("region", was.Region, is.Region)
	rest.add("tint", was.Tint, is.Tint)
	rest.add("featured", was.Featured, is.Featured)
	rest.add("adult", was.Adult, is.Adult)
	rest.add("allergens", was.Allergens, is.Allergens)
	rest.add("returns", was.returns(), is.returns())
	for _, lang := range languages {
		a, b := was.Texts[lang], is.Texts[lang]
		in := " " + string(lang)
		rest.add("name"+in, a.Name, b.Name)
		rest.add("text"+in, a.Text, b.Text)
		rest.add("producer"+in, a.Producer, b.Producer)
		rest.add("measure"+in, a.Measure, b.Measure)
		rest.add("facts"+in, a.Attributes, b.Attributes)
	}
	if len(rest.after) == 0 {
		return nil
	}
	return rest.audit(tx, by, "product", subject)
}
