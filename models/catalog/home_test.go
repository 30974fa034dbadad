package catalog_test

import (
	"fmt"
	"slices"
	"testing"

	"dukani/models"
)

func TestHome(t *testing.T) {
	t.Parallel()
	s := open(t)
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
	home, err := s.Home(t.Context(), models.Ka)
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
	s := open(t)
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
	home, err := s.Home(t.Context(), models.Ka)
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
