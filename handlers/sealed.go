package handlers

import (
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/securecookie"
)

// newSealer makes what seals the values of cookies: nobody else can make one, read
// one, or use it under another cookie's name. What seals here keeps no time; a value
// that must end says when.
func newSealer(secret string) (*securecookie.SecureCookie, error) {
	keys, err := hkdf.Key(sha256.New, []byte(secret), nil, "sealed cookies", 64)
	if err != nil {
		return nil, fmt.Errorf("handlers: %w", err)
	}
	return securecookie.New(keys[:32], keys[32:]).MaxAge(0), nil
}

// cookiesWork reports whether a cookie that this shop gave out has come back with the
// request. Until then nothing is stored for a visitor: what waits for the cookie
// travels in it. A page that would lose what was typed can ask before it redirects.
func (a *app) cookiesWork(c *fiber.Ctx) bool {
	if c.Get(fiber.HeaderCookie) == "" {
		return false
	}
	if _, b, err := a.session(c); err == nil && b.returned {
		return true
	}
	if _, ok := a.waitingCart(c); ok {
		return true
	}
	key := c.Cookies(a.cookieName("cart"))
	if !validKey(key) {
		return false
	}
	opens, err := a.Store.HasCart(c.UserContext(), key)
	return err == nil && opens
}

// checkCookies marks an address to which a visitor is sent whose browser has not
// shown yet that it keeps cookies.
const checkCookies = "cookies=check"

// needsCookies reports whether the visitor was sent here to show that their browser
// keeps cookies, and it does not.
func (a *app) needsCookies(c *fiber.Ctx) bool {
	return c.Query("cookies") == "check" && !a.cookiesWork(c)
}
