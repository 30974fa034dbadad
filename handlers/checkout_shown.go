package handlers

import (
	"strconv"

	"dukani/models"
	"dukani/views"
)

// whatChanged says how the cart, and who is signed in, differ from what the page of the
// form showed; nil if they do not differ, or if the form does not say what it showed.
func (a *app) whatChanged(c visit, form checkoutForm, cart *models.Cart) (*views.CheckoutChanged, error) {
	if form.Shown == "" {
		return nil, nil
	}
	changes, err := a.Store.ShownChanges(c.UserContext(), c.lang, cart, c.customerID(), form.Shown)
	if err != nil || len(changes) == 0 {
		return nil, err
	}
	v := &views.CheckoutChanged{}
	for _, change := range changes {
		v.Changes = append(v.Changes, shownChange(c, change))
	}
	return v, nil
}

// shownChange puts one difference into words.
func shownChange(c visit, x models.ShownChange) string {
	switch x.Kind {
	case models.OtherCustomer:
		if c.who == nil {
			return c.text("checkout.changed.guest")
		}
		return c.text("checkout.changed.customer", c.who.Email)
	case models.OtherTerms:
		return c.text("checkout.changed.terms")
	case models.LineAdded:
		return c.text("checkout.changed.added", x.Name, strconv.Itoa(x.Units))
	case models.UnitsChanged:
		return c.text("checkout.changed.units", x.Name, strconv.Itoa(x.Was), strconv.Itoa(x.Units))
	case models.PriceChanged:
		return c.text("checkout.changed.price", x.Name, price(c.lang, x.Before), price(c.lang, x.Price))
	case models.TextChanged:
		return c.text("checkout.changed.description", x.Name, x.Measure)
	}
	return c.text("checkout.changed.gone", x.Name)
}
