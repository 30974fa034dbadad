package catalog

import (
	"regexp"
	"slices"
	"time"

	"dukani/models"
)

// Entries is a set of catalogue entries in both languages.
type Entries struct {
	Regions    []RegionData
	Groups     []GroupData
	Categories []CategoryData
	Products   []ProductData
}

// RegionData is a region goods come from.
type RegionData struct {
	Key  string
	Name map[models.Lang]string
}

// GroupData is a hand-picked group of the home page.
type GroupData struct {
	Key        string
	Name, Text map[models.Lang]string
}

// CategoryData is a category in both languages.
type CategoryData struct {
	Slug          string
	Position      int
	Picture, Tint string
	Name, Text    map[models.Lang]string
}

// ProductData is a product as staff and the seed write it.
type ProductData struct {
	Slug      string
	Category  string // slug
	Price     models.Tetri
	OldPrice  models.Tetri // struck out; 0: not reduced
	History   []PricePoint // of a new product; an existing one has its own
	Stock     int          // units on hand, those reserved included
	Region    string       // key
	Tint      string
	Adult     bool
	Allergens []string          // of Allergens
	Returns   models.Withdrawal // "": it can be sent back
	Withdrawn bool              // not sold any more
	Featured  string            // group of the home page; may be empty
	Rank      int               // popularity, higher is better
	Created   time.Time
	Texts     map[models.Lang]ProductText
	Pictures  []PictureData
}

// PricePoint is an earlier price of a product.
type PricePoint struct {
	From  time.Time
	Price models.Tetri
}

// ProductText is a product's texts in one language.
type ProductText struct {
	Name, Text, Producer, Measure string
	Attributes                    []Attribute
}

// PictureData is a picture with its description in both languages.
type PictureData struct {
	Name string
	Alt  map[models.Lang]string
}

var slugForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func (c CategoryData) check() error {
	fields := map[string]string{}
	if !slugForm.MatchString(c.Slug) {
		fields["slug"] = "category.slug_form"
	}
	for _, lang := range languages {
		if c.Name[lang] == "" {
			fields["name_"+string(lang)] = "category.name_missing"
		}
	}
	return invalid(models.CodeCategoryInvalid, fields)
}

func (p ProductData) check() error {
	fields := checkPrice(p.Price, p.OldPrice)
	if _, ok := models.ParseWithdrawal(string(p.returns())); !ok {
		fields["returns"] = "product.returns_unknown"
	}
	for _, key := range p.Allergens {
		if !slices.Contains(Allergens, key) {
			fields["allergens"] = "product.allergen_unknown"
		}
	}
	if !slugForm.MatchString(p.Slug) {
		fields["slug"] = "product.slug_form"
	}
	if p.Stock < 0 {
		fields["stock"] = "product.stock_negative"
	}
	if p.Region == "" {
		fields["region"] = "product.region_missing"
	}
	for _, lang := range languages {
		if p.Texts[lang].Name == "" {
			fields["name_"+string(lang)] = "product.name_missing"
		}
	}
	return invalid(models.CodeProductInvalid, fields)
}

// returns is Returns with its default.
func (p ProductData) returns() models.Withdrawal {
	if p.Returns == "" {
		return models.WithdrawalYes
	}
	return p.Returns
}

// Allergens are the fourteen that the law wants named, by key.
var Allergens = []string{
	"gluten", "crustaceans", "eggs", "fish", "peanuts", "soy", "milk", "nuts", "celery", "mustard", "sesame", "sulphites", "lupin", "molluscs",
}

// Tints are the colours that pictures stand on, by the class of the style sheet.
var Tints = []string{"rose", "amber", "olive", "sky", "plum", "clay", "mint", "sand"}

func checkPrice(price, old models.Tetri) map[string]string {
	fields := map[string]string{}
	if price <= 0 {
		fields["price"] = "product.price_positive"
	}
	if old != 0 && old <= price {
		fields["old_price"] = "product.old_price_higher"
	}
	return fields
}

// invalid returns an Invalid with the given fields, or nil if there are none.
func invalid(code models.ErrorCode, fields map[string]string) error {
	if len(fields) == 0 {
		return nil
	}
	return &models.Error{Kind: models.Invalid, Code: code, Fields: fields}
}
