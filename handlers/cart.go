package handlers

import (
	"errors"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

type newCartKey struct{}

// cartKey returns the key of the visitor's cart, "" if they have none.
func (a *app) cartKey(c *fiber.Ctx) string {
	if key, ok := c.Locals(newCartKey{}).(string); ok {
		return key
	}
	keys := a.cookieKeys(c, cartCookie)
	w, waits := a.waitingCart(c)
	for _, key := range keys {
		if len(keys) == 1 && !waits {
			break
		}
		// Rare: another program's cookie has the same name.
		if opens, err := a.Store.HasCart(c.UserContext(), key); err != nil || opens {
			keys = []string{key}
			waits = false
			break
		}
	}
	switch {
	case waits:
		return a.makeCart(c, w)
	case len(keys) == 0:
		return ""
	}
	c.Locals(newCartKey{}, keys[0])
	return keys[0]
}

// cartCount returns how many units the visitor's cart holds. Without a cart it
// costs nothing.
func (a *app) cartCount(c *fiber.Ctx) (int, error) {
	if w, ok := a.waitingCart(c); ok && c.Locals(newCartKey{}) == nil && len(a.cookieKeys(c, cartCookie)) == 0 {
		return w.Quantity, nil // looking at a page makes no cart
	}
	key := a.cartKey(c)
	if key == "" {
		return 0, nil
	}
	if n, ok := c.Locals(countedCart{}).(int); ok {
		return n, nil
	}
	return a.Store.CartCount(a.small(c), key)
}

// showCart handles GET /{lang}/cart. A script gets the number of units in the cart.
func (a *app) showCart(c *fiber.Ctx) error {
	if wantsJSON(c) && c.Query("cookies") == "" {
		count, err := a.cartCount(c)
		if err != nil {
			return err
		}
		return c.JSON(map[string]int{"count": count})
	}
	lang := a.lang(c)
	cart := &models.Cart{}
	key, err := a.keyToShow(c)
	if err != nil {
		return err
	}
	if key != "" {
		if cart, err = a.Store.Cart(c.UserContext(), lang, key); err != nil {
			return err
		}
	}
	if wantsJSON(c) {
		return a.firstAddedJSON(c, cart)
	}
	view := a.cartView(lang, cart)
	if err := a.allowCalculator(c); err != nil {
		return err
	}
	if view.Loan, err = a.loanOffer(c.UserContext(), lang, cart.Items); err != nil {
		return err
	}
	view.Page = a.basePage(c, a.text(c, "cart.title"))
	a.placeCartMessage(c, &view)
	if err := c.Render("pages/cart", view); err != nil {
		return err
	}
	if priceMoved(cart) {
		return a.Store.SeeCartPrices(c.UserContext(), cart.ID)
	}
	return nil
}

// firstAddedJSON answers a script whose visitor has just put the first product into a cart.
func (a *app) firstAddedJSON(c *fiber.Ctx, cart *models.Cart) error {
	text := a.takeFlash(c) // says that there was less than wanted, or nothing
	switch {
	case a.needsCookies(c):
		text = a.text(c, "cookies.cart")
	case text == "" && len(cart.Lines) > 0:
		text = a.text(c, "cart.added", cart.Lines[0].Name)
	}
	if len(cart.Lines) == 0 {
		c.Status(fiber.StatusConflict)
	}
	return c.JSON(map[string]any{"count": cart.Count(), "message": text})
}

// placeCartMessage puts the message that was left for the cart's page where it belongs:
// beside the line that it is about, with a button that puts back a line that was removed.
func (a *app) placeCartMessage(c *fiber.Ctx, view *views.Cart) {
	m := a.takeMessage(c)
	text := a.messageText(c, m)
	if r := a.takeRefusal(c); r.Problem != "" {
		m, text = message{Slug: r.Values["line"]}, r.Problem
	}
	if a.needsCookies(c) {
		text = a.text(c, "cookies.cart")
	}
	view.Announced = strings.TrimSpace(text + " " + view.Announced)
	if m.Removed {
		view.Removed = &views.RemovedLine{Slug: m.Slug, Text: text, Quantity: m.N}
		return
	}
	for i := range view.Lines {
		if m.Slug != "" && view.Lines[i].Slug == m.Slug {
			view.Lines[i].Notices = append(view.Lines[i].Notices, text)
			return
		}
	}
	if text != "" {
		view.Notices = append(view.Notices, views.Notice{Kind: "warn", Text: text})
	}
}

func priceMoved(cart *models.Cart) bool {
	for _, l := range cart.Lines {
		if l.Seen != l.Price {
			return true
		}
	}
	return false
}

func (a *app) cartView(lang models.Lang, cart *models.Cart) views.Cart {
	l := string(lang)
	view := views.Cart{
		Count: views.N(l, "cart.count", cart.Count()),
		Items: views.Price(l, int64(cart.Items)), Total: views.Price(l, int64(cart.Items)),
		Deliveries: a.deliveryRows(lang, cart.Items), FreeFrom: freeFrom(lang),
		FreePercent: int(min(cart.Items*100/models.FreeDeliveryFrom, 100)), CanOrder: cart.Orderable(),
	}
	if left := models.FreeDeliveryFrom - cart.Items; left > 0 {
		view.FreeLeft = views.Price(l, int64(left))
	}
	for _, line := range cart.Lines {
		view.Lines = append(view.Lines, cartLineView(l, line))
	}
	if view.Announced = views.T(l, "cart.told", view.Count, view.Total); len(view.Lines) == 0 {
		view.Announced = views.T(l, "cart.nothing")
	}
	return view
}

func cartLineView(l string, line models.CartLine) views.CartLine {
	v := views.CartLine{
		Slug: line.Slug, Name: line.Name, Measure: line.Measure,
		Picture: line.Picture, Alt: line.Alt, Tint: line.Tint,
		Price: views.Price(l, int64(line.Price)), Total: views.Price(l, int64(line.Total())),
		Quantity: line.Quantity, Max: line.Free, Gone: line.Gone,
	}
	switch {
	case line.Gone:
		v.Notices = append(v.Notices, views.T(l, "cart.gone"))
		return v
	case line.Free < 1:
		v.Notices = append(v.Notices, views.T(l, "cart.line_sold_out"))
	case line.Free < line.Quantity:
		v.Notices = append(v.Notices, views.T(l, "cart.only_left", line.Free))
	}
	if line.Seen != line.Price {
		v.OldPrice = views.Price(l, int64(line.Seen))
		v.Notices = append(v.Notices, views.T(l, "cart.price_changed", v.OldPrice, v.Price))
	}
	return v
}

// addToCart handles POST /{lang}/cart/items.
func (a *app) addToCart(c *fiber.Ctx) error {
	slug, err := formValue(c, "product")
	if err != nil {
		return err
	}
	quantity, err := formQuantity(c)
	if err != nil {
		return err
	}
	key, err := a.keyToFill(c)
	if err != nil {
		return err
	}
	if key == "" {
		return a.promiseCart(c, slug, quantity)
	}
	change, err := a.Store.AddToCart(c.UserContext(), key, slug, quantity)
	if err != nil {
		return a.cartRefused(c, err)
	}
	if wantsJSON(c) {
		name, err := a.catalog.ProductName(c.UserContext(), a.lang(c), slug)
		if err != nil {
			return err
		}
		return a.cartJSON(c, change, a.text(c, "cart.added", name))
	}
	a.flashCapped(c, change, slug)
	return a.toCart(c)
}

// changeCart handles POST /{lang}/cart/items/{product}.
func (a *app) changeCart(c *fiber.Ctx) error {
	quantity, err := formQuantity(c)
	if err != nil {
		return a.badQuantity(c, err)
	}
	return a.setQuantity(c, min(quantity, models.MaxQuantity))
}

// badQuantity leads back to the line whose field was left empty or holds no quantity.
func (a *app) badQuantity(c *fiber.Ctx, err error) error {
	status, message := explain(err)
	slug := c.Params("product")
	r := refusal{Status: status, Values: map[string]string{"line": slug}, Problem: a.text(c, message)}
	if wantsJSON(c) || !a.keepRefusal(c, "/cart", r) {
		return err
	}
	return c.Redirect(a.local(c, "/cart#line-"+slug), fiber.StatusSeeOther)
}

// removeFromCart handles POST /{lang}/cart/items/{product}/remove.
func (a *app) removeFromCart(c *fiber.Ctx) error { return a.setQuantity(c, 0) }

func (a *app) setQuantity(c *fiber.Ctx, quantity int) error {
	key := a.cartKey(c)
	if key == "" {
		return a.cartRefused(c, &models.Error{Kind: models.NotFound, Code: models.CodeNotInCart})
	}
	slug := c.Params("product")
	change, err := a.Store.SetCartQuantity(c.UserContext(), key, slug, quantity)
	switch {
	case err != nil:
		return a.cartRefused(c, err)
	case wantsJSON(c):
		return a.cartJSON(c, change, a.text(c, "cart.updated"))
	case change.Quantity > 0: // back to the line that was changed
		a.flashCapped(c, change, slug)
		return c.Redirect(a.local(c, "/cart#line-"+slug), fiber.StatusSeeOther)
	case change.Had > 0: // the line can be put back
		name, err := a.catalog.ProductName(c.UserContext(), a.lang(c), slug)
		if err != nil {
			return err
		}
		a.flashMessage(c, message{Key: "cart.removed", Removed: true, N: change.Had, What: name, Slug: slug})
	}
	return a.toCart(c)
}

// cartJSON answers a script that has changed the cart.
func (a *app) cartJSON(c *fiber.Ctx, change models.CartChange, text string) error {
	if change.Capped {
		text = views.N(string(a.lang(c)), "cart.capped", change.Quantity)
	}
	return c.JSON(map[string]any{"count": change.Count, "message": text})
}

// flashCapped leaves a message if the cart holds less than was wanted.
func (a *app) flashCapped(c *fiber.Ctx, change models.CartChange, slug string) {
	if change.Capped {
		a.flashMessage(c, message{Key: "cart.capped", N: change.Quantity, Slug: slug})
	}
}

// cartRefused says why the cart stays as it is: on the cart's page if the product's
// state forbids the change, on an error page if the request makes no sense.
func (a *app) cartRefused(c *fiber.Ctx, err error) error {
	e, ok := errors.AsType[*models.Error](err)
	if wantsJSON(c) || !ok || e.Kind != models.Conflict && e.Code != models.CodeNotInCart {
		return err
	}
	a.flash(c, string(e.Code))
	return a.toCart(c)
}

// toCart leads to the cart, which asks for cookies if the browser may keep none.
func (a *app) toCart(c *fiber.Ctx) error {
	if !a.cookiesWork(c) {
		return c.Redirect(a.local(c, "/cart?"+checkCookies), fiber.StatusSeeOther)
	}
	return c.Redirect(a.local(c, "/cart"), fiber.StatusSeeOther)
}

// formQuantity reads the field "quantity": a whole number of at most four digits.
func formQuantity(c *fiber.Ctx) (int, error) {
	s, err := formValue(c, "quantity")
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(s)
	if err != nil || len(s) > 4 || strings.Trim(s, "0123456789") != "" {
		return 0, &models.Error{Kind: models.Invalid, Code: models.CodeCartBadQuantity}
	}
	return n, nil
}
