package handlers_test

import (
	"net/url"
	"strings"
	"testing"

	"dukani/views"
)

// An amount is read as people type it and as the shop writes it; one that cannot be read
// stays in its field with an error beside it, and limits nothing.
func TestThePriceFilterReadsWhatTheShopWrites(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	chips := func(query string) string {
		return strings.TrimSpace(s.page("/ka/c/wine?" + query).Find(".chips li").First().Text())
	}
	for want, list := range map[string][]string{
		"1450": {
			"1450", "1 450", "1\u00a0450", "1\u202f450", "1\u2009450", "1\u2007450", "1\u3000450", "1\t450", "1,450", "1’450", "1'450", "1450,00", "1 450,00", "1,450.00",
			"1 450 ₾", "1\u00a0450,00\u00a0₾", "1450₾", "₾1450", "1450 GEL", "1450 lari", "gel 1,450.00", "1450 ლარი", "1450 ლ.", " 1450. ", "\u200e1450\u200f", "01450",
			views.Price("ka", 1_450_00), views.Price("en", 1_450_00), views.Number("ka", 1450), views.Number("en", 1450),
		},
		"1000":  {"1 000", "1,000", "1000,0", views.Price("ka", 1_000_00)},
		"100":   {"100 ₾", "100,00", "100.00 ₾", "\u00a0100\u00a0"},
		"20.50": {"20,5", "20.5", "20,50 ₾", "20.50", views.Price("en", 20_50)},
		"0.50":  {",5", ".50", "0,5"},
	} {
		same := chips("min=" + want)
		if !strings.Contains(same, "₾-დან") {
			t.Fatalf("%s: %q", want, same)
		}
		for _, typed := range list {
			if got := chips("min=" + url.QueryEscape(typed)); got != same {
				t.Errorf("%q is read as %q, want %q", typed, got, same)
			}
		}
	}
	for _, typed := range []string{
		"abc", "-5", "−5", "20.555", "1.2.3", "14 50", "1 45", "1,45,0", "0,555", "₾", ".", ",", "10-20", "1e3", "٣", "99999999999999999999", "12345678", "1 450 500 000", "<b>", "$5", "5 $",
		strings.Repeat("9", 3000),
	} {
		for _, field := range []string{"min", "max"} {
			doc := s.page("/en/c/wine?" + field + "=" + url.QueryEscape(typed))
			kept := doc.Find("#"+field).AttrOr("value", "")
			if doc.Find("[data-field="+field+"]").Length() != 1 || doc.Find(".chips").Length() != 0 || kept == "" || !strings.HasPrefix(typed, kept) ||
				doc.Find("#"+field).AttrOr("aria-describedby", "") != field+"-error" {
				t.Errorf("%s %.30q: said %d times, kept as %q", field, typed, doc.Find("[data-field="+field+"]").Length(), kept)
			}
		}
	}
	if doc := s.page("/ka/c/wine?max=0"); doc.Find("[data-field=max]").Length() != 1 {
		t.Error("nothing as the most is dropped without a word")
	}
	doc := s.page("/ka/c/wine?min=50&max=20")
	if doc.Find("[data-field=min]").Length() != 1 || doc.Find("#min").AttrOr("value", "") != "20" || doc.Find("#max").AttrOr("value", "") != "50" {
		t.Error("bounds the wrong way round are swapped without a word")
	}
	if doc := s.page("/ka/c/wine?min=x&max=30"); doc.Find(".chips li").Length() != 2 || doc.Find("[data-field]").Length() != 1 {
		t.Error("one bound that cannot be read takes the other with it")
	}
	if doc := s.page("/ka/c/wine?min=20&max=50"); doc.Find("[data-field]").Length() != 0 {
		t.Error("something is wrong with good bounds")
	}
}
