package handlers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
	"github.com/gofiber/fiber/v2"
	"golang.org/x/sync/singleflight"

	"dukani/models"
	"dukani/static"
	"dukani/views"
)

// A page that is the same for everybody is made once for each version of the
// catalogue and kept, packed. Only the link to the cart in its header is the
// visitor's own: it is put in at each answer. The catalogue's version is read at
// each answer too, so that no page outlives a change.

const (
	keptBytes = 24 << 20 // of kept pages
	cardBytes = 8 << 20  // of kept product cards
	linkBytes = 256 << 10

	resultBytes = 4 << 20 // of results of searches

	// How well kept pages are packed. Of a category page of 20 KB gzip at level 5
	// leaves 4.3 KB in 0.4 ms, brotli at 5 leaves 3.8 KB in 1.4 ms, at 9 in 6 ms;
	// more than that is not worth it. Who asks first gets a sixth more, in 0.1 ms.
	keptBrotli = 5
	keptGzip   = 5
)

// cartMark stands for the cart's link while a page is made. No text of a product
// or a visitor can contain it: those are escaped.
const cartMark template.HTML = "<!--cart-->"

// sharedMark stands for the part of a page that it shares with others.
const sharedMark template.HTML = "<!--shared-->"

// content is a page before it is rendered.
type content struct {
	status   int // 0: 200
	template string
	view     any
	shared   *part // what sharedMark stands for, if it is there
}

// builder makes the content of a page; page is what every page has.
type builder func(ctx context.Context, page views.Page) (content, error)

// publish answers with the page that is at the request's address with the given
// query. The query must be normal: whatever does not decide the content is left
// out of it, so that odd addresses do not fill the memory.
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
	page, err := a.pages.get(pageKey{lang, path}, version, func() (*keptPage, error) {
		return a.makePage(context.WithoutCancel(ctx), lang, path, version, build)
	})
	if err != nil {
		return err
	}
	count, err := a.cartCount(c)
	if err != nil {
		return err
	}
	return a.sendKept(c, lang, page, count)
}

// publishOnce is publish for a page that only this visitor sees: it is not kept.
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
	if err := c.Render(made.template, made.view); err != nil || made.shared == nil {
		return err
	}
	return c.Send(bytes.Replace(c.Response().Body(), []byte(sharedMark), made.shared.plain, 1))
}

func (a *app) makePage(ctx context.Context, lang models.Lang, path string, version int64, build builder) (*keptPage, error) {
	ctx, cancel := context.WithTimeout(ctx, timeLimit)
	defer cancel()
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
	var out bytes.Buffer
	if err := a.Views.Render(&out, made.template, made.view); err != nil {
		return nil, err
	}
	empty, err := a.cartLink(lang, 0)
	if err != nil {
		return nil, err
	}
	body := bytes.Clone(out.Bytes()) // without the buffer's spare room
	return newKeptPage(max(made.status, fiber.StatusOK), body, made.shared, empty)
}

// sendKept answers with a kept page and the link to a cart of count units.
func (a *app) sendKept(c *fiber.Ctx, lang models.Lang, page *keptPage, count int) error {
	h := &c.Response().Header
	h.Set(fiber.HeaderVary, "Accept-Encoding, Cookie")
	if count == 0 { // with something in the cart no browser may store it: Back would show an old count
		etag := `W/"` + page.etag + `"`
		h.Set(fiber.HeaderCacheControl, "private, no-cache")
		h.Set(fiber.HeaderETag, etag)
		if page.status == fiber.StatusOK && strings.Contains(c.Get(fiber.HeaderIfNoneMatch), etag) {
			c.Status(fiber.StatusNotModified)
			return nil
		}
	}
	c.Status(page.status)
	h.SetContentType(fiber.MIMETextHTMLCharsetUTF8)
	offers, first := []string{"br", "gzip"}, page.first()
	switch {
	case count > 0: // put together from parts, which brotli does not allow
		offers = offers[1:]
	case first:
		offers = []string{"gzip", "br"}
	}
	encoding := static.Negotiate(c.Get(fiber.HeaderAcceptEncoding), offers...)
	link, err := a.cartLink(lang, count)
	if err != nil {
		return err
	}
	body := page.body(encoding, first, count == 0, string(link))
	if encoding != "" {
		h.Set(fiber.HeaderContentEncoding, encoding)
	}
	c.Response().SetBodyRaw(body)
	return nil
}

