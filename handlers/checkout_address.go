package handlers

import (
	"strconv"

	"dukani/models"
	"dukani/views"
)

// beginForm returns the form that the checkout begins with: what was typed before, else
// the data of the order that waits for its payment (the shopper came Back from the bank),
// else the data of the account.
func (a *app) beginForm(c visit, cart *models.Cart) (checkoutForm, error) {
	form, kept := a.typed(c.Ctx)
	if kept {
		return form, nil
	}
	order, err := a.Store.UnpaidOrder(c.UserContext(), cart.ID)
	if err != nil {
		return form, err
	}
	if order != nil {
		form.Name, form.Email, form.Phone, form.Note = order.Name, order.Email, views.Phone(order.Phone), order.Note
		form.Delivery, form.Region, form.City, form.Street = string(order.Delivery), order.Region, order.City, order.Street
		form.Method = string(order.Method)
		if p := order.LastPayment(); p != nil && p.CardID != nil {
			form.Card = strconv.FormatInt(*p.CardID, 10)
		}
		return form, nil
	}
	if c.who == nil {
		return form, nil
	}
	form.Name, form.Email, form.Phone = c.who.Name, c.who.Email, views.Phone(c.who.Phone)
	list, err := a.Store.Addresses(c.UserContext(), c.who.ID)
	if err != nil {
		return form, err
	}
	for _, x := range list {
		if x.IsDefault {
			form.fill(x)
		}
	}
	cards, err := a.cardsForBankPage(c)
	if len(cards) > 0 && cards[0].IsDefault {
		form.Card = strconv.FormatInt(cards[0].ID, 10)
	}
	return form, err
}

// fillAddress puts the chosen address of the customer's into the form; the rest of what
// was typed stays.
func (a *app) fillAddress(c visit, form *checkoutForm) error {
	list, err := a.Store.Addresses(c.UserContext(), c.who.ID)
	for _, x := range list {
		if form.Address == strconv.FormatInt(x.ID, 10) {
			form.fill(x)
		}
	}
	return err
}

// fill puts a saved address into the form.
func (f *checkoutForm) fill(x models.Address) {
	f.Name, f.Phone = x.Name, views.Phone(x.Phone)
	f.Delivery, f.Region, f.City, f.Street = string(x.Delivery), x.Region, x.City, x.Street
}

// offerAddresses lets a signed-in customer choose among their addresses, and keep
// the one that is typed.
func (a *app) offerAddresses(c visit, form checkoutForm, v *views.Checkout) error {
	list, err := a.Store.Addresses(c.UserContext(), c.who.ID)
	v.CanRemember, v.Remember = len(list) < models.MaxAddresses, form.Remember != ""
	for _, x := range list {
		v.Addresses = append(v.Addresses, views.Option{
			Value: strconv.FormatInt(x.ID, 10), Label: x.Name + ", " + views.Address(v.Lang, x.Region, x.City, x.Street),
			Selected: x.Street == form.Street && x.City == form.City && x.Name == form.Name,
		})
	}
	return err
}

// rememberAddress keeps the address of an order that was just placed, if its
// customer ticked the box. A failure does not touch the order.
func (a *app) rememberAddress(c visit, form checkoutForm, o *models.Order) {
	if c.who == nil || form.Remember == "" {
		return
	}
	if err := a.Store.RememberAddress(c.UserContext(), c.who.ID, o); err != nil {
		a.Log.WarnContext(c.UserContext(), "address not kept", "order", o.Number, "err", err)
	}
}
