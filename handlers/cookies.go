package handlers

import (
	"time"

	"github.com/gofiber/fiber/v2"
)

// maxKeys bounds how many keys of one name are tried: each may cost a query.
const maxKeys = 8

// cookies returns the values of the cookies of ours with that name, as they came.
// There can be several: another program on this host, or a host above it, may set
// one of the same name, before or after ours.
func (a *app) cookies(c *fiber.Ctx, name string) (values []string) {
	name = a.cookieName(name)
	c.Request().Header.VisitAllCookie(func(key, value []byte) {
		if string(key) == name && len(value) > 0 {
			values = append(values, string(value))
		}
	})
	return values
}

// cookieKeys returns the cookies of ours with that name that can be keys. Whatever
// else has the name is somebody else's and is left alone.
func (a *app) cookieKeys(c *fiber.Ctx, name string) (keys []string) {
	for _, value := range a.cookies(c, name) {
		if validKey(value) && len(keys) < maxKeys {
			keys = append(keys, value)
		}
	}
	return keys
}

// hasSession reports whether the request may belong to a session. It costs next to
// nothing.
func (a *app) hasSession(c *fiber.Ctx) bool { return len(a.sessionKeys(c)) > 0 }

// cookieLife is how long the cookie lives that only shows that cookies work.
const cookieLife = 24 * time.Hour

// tryCookies gives the browser a cookie with the page of a form, so that the form tells
// whether it keeps cookies. The others may be taken away with this very answer.
func (a *app) tryCookies(c *fiber.Ctx) {
	if len(a.cookies(c, tryCookie)) == 0 {
		a.setCookie(c, a.cookieName(tryCookie), "1", cookieLife)
	}
}
