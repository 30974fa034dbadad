package models_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dukani/models"
)

func TestProductPage(t *testing.T) {
	t.Parallel()
	s := openCatalog(t)
	p := bottle("saperavi")
	p.Stock = 3
	p.Adult = true
	s.put(p)
	for i := range 6 { // related: those of the region first, sold out never
		q := bottle(fmt.Sprint("other-", i))
		q.Rank = i
		if i >= 2 {
			q.Region = "guria"
		}
		if i == 5 {
			q.Stock = 0
		}
		s.put(q)
	}
	got, err := s.Product(t.Context(), models.En, "saperavi")
	if err != nil {
		t.Fatal(err)
	}
	if want := (models.StockState{Status: models.FewLeft, Left: 3}); got.Stock() != want {
		t.Errorf("stock %v, want %v", got.Stock(), want)
	}
	related, err := s.Related(t.Context(), models.En, got.Category.ID, got.Region)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := slugs(related), []string{"saperavi", "other-1", "other-0", "other-4", "other-3"}; !slices.Equal(got, want) {
		t.Errorf("related %v, want %v", got, want)
	}
	got.ID, got.Revision, got.Category.ID = 0, 0, 0
	want := &models.Product{
		ProductCard: models.ProductCard{
			Slug: "saperavi", Name: "Wine saperavi", Producer: "Cellar", Region: "kakheti", Measure: "0.75 l", Price: 20_00,
			Available: 3, Picture: "bottle", Alt: "A bottle", Tint: "rose", Adult: true, Created: p.Created,
		},
		Text: "A good wine.", RegionName: "kakheti-en",
		Category:   models.Category{Slug: "wine", Name: "wine-en", Text: "Text", Picture: "wine", Tint: "rose"},
		Pictures:   []models.Picture{{Name: "bottle", Alt: "A bottle"}, {Name: "grapes", Alt: "Grapes"}},
		Attributes: []models.Attribute{{Key: "Grape", Value: "Rkatsiteli"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestProductThatIsNotThere(t *testing.T) {
	t.Parallel()
	s := openCatalog(t)
	s.put(bottle("saperavi"))
	s.put(bottle("kisi"))
	if p, err := s.Product(t.Context(), models.Ka, "unknown"); p != nil || !models.IsKind(err, models.NotFound) {
		t.Errorf("unknown: %v, %v; want nil and NotFound", p, err)
	}
	if err := s.SetActive(t.Context(), "saperavi", false); err != nil {
		t.Fatal(err)
	}
	p, err := s.Product(t.Context(), models.Ka, "saperavi")
	if !models.IsKind(err, models.NotFound) || err.Error() != "product.withdrawn" {
		t.Errorf("withdrawn: error %v, want product.withdrawn", err)
	}
	if p == nil || p.Category.Slug != "wine" {
		t.Fatalf("withdrawn: %+v, want its category", p)
	}
	if related, err := s.Related(t.Context(), models.Ka, p.Category.ID, p.Region); err != nil || !slices.Equal(slugs(related), []string{"kisi"}) {
		t.Errorf("withdrawn: related %v, %v; want what is still sold", slugs(related), err)
	}
}

func TestLowestPriceBeforeAReduction(t *testing.T) {
	t.Parallel()
	type change struct {
		daysAgo    int
		price, old models.Tetri
	}
	for name, test := range map[string]struct {
		changes []change // the first is how the product began
		want    models.Tetri
	}{
		"never reduced":                       {[]change{{90, 20_00, 0}}, 0},
		"one price before":                    {[]change{{90, 20_00, 0}, {5, 15_00, 20_00}}, 20_00},
		"lower for a while within the window": {[]change{{90, 20_00, 0}, {30, 17_00, 0}, {25, 20_00, 0}, {5, 15_00, 20_00}}, 17_00},
		"lower, but before the window":        {[]change{{90, 17_00, 0}, {60, 20_00, 0}, {5, 15_00, 20_00}}, 20_00},
		"lower until within the window":       {[]change{{90, 17_00, 0}, {30, 20_00, 0}, {5, 15_00, 20_00}}, 17_00},
		"a reduction long ago that stands":    {[]change{{400, 20_00, 0}, {200, 15_00, 20_00}}, 20_00},
		"raised again, then no longer marked": {[]change{{90, 20_00, 0}, {30, 15_00, 20_00}, {5, 20_00, 0}}, 0},
		"reduced since it came":               {[]change{{90, 15_00, 20_00}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openCatalog(t)
			today := s.now
			for i, c := range test.changes {
				s.now = today.AddDate(0, 0, -c.daysAgo)
				if i == 0 {
					p := bottle("kisi")
					p.Price, p.OldPrice = c.price, c.old
					s.put(p)
				} else if err := s.SetPrice(t.Context(), "kisi", c.price, c.old); err != nil {
					t.Fatal(err)
				}
			}
			p, err := s.Product(t.Context(), models.Ka, "kisi")
			if err != nil {
				t.Fatal(err)
			}
			if p.Lowest != test.want {
				t.Errorf("lowest %v, want %v", p.Lowest, test.want)
			}
		})
	}
}

func TestHome(t *testing.T) {
	t.Parallel()
	s := openCatalog(t)
	for i := range 12 {
		p := bottle(fmt.Sprint("p-", i))
		p.Rank = i
		p.Created = p.Created.AddDate(0, 0, -i)
		switch i {
		case 2, 3:
			p.Featured = "season"
		case 4, 5:
			p.OldPrice = 30_00
		case 0:
			p.Stock = 0 // the newest, but sold out
		}
		s.put(p)
	}
	home, err := s.Featured(t.Context(), models.Ka)
	if err != nil {
		t.Fatal(err)
	}
	if len(home.Groups) != 1 || home.Groups[0].Name != "ახალი მოსავალი" {
		t.Fatalf("groups %+v", home.Groups)
	}
	for _, list := range []struct {
		name      string
		got, want []string
	}{
		{"group", slugs(home.Groups[0].Cards), []string{"p-3", "p-2"}},
		{"on sale", slugs(home.OnSale), []string{"p-5", "p-4"}},
		{"newest", slugs(home.Newest), []string{"p-1", "p-6", "p-7", "p-8", "p-9", "p-10", "p-11"}}, // nothing twice
	} {
		if !slices.Equal(list.got, list.want) {
			t.Errorf("%s: %v, want %v", list.name, list.got, list.want)
		}
	}
}

func TestCollection(t *testing.T) {
	t.Parallel()
	s := openCatalog(t)
	for i := range 30 {
		p := bottle(fmt.Sprintf("p-%02d", i))
		p.Rank, p.Created = i, p.Created.AddDate(0, 0, -i)
		switch {
		case i == 0:
			p.Stock, p.OldPrice = 0, 30_00 // cannot be had
		case i < 5:
			p.OldPrice = 30_00
		case i < 15:
			p.Featured = "season"
		}
		s.put(p)
	}
	home, err := s.Featured(t.Context(), models.Ka)
	if err != nil || len(home.Groups[0].Cards) != 8 || !home.Groups[0].More {
		t.Errorf("a group of ten shows %d, more: %v, %v", len(home.Groups[0].Cards), home.Groups[0].More, err)
	}
	for _, c := range []struct {
		key         string
		page        int
		total, here int
		first       string
	}{
		{"sale", 1, 4, 4, "p-04"}, {"season", 1, 10, 10, "p-14"}, {"new", 1, 29, 24, "p-01"}, {"new", 2, 29, 5, "p-25"}, {"new", 3, 29, 0, ""},
	} {
		found, err := s.Collection(t.Context(), models.Ka, c.key, c.page)
		if err != nil || found.Total.N != c.total || len(found.Cards) != c.here || c.here > 0 && found.Cards[0].Slug != c.first {
			t.Errorf("%s, page %d: %+v, %v", c.key, c.page, found, err)
		}
	}
	if _, err := s.Collection(t.Context(), models.Ka, "nothing", 1); !models.IsKind(err, models.NotFound) {
		t.Errorf("a collection that there is not: %v", err)
	}
}

// TestCategoryPageAgreesWithThePlainReading changes a catalogue at random and
// compares pages and counts with filtering and sorting everything in memory.
func TestCategoryPageAgreesWithThePlainReading(t *testing.T) {
	t.Parallel()
	s := openCatalog(t)
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

func randomFilter(r *rand.Rand) models.Filter {
	f := models.Filter{
		Category: testCategories[r.IntN(2)],
		Sort:     []models.Sort{models.SortPopular, models.SortNew, models.SortPriceAsc, models.SortPriceDesc}[r.IntN(4)],
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

func pageOf(p *models.CategoryPage) listed {
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
func (s *shop) plainPage(f models.Filter) listed {
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
	want.Total, want.Pages = len(fit), (len(fit)+models.PageSize-1)/models.PageSize
	first := min((f.Page-1)*models.PageSize, len(fit))
	want.Slugs = []string{}
	for _, p := range fit[first:min(first+models.PageSize, len(fit))] {
		want.Slugs = append(want.Slugs, p.slug)
	}
	return want
}

func comparePlain(a, b plainRow, sort models.Sort) int {
	first := b.rank - a.rank
	switch sort {
	case models.SortNew:
		first = b.created.Compare(a.created)
	case models.SortPriceAsc:
		if first = a.price - b.price; first == 0 {
			return a.id - b.id
		}
	case models.SortPriceDesc:
		first = b.price - a.price
	}
	if first == 0 {
		return b.id - a.id
	}
	return first
}

func TestCategoryPageEdges(t *testing.T) {
	t.Parallel()
	s := openCatalog(t)
	for i := range models.PageSize + 1 {
		p := bottle(fmt.Sprint("p-", i))
		p.Rank = i
		s.put(p)
	}
	for name, test := range map[string]struct {
		filter             models.Filter
		cards, page, pages int
	}{
		"first page":           {models.Filter{}, 24, 1, 2},
		"last page":            {models.Filter{Page: 2}, 1, 2, 2},
		"beyond the last":      {models.Filter{Page: 3}, 0, 3, 2},
		"far beyond":           {models.Filter{Page: 1 << 62}, 0, 1 << 62, 2},
		"page zero":            {models.Filter{Page: 0}, 24, 1, 2},
		"negative page":        {models.Filter{Page: -5}, 24, 1, 2},
		"bounds upside down":   {models.Filter{Min: 30_00, Max: 10_00}, 24, 1, 2},
		"nothing so cheap":     {models.Filter{Max: 1}, 0, 1, 0},
		"negative bounds":      {models.Filter{Min: -5, Max: -1}, 24, 1, 2},
		"unknown region":       {models.Filter{Region: "atlantis"}, 0, 1, 0},
		"region with a quote":  {models.Filter{Region: "'; DROP TABLE products; --"}, 0, 1, 0},
		"unknown order":        {models.Filter{Sort: "rank; DROP TABLE products"}, 24, 1, 2},
		"price and order":      {models.Filter{Sort: models.SortNew, Min: 20_00, Max: 20_00}, 24, 1, 2},
		"price and second one": {models.Filter{Sort: models.SortPriceDesc, Min: 20_00, Page: 2}, 1, 2, 2},
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
	if _, err := s.CategoryPage(t.Context(), models.Ka, models.Filter{Category: "none"}); !models.IsKind(err, models.NotFound) {
		t.Errorf("unknown category: %v, want NotFound", err)
	}
}
