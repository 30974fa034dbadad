package catalog_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dukani/models"
	"dukani/models/catalog"
)

func TestProductPage(t *testing.T) {
	t.Parallel()
	s := open(t)
	p := bottle("saperavi")
	p.Stock = 3
	p.Adult = true
	p.Allergens, p.Returns = []string{"sulphites"}, models.WithdrawalSealed
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
	if want := (catalog.StockState{Status: catalog.FewLeft, Left: 3}); got.Stock() != want {
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
	want := &catalog.Product{
		ProductCard: catalog.ProductCard{
			Slug: "saperavi", Name: "Wine saperavi", Producer: "Cellar", Region: "kakheti", Measure: "0.75 l", Price: 20_00,
			Available: 3, Picture: "bottle", Alt: "A bottle", Tint: "rose", Adult: true, Created: p.Created,
		},
		Text: "A good wine.", RegionName: "kakheti-en",
		Category:   catalog.Category{Slug: "wine", Name: "wine-en", Text: "Text", Picture: "wine", Tint: "rose"},
		Pictures:   []catalog.Picture{{Name: "bottle", Alt: "A bottle"}, {Name: "grapes", Alt: "Grapes"}},
		Attributes: []catalog.Attribute{{Key: "Grape", Value: "Rkatsiteli"}},
		Allergens:  []string{"sulphites"}, Returns: models.WithdrawalSealed,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestProductThatIsNotThere(t *testing.T) {
	t.Parallel()
	s := open(t)
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
			s := open(t)
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

// Cards are cached by revision: whatever a card shows must move it.
func TestCardsFollowChanges(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.put(bottle("kisi"))
	for _, change := range []struct {
		query string
		want  func(c catalog.ProductCard) bool
	}{
		{"UPDATE products SET price_tetri = 1900", func(c catalog.ProductCard) bool { return c.Price == 19_00 }},
		{"UPDATE product_texts SET name = 'Another'", func(c catalog.ProductCard) bool { return c.Name == "Another" }},
		{"UPDATE product_pictures SET alt_en = 'Another'", func(c catalog.ProductCard) bool { return c.Alt == "Another" }},
		{"UPDATE stock SET on_hand = 2", func(c catalog.ProductCard) bool { return c.Available == 2 }},
	} {
		for _, changed := range []bool{false, true} {
			if changed {
				s.exec(change.query)
			}
			page, err := s.CategoryPage(t.Context(), models.En, catalog.Filter{Category: "wine"})
			if err != nil {
				t.Fatal(err)
			}
			if change.want(page.Cards[0]) != changed {
				t.Errorf("%s, done %v: %+v", change.query, changed, page.Cards[0])
			}
		}
	}
}
