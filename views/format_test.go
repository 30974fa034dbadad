package views_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dukani/views"
)

// visible shows non-breaking spaces, so that tables can be read.
func visible(s string) string { return strings.ReplaceAll(s, "\u00a0", "_") }

func TestPrice(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		tetri  int64
		ka, en string
	}{
		{0, "0,00_₾", "0.00_₾"},
		{5, "0,05_₾", "0.05_₾"},
		{1250, "12,50_₾", "12.50_₾"},
		{99_999, "999,99_₾", "999.99_₾"},
		{123_450, "1_234,50_₾", "1,234.50_₾"},
		{100_000_000, "1_000_000,00_₾", "1,000,000.00_₾"},
		{-1250, "−12,50_₾", "−12.50_₾"},
	} {
		if got := visible(views.Price("ka", row.tetri)); got != row.ka {
			t.Errorf("%d ka: got %q, want %q", row.tetri, got, row.ka)
		}
		if got := visible(views.Price("en", row.tetri)); got != row.en {
			t.Errorf("%d en: got %q, want %q", row.tetri, got, row.en)
		}
	}
}

func TestDateTimeIsTbilisis(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ utc, ka, en string }{
		{"2026-11-23T10:05:00Z", "23_ნოემბერი 2026, 14:05", "23_November 2026, 14:05"},
		{"2026-12-31T20:00:00Z", "1_იანვარი 2027, 00:00", "1_January 2027, 00:00"},
		{"2026-07-01T00:30:00+02:00", "1_ივლისი 2026, 02:30", "1_July 2026, 02:30"},
	} {
		at, err := time.Parse(time.RFC3339, row.utc)
		if err != nil {
			t.Fatal(err)
		}
		if got := visible(views.DateTime("ka", at)); got != row.ka {
			t.Errorf("%s: got %q, want %q", row.utc, got, row.ka)
		}
		if got := visible(views.DateTime("en", at)); got != row.en {
			t.Errorf("%s: got %q, want %q", row.utc, got, row.en)
		}
	}
}

func TestPhone(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"+995599123456": "+995_599_12_34_56",
		"+995322000000": "+995_322_00_00_00",
		"+49301234567":  "+49301234567",
		"+99559912345":  "+99559912345",
		"":              "",
	} {
		if got := visible(views.Phone(number)); got != want {
			t.Errorf("%q: got %q, want %q", number, got, want)
		}
	}
}

func TestPercentNeverPromisesTooMuch(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		price, old int64
		want       string
	}{
		{850, 1000, "–15%"}, {334, 1000, "–66%"}, {1000, 1000, ""}, {1100, 1000, ""}, {999, 1000, ""}, {100, 0, ""},
	} {
		if got := views.Percent("en", row.price, row.old); got != row.want {
			t.Errorf("%d of %d: got %q, want %q", row.price, row.old, got, row.want)
		}
	}
}

func TestWordsWithNumbers(t *testing.T) {
	t.Parallel()
	day := func(d, month int) time.Time { return time.Date(2026, time.Month(month), d, 8, 0, 0, 0, time.UTC) }
	for _, row := range []struct{ got, want string }{
		{views.N("en", "cart.count", 1), "1 item"},
		{views.N("en", "cart.count", 2), "2 items"},
		{views.N("ka", "cart.count", 2), "2 პროდუქტი"},
		{views.Products("en", 1000, true), "More than 1,000 products"},
		{views.Products("ka", 37, false), "37 პროდუქტი"},
		{visible(views.CountText("ka", 1000, true)), "1_000+"},
		{views.DeliveryEstimate("en", 2, 4), "2–4 working days"},
		{views.DeliveryEstimate("en", 1, 1), "1 working day"},
		{views.DeliveryEstimate("ka", 0, 0), "მზად იქნება იმავე დღეს"},
		{visible(views.Days("ka", day(1, 12), day(2, 12))), "1–2_დეკემბერი"},
		{visible(views.Days("en", day(30, 11), day(2, 12))), "30_November – 2_December"},
		{visible(views.Days("en", day(2, 12), day(2, 12))), "2_December"},
		{visible(views.Days("en", day(31, 12), day(4, 13))), "31_December – 4_January"},
		{visible(views.DeliveryCost("ka", 500)), "5,00_₾"},
		{views.DeliveryCost("ka", 0), "უფასო"},
		{views.Address("ka", "imereti", "ქუთაისი", "რუსთაველის 3"), "იმერეთი, ქუთაისი, რუსთაველის 3"},
		{views.Address("ka", "tbilisi", "თბილისი", "რუსთაველის 3"), "თბილისი, რუსთაველის 3"},
		{views.Address("en", "tbilisi", "თბილისი", "Rustaveli 3"), "Tbilisi, Rustaveli 3"},
		{views.Address("en", "", "", ""), ""},
		{views.CardBrand("mc"), "Mastercard"},
		{views.CardBrand("VISA"), "Visa"},
		{views.CardBrand("new scheme"), "new scheme"},
		{views.T("en", "no.such.key"), "no.such.key"},
		{views.StockOf("en", "low", 3).Text, "Only 3 left"},
	} {
		if row.got != row.want {
			t.Errorf("got %q, want %q", row.got, row.want)
		}
	}
}

