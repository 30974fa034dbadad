package handlers

import (
	"github.com/gofiber/fiber/v2"

	"dukani/models"
)

// keyToFill returns the key of the cart that something is put into: the browser's,
// or a new one, which saveKey gives to the browser once the cart is there. Who has
// signed in gets a key to the cart of their account.
func (a *app) keyToFill(c *fiber.Ctx) (key string, saveKey func(), err error) {
	key = a.cartKey(c)
	lost, err := a.lostCart(c, key)
	if err != nil {
		return "", nil, err
	}
	if key != "" && lost == nil {
		return key, func() {}, nil
	}
	key = newKey()
	if lost != nil {
		if err := a.Store.OpenCart(c.UserContext(), lost.ID, key); err != nil {
			return "", nil, err
		}
	}
	return key, func() { a.giveCartKey(c, key) }, nil
}

// lostCart returns who has signed in if key opens no cart: it was taken away when a
// session on another device was ended, or there was no cart yet.
func (a *app) lostCart(c *fiber.Ctx, key string) (*account, error) {
	if !a.hasSession(c) {
		return nil, nil
	}
	if key != "" {
		if opens, err := a.Store.HasCart(c.UserContext(), key); err != nil || opens {
			return nil, err
		}
	}
	return a.signedIn(c)
}

// keyToShow returns the key of the cart that is shown. A customer whose browser has
// lost its key gets another one.
func (a *app) keyToShow(c *fiber.Ctx) (string, error) {
	key := a.cartKey(c)
	lost, err := a.lostCart(c, key)
	if err != nil || lost == nil {
		return key, err
	}
	key = newKey()
	if opened, _, err := a.Store.JoinCart(c.UserContext(), lost.ID, a.lang(c), "", key); err != nil || !opened {
		return "", err
	}
	a.giveCartKey(c, key)
	return key, nil
}

// giveCartKey gives the browser the key to a cart; the rest of this answer has it
// already.
func (a *app) giveCartKey(c *fiber.Ctx, key string) {
	a.setCookie(c, a.cookieName(cartCookie), key, models.CartKept)
	c.Locals(newCartKey{}, key)
}

// takeCartKey takes it away.
func (a *app) takeCartKey(c *fiber.Ctx) {
	a.setCookie(c, a.cookieName(cartCookie), "", 0)
	c.Locals(newCartKey{}, "")
}
