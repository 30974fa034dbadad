package handlers

import (
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/securecookie"
)

// newSealer makes the encryption of cookies: nobody else can make or read a sealed value,
// or use it under another cookie's name. Sealed values do not expire; one that must, says
// when.
func newSealer(secret string) (*securecookie.SecureCookie, error) {
	keys, err := hkdf.Key(sha256.New, []byte(secret), nil, "sealed cookies", 64)
	if err != nil {
		return nil, fmt.Errorf("handlers: %w", err)
	}
	return securecookie.New(keys[:32], keys[32:]).MaxAge(0), nil
}

// returned reports whether the request brings a cookie that this shop gave out, which
// nobody can make up. Until then nothing is stored for a visitor, and everything travels
// in the cookie.
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

// sealedSize is how many bytes of a form fit into a sealed cookie, beside its errors.
const sealedSize = 800

// canKeep reports whether a form of that size can be kept for the visitor.
func (a *app) canKeep(c *fiber.Ctx, size int) bool {
	return size <= refusedSize && a.cookiesWork(c) && (size <= sealedSize || a.returned(c))
}

// sessionKeys returns the cookies that can open a session: keys, and sealed sessions.
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

// checkCookies marks the address that a visitor is sent to whose browser may keep no
// cookies.
const checkCookies = "cookies=check"

// needsCookies reports whether the visitor's browser keeps no cookies, as this request was
// to find out.
func (a *app) needsCookies(c *fiber.Ctx) bool {
	return c.Query("cookies") == "check" && !a.returned(c)
}
