package handlers

import (
	"errors"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/payments"
)

var (
	errSignIn  = errors.New("sign in first")
	errNoOrder = &models.Error{Kind: models.NotFound, Code: models.CodeOrderNotFound}
	errNoCard  = &models.Error{Kind: models.NotFound, Code: models.CodeCardNotFound}
)

// reorderable returns the order that is to be bought again. An order of an account can be
// bought again by its customer alone (else the error is errSignIn or NotFound), a guest's
// order by everybody who has its link.
func (a *app) reorderable(c visit) (*models.Order, error) {
	o, err := a.Store.OrderByToken(c.UserContext(), c.Params("token"))
	switch {
	case err != nil:
		return nil, err
	case o.CustomerID == nil || c.owns(o):
		return o, nil
	case c.who == nil:
		return nil, errSignIn
	}
	return nil, errNoOrder
}

// showReorder handles GET /{lang}/orders/{token}/again: what buying the order again
// would be today, where it would go, and which ways there are to pay it.
func (a *app) showReorder(c visit) error {
	o, err := a.reorderable(c)
	if errors.Is(err, errSignIn) {
		return a.toSignIn(c.Ctx)
	}
	if err != nil {
		return err
	}
	addressID, _ := strconv.ParseInt(c.Query("address"), 10, 64) // anything else: none was chosen
	var r *models.Reorder
	if o.CustomerID == nil {
		r, err = a.Store.ReorderOfGuest(c.UserContext(), o)
	} else {
		var offered []models.Method
		if offered, err = a.offered(c); err == nil {
			r, err = a.Store.ReorderTo(c.UserContext(), o.ID, c.who.ID, addressID, offered...)
		}
	}
	if err != nil {
		return err
	}
	return a.reorderPage(c, o, r, addressID, a.takeRefusal(c.Ctx).Problem)
}

// placeReorder handles POST /{lang}/orders/{token}/again: with a card for charges without
// the shopper the order is paid at once, with another one on the bank's page.
func (a *app) placeReorder(c visit) error {
	request, err := a.reorderRequest(c)
	if errors.Is(err, errSignIn) {
		return c.goTo(reorderPath(c, 0)) // which asks to sign in, and leads back
	}
	if err != nil {
		return err
	}
	page := reorderPath(c, request.AddressID)
	if !a.proved(c.who) {
		return a.toProof(c.Ctx, page)
	}
	o, result, err := a.Desk.Reorder(c.UserContext(), request)
	if err != nil {
		return a.reorderRefused(c, page, err)
	}
	if result.Outcome != payments.OnBankPage && a.Store.Now().Sub(o.CreatedAt) > justNow {
		a.flash(c.Ctx, "reorder.already")
	}
	return a.toPayment(c, o, result)
}

// justNow is how old an order can be that a second press of the button leads to without
// a message. A page that was left open longer says that nothing new was ordered.
const justNow = time.Minute

// reorderRequest reads what the button sent: what the shopper saw, which is only
// compared, and which card is to pay.
func (a *app) reorderRequest(c visit) (models.ReorderRequest, error) {
	o, err := a.reorderable(c)
	if err != nil {
		return models.ReorderRequest{}, err
	}
	if o.CustomerID == nil {
		return models.ReorderRequest{}, errNoCard // a guest has none
	}
	if err := checkToken(c.Ctx, c.who); err != nil {
		return models.ReorderRequest{}, err
	}
	r := models.ReorderRequest{OrderID: o.ID, CustomerID: c.who.ID, Lang: c.lang, Theme: o.Theme, Network: a.networkHash(c.Ctx), From: visitorOf(c.Ctx)}
	for name, into := range map[string]*int64{"last": &r.Last, "card": &r.CardID, "address": &r.AddressID} {
		text, err := formValue(c.Ctx, name)
		if err != nil {
			return r, err
		}
		if *into, err = strconv.ParseInt(text, 10, 64); err != nil {
			return r, &models.Error{Kind: models.Invalid, Code: models.CodeFormUnreadable, Err: err}
		}
	}
	r.Fingerprint, err = formValue(c.Ctx, "fingerprint")
	return r, err
}

// reorderRefused leads back to the page, which shows how things stand now and says why
// nothing was ordered.
func (a *app) reorderRefused(c visit, page string, err error) error {
	problem := refusal{Status: fiber.StatusConflict}
	key := "reorder.changed"
	if _, changed := errors.AsType[*models.ReorderChanged](err); !changed {
		e, ok := errors.AsType[*models.Error](err)
		if !ok || e.Kind != models.Conflict && e.Kind != models.Limited {
			return err
		}
		problem.Status, key = statusOf[e.Kind], string(e.Code)
	}
	problem.Problem = c.text(key)
	if !a.keepRefusal(c.Ctx, "/orders/"+c.Params("token")+"/again", problem) {
		a.flash(c.Ctx, key)
	}
	return c.goTo(page)
}

// reorderIntoCart handles POST /{lang}/orders/{token}/again/cart: what is to be had of
// the order goes into the visitor's cart.
func (a *app) reorderIntoCart(c visit) error {
	o, err := a.reorderable(c)
	if errors.Is(err, errSignIn) {
		return c.goTo(reorderPath(c, 0))
	}
	if err != nil {
		return err
	}
	key, err := a.keyToFill(c.Ctx)
	if err != nil {
		return err
	}
	if key == "" { // a guest without a cart, who has the order's link
		key = newKey()
		a.giveCartKey(c.Ctx, key)
	}
	lines, err := a.Store.ReorderIntoCart(c.UserContext(), key, o)
	if err != nil {
		return err
	}
	switch {
	case lines == 0:
		a.flash(c.Ctx, "reorder.none_put")
	case lines < len(o.Lines):
		a.flash(c.Ctx, "reorder.partly_put")
	}
	return a.toCart(c.Ctx)
}

// reorderPath is the page of a reorder, to the address that was chosen unless that is 0.
func reorderPath(c visit, addressID int64) string {
	page := c.path("/orders/" + c.Params("token") + "/again")
	if addressID != 0 {
		page += "?address=" + strconv.FormatInt(addressID, 10)
	}
	return page
}
