package handlers

import (
	"context"
	"html/template"
	"time"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/models/catalog"
	"dukani/views"
)

// page returns what every page has, the visitor's own parts filled in. The
// message left for the visitor's next page is taken.
func (a *app) page(c *fiber.Ctx, title string) views.Page {
	p := a.basePage(c, title)
	p.Flash = a.takeFlash(c)
	return p
}

// basePage is page without the message.
func (a *app) basePage(c *fiber.Ctx, title string) views.Page {
	p := a.plainPage(c, title)
	if err := a.readHeader(c, &p); err != nil { // such a page is better than none
		a.Log.WarnContext(c.UserContext(), "header not read", "err", err)
	}
	return p
}

// plainPage is basePage without what has to be read: the navigation is empty, and the link to
// the cart says no number.
func (a *app) plainPage(c *fiber.Ctx, title string) views.Page {
	lang := a.lang(c)
	_, path, ok := splitLang(c.Path())
	if !ok {
		path = "" // the page has no twin in the other language
	}
	p := a.publicPage(lang, path, title)
	p.Canonical, p.Alternate, p.NoIndex = "", "", true // of no use to others
	var err error
	if p.CartLink, err = a.cartLink(lang, 0); err != nil {
		a.Log.ErrorContext(c.UserContext(), "cart link failed", "err", err)
	}
	return p
}

// readHeader reads the navigation of p and what stands at its link to the cart. It stops at the
// first error: a database that hangs would let each further question wait as long again.
func (a *app) readHeader(c *fiber.Ctx, p *views.Page) error {
	lang := a.lang(c)
	version, err := a.version(c.UserContext())
	if err != nil {
		return err
	}
	if p.Nav, err = a.nav(c.UserContext(), lang, version); err != nil {
		return err
	}
	count, err := a.cartCount(c)
	if err != nil {
		return err
	}
	p.CartLink, err = a.cartLink(lang, count)
	return err
}

// publicPage returns what every page has and everybody sees. path is without the
// language.
func (a *app) publicPage(lang models.Lang, path, title string) views.Page {
	other := models.En
	if lang == models.En {
		other = models.Ka
	}
	p := views.Page{
		Lang: string(lang), Other: string(other), Path: path, Title: title,
		Canonical: a.BaseURL + "/" + string(lang) + path,
		Alternate: a.BaseURL + "/" + string(other) + path,
		Simulated: a.Simulated,
		Seller:    a.Seller.In(lang),
	}
	if a.ShowMailbox {
		p.MailboxURL = "/mailbox"
	}
	return p
}

// cartLink returns the header's link to a cart with count units.
func (a *app) cartLink(lang models.Lang, count int) (template.HTML, error) {
	return a.links.Get(linkKey{lang, count}, func() (template.HTML, int, error) {
		link, err := a.Views.Fragment("partials/cart_link", views.CartLink{Lang: string(lang), Count: count})
		return link, len(link), err
	})
}

type linkKey struct {
	lang  models.Lang
	count int
}

type categoriesKey struct {
	lang    models.Lang
	version int64
}

// allCategories returns all categories, as they are at the given version of the
// catalogue, in the order of the navigation. The caller must not change them.
func (a *app) allCategories(ctx context.Context, lang models.Lang, version int64) ([]catalog.Category, error) {
	return a.categories.Get(categoriesKey{lang, version}, func() ([]catalog.Category, int, error) {
		list, err := a.catalog.Categories(ctx, lang)
		return list, categoryBytes * len(list), err
	})
}

// categoryBytes is more than a category takes with its texts.
const categoryBytes = 1 << 10

func (a *app) nav(ctx context.Context, lang models.Lang, version int64) ([]views.NavItem, error) {
	categories, err := a.allCategories(ctx, lang, version)
	if err != nil {
		return nil, err
	}
	items := make([]views.NavItem, 0, len(categories))
	for _, c := range categories {
		items = append(items, views.NavItem{Slug: c.Slug, Name: c.Name})
	}
	return items, nil
}

// markCurrent marks the category that the page belongs to.
func markCurrent(nav []views.NavItem, slug string) {
	for i := range nav {
		nav[i].Current = nav[i].Slug == slug
	}
}

// day reads a date as it is written in versions of texts.
func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}
	}
	return t
}
