package models_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"dukani/models"
)

func TestOnlyWholeGeorgianIBANsAreTaken(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"GE29NB0000000101904917":         "GE29NB0000000101904917", // the example of the IBAN registry
		" ge29 nb00 0000 0101 9049 17 ":  "GE29NB0000000101904917",
		"GE29\u00a0NB0000000101904917":   "GE29NB0000000101904917",
		"ＧＥ29NB0000000101904917":         "GE29NB0000000101904917",
		"GE28NB0000000101904917":         "", // the check digits are another number's
		"GE29NB0000000101904971":         "", // two digits have changed places
		"GE29NB000000010190491":          "",
		"GE29NB00000001019049170":        "",
		"DE89370400440532013000":         "",
		"GE290B0000000101904917":         "",
		"GE29NBO000000101904917":         "",
		"GE29NB00000001019049ab":         "",
		"GE00XX0000000000000001":         "",
		"":                               "",
		"IBAN GE29NB0000000101904917":    "",
		"GE29NB0000000101904917; DROP--": "",
	} {
		if got, ok := models.ReadIBAN(typed); ok != (want != "") || ok && got != want {
			t.Errorf("%q is read as %q, %t; want %q", typed, got, ok, want)
		}
	}
}

func TestMakersGetTheirShareToTheTetri(t *testing.T) {
	t.Parallel()
	part := func(id int64, percent int) *models.Maker { return &models.Maker{ID: id, Percent: percent} }
	each := func(id int64, amount models.Tetri) *models.Maker {
		return &models.Maker{ID: id, AmountTetri: amount}
	}
	sold := func(m *models.Maker, price models.Tetri, units int) models.SoldUnits {
		return models.SoldUnits{Maker: m, UnitTetri: price, Units: units}
	}
	for name, c := range map[string]struct {
		sold            []models.SoldUnits
		delivery, taken models.Tetri
		want            []models.Tetri
	}{
		"a percentage of the goods, not of the delivery": {[]models.SoldUnits{sold(part(1, 85), 18_65, 2)}, 5_00, 42_30, []models.Tetri{31_70}},
		"rounded down once, over all the maker's lines":  {[]models.SoldUnits{sold(part(1, 50), 1, 1), sold(part(1, 50), 1, 1)}, 0, 2, []models.Tetri{1}},
		"all of it":                                  {[]models.SoldUnits{sold(part(1, 100), 9_99, 3)}, 0, 29_97, []models.Tetri{29_97}},
		"an amount for each unit":                    {[]models.SoldUnits{sold(each(1, 3_00), 10_00, 4)}, 0, 40_00, []models.Tetri{12_00}},
		"never more than the price":                  {[]models.SoldUnits{sold(each(1, 30_00), 10_00, 2)}, 5_00, 25_00, []models.Tetri{20_00}},
		"in the order of their lines":                {[]models.SoldUnits{sold(part(2, 10), 10_00, 1), sold(nil, 5_00, 1), sold(part(1, 20), 10_00, 1), sold(part(2, 10), 10_00, 1)}, 0, 35_00, []models.Tetri{2_00, 2_00}},
		"a share of nothing is left out":             {[]models.SoldUnits{sold(part(1, 1), 99, 1), sold(part(2, 1), 1_00, 1)}, 0, 1_99, []models.Tetri{1}},
		"units that are not charged":                 {[]models.SoldUnits{sold(part(1, 50), 10_00, 0), sold(part(2, 50), 10_00, 1)}, 0, 10_00, []models.Tetri{5_00}},
		"less taken than it costs":                   {[]models.SoldUnits{sold(part(1, 60), 10_00, 1), sold(each(2, 5_00), 10_00, 1)}, 0, 10_00, []models.Tetri{3_00, 2_50}},
		"more taken changes nothing":                 {[]models.SoldUnits{sold(part(1, 60), 10_00, 1)}, 0, 90_00, []models.Tetri{6_00}},
		"nobody":                                     {[]models.SoldUnits{sold(nil, 10_00, 1)}, 0, 10_00, nil},
		"figures that no int64 holds the product of": {[]models.SoldUnits{sold(part(1, 100), 1_000_000_000_00, 10_000)}, 0, 999_999_999_999_99, []models.Tetri{999_999_999_999_99}},
	} {
		var got []models.Tetri
		for i, s := range models.ShareOut(c.sold, c.delivery, c.taken) {
			got = append(got, s.AmountTetri)
			if s.Position != i {
				t.Errorf("%s: share %d has position %d", name, i, s.Position)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// Whatever is sold, agreed and taken: every share is more than nothing, one for each maker, at most
// what the maker agreed to, less than a tetri and its own rounding below it when all is taken, and
// together they are never more than what is taken.
func TestSharesAddUpWhateverIsSold(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(10, 33))
	for range 20_000 {
		makers := []*models.Maker{nil}
		for id := int64(1); id <= int64(r.IntN(12)); id++ {
			m := &models.Maker{ID: id, Percent: 1 + r.IntN(100)}
			if r.IntN(2) == 0 {
				m.Percent, m.AmountTetri = 0, models.Tetri(1+r.IntN(40_00))
			}
			makers = append(makers, m)
		}
		var sold []models.SoldUnits
		goods := map[int64]models.Tetri{}
		delivery := models.Tetri(r.IntN(3) * 5_00)
		full := delivery
		for range 1 + r.IntN(8) {
			s := models.SoldUnits{Maker: makers[r.IntN(len(makers))], UnitTetri: models.Tetri(1 + r.IntN(60_00)), Units: r.IntN(5)}
			sold = append(sold, s)
			full += s.UnitTetri * models.Tetri(s.Units)
			if s.Maker != nil {
				goods[s.Maker.ID] += s.UnitTetri * models.Tetri(s.Units)
			}
		}
		if full == 0 {
			continue
		}
		taken := full
		if r.IntN(2) == 0 {
			taken = 1 + models.Tetri(r.Int64N(int64(full)))
		}
		sum, seen := models.Tetri(0), map[int64]bool{}
		for _, s := range models.ShareOut(sold, delivery, taken) {
			sum += s.AmountTetri
			maker := makers[s.MakerID]
			switch {
			case s.AmountTetri <= 0 || seen[s.MakerID]:
				t.Fatalf("share of %d to %d, seen %t", s.AmountTetri, s.MakerID, seen[s.MakerID])
			case s.AmountTetri > goods[s.MakerID]:
				t.Fatalf("share of %d for goods of %d", s.AmountTetri, goods[s.MakerID])
			case maker.Percent > 0 && taken == full && s.AmountTetri != goods[s.MakerID]*models.Tetri(maker.Percent)/100:
				t.Fatalf("share of %d, %d %% of %d", s.AmountTetri, maker.Percent, goods[s.MakerID])
			}
			seen[s.MakerID] = true
		}
		if sum > taken {
			t.Fatalf("shares of %d out of %d", sum, taken)
		}
	}
}

func TestWhatIsWrongWithAMakerIsSaidAtItsField(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 10)
	s.exec("UPDATE product_texts SET producer = CASE lang WHEN 'ka' THEN 'ლუკა' ELSE 'Luka' END")
	by := models.Actor{Email: "manager@example.ge"}
	good := models.Maker{NameKa: "ლუკა", IBAN: "GE29NB0000000101904917", Percent: 80, Description: "Dukani: honey (+10)"}
	for name, c := range map[string]struct {
		change func(*models.Maker)
		field  string
	}{
		"a name that the catalogue does not have": {func(m *models.Maker) { m.NameKa = "ლუკ" }, "name"},
		"a wrong account":                         {func(m *models.Maker) { m.IBAN = "GE30NB0000000101904917" }, "iban"},
		"no share":                                {func(m *models.Maker) { m.Percent = 0 }, "percent"},
		"more than all":                           {func(m *models.Maker) { m.Percent = 101 }, "percent"},
		"less than nothing":                       {func(m *models.Maker) { m.Percent = -1 }, "percent"},
		"both":                                    {func(m *models.Maker) { m.AmountTetri = 1 }, "amount"},
		"a negative amount":                       {func(m *models.Maker) { m.AmountTetri = -1 }, "amount"},
		"26 letters":                              {func(m *models.Maker) { m.Description = strings.Repeat("a", 26) }, "description"},
		"letters of another script":               {func(m *models.Maker) { m.Description = "თაფლი" }, "description"},
		"a sign the bank refuses":                 {func(m *models.Maker) { m.Description = "honey & wax" }, "description"},
	} {
		maker := good
		c.change(&maker)
		err := s.SaveMaker(t.Context(), by, maker)
		if e, ok := errors.AsType[*models.Error](err); !ok || e.Kind != models.Invalid || e.Fields[c.field] == "" {
			t.Errorf("%s: %v, want a message at %s", name, err, c.field)
		}
	}
	if n := s.number("SELECT count(*) FROM makers"); n != 0 {
		t.Fatalf("%d makers are stored", n)
	}
	for _, description := range []string{good.Description, "", strings.Repeat("a", 25), "azAZ09 /-?:().,'+"} {
		good.Description = description
		s.exec("DELETE FROM makers")
		if err := s.SaveMaker(t.Context(), by, good); err != nil {
			t.Errorf("%q: %v", description, err)
		}
	}
}

func TestAMakerIsChangedOnceByTwoPeopleAndTheAuditListSaysIt(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 10)
	s.exec("UPDATE product_texts SET producer = CASE lang WHEN 'ka' THEN 'ლუკა' ELSE 'Luka' END")
	by := models.Actor{Email: "manager@example.ge"}
	save := func(m models.Maker) error { return s.SaveMaker(t.Context(), by, m) }
	if err := save(models.Maker{NameKa: "ლუკა", IBAN: "GE29NB0000000101904917", Percent: 80}); err != nil {
		t.Fatal(err)
	}
	if err := save(models.Maker{NameKa: "ლუკა", Percent: 80}); !models.IsKind(err, models.Invalid) {
		t.Errorf("the same maker a second time: %v", err)
	}
	list, err := s.Makers(t.Context())
	if err != nil || len(list) != 1 || list[0].NameEn != "Luka" || list[0].Name(models.En) != "Luka" || list[0].Name(models.Ka) != "ლუკა" {
		t.Fatalf("%+v, %v", list, err)
	}
	changed := list[0]
	changed.Percent, changed.AmountTetri = 0, 4_00
	if err := save(changed); err != nil {
		t.Fatal(err)
	}
	if err := save(changed); !models.IsKind(err, models.Conflict) {
		t.Errorf("from an outdated page: %v", err)
	}
	changed.Version, changed.ID = 2, 99
	if err := save(changed); !models.IsKind(err, models.Invalid) { // its account is another's
		t.Errorf("a maker that is not there, with another's account: %v", err)
	}
	changed.IBAN = ""
	if err := save(changed); !models.IsKind(err, models.NotFound) {
		t.Errorf("a maker that is not there: %v", err)
	}
	if n := s.number("SELECT count(*) FROM audit WHERE action = 'maker' AND who = 'manager@example.ge'"); n != 2 {
		t.Errorf("%d lines of the audit list, want 2", n)
	}
	if after := s.text("SELECT after FROM audit WHERE action = 'maker' ORDER BY id DESC LIMIT 1"); !strings.Contains(after, "4.00") && !strings.Contains(after, "4,00") {
		t.Errorf("the audit list says %q", after)
	}
}
