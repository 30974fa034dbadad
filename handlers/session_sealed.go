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

// returned reports whether a cookie that this shop gave out has come back with the
// request, which nobody can make up. Until then nothing is stored for a visitor: what
// waits for the cookie travels in it.
func (a *app) returned(c *fiber.Ctx) bool {
	if _, b, err := a.session(c); err == nil && b.returned {
		return true
	}
	if _, ok := a.waitingCart(c); ok {
		return true
	}
	for _, key := range a.cookieKeys(c, cartCookie) {
		if opens, err := a.Store.HasCart(c.UserContext(), key); err == nil && opens {
			return true
		}
	}
	return false
}

// sealedSize is how many bytes of a form fit into a sealed cookie, beside what is said
// about it.
const sealedSize = 800

// canKeep reports whether a form of that size can be kept for the visitor.
func (a *app) canKeep(c *fiber.Ctx, size int) bool {
	return size <= refusedSize && a.cookiesWork(c) && (size <= sealedSize || a.returned(c))
}

// sessionKeys returns the cookies that can be a session's: keys, and sealed sessions.
func (a *app) sessionKeys(c *fiber.Ctx) (keys []string) {
	name := a.cookieName(sessionCookie)
	for _, value := range a.cookies(c, sessionCookie) {
		if len(keys) == maxKeys {
			break
		}
		if validKey(value) || a.sealer.Decode(name, value, &waitingSession{}) == nil {
			keys = append(keys, value)
		}
	}
	return keys
}

// checkCookies marks an address to which a visitor is sent whose browser has not
// shown yet that it keeps cookies.
const checkCookies = "cookies=check"

// needsCookies reports whether the visitor was sent here to show that their browser
// keeps cookies, and it does not.
func (a *app) needsCookies(c *fiber.Ctx) bool {
	return c.Query("cookies") == "check" && !a.returned(c)
}
