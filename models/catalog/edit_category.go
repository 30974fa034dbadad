package catalog

import (
	"context"
	"slices"
	"unicode/utf8"

	"gorm.io/gorm"

	"dukani/models"
)

// Bounds of a category's texts, in letters.
const (
	MaxCategoryName = 60
	MaxCategoryText = 300
)

// EditedCategory is a category as staff edit it.
type EditedCategory struct {
	ID      int64
	Version int // goes with the form
	Data    CategoryData
	Count   int // products sold now
}

// EditedCategories returns all categories in the order of the navigation.
func (c *Catalog) EditedCategories(ctx context.Context) ([]EditedCategory, error) {
	return editedCategories(c.read(ctx))
}

func editedCategories(db *gorm.DB) (list []EditedCategory, err error) {
	var rows []struct {
		Category                       categoryRow `gorm:"embedded"`
		Edited, Count                  int
		NameKa, NameEn, TextKa, TextEn string
	}
	err = db.Raw(`SELECT c.*, k.name AS name_ka, e.name AS name_en, k.text AS text_ka, e.text AS text_en,
			(SELECT coalesce(sum(n), 0) FROM category_counts WHERE category_id = c.id) AS count
		FROM categories c JOIN category_texts k ON k.category_id = c.id AND k.lang = 'ka'
		JOIN category_texts e ON e.category_id = c.id AND e.lang = 'en' ORDER BY c.position, c.id`).Scan(&rows).Error
	for _, r := range rows {
		list = append(list, EditedCategory{ID: r.Category.ID, Version: r.Edited, Count: r.Count, Data: CategoryData{
			Slug: r.Category.Slug, Position: r.Category.Position, Picture: r.Category.Picture, Tint: r.Category.Tint,
			Name: map[models.Lang]string{models.Ka: r.NameKa, models.En: r.NameEn},
			Text: map[models.Lang]string{models.Ka: r.TextKa, models.En: r.TextEn},
		}})
	}
	return list, err
}

// EditedCategory returns the category with the slug. Errors: NotFound.
func (c *Catalog) EditedCategory(ctx context.Context, slug string) (*EditedCategory, error) {
	list, err := c.EditedCategories(ctx)
	if err != nil {
		return nil, err
	}
	return findCategory(list, slug)
}

func findCategory(list []EditedCategory, slug string) (*EditedCategory, error) {
	i := slices.IndexFunc(list, func(e EditedCategory) bool { return e.Data.Slug == slug })
	if i < 0 {
		return nil, &models.Error{Kind: models.NotFound, Code: models.CodeCategoryNotFound}
	}
	return &list[i], nil
}

// SaveCategory stores what staff changed about the category with the slug of data; its place
// in the order stays. Errors: NotFound; Invalid with Fields; Conflict, if somebody else has
// changed it since the page of version.
func (c *Catalog) SaveCategory(ctx context.Context, by models.Actor, version int, data CategoryData) error {
	data.tidy()
	if err := data.checkTexts(); err != nil {
		return err
	}
	return c.store.WriteTx(ctx, func(tx *models.Tx) error {
		list, err := editedCategories(tx.DB)
		if err != nil {
			return err
		}
		was, err := findCategory(list, data.Slug)
		if err != nil {
			return err
		}
		r := tx.Exec("UPDATE categories SET edited = edited + 1 WHERE id = ? AND edited = ?", was.ID, version)
		if r.Error == nil && r.RowsAffected == 0 {
			r.Error = &models.Error{Kind: models.Conflict, Code: models.CodeCategoryEdited}
		}
		if r.Error != nil {
			return r.Error
		}
		data.Position = was.Data.Position
		if err := c.putCategory(tx.DB, data); err != nil {
			return err
		}
		return auditCategory(tx, by, was.Data, data)
	})
}

