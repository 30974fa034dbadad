package catalog_test

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"dukani/models"
	"dukani/models/catalog"
	"dukani/models/storetest"
)

var (
	testRegions    = []string{"kakheti", "guria", "racha"}
	testCategories = []string{"wine", "cheese"}
)

// shop is a catalogue on a real file with a clock the test moves, and a plain
// connection to the same file, as another program has one.
type shop struct {
	*catalog.Catalog
	t   testing.TB
	raw *sql.DB
	now time.Time
}

// open opens a shop with categories and regions, but no products.
func open(t testing.TB) *shop {
	t.Helper()
	path := storetest.New(t)
	store, err := models.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	raw := storetest.Raw(t, path)
	s := &shop{Catalog: catalog.New(store), t: t, raw: raw, now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
	store.Now = func() time.Time { return s.now }
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	c := catalog.Entries{
		Groups: []catalog.GroupData{{
			Key: "season", Name: both("ახალი მოსავალი", "New harvest"), Text: both("ახალი", "New"),
		}},
	}
	for _, key := range testRegions {
		c.Regions = append(c.Regions, catalog.RegionData{Key: key, Name: both(key+"-ka", key+"-en")})
	}
	for i, slug := range testCategories {
		c.Categories = append(c.Categories, catalog.CategoryData{
			Slug: slug, Position: i + 2, Picture: slug, Tint: "rose", Name: both(slug+"-ka", slug+"-en"), Text: both("ტექსტი", "Text"),
		})
	}
	if err := s.Add(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *shop) exec(query string, args ...any) {
	s.t.Helper()
	if _, err := s.raw.Exec(query, args...); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
}

// number is the single integer that query yields.
func (s *shop) number(query string, args ...any) (n int) {
	s.t.Helper()
	if err := s.raw.QueryRow(query, args...).Scan(&n); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
	return n
}

func both(ka, en string) map[models.Lang]string {
	return map[models.Lang]string{models.Ka: ka, models.En: en}
}

// bottle is a product that can be sold; change it before use.
func bottle(slug string) catalog.ProductData {
	return catalog.ProductData{
		Slug: slug, Category: "wine", Price: 20_00, Stock: 100, Region: "kakheti", Tint: "rose", Rank: 10,
		Created: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC),
		Texts: map[models.Lang]catalog.ProductText{
			models.Ka: {
				Name: "ღვინო " + slug, Text: "კარგი ღვინო.", Producer: "მარანი", Measure: "0,75 ლ",
				Attributes: []catalog.Attribute{{Key: "ჯიში", Value: "რქაწითელი"}},
			},
			models.En: {
				Name: "Wine " + slug, Text: "A good wine.", Producer: "Cellar", Measure: "0.75 l",
				Attributes: []catalog.Attribute{{Key: "Grape", Value: "Rkatsiteli"}},
			},
		},
		Pictures: []catalog.PictureData{{Name: "bottle", Alt: both("ბოთლი", "A bottle")}, {Name: "grapes", Alt: both("ყურძენი", "Grapes")}},
	}
}

func (s *shop) put(p catalog.ProductData) {
	s.t.Helper()
	if err := s.PutProduct(s.t.Context(), p); err != nil {
		s.t.Fatal(err)
	}
}

// named is a product with the given names.
func named(slug, ka, en string) catalog.ProductData {
	p := bottle(slug)
	for lang, name := range both(ka, en) {
		text := p.Texts[lang]
		text.Name = name
		p.Texts[lang] = text
	}
	return p
}

// randomProduct is any product of the test's categories and regions.
func randomProduct(r *rand.Rand, number int) catalog.ProductData {
	p := bottle("p-" + strconv.Itoa(number))
	p.Category = testCategories[r.IntN(len(testCategories))]
	p.Region = testRegions[r.IntN(len(testRegions))]
	p.Price = models.Tetri(1+r.IntN(20)) * 5_00
	if r.IntN(3) == 0 {
		p.OldPrice = p.Price + 1_00
	}
	p.Stock = max(0, r.IntN(12)-3)
	p.Rank = r.IntN(50)
	p.Created = p.Created.Add(time.Duration(r.IntN(200)) * time.Hour)
	p.Withdrawn = r.IntN(8) == 0
	return p
}

func slugs(cards []catalog.ProductCard) []string {
	list := make([]string, len(cards))
	for i, c := range cards {
		list[i] = c.Slug
	}
	return list
}
