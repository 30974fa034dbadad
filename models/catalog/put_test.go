package catalog_test

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"dukani/models"
	"dukani/models/catalog"
)

func TestProductsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := open(t)
	for name, test := range map[string]struct {
		change func(p *catalog.ProductData)
		fields []string
	}{
		"good":                     {func(*catalog.ProductData) {}, nil},
		"no price":                 {func(p *catalog.ProductData) { p.Price = 0 }, []string{"price"}},
		"negative price":           {func(p *catalog.ProductData) { p.Price = -1 }, []string{"price"}},
		"earlier price not higher": {func(p *catalog.ProductData) { p.OldPrice = p.Price }, []string{"old_price"}},
		"negative stock":           {func(p *catalog.ProductData) { p.Stock = -1 }, []string{"stock"}},
		"slug with a space":        {func(p *catalog.ProductData) { p.Slug = "a b" }, []string{"slug"}},
		"slug in capitals":         {func(p *catalog.ProductData) { p.Slug = "Wine" }, []string{"slug"}},
		"slug empty":               {func(p *catalog.ProductData) { p.Slug = "" }, []string{"slug"}},
		"no region":                {func(p *catalog.ProductData) { p.Region = "" }, []string{"region"}},
		"unknown category":         {func(p *catalog.ProductData) { p.Category = "none" }, []string{"category"}},
		"one language only":        {func(p *catalog.ProductData) { delete(p.Texts, models.En) }, []string{"name_en"}},
		"several at once":          {func(p *catalog.ProductData) { p.Price, p.Texts = 0, nil }, []string{"name_en", "name_ka", "price"}},
	} {
		p := bottle("kisi")
		test.change(&p)
		err := s.PutProduct(t.Context(), p)
		var fields []string
		if e, ok := errors.AsType[*models.Error](err); ok {
			fields = slices.Sorted(maps.Keys(e.Fields))
		}
		if !slices.Equal(fields, test.fields) || (err == nil) != (test.fields == nil) {
			t.Errorf("%s: %v with fields %v, want %v", name, err, fields, test.fields)
		}
	}
}

func TestChangesOfOneThing(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.put(bottle("kisi"))
	s.exec("UPDATE stock SET reserved = 10")
	ctx := t.Context()
	for name, test := range map[string]struct {
		err  error
		want models.Kind
	}{
		"price of nothing":        {s.SetPrice(ctx, "none", 1, 0), models.NotFound},
		"price zero":              {s.SetPrice(ctx, "kisi", 0, 0), models.Invalid},
		"earlier price lower":     {s.SetPrice(ctx, "kisi", 5, 4), models.Invalid},
		"stock of nothing":        {s.SetStock(ctx, "none", 1), models.NotFound},
		"negative stock":          {s.SetStock(ctx, "kisi", -1), models.Invalid},
		"less than is reserved":   {s.SetStock(ctx, "kisi", 9), models.Conflict},
		"nothing withdrawn":       {s.SetActive(ctx, "none", false), models.NotFound},
		"category without a name": {s.PutCategory(ctx, catalog.CategoryData{Slug: "x"}), models.Invalid},
	} {
		if !models.IsKind(test.err, test.want) {
			t.Errorf("%s: %v, want kind %d", name, test.err, test.want)
		}
	}
	if err := s.SetStock(ctx, "kisi", 10); err != nil {
		t.Errorf("exactly what is reserved: %v", err)
	}
}

func TestPutProductAgainChangesIt(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.put(bottle("kisi"))
	s.exec("UPDATE stock SET reserved = 7")
	p := named("kisi", "კისი ამფორის", "Kisi, amphora")
	p.Category, p.Price, p.OldPrice, p.Stock, p.Region = "cheese", 25_00, 30_00, 10, "guria"
	p.Pictures = p.Pictures[1:]
	s.put(p)
	got, err := s.Product(t.Context(), models.En, "kisi")
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != "Kisi, amphora" || got.Category.Slug != "cheese" || got.Price != 25_00 || got.OldPrice != 30_00 ||
		got.Available != 3 || got.Region != "guria" || len(got.Pictures) != 1 || got.Picture != "grapes" {
		t.Errorf("%+v", got)
	}
	if n := s.number("SELECT count(*) FROM products"); n != 1 {
		t.Errorf("%d products", n)
	}
}

func TestAddCatalogLeavesWhatIsThere(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := catalog.Entries{Products: []catalog.ProductData{bottle("kisi"), bottle("saperavi")}}
	add := func() {
		t.Helper()
		if err := s.Add(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	add()
	if err := errors.Join(s.SetPrice(t.Context(), "kisi", 99_00, 0), s.SetStock(t.Context(), "kisi", 2)); err != nil {
		t.Fatal(err)
	}
	s.exec("UPDATE product_texts SET name = 'x'")
	version := s.version()
	add()
	if s.version() != version {
		t.Error("adding again changed something")
	}
	c.Products = append(c.Products, bottle("rkatsiteli"))
	add()
	if n := s.number("SELECT count(*) FROM products"); n != 3 {
		t.Errorf("%d products, want 3", n)
	}
	bad := bottle("bad")
	bad.Price = 0
	c.Products = append(c.Products, bottle("fine"), bad)
	if err := s.Add(t.Context(), c); !models.IsKind(err, models.Invalid) {
		t.Errorf("bad product: %v, want Invalid", err)
	}
	if n := s.number("SELECT count(*) FROM products"); n != 3 {
		t.Errorf("%d products after a refused catalogue, want 3", n)
	}
}
