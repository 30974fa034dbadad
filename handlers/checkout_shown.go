package handlers

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// compareShown writes into the page what it shows, for its form to carry back, and
// how that differs from what the page before it showed. who is nil for a guest.
func (a *app) compareShown(c *fiber.Ctx, form checkoutForm, cart *models.Cart, who *account, v *views.Checkout) error {
	var customerID *int64
	if who != nil {
		customerID = &who.ID
	}
	v.Shown = cart.Shown(a.lang(c), customerID)
	if form.Shown == "" {
		return nil
	}
	changes, err := a.Store.ShownChanges(c.UserContext(), a.lang(c), cart, customerID, form.Shown)
	if err != nil || len(changes) == 0 {
		return err
	}
	v.Changed = &views.CheckoutChanged{}
	for _, change := range changes {
		v.Changed.Changes = append(v.Changed.Changes, a.shownChange(c, who, change))
	}
	return nil
}

// shownChange puts one difference into words.
func (a *app) shownChange(c *fiber.Ctx, who *account, x models.ShownChange) string {
	l := a.lang(c)
	switch x.Kind {
	case models.OtherCustomer:
		if who == nil {
			return a.text(c, "checkout.changed.guest")
		}
		return a.text(c, "checkout.changed.customer", who.Email)
	case models.LineAdded:
		return a.text(c, "checkout.changed.added", x.Name, strconv.Itoa(x.Units))
	case models.UnitsChanged:
		return a.text(c, "checkout.changed.units", x.Name, strconv.Itoa(x.Was), strconv.Itoa(x.Units))
	case models.PriceChanged:
		return a.text(c, "checkout.changed.price", x.Name, price(l, x.Before), price(l, x.Price))
	case models.TextChanged:
		return a.text(c, "checkout.changed.description", x.Name, x.Measure)
	}
	return a.text(c, "checkout.changed.gone", x.Name)
}
