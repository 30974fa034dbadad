package handlers

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// customerID is who a page is shown to, nil for a guest.
func customerID(who *account) *int64 {
	if who == nil {
		return nil
	}
	return &who.ID
}

// whatChanged says how the cart, and who is there, differ from what the page showed that
// the form comes from; nil if they do not, or if the form does not say.
func (a *app) whatChanged(c *fiber.Ctx, form checkoutForm, cart *models.Cart) (*views.CheckoutChanged, error) {
	who, err := a.signedIn(c)
	if err != nil || form.Shown == "" {
		return nil, err
	}
	changes, err := a.Store.ShownChanges(c.UserContext(), a.lang(c), cart, customerID(who), form.Shown)
	if err != nil || len(changes) == 0 {
		return nil, err
	}
	v := &views.CheckoutChanged{}
	for _, change := range changes {
		v.Changes = append(v.Changes, a.shownChange(c, who, change))
	}
	return v, nil
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
	case models.OtherTerms:
		return a.text(c, "checkout.changed.terms")
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
