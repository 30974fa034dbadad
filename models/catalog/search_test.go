package catalog_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"dukani/models"
	"dukani/models/catalog"
)

func (s *shop) find(query string, sort catalog.Sort) *catalog.SearchPage {
	s.t.Helper()
	found, err := s.Search(s.t.Context(), models.Ka, query, sort, 1)
	if err != nil {
		s.t.Fatalf("search %q: %v", query, err)
	}
	return found
}

// TestGeorgianInLatinLetters puts each word as people type it against the name
// it should find.
func TestGeorgianInLatinLetters(t *testing.T) {
	t.Parallel()
	spellings := map[string][]string{
		"ჩურჩხელა":    {"churchkhela", "churchxela", "churchhela", "curcxela", "tchurtchkhela", "Churchkhela", "churchkh", "ch'urchkhela", "ჩურჩხელის", "ჭურჭხელა", "ᲩᲣᲠᲩᲮᲔᲚᲐ"},
		"ტყემალი":     {"tkemali", "tqemali", "tyemali", "t'q'emali", "t’q’emali", "tkemal", "თქემალი"},
		"საფერავი":    {"saperavi", "saferavi", "SAPERAVI", "saper", "საფერ"},
		"აჯიკა":       {"adjika", "ajika", "adzhika", "ajik'a", "adjiqa"},
		"ხაჭაპური":    {"khachapuri", "xachapuri", "hachapuri", "xacapuri", "khach'ap'uri", "khachafuri"},
		"ქვევრი":      {"qvevri", "kvevri", "kwewri"},
		"წინანდალი":   {"tsinandali", "winandali", "cinandali", "ts'inandali", "tzinandali"},
		"ხვანჭკარა":   {"khvanchkara", "xvanchkara", "hvanchkara", "khwanchkara"},
		"ღვინო":       {"ghvino", "gvino", "ghwino"},
		"ყველი":       {"kveli", "qveli", "yveli", "q'veli"},
		"შოთი":        {"shoti", "shot'i"},
		"ძმარი":       {"dzmari", "zmari"},
		"ჟოლო":        {"zholo", "zolo"},
		"ცქრიალა":     {"tskriala", "ckriala", "tsqriala"},
		"ჯონჯოლი":     {"jonjoli", "djondjoli", "dzhondzholi"},
		"თხილი":       {"tkhili", "txili", "thili"},
		"ფხალი":       {"pkhali", "fxali", "phali"},
		"მწვანე":      {"mtsvane", "mcvane", "mwvane"},
		"სხვა":        {"skhva", "sxva"},
		"ჰარირა":      {"harira", "kharira"},
		"პიტნა":       {"pitna", "fitna", "p'it'na"},
		"კინძმარაული": {"kindzmarauli", "kinzmarauli", "qindzmarauli"},
	}
	s := open(t)
	pairs := 0
	names := map[string]string{}
	for i, name := range slices.Sorted(maps.Keys(spellings)) {
		slug := fmt.Sprint("p-", i)
		names[name] = slug
		p := named(slug, name, "Item")
		p.Texts[models.Ka] = catalog.ProductText{Name: name}
		s.put(p)
	}
	for name, typed := range spellings {
		for _, query := range typed {
			pairs++
			if got := slugs(s.find(query, catalog.SortRelevance).Cards); !slices.Contains(got, names[name]) {
				t.Errorf("%s does not find %s, but %v", query, name, got)
			} else if len(got) > 2 {
				t.Errorf("%s finds too much: %v", query, got)
			}
		}
	}
	if pairs < 40 {
		t.Errorf("only %d spellings", pairs)
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	s := open(t)
	honeyText := bottle("in-text")
	honeyText.Rank = 1000
	for lang, text := range both("თაფლით მოხარშული.", "Boiled with honey.") {
		x := honeyText.Texts[lang]
		x.Text = text
		honeyText.Texts[lang] = x
	}
	s.put(honeyText)
	brie := named("brie", "ბრი", "Brie")
	brie.Category, brie.Rank = "cheese", 1
	s.put(brie)
	popular := named("popular", "კრეკერი", "Crackers")
	popular.Rank = 999
	popular.Texts[models.En] = catalog.ProductText{Name: "Crackers", Text: "Serve with cheese."}
	s.put(popular)
	s.put(named("acacia", "აკაციის თაფლი", "Acacia honey"))
	s.put(named("comb", "თაფლის ფიჭა ხის ჩარჩოში, დიდი", "Honeycomb in a big wooden frame"))
	s.put(named("cafe", "ყავა", "Café à la turque"))
	s.put(named("withdrawn", "ძველი თაფლი", "Old honey"))
	if err := s.SetActive(t.Context(), "withdrawn", false); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		query string
		want  []string
		any   bool
	}{
		"whole word, then beginning, then text": {"honey", []string{"acacia", "comb", "in-text"}, false},
		"other language than the page's":        {"acacia", []string{"acacia"}, false},
		"both languages at once":                {"acacia თაფლი", []string{"acacia"}, false},
		"beginning of a word":                   {"aca", []string{"acacia"}, false},
		"another case of the word":              {"აკაცია", []string{"acacia"}, false},
		"in capitals":                           {"ACACIA", []string{"acacia"}, false},
		"without the accents":                   {"cafe a la", []string{"cafe"}, false},
		"a category before what goes with it":   {"cheese", []string{"brie", "popular"}, false},
		"the beginning of a category":           {"chees", []string{"brie", "popular"}, false},
		"producer":                              {"cellar acacia", []string{"acacia"}, false},
		"attribute":                             {"rkatsiteli acacia", []string{"acacia"}, false},
		"not the names of JSON's fields":        {"value", nil, false},
		"all words where there are such":        {"acacia honey", []string{"acacia"}, false},
		"any word where none has all":           {"acacia turque", []string{"cafe", "acacia"}, true},
		"nothing":                               {"xylophone", nil, false},
		"withdrawn":                             {"old", nil, false},
		"empty":                                 {"", nil, false},
		"blank":                                 {" \t\n", nil, false},
		"only punctuation":                      {"!?*\"'()", nil, false},
		"an apostrophe inside":                  {"acacia's", nil, false},
		"a quoted word":                         {"'honey' ‘acacia’", []string{"acacia"}, false},
		"nine words, the ninth unknown":         {strings.Repeat("honey ", 8) + "xylophone", []string{"acacia", "comb", "in-text"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := s.find(test.query, catalog.SortRelevance)
			got := slugs(found.Cards)
			if !slices.Equal(got, test.want) && len(got)+len(test.want) > 0 || found.Any != test.any {
				t.Errorf("%q finds %v (any %v), want %v (any %v)", test.query, got, found.Any, test.want, test.any)
			}
		})
	}
}