// body returns the page as it is sent.
func (p *keptPage) body(encoding string, first, emptyCart bool, link string) []byte {
	switch {
	case encoding == "br":
		return p.emptyBrotli()
	case encoding == "gzip" && first:
		return p.quickGzip(link)
	case encoding == "gzip" && emptyCart:
		return p.emptyGzip()
	case encoding == "gzip":
		return p.gzip(link)
	}
	return p.plain(link)
}

type pageKey struct {
	lang models.Lang
	path string // with the query
}

// pageKeeper keeps pages. A page that many ask for at once is made once.
type pageKeeper struct {
	kept    *lru[pageKey, *keptPage]
	flights singleflight.Group
}

func newPageKeeper(maxBytes int) *pageKeeper {
	return &pageKeeper{kept: newLRU[pageKey, *keptPage](maxBytes)}
}

func (k *pageKeeper) get(key pageKey, version int64, build func() (*keptPage, error)) (*keptPage, error) {
	if page, ok := k.kept.get(key); ok && page.version == version {
		return page, nil
	}
	// The version belongs to the flight's name: who read a later one must not be
	// answered with what an earlier one is being made into.
	page, err, _ := k.flights.Do(fmt.Sprint(version, key.lang, key.path), func() (any, error) {
		page, err := build()
		if err != nil {
			return nil, err
		}
		page.version = version
		if page.status == http.StatusOK {
			k.kept.put(key, page, page.size())
		}
		return page, nil
	})
	if err != nil {
		return nil, err
	}
	return page.(*keptPage), nil
}

// keptPage is a rendered page without its link to the cart. It is packed when it
// is first asked for packed.
type keptPage struct {
	*spliced
	version int64
	status  int
	etag    string

	asked atomic.Bool

	// As a visitor with an empty cart sees it.
	emptyBrotli func() []byte
	emptyGzip   func() []byte
}

func newKeptPage(status int, body []byte, shared *part, empty template.HTML) (*keptPage, error) {
	head, tail, ok := bytes.Cut(body, []byte(cartMark))
	if !ok || bytes.Contains(tail, []byte(cartMark)) || len(empty) > maxPiece {
		return nil, errors.New("a kept page has one link to the cart")
	}
	parts := &spliced{head: newPart(head, false)}
	sum := xxhash.New()
	sum.Write(head)
	if shared != nil {
		before, after, ok := bytes.Cut(tail, []byte(sharedMark))
		if !ok {
			return nil, errors.New("the page's shared part is not on it")
		}
		parts.rest, tail = append(parts.rest, newPart(before, false), shared), after
		sum.Write(before)
		sum.Write(shared.plain)
	}
	parts.rest = append(parts.rest, newPart(tail, false))
	sum.Write(tail)
	p := &keptPage{spliced: parts, status: status, etag: strconv.FormatUint(sum.Sum64(), 16)}
	p.emptyBrotli = sync.OnceValue(func() []byte { return static.Brotli(p.plain(string(empty)), keptBrotli) })
	p.emptyGzip = sync.OnceValue(func() []byte { return p.gzip(string(empty)) })
	return p, nil
}

// first reports whether nobody has asked for the page before. Many pages, above
// all searches, are asked for only once: to pack them well would cost more than it
// saves.
func (p *keptPage) first() bool { return !p.asked.Load() && p.asked.CompareAndSwap(false, true) }

// size is about how many bytes the page takes when it has been packed in every
// way.
func (p *keptPage) size() int { return p.len() * 2 }
