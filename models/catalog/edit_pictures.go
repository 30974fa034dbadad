package catalog

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"gorm.io/gorm/clause"

	"dukani/models"
)

// Bounds of a product's pictures.
const (
	MaxPictures = 8
	MaxAlt      = 160 // letters of a description
)

// StoredPicture is an uploaded picture in the two sizes that the shop shows. Its name is a
// hash of its content, so it never changes.
type StoredPicture struct {
	Name          string `gorm:"primaryKey"`
	ContentType   string
	Width, Height int // of the large one
	Large, Small  []byte
	CreatedAt     time.Time
}

// TableName is the table of uploaded pictures.
func (StoredPicture) TableName() string { return "pictures" }

// UploadedPicture returns one size of an uploaded picture. Errors: NotFound.
func (c *Catalog) UploadedPicture(ctx context.Context, name string, small bool) (contentType string, content []byte, err error) {
	column := "large"
	if small {
		column = "small"
	}
	var row struct {
		ContentType string
		Content     []byte
	}
	err = c.read(ctx).Raw("SELECT content_type, "+column+" AS content FROM pictures WHERE name = ?", name).Take(&row).Error
	return row.ContentType, row.Content, notFound(err, models.CodeProductNotFound)
}

// AddPicture puts a picture behind the others of a product. Errors: NotFound; Invalid with
// Fields; Conflict, if somebody else has changed the product since version.
func (c *Catalog) AddPicture(ctx context.Context, by models.Actor, slug string, version int, g StoredPicture, alt map[models.Lang]string) error {
	added := PictureData{Name: g.Name, Alt: alt}
	return c.changePictures(ctx, by, slug, version, func(tx *models.Tx, list []PictureData) ([]PictureData, error) {
		added.tidy()
		if wrong := added.check(""); len(wrong) > 0 {
			return nil, invalid(models.CodeProductInvalid, wrong)
		}
		if len(list) >= MaxPictures {
			return nil, invalid(models.CodeProductInvalid, map[string]string{"picture": withArgument("picture.too_many", MaxPictures)})
		}
		if slices.ContainsFunc(list, func(p PictureData) bool { return p.Name == g.Name }) {
			return nil, invalid(models.CodeProductInvalid, map[string]string{"picture": "picture.there"})
		}
		g.CreatedAt = tx.Now()
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&g).Error; err != nil {
			return nil, err
		}
		return append(list, added), nil
	})
}

// SavePictures stores the descriptions and the order of a product's pictures; those that are
// not in the list are removed. A picture itself stays stored, because orders show it. Errors:
// NotFound; Invalid with Fields, which end in the number of the picture; Conflict.
func (c *Catalog) SavePictures(ctx context.Context, by models.Actor, slug string, version int, list []PictureData) error {
	return c.changePictures(ctx, by, slug, version, func(_ *models.Tx, had []PictureData) ([]PictureData, error) {
		fields := map[string]string{}
		seen := map[string]bool{}
		for i := range list {
			g := &list[i]
			g.tidy()
			for field, key := range g.check("_" + strconv.Itoa(i)) {
				fields[field] = key
			}
			if seen[g.Name] || !slices.ContainsFunc(had, func(p PictureData) bool { return p.Name == g.Name }) {
				return nil, &models.Error{Kind: models.Conflict, Code: models.CodeProductEdited}
			}
			seen[g.Name] = true
		}
		return list, invalid(models.CodeProductInvalid, fields)
	})
}

func (c *Catalog) changePictures(ctx context.Context, by models.Actor, slug string, version int,
	change func(*models.Tx, []PictureData) ([]PictureData, error)) error {
	return c.store.WriteTx(ctx, func(tx *models.Tx) error {
		id, err := idBySlug(tx.DB, "products", slug)
		if err != nil {
			return err
		}
		if err := bump(tx, by, id, version); err != nil {
			return err
		}
		was, err := pictures(tx.DB, id)
		if err != nil {
			return err
		}
		is, err := change(tx, slices.Clone(was))
		if err != nil {
			return err
		}
		if err := putPictures(tx.DB, id, is); err != nil {
			return err
		}
		return tx.Audit(by, "pictures", "product "+slug, pictureList(was), pictureList(is))
	})
}

func pictureList(list []PictureData) (text string) {
	for _, g := range list {
		text += fmt.Sprintf("%s: %s / %s\n", g.Name, g.Alt[models.Ka], g.Alt[models.En])
	}
	return text
}

func (g *PictureData) tidy() {
	alt := map[models.Lang]string{}
	for _, lang := range languages {
		alt[lang] = models.TidyLine(g.Alt[lang])
	}
	g.Alt = alt
}

// check returns what is wrong with the descriptions, whose fields end in number.
func (g PictureData) check(number string) map[string]string {
	wrong := map[string]string{}
	for _, lang := range languages {
		switch n := utf8.RuneCountInString(g.Alt[lang]); {
		case n == 0:
			wrong["alt_"+string(lang)+number] = "picture.alt_missing"
		case n > MaxAlt:
			wrong["alt_"+string(lang)+number] = "checkout.error.too_long"
		}
	}
	return wrong
}
