package handlers

import (
	"context"
	"html/template"
	"strings"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/models/catalog"
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
	q, sort, n := words(c.Query("q")), catalog.ParseSort(c.Query("sort"), catalog.SortRelevance), pageNumber(c.Query("page"))
	if q == "" {
		sort, n = catalog.SortRelevance, 1
	}
	return a.publish(c, searchQuery(q, sort, n).String(), func(ctx context.Context, page views.Page) (content, error) {
		found, err := a.catalog.Search(ctx, lang, q, sort, n)
		if err != nil {
			return content{}, err
		}
		view := searchView(lang, q, sort, found)
		if view.Cards, err = a.cardList(lang, found.Cards, eagerCards); err != nil {
			return content{}, err
		}
		if view.Popular, err = a.popular(ctx, lang, found); err != nil {
			return content{}, err
		}
		page.Query, page.NoIndex, page.Canonical, page.Alternate = q, true, "", ""
		if page.Title = views.T(page.Lang, "search.label"); q != "" {
			page.Title = views.T(page.Lang, "search.title", q)
		}
		view.Page = page
		return content{status: missing(view.OutOfRange), template: "pages/search", view: view}, nil
	})
}

func searchQuery(q string, sort catalog.Sort, n int) query {
	var list query
	list.add("q", q)
	if sort != catalog.SortRelevance {
		list.add("sort", string(sort))
	}
	list.addPage(n)
	return list
}

func searchView(lang models.Lang, q string, sort catalog.Sort, found *catalog.SearchPage) views.Search {
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
func (a *app) popular(ctx context.Context, lang models.Lang, found *catalog.SearchPage) ([]template.HTML, error) {
	if found.Total.N > 0 {
		return nil, nil
	}
	home, err := a.catalog.Home(ctx, lang)
	if err != nil || len(home.Groups) == 0 {
		return nil, err
	}
	return a.cardList(lang, home.Groups[0].Cards, 0)
}

// suggest handles GET /{lang}/suggest: products for a query that is still being
// typed, as JSON.
func (a *app) suggest(c *fiber.Ctx) error {
	lang := a.lang(c)
	found, err := a.catalog.Suggest(c.UserContext(), lang, words(c.Query("q")))
	if err != nil {
		return err
	}
	list := make([]views.Suggestion, 0, len(found))
	for _, p := range found {
		list = append(list, views.Suggestion{
			Name: p.Name, URL: "/" + string(lang) + "/p/" + p.Slug, Price: views.Price(string(lang), int64(p.Price)),
			Picture: views.SmallPicture(a.Assets.URL, p.Picture),
		})
	}
	return c.JSON(list)
}
