package handlers

import (
	"bytes"
	"context"
	"html/template"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"

	"dukani/handlers/pagecache"
	"dukani/models"
	"dukani/static"
	"dukani/views"
)

const (
	maxPageBytes = 12 << 20 // of cached pages
	maxCardBytes = 8 << 20  // of rendered product cards
	maxListBytes = 1 << 20  // of lists of categories, and as much of related products
	maxLinkBytes = 256 << 10
)

// cartMark stands for the cart's link while a page is made. No text of a product
// or a visitor can contain it: those are escaped.
const cartMark template.HTML = "<!--cart-->"

// content is a page before it is rendered.
type content struct {
	status   int // 0: 200
	template string
	view     any
}

// builder makes the content of a page; page is what every page has.
type builder func(ctx context.Context, page views.Page) (content, error)

// publish answers with the page that is at the request's address with the given
// query. The query must be normal: whatever does not decide the content is left
// out of it, so that odd addresses do not fill the cache.
func (a *app) publish(c *fiber.Ctx, query string, build builder) error {
	ctx := c.UserContext()
	lang, path, _ := splitLang(c.Path())
	if query != "" {
		path += "?" + query
	}
	if message := a.takeFlash(c); message != "" {
		return a.renderOnce(c, lang, path, message, build)
	}
	version, err := a.version(ctx)
	if err != nil {
		return err
	}
	page, err := a.pages.Get(pagecache.Key{Lang: string(lang), Path: path, Version: version}, func() (*pagecache.Page, int, error) {
		page, err := a.makePage(a.Store.SmallRead(ctx), lang, path, version, build)
		if err != nil || page.Status != fiber.StatusOK {
			return page, 0, err
		}
		return page, page.Size(), nil
	})
	if err != nil {
		return err
	}
	count, err := a.cartCount(c)
	if err != nil {
		return err
	}
	return a.sendCached(c, lang, page, count)
}

// publishOnce is publish for a page that only this visitor sees: it is not cached.
func (a *app) publishOnce(c *fiber.Ctx, query string, build builder) error {
	lang, path, _ := splitLang(c.Path())
	if query != "" {
		path += "?" + query
	}
	return a.renderOnce(c, lang, path, a.takeFlash(c), build)
}

// renderOnce answers with the page with a message on it, if there is one.
func (a *app) renderOnce(c *fiber.Ctx, lang models.Lang, path, message string, build builder) error {
	page := a.basePage(c, "")
	public := a.publicPage(lang, path, "")
	public.Nav, public.CartLink, public.Flash = page.Nav, page.CartLink, message
	made, err := build(c.UserContext(), public)
	if err != nil {
		return err
	}
	c.Status(max(made.status, fiber.StatusOK))
	return c.Render(made.template, made.view)
}

// renderBuffers are used again: growing one for each page would cost as much as the
// page's queries.
var renderBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (a *app) makePage(ctx context.Context, lang models.Lang, path string, version int64, build builder) (*pagecache.Page, error) {
	page := a.publicPage(lang, path, "")
	page.CartLink = cartMark
	var err error
	if page.Nav, err = a.nav(ctx, lang, version); err != nil {
		return nil, err
	}
	made, err := build(ctx, page)
	if err != nil {
		return nil, err
	}
	out := renderBuffers.Get().(*bytes.Buffer)
	defer renderBuffers.Put(out)
	out.Reset()
	if err := a.Views.Render(out, made.template, made.view); err != nil {
		return nil, err
	}
	empty, err := a.cartLink(lang, 0)
	if err != nil {
		return nil, err
	}
	return pagecache.NewPage(max(made.status, fiber.StatusOK), bytes.Clone(out.Bytes()), string(cartMark), string(empty))
}

// sendCached answers with a cached page and the link to a cart of count units.
func (a *app) sendCached(c *fiber.Ctx, lang models.Lang, page *pagecache.Page, count int) error {
	h := &c.Response().Header
	h.Set(fiber.HeaderVary, "Accept-Encoding, Cookie")
	if count == 0 { // with something in the cart no browser may store it: Back would show an old count
		h.Set(fiber.HeaderCacheControl, "private, no-cache")
		h.Set(fiber.HeaderETag, page.ETag)
		if page.Status == fiber.StatusOK && strings.Contains(c.Get(fiber.HeaderIfNoneMatch), page.ETag) {
			c.Status(fiber.StatusNotModified)
			return nil
		}
	}
	link, err := a.cartLink(lang, count)
	if err != nil {
		return err
	}
	c.Status(page.Status)
	h.SetContentType(fiber.MIMETextHTMLCharsetUTF8)
	if static.Negotiate(c.Get(fiber.HeaderAcceptEncoding), "gzip") == "" {
		c.Response().SetBodyRaw(page.Plain(string(link)))
		return nil
	}
	h.Set(fiber.HeaderContentEncoding, "gzip")
	c.Response().SetBodyRaw(page.Gzip(string(link)))
	return nil
}
