package handlers

import (
	"time"

	"github.com/gofiber/fiber/v2"
)

// maxKeys is how many cookies of one name are tried: each may cost a query.
const maxKeys = 8

// cookies returns the values of the shop's cookies with that name, in the request's order.
// There can be several: another program on this host, or a parent domain, may set one of
// the same name, before or after the shop's.
func (a *app) cookies(c *fiber.Ctx, name string) (values []string) {
	name = a.cookieName(name)
	c.Request().Header.VisitAllCookie(func(key, value []byte) {
		if string(key) == name && len(value) > 0 {
			values = append(values, string(value))
		}
	})
	return values
}

// cookieKeys returns those cookies of that name that can be keys of the shop. The others
// belong to other programs and are left alone.
func (a *app) cookieKeys(c *fiber.Ctx, name string) (keys []string) {
	for _, value := range a.cookies(c, name) {
		if validKey(value) && len(keys) < maxKeys {
			keys = append(keys, value)
		}
	}
	return keys
}

// hasSession reports whether the request may belong to a session, without reading one.
func (a *app) hasSession(c *fiber.Ctx) bool { return len(a.sessionKeys(c)) > 0 }

// cookieLife is the life of tryCookie.
const cookieLife = 24 * time.Hour

// tryCookies gives the browser a cookie along with a form, so that sending the form shows
// whether the browser keeps cookies. This very answer may remove the others.
func (a *app) tryCookies(c *fiber.Ctx) {
	if len(a.cookies(c, tryCookie)) == 0 {
		a.setCookie(c, a.cookieName(tryCookie), "1", cookieLife)
	}
}