func TestQueriesAreNeverSyntax(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.put(named("acacia", "აკაციის თაფლი", "Acacia honey"))
	for _, query := range []string{
		`"`, `""`, `"""`, `acacia"`, `"acacia`, `acacia*`, `*`, `^acacia`, `name:acacia`, `{name} : acacia`, `- acacia`, `acacia -honey`,
		`acacia AND`, `AND`, `OR OR`, `NOT acacia`, `acacia NOT honey`, `NEAR(acacia honey)`, `NEAR/2`, `(acacia`, `acacia)`, `(((`,
		`acacia + honey`, `rank:1`, `'; DROP TABLE products; --`, `' OR 1=1 --`, `%`, `_`, `\`, "acacia\x00honey", "\xff\xfe", "acacia\xffhoney",
		"\u202eacacia", "a\u0301", "🍯", "́", `'`, `’`, `'''acacia'''`, strings.Repeat("a", 10_000), strings.Repeat("acacia ", 5000), strings.Repeat(`"`, 3000),
		strings.Repeat("ტყ", 5000), "product_names MATCH 1",
	} {
		for _, sort := range []catalog.Sort{catalog.SortRelevance, catalog.SortPriceAsc} {
			if _, err := s.Search(t.Context(), models.En, query, sort, 1); err != nil {
				t.Errorf("search %.40q: %v", query, err)
			}
		}
		if _, err := s.Suggest(t.Context(), models.En, query); err != nil {
			t.Errorf("suggest %.40q: %v", query, err)
		}
	}
	if got := slugs(s.find(`acacia" OR "x`, catalog.SortRelevance).Cards); !slices.Equal(got, []string{"acacia"}) {
		t.Errorf("quoted: %v", got)
	}
}

// TestEveryLetterIsOneToFTS5 looks for a letter that would split a word in two:
// FTS5 refuses the two halves.
func TestEveryLetterIsOneToFTS5(t *testing.T) {
	t.Parallel()
	s := open(t)
	var batch []string
	for r := rune(1); r < 0x2000; r++ {
		if batch = append(batch, "a"+string(r)+"b"); len(batch) == 8 || r > 0x1FF0 {
			if _, err := s.Search(t.Context(), models.En, strings.Join(batch, " "), catalog.SortRelevance, 1); err != nil {
				t.Fatalf("%q: %v", batch, err)
			}
			batch = batch[:0]
		}
	}
}

func TestSearchOrdersAndPages(t *testing.T) {
	t.Parallel()
	s := open(t)
	for i := range 30 {
		p := bottle(fmt.Sprintf("p-%02d", i))
		p.Price = models.Tetri(100 + i*7%30)
		p.Created = p.Created.AddDate(0, 0, i*11%30)
		p.Rank = i * 13 % 30
		s.put(p)
	}
	for _, test := range []struct {
		sort catalog.Sort
		more func(a, b catalog.ProductCard) bool
	}{
		{catalog.SortPriceAsc, func(a, b catalog.ProductCard) bool { return a.Price < b.Price }},
		{catalog.SortPriceDesc, func(a, b catalog.ProductCard) bool { return a.Price > b.Price }},
		{catalog.SortNew, func(a, b catalog.ProductCard) bool { return a.Created.After(b.Created) }},
	} {
		var all []catalog.ProductCard
		for page := 1; page <= 3; page++ {
			found, err := s.Search(t.Context(), models.Ka, "ღვინო", test.sort, page)
			if err != nil {
				t.Fatal(err)
			}
			if found.Total != (catalog.Count{N: 30}) || found.Pages != 2 || found.Page != page {
				t.Errorf("%s: total %v, page %d of %d", test.sort, found.Total, found.Page, found.Pages)
			}
			all = append(all, found.Cards...)
		}
		if len(all) != 30 {
			t.Fatalf("%s: %d cards on all pages, want 30", test.sort, len(all))
		}
		for i := range all[1:] {
			if !test.more(all[i], all[i+1]) {
				t.Errorf("%s: %s before %s", test.sort, all[i].Slug, all[i+1].Slug)
			}
		}
	}
	found, err := s.Suggest(t.Context(), models.Ka, "ღვ")
	if err != nil || len(found) != 6 {
		t.Errorf("%d suggestions, %v; want 6", len(found), err)
	}
}

// What is sold out is found, after everything that can be had, however well it fits.
func TestSoldOutIsFoundLast(t *testing.T) {
	t.Parallel()
	s := open(t)
	for i := range 30 { // names of one word and of several, and texts
		p := named(fmt.Sprint("n-", i), []string{"თაფლი", "წაბლის თაფლი", "ბროწეული"}[i%3], "Item")
		text := p.Texts[models.Ka]
		text.Text = "თაფლი აქვს."
		p.Texts[models.Ka] = text
		if i%4 == 0 {
			p.Stock = 0
		}
		s.put(p)
	}
	var states []bool
	seen := map[string]bool{}
	for page := 1; page <= 2; page++ {
		found, err := s.Search(t.Context(), models.Ka, "თაფლი", catalog.SortRelevance, page)
		if err != nil || found.Total.N != 30 {
			t.Fatalf("%d found, %v; want 30", found.Total.N, err)
		}
		for _, card := range found.Cards {
			states, seen[card.Slug] = append(states, card.Stock().Status == catalog.SoldOut), true
		}
	}
	if len(seen) != 30 || slices.Index(states, true) != 22 || slices.Contains(states[22:], false) {
		t.Errorf("%d products on all pages, sold out: %v; want the last 8 of 30", len(seen), states)
	}
	s.put(func() catalog.ProductData { p := named("exact", "ჯარა", "Jara"); p.Stock = 0; return p }())
	s.put(named("long", "ჯარას თაფლი", "Jara honey"))
	suggested, err := s.Suggest(t.Context(), models.Ka, "ჯარა")
	if err != nil || len(suggested) != 2 || suggested[0].Slug != "long" {
		t.Errorf("suggested: %v, %v", suggested, err)
	}
	dear := named("dear", "ჯარას ფიჭა", "Comb")
	dear.Price, dear.Stock = 90_00, 0
	s.put(dear)
	if found := s.find("ჯარა", catalog.SortPriceDesc); found.Cards[0].Slug != "dear" {
		t.Errorf("the order that was asked for is not followed: %s first", found.Cards[0].Slug)
	}
}

func TestSearchFollowsChanges(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := t.Context()
	acacia := named("honey", "აკაციის თაფლი", "Acacia honey")
	s.put(acacia)
	found := func(query string) int { return s.find(query, catalog.SortRelevance).Total.N }
	chestnut := named("honey", "წაბლის თაფლი", "Chestnut honey")
	s.put(chestnut)
	for query, want := range map[string]int{"acacia": 0, "akatsia": 0, "chestnut": 1, "წაბლი": 1, "tsabli": 1, "wabli": 1} {
		if got := found(query); got != want {
			t.Errorf("%s: %d found, want %d", query, got, want)
		}
	}
	moved := chestnut
	moved.Category, moved.Region = "cheese", "kartli"
	for _, change := range []struct {
		word string
		make func() error
	}{
		{"cheese", func() error { return s.PutProduct(ctx, moved) }},
		{"milk", func() error {
			return s.PutCategory(ctx, catalog.CategoryData{Slug: "cheese", Name: both("რძის ნაწარმი", "Milk things")})
		}},
		{"shida", func() error { // a region that gets its name later
			return s.Add(ctx, catalog.Entries{Regions: []catalog.RegionData{{Key: "kartli", Name: both("შიდა ქართლი", "Kartli")}}})
		}},
	} {
		if got := found(change.word); got != 0 {
			t.Errorf("%s: %d found before the change", change.word, got)
		}
		if err := change.make(); err != nil {
			t.Fatal(err)
		}
		if got := found(change.word); got != 1 {
			t.Errorf("%s: %d found after the change", change.word, got)
		}
	}
	for _, active := range []bool{false, true} {
		if err := s.SetActive(ctx, "honey", active); err != nil {
			t.Fatal(err)
		}
		if got := found("chestnut"); (got == 1) != active {
			t.Errorf("active %v: %d found", active, got)
		}
	}
}

// Another program's texts are found after Reindex; what it withdraws is not found at once.
func TestSearchAfterAnotherProgram(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.put(named("acacia", "აკაციის თაფლი", "Acacia honey"))
	s.put(named("comb", "თაფლის ფიჭა", "Honeycomb"))
	s.exec("UPDATE product_texts SET name = 'Chestnut' WHERE lang = 'en' AND name = 'Acacia honey'")
	s.exec("UPDATE products SET active = 0 WHERE slug = 'comb'")
	if found := s.find("თაფლი", catalog.SortRelevance); !slices.Equal(slugs(found.Cards), []string{"acacia"}) {
		t.Errorf("withdrawn by another program: %v", slugs(found.Cards))
	}
	s.exec("UPDATE products SET active = 1")
	before := s.version()
	if err := s.Reindex(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.version() == before {
		t.Error("pages made before are still shown")
	}
	for query, want := range map[string]int{"acacia": 0, "chestnut": 1, "თაფლი": 2} {
		if got := s.find(query, catalog.SortRelevance).Total.N; got != want {
			t.Errorf("%s: %d found, want %d", query, got, want)
		}
	}
}

// TestMisspellingsFindWhatTheOtherWordsFind: a word that is nowhere changes nothing but
// the remark.
func TestMisspellingsFindWhatTheOtherWordsFind(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.put(named("acacia", "აკაციის თაფლი", "Acacia honey"))
	s.put(named("comb", "თაფლის ფიჭა", "Honeycomb"))
	brie := named("brie", "ბრი", "Brie")
	brie.Category = "cheese"
	s.put(brie)
	for _, words := range []string{"honey", "თაფლი", "chees", "aca", "acacia ბრი"} {
		for _, sort := range []catalog.Sort{catalog.SortRelevance, catalog.SortPriceAsc} {
			misspelling := s.find(words+" xylophone", sort)
			alone := s.find(words, sort)
			again := s.find("xylophones  "+words, sort)
			if got, want := slugs(misspelling.Cards), slugs(alone.Cards); !slices.Equal(got, want) || len(want) == 0 || !misspelling.Any {
				t.Errorf("%q finds %v (any %v) with a misspelling, %v without", words, got, misspelling.Any, want)
			}
			if got, want := slugs(again.Cards), slugs(misspelling.Cards); !slices.Equal(got, want) || !again.Any || again.Total != misspelling.Total {
				t.Errorf("%q finds %v the second time, %v the first", words, got, want)
			}
		}
	}
	if found := s.find("honey", catalog.SortRelevance); found.Any {
		t.Error("the word alone is said to be one of several")
	}
	s.put(named("comb", "თაფლის ფიჭა", "Xylophone"))
	if found := s.find("თაფლი xylophone", catalog.SortRelevance); found.Any || !slices.Equal(slugs(found.Cards), []string{"comb"}) {
		t.Errorf("after the word came to be: %v (any %v)", slugs(found.Cards), found.Any)
	}
}