// CreateCategory adds a category at the end. Errors: Invalid with Fields, also for a slug that
// another category has.
func (c *Catalog) CreateCategory(ctx context.Context, by models.Actor, data CategoryData) error {
	data.tidy()
	if err := data.checkTexts(); err != nil {
		return err
	}
	return c.store.WriteTx(ctx, func(tx *models.Tx) error {
		list, err := editedCategories(tx.DB)
		if err != nil {
			return err
		}
		if _, err := findCategory(list, data.Slug); err == nil {
			return invalid(models.CodeCategoryInvalid, map[string]string{"slug": "category.slug_taken"})
		}
		data.Position = 1
		if n := len(list); n > 0 {
			data.Position = list[n-1].Data.Position + 1
		}
		if err := c.putCategory(tx.DB, data); err != nil {
			return err
		}
		return tx.Audit(by, "category_new", "category "+data.Slug, "", data.Name[models.Ka])
	})
}

// MoveCategory moves a category by one place, up or down; at the end it stays. Errors: NotFound.
func (c *Catalog) MoveCategory(ctx context.Context, by models.Actor, slug string, up bool) error {
	return c.store.WriteTx(ctx, func(tx *models.Tx) error {
		list, err := editedCategories(tx.DB)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(e EditedCategory) bool { return e.Data.Slug == slug })
		if i < 0 {
			return &models.Error{Kind: models.NotFound, Code: models.CodeCategoryNotFound}
		}
		to := i + 1
		if up {
			to = i - 1
		}
		if to < 0 || to == len(list) {
			return nil
		}
		before := order(list)
		list[i], list[to] = list[to], list[i]
		for n, category := range list { // two may have had the same place
			if err := tx.Exec("UPDATE categories SET position = ? WHERE id = ? AND position <> ?", n+1, category.ID, n+1).Error; err != nil {
				return err
			}
		}
		return tx.Audit(by, "category_order", "category "+slug, before, order(list))
	})
}

func order(list []EditedCategory) (text string) {
	for i, c := range list {
		if i > 0 {
			text += ", "
		}
		text += c.Data.Slug
	}
	return text
}

func (c *CategoryData) tidy() {
	name, text := map[models.Lang]string{}, map[models.Lang]string{}
	for _, lang := range languages {
		name[lang], text[lang] = models.TidyLine(c.Name[lang]), models.TidyLine(c.Text[lang])
	}
	c.Name, c.Text = name, text
}

func (c CategoryData) checkTexts() error {
	if err := c.check(); err != nil {
		return err
	}
	fields := map[string]string{}
	for _, lang := range languages {
		if utf8.RuneCountInString(c.Name[lang]) > MaxCategoryName {
			fields["name_"+string(lang)] = "checkout.error.too_long"
		}
		if utf8.RuneCountInString(c.Text[lang]) > MaxCategoryText {
			fields["text_"+string(lang)] = "checkout.error.too_long"
		}
	}
	if !slices.Contains(Tints, c.Tint) {
		fields["tint"] = "product.tint_unknown"
	}
	if len(c.Slug) > 60 || c.Slug == reservedSlug {
		fields["slug"] = "category.slug_form"
	}
	return invalid(models.CodeCategoryInvalid, fields)
}

func auditCategory(tx *models.Tx, by models.Actor, was, is CategoryData) error {
	var list changes
	for _, lang := range languages {
		list.add("name "+string(lang), was.Name[lang], is.Name[lang])
		list.add("text "+string(lang), was.Text[lang], is.Text[lang])
	}
	list.add("picture", was.Picture, is.Picture)
	list.add("tint", was.Tint, is.Tint)
	if len(list.after) == 0 {
		return nil
	}
	return list.audit(tx, by, "category", "category "+is.Slug)
}

// Choices are what a form offers for a product, in one language.
type Choices struct {
	Categories []Category
	Regions    []Choice
	Groups     []Choice
}

// Choice is something that is named by its key.
type Choice struct{ Key, Name string }

// Choices returns what there is to choose among.
func (c *Catalog) Choices(ctx context.Context, lang models.Lang) (list Choices, err error) {
	if list.Categories, err = c.Categories(ctx, lang); err != nil {
		return list, err
	}
	name := "name_en"
	if lang == models.Ka {
		name = "name_ka"
	}
	if err := c.read(ctx).Raw("SELECT key, " + name + " AS name FROM regions ORDER BY position, key").Scan(&list.Regions).Error; err != nil {
		return list, err
	}
	err = c.read(ctx).Raw("SELECT key, " + name + " AS name FROM product_groups ORDER BY position, key").Scan(&list.Groups).Error
	return list, err
}
