package catalog_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dukani/models"
	"dukani/models/catalog"
)

func TestAPriceListIsReadAsPeopleWriteIt(t *testing.T) {
	t.Parallel()
	amount := func(n models.Tetri) *models.Tetri { return &n }
	units := func(n int) *int { return &n }
	kisi := catalog.PriceLine{Line: 2, Slug: "kisi", Price: amount(12_50), OldPrice: amount(15_00), Stock: units(7)}
	for name, test := range map[string]struct {
		text string
		want catalog.PriceLine
	}{
		"semicolons and commas":   {"slug;price;old_price;stock\nkisi;12,50;15;7\n", kisi},
		"commas and points":       {"slug,price,old_price,stock\nkisi,12.50,15.00,7", kisi},
		"tabs":                    {"slug\tprice\told_price\tstock\nkisi\t12.5\t15\t7\n", kisi},
		"quoted, with commas":     {"slug,price,old_price,stock\n\"kisi\",\"12,50\",\"15,00\",7\n", kisi},
		"from Excel":              {"\ufeffslug;name;price;old_price;stock;reserved\r\nkisi;'=Wine;12,50;15,00;7;0\r\n", kisi},
		"another order":           {"Stock;OLD_PRICE; price ;Slug\n7;15,00;12,50;kisi\n", kisi},
		"spaces and a currency":   {"slug;price;old_price;stock\n kisi ; 12,50 ₾;15\u00a0₾; 7\n", kisi},
		"an apostrophe before":    {"slug;price;old_price;stock\n'kisi;'12,50;'15;'7\n", kisi},
		"empty lines":             {"slug;price;old_price;stock\nkisi;12,50;15;7\n\n;;;\n", kisi},
		"fewer cells":             {"slug;price;old_price;stock\nkisi;12,50\n", catalog.PriceLine{Line: 2, Slug: "kisi", Price: amount(12_50)}},
		"the end of a reduction":  {"slug;old_price\nkisi;0\n", catalog.PriceLine{Line: 2, Slug: "kisi", OldPrice: amount(0)}},
		"sold out":                {"slug;stock\nkisi;0\n", catalog.PriceLine{Line: 2, Slug: "kisi", Stock: units(0)}},
		"empty cells are no zero": {"slug;price;old_price;stock\nkisi;;;7\n", catalog.PriceLine{Line: 2, Slug: "kisi", Stock: units(7)}},
	} {
		lines, mistakes := catalog.ReadPriceList([]byte(test.text))
		if diff := cmp.Diff([]catalog.PriceLine{test.want}, lines); diff != "" || len(mistakes) > 0 {
			t.Errorf("%s: %v\n%s", name, mistakes, diff)
		}
	}
}

func TestEachMistakeInAPriceListHasItsLine(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text string
		want []catalog.PriceMistake
	}{
		"nothing":             {"", []catalog.PriceMistake{{1, "", "price_list.empty"}}},
		"a heading alone":     {"slug;price\n", []catalog.PriceMistake{{1, "", "price_list.empty"}}},
		"no slug":             {"price;stock\n1;1\n", []catalog.PriceMistake{{1, "slug", "price_list.column_missing"}}},
		"nothing to change":   {"slug;name\nkisi;x\n", []catalog.PriceMistake{{1, "", "price_list.nothing_to_change"}}},
		"an unknown column":   {"slug;prise\nkisi;1\n", []catalog.PriceMistake{{1, "prise", "price_list.column_unknown"}}},
		"a column twice":      {"slug;price;price\nkisi;1;1\n", []catalog.PriceMistake{{1, "price", "price_list.column_twice"}}},
		"another encoding":    {"slug;price\n\xff\xfe;1\n", []catalog.PriceMistake{{1, "", "price_list.not_text"}}},
		"binary":              {"PK\x03\x04\x00\x00", []catalog.PriceMistake{{1, "", "price_list.not_text"}}},
		"too many bytes":      {strings.Repeat("x", catalog.MaxPriceListBytes+1), []catalog.PriceMistake{{1, "", "price_list.too_big"}}},
		"a quotation mark":    {"slug;price\nkisi;1\n\"saperavi;1\n", []catalog.PriceMistake{{3, "", "price_list.quotes"}}},
		"too many cells":      {"slug;price\nkisi;1;2\n", []catalog.PriceMistake{{2, "", "price_list.too_many_cells"}}},
		"no product":          {"slug;price\n;1\n", []catalog.PriceMistake{{2, "slug", "price_list.slug_missing"}}},
		"a product twice":     {"slug;price\nkisi;1\nkisi;1\n", []catalog.PriceMistake{{3, "slug", "price_list.slug_twice 2"}}},
		"several in one line": {"slug;price;stock\nkisi;x;y\n", []catalog.PriceMistake{{2, "price", "price_list.amount"}, {2, "stock", "price_list.units"}}},
		"amounts": {"slug;price\na;0\nb;-1\nc;1.234\nd;1.2.3\ne;99999999\nf;=1+1\n", []catalog.PriceMistake{
			{2, "price", "product.price_positive"}, {3, "price", "price_list.amount"}, {4, "price", "price_list.amount"}, {5, "price", "price_list.amount"},
			{6, "price", "price_list.amount"}, {7, "price", "price_list.amount"},
		}},
		"units": {"slug;stock\na;-1\nb;1,5\nc;9999999\n", []catalog.PriceMistake{
			{2, "stock", "product.stock_negative"}, {3, "stock", "price_list.units"}, {4, "stock", "product.stock_too_many"},
		}},
		"too many lines": {"slug;stock\n" + lines(catalog.MaxPriceListLines+1), []catalog.PriceMistake{
			{catalog.MaxPriceListLines + 2, "", fmt.Sprint("price_list.too_long ", catalog.MaxPriceListLines)},
		}},
	} {
		_, mistakes := catalog.ReadPriceList([]byte(test.text))
		if diff := cmp.Diff(test.want, mistakes); diff != "" {
			t.Errorf("%s\n%s", name, diff)
		}
	}
}

