// Package seed fills a shop with goods: the demo catalogue, and synthetic ones of
// any size for measuring.
package seed

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"time"

	"dukani/models"
	"dukani/models/catalog"
)

//go:embed catalog.json
var catalogJSON []byte

// Run adds what the store lacks of the demo catalogue. What is there already,
// its stock and prices included, stays as it is.
func Run(ctx context.Context, store *models.Store) error {
	entries, err := demo(store.Now())
	if err != nil {
		return err
	}
	if err := catalog.New(store).Add(ctx, entries); err != nil {
		return fmt.Errorf("add the catalogue: %w", err)
	}
	return nil
}

// demo reads the demo catalogue.
func demo(now time.Time) (catalog.Entries, error) {
	file, err := parse(catalogJSON)
	if err != nil {
		return catalog.Entries{}, fmt.Errorf("read the catalogue: %w", err)
	}
	entries, err := file.entries(now)
	if err != nil {
		return catalog.Entries{}, fmt.Errorf("read the catalogue: %w", err)
	}
	return entries, nil
}

// file is the form of catalog.json. Amounts are tetri.
type file struct {
	Tints      []string   `json:"tints"`
	Regions    []region   `json:"regions"`
	Groups     []group    `json:"groups"`
	Categories []category `json:"categories"`
	Products   []product  `json:"products"`
}

type words = map[models.Lang]string

type region struct {
	Key  string `json:"key"`
	Name words  `json:"name"`
}

type group struct {
	Key  string `json:"key"`
	Name words  `json:"name"`
	Text words  `json:"text"`
}

type category struct {
	Slug    string `json:"slug"`
	Name    words  `json:"name"`
	Text    words  `json:"text"`
	Picture string `json:"picture"`
	Tint    string `json:"tint"`
}

type product struct {
	Slug      string       `json:"slug"`
	Category  string       `json:"category"`
	Name      words        `json:"name"`
	Text      words        `json:"text"`
	Price     models.Tetri `json:"price"`
	OldPrice  models.Tetri `json:"old_price"`
	Lowest30d models.Tetri `json:"lowest_30d"` // lowest price of the 30 days before the reduction
	Stock     int          `json:"stock"`
	Region    string       `json:"region"`
	Producer  words        `json:"producer"`
	Measure   struct {
		Value json.Number `json:"value"`
		Unit  string      `json:"unit"`
		Text  words       `json:"text"`
	} `json:"measure"`
	Attributes []struct {
		Key   words `json:"key"`
		Value words `json:"value"`
	} `json:"attributes"`
	Adult     bool              `json:"adult"`
	Allergens []string          `json:"allergens"`
	Returns   models.Withdrawal `json:"returns"` // "": it can be sent back
	Tint      string            `json:"tint"`
	Pictures  []struct {
		Name string `json:"name"`
		Alt  words  `json:"alt"`
	} `json:"pictures"`
	Rank     int    `json:"rank"` // place in the order of popularity, 1 is the best
	Created  string `json:"created"`
	Featured string `json:"featured"`
}

func parse(data []byte) (*file, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	f := &file{}
	return f, d.Decode(f)
}

func (f *file) entries(now time.Time) (catalog.Entries, error) {
	var c catalog.Entries
	for _, r := range f.Regions {
		c.Regions = append(c.Regions, catalog.RegionData{Key: r.Key, Name: r.Name})
	}
	for _, g := range f.Groups {
		c.Groups = append(c.Groups, catalog.GroupData{Key: g.Key, Name: g.Name, Text: g.Text})
	}
	for i, k := range f.Categories {
		c.Categories = append(c.Categories, catalog.CategoryData{
			Slug: k.Slug, Position: i + 1, Picture: k.Picture, Tint: k.Tint, Name: k.Name, Text: k.Text,
		})
	}
	for _, p := range f.Products {
		data, err := p.data(now)
		if err != nil {
			return c, fmt.Errorf("product %s: %w", p.Slug, err)
		}
		data.Rank = len(f.Products) - p.Rank
		c.Products = append(c.Products, data)
	}
	return c, nil
}

func (p *product) data(now time.Time) (catalog.ProductData, error) {
	created, err := time.Parse(time.DateOnly, p.Created)
	if err != nil {
		return catalog.ProductData{}, err
	}
	d := catalog.ProductData{
		Slug: p.Slug, Category: p.Category, Price: p.Price, OldPrice: p.OldPrice, History: p.history(created, now),
		Stock: p.Stock, Region: p.Region, Tint: p.Tint, Adult: p.Adult, Allergens: p.Allergens, Returns: p.Returns, Featured: p.Featured, Created: created,
		Texts: map[models.Lang]catalog.ProductText{},
	}
	for _, lang := range []models.Lang{models.Ka, models.En} {
		t := catalog.ProductText{Name: p.Name[lang], Text: p.Text[lang], Producer: p.Producer[lang], Measure: p.Measure.Text[lang]}
		for _, a := range p.Attributes {
			t.Attributes = append(t.Attributes, catalog.Attribute{Key: a.Key[lang], Value: a.Value[lang]})
		}
		d.Texts[lang] = t
	}
	for _, g := range p.Pictures {
		d.Pictures = append(d.Pictures, catalog.PictureData{Name: g.Name, Alt: g.Alt})
	}
	return d, nil
}

// history invents when a reduced product had its earlier prices, so that the
// lowest of the 30 days before the reduction is the one the file names.
func (p *product) history(created, now time.Time) []catalog.PricePoint {
	if p.OldPrice == 0 {
		return []catalog.PricePoint{{From: created, Price: p.Price}}
	}
	const day = 24 * time.Hour
	reduced := now.Add(-7 * day)
	first := reduced.Add(-40 * day)
	if created.Before(first) {
		first = created
	}
	points := []catalog.PricePoint{{From: first, Price: p.OldPrice}}
	if p.Lowest30d > 0 && p.Lowest30d < p.OldPrice {
		points = append(points,
			catalog.PricePoint{From: reduced.Add(-20 * day), Price: p.Lowest30d},
			catalog.PricePoint{From: reduced.Add(-14 * day), Price: p.OldPrice})
	}
	return append(points, catalog.PricePoint{From: reduced, Price: p.Price})
}
