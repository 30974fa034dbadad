package seed_test

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dukani/models"
	"dukani/models/catalog"
	"dukani/models/storetest"
	"dukani/seed"
)

func open(t testing.TB) *models.Store {
	t.Helper()
	store, err := models.Open(context.Background(), storetest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// entry is what the tests read of a product in catalog.json.
type entry struct {
	Slug, Category, Featured string
	Name                     map[models.Lang]string
	Price                    models.Tetri
	OldPrice                 models.Tetri `json:"old_price"`
	Lowest                   models.Tetri `json:"lowest_30d"`
	Stock                    int
}

func entries(t *testing.T) []entry {
	t.Helper()
	data, err := os.ReadFile("catalog.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Products []entry }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file.Products
}

func TestRunFillsTheShop(t *testing.T) {
	t.Parallel()
	store := open(t)
	goods := catalog.New(store)
	if err := seed.Run(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	products := entries(t)
	categories, err := goods.Categories(t.Context(), models.Ka)
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, c := range categories {
		if c.Count == 0 {
			t.Errorf("category %s is empty", c.Slug)
		}
		total += c.Count
	}
	if len(categories) != 8 || total != len(products) || total < 60 {
		t.Errorf("%d categories and %d products, the file has %d", len(categories), total, len(products))
	}
	for _, lang := range []models.Lang{models.Ka, models.En} {
		for _, want := range products {
			p, err := goods.Product(t.Context(), lang, want.Slug)
			if err != nil {
				t.Fatal(err)
			}
			if p.Name != want.Name[lang] || p.Price != want.Price || p.OldPrice != want.OldPrice || p.Category.Slug != want.Category {
				t.Errorf("%s: %+v, want %+v", want.Slug, p.ProductCard, want)
			}
			if want.OldPrice > 0 && p.Lowest != want.Lowest {
				t.Errorf("%s: lowest of the 30 days before %v, want %v", want.Slug, p.Lowest, want.Lowest)
			}
			related, err := goods.Related(t.Context(), lang, p.Category.ID, p.Region)
			if err != nil || len(related) != catalog.RelatedCards+1 {
				t.Errorf("%s: %d related, %v", want.Slug, len(related), err)
			}
			if len(p.Pictures) == 0 || p.Text == "" || p.RegionName == p.Region {
				t.Errorf("%s: incomplete: %+v", want.Slug, p)
			}
		}
		home, err := goods.Home(t.Context(), lang)
		if err != nil {
			t.Fatal(err)
		}
		if len(home.Groups) != 3 || len(home.Newest) == 0 || len(home.OnSale) == 0 {
			t.Errorf("home page: %d groups, %d new, %d on sale", len(home.Groups), len(home.Newest), len(home.OnSale))
		}
	}
}

func TestMostPopularComesFirst(t *testing.T) {
	t.Parallel()
	store := open(t)
	goods := catalog.New(store)
	if err := seed.Run(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	page, err := goods.CategoryPage(t.Context(), models.Ka, catalog.Filter{Category: "sweets"})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Cards) == 0 || page.Cards[0].Slug != "churchkhela-saperavi" {
		t.Errorf("first sweet: %+v", page.Cards)
	}
}

func TestRunAgainKeepsWhatChanged(t *testing.T) {
	t.Parallel()
	store := open(t)
	goods := catalog.New(store)
	ctx := t.Context()
	run := func() {
		t.Helper()
		if err := seed.Run(ctx, store); err != nil {
			t.Fatal(err)
		}
	}
	run()
	const slug = "sulguni"
	if err := goods.SetStock(ctx, slug, 2); err != nil {
		t.Fatal(err)
	}
	if err := goods.SetPrice(ctx, slug, 1_00, 0); err != nil {
		t.Fatal(err)
	}
	before, err := goods.Version(ctx)
	if err != nil {
		t.Fatal(err)
	}
	run()
	after, err := goods.Version(ctx)
	if err != nil {
		t.Fatal(err)
	}
	p, err := goods.Product(ctx, models.Ka, slug)
	if err != nil {
		t.Fatal(err)
	}
	if p.Price != 1_00 || p.Available != 2 || before != after {
		t.Errorf("price %v, %d available, version %d then %d", p.Price, p.Available, before, after)
	}
}

// TestTheCatalogueIsFound looks for the goods as shoppers type them.
func TestTheCatalogueIsFound(t *testing.T) {
	t.Parallel()
	store := open(t)
	goods := catalog.New(store)
	if err := seed.Run(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	for query, slug := range map[string]string{
		"churchkhela": "churchkhela", "ჩურჩხელა": "churchkhela", "churchxela": "churchkhela", "tkemali": "tkemali", "tqemali": "tkemali",
		"saperavi": "saperavi", "საფერავი": "saperavi", "saferavi": "saperavi", "sulguni": "sulguni", "სულგ": "sulguni",
		"ajika": "ajika", "adjika": "ajika", "adzhika": "ajika", "wine": "saperavi", "cheese": "sulguni", "tapli": "honey", "taf": "honey",
	} {
		found, err := goods.Search(t.Context(), models.En, query, catalog.SortRelevance, 1)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(found.Cards, func(c catalog.ProductCard) bool {
			return strings.Contains(strings.ReplaceAll(c.Slug, "adjika", "ajika"), slug)
		}) {
			t.Errorf("%s: %d found, none is %s", query, found.Total.N, slug)
		}
	}
}

func TestBigIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	const n = 700
	names := map[int][]string{}
	for i := range 2 {
		store := open(t)
		goods := catalog.New(store)
		if err := seed.Big(t.Context(), store, n); err != nil {
			t.Fatal(err)
		}
		total := 0
		categories, err := goods.Categories(t.Context(), models.En)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range categories {
			total += c.Count
			page, err := goods.CategoryPage(t.Context(), models.En, catalog.Filter{Category: c.Slug, Sort: catalog.SortPriceAsc})
			if err != nil {
				t.Fatal(err)
			}
			for _, card := range page.Cards {
				names[i] = append(names[i], card.Name+card.Price.String())
			}
		}
		if want := n + len(entries(t)); total != want {
			t.Errorf("%d products, want %d", total, want)
		}
	}
	if diff := cmp.Diff(names[0], names[1]); diff != "" {
		t.Error(diff)
	}
}
