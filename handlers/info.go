package handlers

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"dukani/views"
)

// showInfo handles GET /{lang}/info/{kind}: delivery, returns, terms and so on.
func (a *app) showInfo(c *fiber.Ctx) error {
	lang, kind := a.lang(c), c.Params("kind")
	if !views.IsInfo(kind) {
		return fiber.ErrNotFound
	}
	return a.publish(c, "", func(_ context.Context, page views.Page) (content, error) {
		page.Title = views.InfoTitle(page.Lang, kind)
		view := views.Info{Page: page, Kind: kind, Deliveries: a.deliveryRows(lang, 0), FreeFrom: freeFrom(lang)}
		if kind != "contact" && kind != "delivery" { // those are no rules that come into force
			view.Updated = views.Date(page.Lang, day(views.InfoVersion))
		}
		return content{template: "pages/info", view: view}, nil
	})
}

// robots keeps search engines out of what belongs to one visitor.
const robots = `User-agent: *
Disallow: /admin
Disallow: /*/cart
Disallow: /*/checkout
Disallow: /*/orders/
Disallow: /*/search
Disallow: /*/suggest
Disallow: /*/account
Disallow: /*/login
Disallow: /*/register
Disallow: /*/forgot
Disallow: /*/reset
Disallow: /*/verify
`

// showRobots handles GET /robots.txt.
func (a *app) showRobots(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "public, max-age=86400")
	return c.SendString(robots)
}
