package catalog_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dukani/models"
	"dukani/models/catalog"
)

// TestCategoryPageAgreesWithThePlainReading changes a catalogue at random and
// compares pages and counts with filtering and sorting everything in memory.
func TestCategoryPageAgreesWithThePlainReading(t *testing.T) {
	t.Parallel()
	s := open(t)
	r := rand.New(rand.NewPCG(7, 7))
	for i := range 150 {
		s.put(randomProduct(r, i))
	}
	for round := range 60 {
		for range 5 {
			s.disturb(r)
		}
		f := randomFilter(r)
		got, err := s.CategoryPage(t.Context(), models.En, f)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s.plainPage(f), pageOf(got)); diff != "" {
			t.Fatalf("round %d, %+v (-want +got):\n%s", round, f, diff)
		}
	}
}

// disturb makes one random change, half of them with plain SQL from outside.
func (s *shop) disturb(r *rand.Rand) {
	s.t.Helper()
	slug := fmt.Sprint("p-", r.IntN(160))
	ctx := s.t.Context()
	var err error
	switch r.IntN(9) {
	case 0:
		price := models.Tetri(1+r.IntN(20)) * 5_00
		err = s.SetPrice(ctx, slug, price, price+models.Tetri(r.IntN(2))*1_00*models.Tetri(r.IntN(2)))
		if models.IsKind(err, models.Invalid) {
			err = s.SetPrice(ctx, slug, price, 0)
		}
	case 1:
		err = s.SetStock(ctx, slug, r.IntN(10))
	case 2:
		err = s.SetActive(ctx, slug, r.IntN(2) == 0)
	case 3:
		err = s.PutProduct(ctx, randomProduct(r, r.IntN(160)))
	case 4:
		s.exec("UPDATE products SET region = ? WHERE slug = ?", testRegions[r.IntN(3)], slug)
	case 5:
		s.exec("UPDATE products SET category_id = (SELECT id FROM categories WHERE slug = ?) WHERE slug = ?", testCategories[r.IntN(2)], slug)
	case 6:
		s.exec("UPDATE products SET old_price_tetri = nullif(?, 0) * (price_tetri + 1) WHERE slug = ?", r.IntN(2), slug)
	case 7:
		s.exec("UPDATE stock SET on_hand = ?, reserved = ? WHERE product_id = (SELECT id FROM products WHERE slug = ?)",
			3, r.IntN(4), slug)
	case 8:
		s.exec("UPDATE products SET active = 1 - active WHERE slug = ?", slug)
	}
	if err != nil && !models.IsKind(err, models.NotFound) && !models.IsKind(err, models.Conflict) {
		s.t.Fatal(err)
	}
}

func randomFilter(r *rand.Rand) catalog.Filter {
	f := catalog.Filter{
		Category: testCategories[r.IntN(2)],
		Sort:     []catalog.Sort{catalog.SortPopular, catalog.SortNew, catalog.SortPriceAsc, catalog.SortPriceDesc}[r.IntN(4)],
		InStock:  r.IntN(2) == 0, OnSale: r.IntN(3) == 0, Page: 1 + r.IntN(3),
	}
	if r.IntN(2) == 0 {
		f.Region = testRegions[r.IntN(3)]
	}
	if r.IntN(2) == 0 {
		f.Min = models.Tetri(r.IntN(12)) * 5_00
	}
	if r.IntN(2) == 0 {
		f.Max = f.Min + models.Tetri(r.IntN(12))*5_00
	}
	return f
}

// listed is what a test compares of a category page.
type listed struct {
	Slugs                  []string
	Total, InStock, OnSale int
	Regions                map[string]int
	Pages                  int
}

func pageOf(p *catalog.CategoryPage) listed {
	l := listed{Slugs: slugs(p.Cards), Total: p.Total.N, InStock: p.InStock.N, OnSale: p.OnSale.N, Regions: map[string]int{}, Pages: p.Pages}
	for _, r := range p.Regions {
		if r.Count.N > 0 {
			l.Regions[r.Key] = r.Count.N
		}
	}
	return l
}

type plainRow struct {
	id, price, free, rank int
	slug, region          string
	sale                  bool
	created               time.Time
}