func TestQuantities(t *testing.T) {
	t.Parallel()
	for free, want := range map[int]int{-1: 0, 0: 0, 3: 3, 10: 10, 99: 10} {
		if got := views.Quantities(free); len(got) != want {
			t.Errorf("%d free: %v", free, got)
		}
	}
}

func TestPager(t *testing.T) {
	t.Parallel()
	url := func(n int) string { return "?page=" + strconv.Itoa(n) }
	for _, row := range []struct {
		page, pages int
		numbers     string
		prev, next  string
	}{
		{1, 1, "", "", ""},
		{1, 0, "", "", ""},
		{1, 2, "[1] 2", "", "?page=2"},
		{5, 9, "1 … 4 [5] 6 … 9", "?page=4", "?page=6"},
		{9, 9, "1 … 8 [9]", "?page=8", ""},
		{40, 9, "1 … 9", "", ""},
	} {
		p := views.NewPager("en", row.page, row.pages, url)
		var numbers []string
		for _, l := range p.Pages {
			switch {
			case l.Gap:
				numbers = append(numbers, "…")
			case l.Current:
				numbers = append(numbers, "["+l.Number+"]")
			default:
				numbers = append(numbers, l.Number)
			}
		}
		if got := strings.Join(numbers, " "); got != row.numbers || p.Prev != row.prev || p.Next != row.next {
			t.Errorf("page %d of %d: %q, back %q, on %q", row.page, row.pages, got, p.Prev, p.Next)
		}
	}
}

func TestSplitLinks(t *testing.T) {
	t.Parallel()
	got := views.SplitLinks("see\nhttps://example.ge/ka/orders/X\n\nbye\n")
	want := []views.TextPart{
		{Text: "see\n"}, {Text: "https://example.ge/ka/orders/X", URL: "https://example.ge/ka/orders/X"}, {Text: "\n\nbye"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCheckoutSummaryFollowsThePage(t *testing.T) {
	t.Parallel()
	c := views.Checkout{Errors: map[string]string{"terms": "T", "email": "E", "city": "C"}}
	var fields []string
	for _, e := range c.Summary() {
		fields = append(fields, e.Field)
	}
	if want := []string{"email", "city", "terms"}; !slices.Equal(fields, want) {
		t.Errorf("got %v, want %v", fields, want)
	}
}

func TestErrorPages(t *testing.T) {
	t.Parallel()
	p := views.Page{Lang: "en"}
	for _, row := range []struct {
		status        int
		message       string
		heading, text string
		id            string
	}{
		{404, "", "We have no such page", "", ""},
		{404, "product.not_found", "We have no such page", "We could not find that product.", ""},
		{418, "", "We did not understand that", "", ""},
		{500, "cart.empty", "Something broke on our side", "", "R1"},
		{507, "", "Something broke on our side", "", "R1"},
		{503, "", "Back in a moment", "", "R1"},
	} {
		e := views.NewError(p, row.status, row.message, "R1")
		if e.Heading != row.heading || e.RequestID != row.id || row.text != "" && e.Message != row.text || !e.NoIndex {
			t.Errorf("%d %q: %+v", row.status, row.message, e)
		}
		if row.status >= 500 && strings.Contains(e.Message, "cart") && row.message != "" && e.Message == views.T("en", row.message) {
			t.Errorf("%d tells the inner message", row.status)
		}
	}
}
