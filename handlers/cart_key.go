package handlers

import (
	"github.com/gofiber/fiber/v2"

	"dukani/models"
)

// keyToFill returns the key of the cart that a product is put into, "" if a guest has no
// cart yet. A signed-in customer gets a key to the cart of their account.
func (a *app) keyToFill(c *fiber.Ctx) (string, error) {
	key := a.cartKey(c)
	if err, ok := c.Locals(unmadeCart{}).(error); ok {
		return "", err
	}
	if key != "" {
		if opens, err := a.Store.HasCart(c.UserContext(), key); err != nil || opens {
			return key, err
		}
	}
	who, err := a.signedIn(c)
	if err != nil || who == nil {
		return "", err
	}
	key = newKey()
	if err := a.Store.OpenCart(c.UserContext(), who.ID, key); err != nil {
		return "", err
	}
	a.giveCartKey(c, key)
	return key, nil
}

// lostCart returns the signed-in customer if key opens no cart: the key was withdrawn when
// a session on another device was ended, or there was no cart yet.
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
	if err, ok := c.Locals(unmadeCart{}).(error); ok {
		return "", err
	}
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

// giveCartKey gives the browser the key to a cart, which also holds for the rest of this
// request.
func (a *app) giveCartKey(c *fiber.Ctx, key string) {
	a.setCookie(c, a.cookieName(cartCookie), key, models.CartKept)
	c.Locals(newCartKey{}, key)
}

// takeCartKey takes the key to the cart away from the browser.
func (a *app) takeCartKey(c *fiber.Ctx) {
	a.setCookie(c, a.cookieName(cartCookie), "", 0)
	c.Locals(newCartKey{}, "")
}

// waitingCart is the first product that a visitor puts into a cart. It travels sealed in
// the cart's cookie, and the cart is made once that cookie has come back, so that requests
// without cookies make no carts.
type waitingCart struct {
	Key      string // of the cart that will be made, so that one cookie makes one cart
	Product  string
	Quantity int
}

// unmadeCart is the key in c.Locals of the error that kept a cart from being made.
type unmadeCart struct{}

// promiseCart gives the browser a cookie with the first product of a cart, and sends it
// to the cart's page, where the cookie makes the cart.
func (a *app) promiseCart(c *fiber.Ctx, product string, quantity int) error {
	if err := a.Store.CanAdd(c.UserContext(), product, quantity); err != nil {
		return a.cartRefused(c, err)
	}
	name := a.cookieName(cartCookie)
	sealed, err := a.sealer.Encode(name, waitingCart{newKey(), product, quantity})
	if err != nil {
		return err
	}
	a.setCookie(c, name, sealed, models.CartKept)
	return c.Redirect(a.local(c, "/cart?"+checkCookies), fiber.StatusSeeOther)
}

// waitingCart returns the first product of a cart that is not made yet, from the cookies.
func (a *app) waitingCart(c *fiber.Ctx) (w waitingCart, ok bool) {
	name := a.cookieName(cartCookie)
	for _, value := range a.cookies(c, cartCookie) {
		if !validKey(value) && a.sealer.Decode(name, value, &w) == nil {
			return w, true
		}
	}
	return w, false
}

// makeCart makes the cart that waited for its cookie, and returns its key. A message says
// what is not to be had any more.
func (a *app) makeCart(c *fiber.Ctx, w waitingCart) string {
	change, err := a.Store.StartCart(c.UserContext(), w.Key, w.Product, w.Quantity)
	switch status, why := explain(err); {
	case err == nil:
		a.giveCartKey(c, w.Key)
		if change.Capped {
			a.flashMessage(c, message{Key: "cart.capped", N: change.Quantity, Slug: w.Product})
		}
		return w.Key
	case status >= fiber.StatusInternalServerError: // the cookie stays for another time
		c.Locals(unmadeCart{}, err)
	default:
		a.takeCartKey(c)
		a.flash(c, why)
	}
	return ""
}
