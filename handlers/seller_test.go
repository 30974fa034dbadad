package handlers_test

import (
	"context"
	"html"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/riverqueue/river"

	"dukani/handlers"
	"dukani/models"
	"dukani/static"
	"dukani/views"
)

// demonstration matches what only a demonstration may say.
var demonstration = regexp.MustCompile(`(?i)demonstration|საჩვენებელი|000000000|hello@dukani|ვაზის ჩიხი|Vazi Lane|\+995 32 200 00 00`)

func TestAShopThatTakesMoneySaysWhoSells(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(withBank(t, s.store), func(cfg *handlers.Config) { cfg.Simulated = false })
	s.order(1, 0, models.Paid, "nino@example.ge")
	for lang, seller := range map[string][2]string{"ka": {"შპს სანთლები", "თბილისი, აღმაშენებლის 12"}, "en": {"Candles LLC", "12 Aghmashenebeli, Tbilisi"}} {
		all := []string{"", "/cart", "/login", "/orders/token-1", "/p/" + wine}
		for _, kind := range views.InfoKinds {
			all = append(all, "/info/"+kind)
		}
		for _, path := range all {
			doc := s.page("/" + lang + path)
			page, _ := doc.Html()
			if found := demonstration.FindString(page); found != "" {
				t.Errorf("/%s%s says %q", lang, path, found)
			}
			if foot := textOf(doc, "seller"); !strings.Contains(foot, seller[0]) || !strings.Contains(foot, "405123456") {
				t.Errorf("/%s%s: its foot says %q", lang, path, foot)
			}
		}
		for path, want := range map[string][]string{
			"/info/contact":   {seller[0], "405123456", seller[1], "+995 32 212 34 56", "hello@candles.ge"},
			"/info/terms":     {seller[0], "405123456", seller[1]},
			"/info/privacy":   {seller[0], "405123456", seller[1], "hello@candles.ge"},
			"/info/returns":   {"hello@candles.ge"},
			"/info/delivery":  {seller[1]},
			"/orders/token-1": {seller[0], "405123456", seller[1]},
		} {
			text := s.page("/" + lang + path).Find("main").Text()
			for _, w := range want {
				if !strings.Contains(text, w) {
					t.Errorf("/%s%s does not say %q", lang, path, w)
				}
			}
		}
	}
	if page, _ := newShop(t).page("/en/info/terms").Html(); !strings.Contains(page, "demonstration") {
		t.Error("a demonstration does not say that it is one")
	}
}

func TestEveryMailSaysWhoSells(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.member("nino@example.ge") // and is mailed a link
	assets, err := static.New()
	must(t, err)
	engine, err := views.New(assets.URL)
	must(t, err)
	s.order(1, 0, models.Paid, "nino@example.ge")
	s.exec("INSERT INTO mails (order_id, kind, lang, recipient, created_at) VALUES (1, 'paid', 'ka', 'nino@example.ge', ?)", s.store.Now())
	mailer, err := handlers.NewMailer(handlers.MailerConfig{
		Store: s.store, Views: engine, BaseURL: shopURL, Secret: shopSecret, From: "Dukani <orders@dukani.example>", Log: slog.New(slog.DiscardHandler),
		Seller: handlers.Seller{Name: "შპს სანთლები|Candles LLC", ID: "405123456", Address: "თბილისი|Tbilisi", Phone: "+995 32 212 34 56", Email: "hello@candles.ge"},
	})
	must(t, err)
	for kind, name := range map[string]string{"verify": "Candles LLC", "paid": "შპს სანთლები"} {
		id := int64(s.number("SELECT id FROM mails WHERE kind = ?", kind))
		must(t, mailer.Work(context.Background(), &river.Job[models.MailJob]{Args: models.MailJob{MailID: id}}))
		m, err := s.store.MailByID(t.Context(), id)
		must(t, err)
		for _, words := range []string{name, "405123456", "+995 32 212 34 56", "hello@candles.ge"} {
			if !strings.Contains(m.Text, words) || !strings.Contains(html.UnescapeString(m.HTML), words) {
				t.Errorf("%s does not say %q:\n%s\n%s", kind, words, m.Text, m.HTML)
			}
		}
	}
}
