package catalog_test

import (
	"fmt"
	"slices"
	"testing"

	"dukani/models"
	"dukani/models/catalog"
)

// Going through the pages of any filter, in either direction, shows each product once.
func TestStaffSeeEachProductThatFitsOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	want := map[catalog.StaffShow]map[string]bool{}
	for _, show := range append([]catalog.StaffShow{""}, catalog.StaffShows...) {
		want[show] = map[string]bool{}
	}
	for i := range 130 {
		p := bottle(fmt.Sprint("p-", i))
		p.Stock = i % 9
		p.Withdrawn = i%4 == 0
		if i%3 == 0 {
			p.OldPrice = 30_00
		}
		s.put(p)
		want[""][p.Slug] = true
		want[catalog.ShowOn][p.Slug] = !p.Withdrawn
		want[catalog.ShowOff][p.Slug] = p.Withdrawn
		want[catalog.ShowLow][p.Slug] = !p.Withdrawn && p.Stock > 0 && p.Stock <= catalog.LowStock
		want[catalog.ShowSoldOut][p.Slug] = !p.Withdrawn && p.Stock == 0
		want[catalog.ShowReduced][p.Slug] = !p.Withdrawn && p.OldPrice > 0
	}
	for show, fits := range want {
		for _, query := range []string{"", "ღვინ", "wine p", "P"} {
			for _, category := range []string{"", "wine", "cheese"} {
				f := catalog.StaffFilter{Show: show, Query: query, Category: category}
				got, pages := []string{}, [][]string{}
				var after int64
				for {
					list, err := s.StaffList(t.Context(), models.En, f)
					if err != nil {
						t.Fatal(err)
					}
					page := []string{}
					for _, row := range list.Rows {
						page = append(page, row.Slug)
					}
					got, pages, after = append(got, page...), append(pages, page), list.After
					if f.Before = list.Before; f.Before == 0 {
						break
					}
				}
				n := 0
				for slug, yes := range fits {
					if yes && category != "cheese" {
						n++
						if !slices.Contains(got, slug) {
							t.Errorf("%+v: no %s", f, slug)
						}
					}
				}
				if len(got) != n {
					t.Errorf("%+v: %d products, want %d", f, len(got), n)
				}
				if len(pages) > 1 {
					back, err := s.StaffList(t.Context(), models.En, catalog.StaffFilter{Show: show, Query: query, Category: category, After: after})
					if err != nil || len(back.Rows) != catalog.StaffPage || back.Rows[0].Slug != pages[len(pages)-2][0] {
						t.Errorf("%+v: the page before the last is another one on the way back (%v)", f, err)
					}
				}
			}
		}
	}
	if list, err := s.StaffList(t.Context(), models.En, catalog.StaffFilter{Query: "\"* OR"}); err != nil || len(list.Rows) != 0 {
		t.Errorf("signs: %d, %v", len(list.Rows), err)
	}
}

func TestTheOldPriceIsTheLowestOfThirtyDays(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		history    []int // price in lari, one for each ten days before today, the last ten days ago
		price, old models.Tetri
		wrong      string
	}{
		"what it cost":               {[]int{20, 20, 20, 20}, 15_00, 20_00, ""},
		"more than it ever cost":     {[]int{20, 20, 20, 20}, 15_00, 20_01, "product.old_price_lowest 20.00"},
		"cheaper within 30 days":     {[]int{20, 20, 17, 20}, 15_00, 20_00, "product.old_price_lowest 17.00"},
		"cheaper long ago":           {[]int{15, 20, 20, 20}, 14_00, 20_00, ""},
		"a lower one is allowed":     {[]int{20, 20, 20, 20}, 15_00, 18_00, ""},
		"the same price, marked now": {[]int{20, 20, 20, 15}, 15_00, 20_00, ""},
		"never another price":        {[]int{20}, 20_00, 25_00, "product.old_price_no_earlier"},
		"not higher than the price":  {[]int{20, 20, 20, 20}, 15_00, 15_00, "product.old_price_higher"},
		"no reduction":               {[]int{20, 20, 20, 20}, 25_00, 0, ""},
	} {
		s := open(t)
		by, today := s.by(), s.now
		for i, lari := range test.history {
			s.now = today.AddDate(0, 0, -10*(len(test.history)-i))
			if i == 0 {
				p := bottle("kisi")
				p.Price = models.Tetri(lari) * 100
				s.put(p)
			} else if err := s.SetPrice(t.Context(), "kisi", models.Tetri(lari)*100, 0); err != nil {
				t.Fatal(err)
			}
		}
		s.now = today
		e, err := s.Edited(t.Context(), "kisi")
		if err != nil {
			t.Fatal(err)
		}
		e.Data.Price, e.Data.OldPrice = test.price, test.old
		wrong := ""
		if err := s.SaveProduct(t.Context(), by, e.Version, e.Data); err != nil {
			wrong = fields(err)["old_price"]
		}
		if wrong != test.wrong {
			t.Errorf("%s: %q, want %q", name, wrong, test.wrong)
		}
	}
}

// fields are what an Invalid finds wrong.
func fields(err error) map[string]string {
	if e, ok := err.(*models.Error); ok {
		return e.Fields
	}
	return map[string]string{"old_price": err.Error()}
}
