package handlers

import (
	"bytes"
	"context"
	"html/template"
	"strings"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// maxQuery is the length of the search field, in letters.
const maxQuery = 100

// words tidies what was typed into the search field.
func words(s string) string {
	s = models.TidyLine(s)
	if runes := []rune(s); len(runes) > maxQuery {
		s = strings.TrimSpace(string(runes[:maxQuery]))
	}
	return s
}

// showSearch handles GET /{lang}/search.
func (a *app) showSearch(c *fiber.Ctx) error {
	lang := a.lang(c)
	q, sort, n := words(c.Query("q")), models.ParseSort(c.Query("sort"), models.SortRelevance), pageNumber(c.Query("page"))
	if q == "" {
		sort, n = models.SortRelevance, 1
	}
	return a.publish(c, searchQuery(q, sort, n).String(), func(ctx context.Context, page views.Page) (content, error) {
		found, err := a.Store.Search(ctx, lang, q, sort, n)
		if err != nil {
			return content{}, err
		}
		view := searchView(lang, q, sort, found)
		shared, err := a.searchResults(lang, found)
		if err != nil {
			return content{}, err
		}
		if shared != nil {
			view.Cards = []template.HTML{sharedMark}
		}
		if view.Popular, err = a.popular(ctx, lang, found); err != nil {
			return content{}, err
		}
		page.Query, page.NoIndex, page.Canonical, page.Alternate = q, true, "", ""
		if page.Title = views.T(page.Lang, "search.label"); q != "" {
			page.Title = views.T(page.Lang, "search.title", q)
		}
		view.Page = page
		return content{status: missing(view.OutOfRange), template: "pages/search", view: view, shared: shared}, nil
	})
}

// searchResults renders the cards of what was found, nil for none. Different words
// that find the same share them.
func (a *app) searchResults(lang models.Lang, found *models.SearchPage) (*part, error) {
	if len(found.Cards) == 0 {
		return nil, nil
	}
	if kept, ok := a.results.get(found); ok {
		return kept, nil
	}
	cards, err := a.cardList(lang, found.Cards, eagerCards)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	for _, card := range cards {
		out.WriteString(string(card))
	}
	made := newPart(bytes.Clone(out.Bytes()), true)
	a.results.put(found, made, 2*len(made.plain))
	return made, nil
}

func searchQuery(q string, sort models.Sort, n int) query {
	var list query
	list.add("q", q)
	if sort != models.SortRelevance {
		list.add("sort", string(sort))
	}
	list.addPage(n)
	return list
}

func searchView(lang models.Lang, q string, sort models.Sort, found *models.SearchPage) views.Search {
	l := string(lang)
	return views.Search{
		Count: views.Products(l, found.Total.N, found.Total.More), SomeWords: found.Any && found.Total.N > 0,
		Sort:       views.SortOptions(l, string(sort), true),
		OutOfRange: found.Page > max(found.Pages, 1),
		Pager: views.NewPager(l, found.Page, found.Pages, func(n int) string {
			return searchQuery(q, sort, n).address("/" + l + "/search")
		}),
	}
}

// popular is what to look at when nothing was found.
func (a *app) popular(ctx context.Context, lang models.Lang, found *models.SearchPage) ([]template.HTML, error) {
	if found.Total.N > 0 {
		return nil, nil
	}
	home, err := a.Store.Featured(ctx, lang)
	if err != nil || len(home.Groups) == 0 {
		return nil, err
	}
	return a.cardList(lang, home.Groups[0].Cards, 0)
}

// suggest handles GET /{lang}/suggest: products for a query that is still being
// typed, as JSON.
func (a *app) suggest(c *fiber.Ctx) error {
	lang := a.lang(c)
	found, err := a.Store.Suggest(c.UserContext(), lang, words(c.Query("q")))
	if err != nil {
		return err
	}
	list := make([]views.Suggestion, 0, len(found))
	for _, p := range found {
		list = append(list, views.Suggestion{
			Name: p.Name, URL: "/" + string(lang) + "/p/" + p.Slug, Price: views.Price(string(lang), int64(p.Price)),
			Picture: a.Assets.URL("pictures/products/" + p.Picture + "-160.webp"),
		})
	}
	return c.JSON(list)
}