func lines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "p-%d;1\n", i)
	}
	return b.String()
}

// by is who acts in these tests; the shop has them on its staff.
func (s *shop) by() models.Actor {
	s.exec(`INSERT INTO staff (id, email, name, role, lang, password_hash, created_at, updated_at)
		VALUES (1, 'nino@dukani.example', 'Nino', 'manager', 'en', 'x', '2026-01-01', '2026-01-01') ON CONFLICT DO NOTHING`)
	return models.Actor{StaffID: 1, Email: "nino@dukani.example", Address: "192.0.2.1"}
}

func TestAPriceListIsDoneTogetherOrNotAtAll(t *testing.T) {
	t.Parallel()
	s := open(t)
	by := s.by()
	for _, slug := range []string{"kisi", "saperavi", "mtsvane"} {
		s.put(bottle(slug))
	}
	s.exec("UPDATE stock SET reserved = 5 WHERE product_id = (SELECT id FROM products WHERE slug = 'mtsvane')")
	draft := func(text string) *catalog.PriceList {
		t.Helper()
		list, err := s.DraftPriceList(t.Context(), by, models.En, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	for text, want := range map[string]catalog.PriceMistake{
		"slug;price\nunknown;1\n":            {2, "slug", "price_list.slug_unknown"},
		"slug;stock\nkisi;1\nmtsvane;4\n":    {3, "stock", "product.stock_reserved 5"},
		"slug;old_price\nkisi;19\n":          {2, "old_price", "product.old_price_higher"},
		"slug;price;old_price\nkisi;10;25\n": {2, "old_price", "product.old_price_lowest 20.00"},
		"slug;old_price\nkisi;25\n":          {2, "old_price", "product.old_price_no_earlier"},
	} {
		list := draft(text)
		if diff := cmp.Diff([]catalog.PriceMistake{want}, list.Mistakes); diff != "" || list.Key != "" {
			t.Errorf("%q: kept as %q\n%s", text, list.Key, diff)
		}
	}
	both := draft("slug;price\nunknown;1\nkisi;much\nsaperavi;9\n") // what cannot be read, and what does not fit, at once
	want := []catalog.PriceMistake{{2, "slug", "price_list.slug_unknown"}, {3, "price", "price_list.amount"}}
	if diff := cmp.Diff(want, both.Mistakes); diff != "" || len(both.Changes) > 0 {
		t.Error(diff)
	}
	list := draft("slug;price;old_price;stock\nkisi;15,00;20,00;3\nsaperavi;20,00;;100\nmtsvane;;;5\n")
	if len(list.Changes) != 2 || list.Same != 1 || list.Key == "" {
		t.Fatalf("%+v", list)
	}
	s.exec("UPDATE stock SET on_hand = 99 WHERE product_id = (SELECT id FROM products WHERE slug = 'mtsvane')") // somebody buys one
	if _, err := s.ConfirmPriceList(t.Context(), by, models.En, list.Key, list.Seen); !models.IsKind(err, models.Conflict) {
		t.Errorf("what was shown is not what there is: %v", err)
	}
	if n := s.number("SELECT count(*) FROM products WHERE price_tetri <> 2000") + s.number("SELECT count(*) FROM stock_moves"); n != 0 {
		t.Errorf("%d changes were made by a list that was refused", n)
	}
	if _, err := s.PriceList(t.Context(), models.Actor{StaffID: 2}, models.En, list.Key); !models.IsKind(err, models.NotFound) {
		t.Errorf("somebody else sees the list: %v", err)
	}
	now, err := s.PriceList(t.Context(), by, models.En, list.Key)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.ConfirmPriceList(t.Context(), by, models.En, now.Key, now.Seen); n != 2 || err != nil {
		t.Fatalf("%d changed, %v", n, err)
	}
	for what, n := range map[string]int{
		"the price":              s.number("SELECT count(*) FROM products WHERE slug = 'kisi' AND price_tetri = 1500 AND old_price_tetri = 2000 AND edited = 2"),
		"its history":            s.number("SELECT count(*) FROM price_history h JOIN products p ON p.id = product_id WHERE slug = 'kisi' AND h.price_tetri = 1500"),
		"the stock":              s.number("SELECT count(*) FROM stock JOIN products p ON p.id = product_id WHERE slug = 'kisi' AND on_hand = 3"),
		"the count of kisi":      s.number("SELECT count(*) FROM stock_moves WHERE kind = 'counted' AND quantity = -97 AND staff_id = 1"),
		"the count of mtsvane":   s.number("SELECT count(*) FROM stock_moves WHERE kind = 'counted' AND quantity = -94"),
		"the price in the audit": s.number("SELECT count(*) FROM audit WHERE action = 'price' AND subject = 'product kisi' AND after LIKE '%15.00%'"),
		"what stays is left":     s.number("SELECT count(*) FROM products WHERE slug = 'saperavi' AND edited = 1"),
		"reduced goods, counted": s.number("SELECT sum(n) FROM category_counts WHERE on_sale = 1"),
	} {
		if n != 1 {
			t.Errorf("%s: %d, want 1", what, n)
		}
	}
	if _, err := s.ConfirmPriceList(t.Context(), by, models.En, now.Key, now.Seen); !models.IsKind(err, models.NotFound) {
		t.Errorf("the list is carried out twice: %v", err)
	}
}

// What is exported and read again changes nothing, and no cell is a formula.
func TestAnExportedPriceListChangesNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	by := s.by()
	s.put(bottle("kisi"))
	s.put(named("formula", "=HYPERLINK(\"x\")", "@SUM(1;2)"))
	reduced := bottle("reduced")
	reduced.OldPrice = 25_50
	s.put(reduced)
	for _, lang := range []models.Lang{models.Ka, models.En} {
		var file bytes.Buffer
		if err := s.ExportPrices(t.Context(), lang, catalog.StaffFilter{}, &file); err != nil {
			t.Fatal(err)
		}
		for _, wrong := range []string{";=", ",=", "\"=", ";@", ",@", "\"@"} {
			if strings.Contains(file.String(), wrong) {
				t.Errorf("%s: a formula in\n%s", lang, file.String())
			}
		}
		list, err := s.DraftPriceList(t.Context(), by, lang, file.Bytes())
		if err != nil || len(list.Changes) != 0 || len(list.Mistakes) != 0 || list.Same != 3 {
			t.Errorf("%s: %+v, %v\n%s", lang, list, err, file.String())
		}
	}
	var file bytes.Buffer
	if err := s.ExportPrices(t.Context(), models.En, catalog.StaffFilter{Show: catalog.ShowReduced}, &file); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(file.String(), "\n"); got != 2 || !strings.HasPrefix(file.String(), "\ufeffslug,") {
		t.Errorf("filtered: %q", file.String())
	}
}

func FuzzPriceList(f *testing.F) {
	f.Add([]byte("slug;price;old_price;stock\nkisi;12,50;15;7\n"))
	f.Add([]byte("\ufeffslug,name,price\r\nkisi,\"a\"\"b\",\"1,234.50\"\r\n"))
	f.Add([]byte("slug\tstock\n'kisi\t-1\n\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		lines, mistakes := catalog.ReadPriceList(text)
		if len(lines)+len(mistakes) == 0 {
			t.Fatalf("%d lines and %d mistakes", len(lines), len(mistakes))
		}
		for _, l := range lines {
			if l.Slug == "" || l.Price != nil && (*l.Price <= 0 || *l.Price > catalog.MaxPrice) ||
				l.OldPrice != nil && (*l.OldPrice < 0 || *l.OldPrice > catalog.MaxPrice) ||
				l.Stock != nil && (*l.Stock < 0 || *l.Stock > models.MaxOnHand) {
				t.Fatalf("read %+v", l)
			}
		}
	})
}
