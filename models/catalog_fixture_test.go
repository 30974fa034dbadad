package models_test

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"dukani/models"
)

var (
	testRegions    = []string{"kakheti", "guria", "racha"}
	testCategories = []string{"wine", "cheese"}
)

// openCatalog opens a shop with categories and regions, but no products.
func openCatalog(t testing.TB) *shop {
	t.Helper()
	s := openShop(t)
	c := models.Catalog{
		Groups: []models.GroupData{{
			Key: "season", Name: both("ახალი მოსავალი", "New harvest"), Text: both("ახალი", "New"),
		}},
	}
	for _, key := range testRegions {
		c.Regions = append(c.Regions, models.RegionData{Key: key, Name: both(key+"-ka", key+"-en")})
	}
	for i, slug := range testCategories {
		c.Categories = append(c.Categories, models.CategoryData{
			Slug: slug, Position: i + 2, Picture: slug, Tint: "rose", Name: both(slug+"-ka", slug+"-en"), Text: both("ტექსტი", "Text"),
		})
	}
	if err := s.AddCatalog(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return s
}

func both(ka, en string) map[models.Lang]string {
	return map[models.Lang]string{models.Ka: ka, models.En: en}
}

// bottle is a product that can be sold; change it before use.
func bottle(slug string) models.ProductData {
	return models.ProductData{
		Slug: slug, Category: "wine", Price: 20_00, Stock: 100, Region: "kakheti", Tint: "rose", Rank: 10,
		Created: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC),
		Texts: map[models.Lang]models.ProductText{
			models.Ka: {
				Name: "ღვინო " + slug, Text: "კარგი ღვინო.", Producer: "მარანი", Measure: "0,75 ლ",
				Attributes: []models.Attribute{{Key: "ჯიში", Value: "რქაწითელი"}},
			},
			models.En: {
				Name: "Wine " + slug, Text: "A good wine.", Producer: "Cellar", Measure: "0.75 l",
				Attributes: []models.Attribute{{Key: "Grape", Value: "Rkatsiteli"}},
			},
		},
		Pictures: []models.PictureData{{Name: "bottle", Alt: both("ბოთლი", "A bottle")}, {Name: "grapes", Alt: both("ყურძენი", "Grapes")}},
	}
}

func (s *shop) put(p models.ProductData) {
	s.t.Helper()
	if err := s.PutProduct(s.t.Context(), p); err != nil {
		s.t.Fatal(err)
	}
}

// named is a product with the given names.
func named(slug, ka, en string) models.ProductData {
	p := bottle(slug)
	for lang, name := range both(ka, en) {
		text := p.Texts[lang]
		text.Name = name
		p.Texts[lang] = text
	}
	return p
}

// randomProduct is any product of the test's categories and regions.
func randomProduct(r *rand.Rand, number int) models.ProductData {
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

func slugs(cards []models.ProductCard) []string {
	list := make([]string, len(cards))
	for i, c := range cards {
		list[i] = c.Slug
	}
	return list
}