// plainPage reads all products of the category from the base tables alone.
func (s *shop) plainPage(f catalog.Filter) listed {
	s.t.Helper()
	rows, err := s.raw.Query(`SELECT p.id, p.price_tetri, s.on_hand - s.reserved, p.rank, p.slug, p.region,
		p.old_price_tetri IS NOT NULL, p.created_at FROM products p JOIN stock s ON s.product_id = p.id
		JOIN categories c ON c.id = p.category_id WHERE c.slug = ? AND p.active = 1`, f.Category)
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	want := listed{Regions: map[string]int{}}
	var fit []plainRow
	for rows.Next() {
		var p plainRow
		if err := rows.Scan(&p.id, &p.price, &p.free, &p.rank, &p.slug, &p.region, &p.sale, &p.created); err != nil {
			s.t.Fatal(err)
		}
		if models.Tetri(p.price) < f.Min || f.Max > 0 && models.Tetri(p.price) > f.Max {
			continue
		}
		stock, sale, region := !f.InStock || p.free > 0, !f.OnSale || p.sale, f.Region == "" || f.Region == p.region
		if stock && sale && region {
			fit = append(fit, p)
		}
		if sale && region && p.free > 0 {
			want.InStock++
		}
		if stock && region && p.sale {
			want.OnSale++
		}
		if stock && sale {
			want.Regions[p.region]++
		}
	}
	slices.SortFunc(fit, func(a, b plainRow) int { return comparePlain(a, b, f.Sort) })
	want.Total, want.Pages = len(fit), (len(fit)+catalog.PageSize-1)/catalog.PageSize
	first := min((f.Page-1)*catalog.PageSize, len(fit))
	want.Slugs = []string{}
	for _, p := range fit[first:min(first+catalog.PageSize, len(fit))] {
		want.Slugs = append(want.Slugs, p.slug)
	}
	return want
}

func comparePlain(a, b plainRow, sort catalog.Sort) int {
	first := b.rank - a.rank
	switch sort {
	case catalog.SortNew:
		first = b.created.Compare(a.created)
	case catalog.SortPriceAsc:
		if first = a.price - b.price; first == 0 {
			return a.id - b.id
		}
	case catalog.SortPriceDesc:
		first = b.price - a.price
	}
	if first == 0 {
		return b.id - a.id
	}
	return first
}

func TestCategoryPageEdges(t *testing.T) {
	t.Parallel()
	s := open(t)
	for i := range catalog.PageSize + 1 {
		p := bottle(fmt.Sprint("p-", i))
		p.Rank = i
		s.put(p)
	}
	for name, test := range map[string]struct {
		filter             catalog.Filter
		cards, page, pages int
	}{
		"first page":           {catalog.Filter{}, 24, 1, 2},
		"last page":            {catalog.Filter{Page: 2}, 1, 2, 2},
		"beyond the last":      {catalog.Filter{Page: 3}, 0, 3, 2},
		"far beyond":           {catalog.Filter{Page: 1 << 62}, 0, 1 << 62, 2},
		"page zero":            {catalog.Filter{Page: 0}, 24, 1, 2},
		"negative page":        {catalog.Filter{Page: -5}, 24, 1, 2},
		"bounds upside down":   {catalog.Filter{Min: 30_00, Max: 10_00}, 24, 1, 2},
		"nothing so cheap":     {catalog.Filter{Max: 1}, 0, 1, 0},
		"negative bounds":      {catalog.Filter{Min: -5, Max: -1}, 24, 1, 2},
		"unknown region":       {catalog.Filter{Region: "atlantis"}, 0, 1, 0},
		"region with a quote":  {catalog.Filter{Region: "'; DROP TABLE products; --"}, 0, 1, 0},
		"unknown order":        {catalog.Filter{Sort: "rank; DROP TABLE products"}, 24, 1, 2},
		"price and order":      {catalog.Filter{Sort: catalog.SortNew, Min: 20_00, Max: 20_00}, 24, 1, 2},
		"price and second one": {catalog.Filter{Sort: catalog.SortPriceDesc, Min: 20_00, Page: 2}, 1, 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			test.filter.Category = "wine"
			got, err := s.CategoryPage(t.Context(), models.Ka, test.filter)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Cards) != test.cards || got.Page != test.page || got.Pages != test.pages {
				t.Errorf("%d cards on page %d of %d, want %d on %d of %d", len(got.Cards), got.Page, got.Pages, test.cards, test.page, test.pages)
			}
			if got.Lowest != 20_00 || got.Highest != 20_00 {
				t.Errorf("prices from %v to %v", got.Lowest, got.Highest)
			}
		})
	}
	if _, err := s.CategoryPage(t.Context(), models.Ka, catalog.Filter{Category: "none"}); !models.IsKind(err, models.NotFound) {
		t.Errorf("unknown category: %v, want NotFound", err)
	}
}
