package handlers

import (
	"errors"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
)

// reorderable is an order and who buys it again. An order of an account belongs to
// its customer alone, whoever has the link; a guest's order to who has the link.
type reorderable struct {
	order *models.Order
	who   *account // nil: a guest's order
}

// errSignIn says that somebody has to sign in first.
var errSignIn = errors.New("sign in first")

func (a *app) reorderable(c *fiber.Ctx) (reorderable, error) {
	o, err := a.Store.OrderByToken(c.UserContext(), c.Params("token"))
	if err != nil || o.CustomerID == nil {
		return reorderable{order: o}, err
	}
	who, err := a.signedIn(c)
	switch {
	case err != nil:
		return reorderable{}, err
	case who == nil:
		return reorderable{}, errSignIn
	case who.ID != *o.CustomerID:
		return reorderable{}, &models.Error{Kind: models.NotFound, Message: "order.not_found"}
	}
	return reorderable{o, who}, nil
}

// prepared is the order as it would be bought again, to the address that was chosen.
func (a *app) prepared(c *fiber.Ctx, r reorderable, addressID int64) (*models.Reorder, error) {
	if r.who == nil {
		return a.Store.ReorderOfGuest(c.UserContext(), r.order)
	}
	return a.Store.ReorderTo(c.UserContext(), r.order.ID, r.who.ID, addressID)
}

// showAgain handles GET /{lang}/orders/{token}/again: what buying the order again
// would be today, where it would go, and which ways there are to pay it.
func (a *app) showAgain(c *fiber.Ctx) error {
	r, err := a.reorderable(c)
	if errors.Is(err, errSignIn) {
		return a.toSignIn(c)
	}
	if err != nil {
		return err
	}
	addressID, _ := strconv.ParseInt(c.Query("address"), 10, 64) // anything else: none was chosen
	again, err := a.prepared(c, r, addressID)
	if err != nil {
		return err
	}
	return a.againPage(c, r, again, addressID, a.takeRefusal(c).Problem)
}

// buyAgain handles POST /{lang}/orders/{token}/again: with a card for charges without
// the shopper it is paid at once, with another one on the bank's page.
func (a *app) buyAgain(c *fiber.Ctx) error {
	r, err := a.reorderable(c)
	if errors.Is(err, errSignIn) {
		return c.Redirect(a.againPath(c, ""), fiber.StatusSeeOther) // which asks to sign in, and leads back
	}
	if err != nil {
		return err
	}
	if r.who == nil {
		return &models.Error{Kind: models.NotFound, Message: "card.not_found"} // a guest has none
	}
	if err := checkToken(c, r.who); err != nil {
		return err
	}
	confirmed, err := a.confirmed(c, r)
	if err != nil {
		return err
	}
	chosen := ""
	if confirmed.AddressID != 0 {
		chosen = "?address=" + strconv.FormatInt(confirmed.AddressID, 10)
	}
	if !a.proved(r.who) {
		return a.toProof(c, a.againPath(c, chosen))
	}
	o, payAt, err := a.Desk.Reorder(c.UserContext(), confirmed)
	if _, ok := errors.AsType[*models.ReorderChanged](err); ok {
		return a.backToAgain(c, chosen, fiber.StatusConflict, "reorder.changed")
	}
	if e, ok := errors.AsType[*models.Error](err); ok && (e.Kind == models.Conflict || e.Kind == models.Limited) {
		return a.backToAgain(c, chosen, statusOf[e.Kind], e.Message)
	}
	if err != nil {
		return err
	}
	if payAt == "" {
		payAt = a.local(c, "/orders/"+o.Token)
		if a.Store.Now().Sub(o.CreatedAt) > justNow {
			a.flash(c, "reorder.already")
		}
	}
	return c.Redirect(payAt, fiber.StatusSeeOther)
}

// backToAgain leads back to the page, which shows how things stand now and says why
// nothing was ordered: problem is a translation key, chosen which address was.
func (a *app) backToAgain(c *fiber.Ctx, chosen string, status int, problem string) error {
	if !a.keepRefusal(c, "/orders/"+c.Params("token")+"/again", refusal{Status: status, Problem: a.text(c, problem)}) {
		a.flash(c, problem)
	}
	return c.Redirect(a.againPath(c, chosen), fiber.StatusSeeOther)
}

// justNow is how old an order can be that somebody who pressed twice is led to without
// a word. A page that was left open longer is told that nothing new was ordered.
const justNow = time.Minute

// confirmed reads what the button sent: what the shopper saw, which is only
// compared, and which card is to pay.
func (a *app) confirmed(c *fiber.Ctx, r reorderable) (models.ReorderRequest, error) {
	confirmed := models.ReorderRequest{OrderID: r.order.ID, CustomerID: r.who.ID, Lang: a.lang(c), Theme: r.order.Theme, Network: a.networkHash(c)}
	for name, into := range map[string]*int64{"last": &confirmed.Last, "card": &confirmed.CardID, "address": &confirmed.AddressID} {
		text, err := formValue(c, name)
		if err != nil {
			return confirmed, err
		}
		if *into, err = strconv.ParseInt(text, 10, 64); err != nil {
			return confirmed, &models.Error{Kind: models.Invalid, Message: "error.form", Err: err}
		}
	}
	var err error
	confirmed.Fingerprint, err = formValue(c, "fingerprint")
	return confirmed, err
}

// againIntoCart handles POST /{lang}/orders/{token}/again/cart: what is to be had of
// the order goes into the visitor's cart.
func (a *app) againIntoCart(c *fiber.Ctx) error {
	r, err := a.reorderable(c)
	if errors.Is(err, errSignIn) {
		return c.Redirect(a.againPath(c, ""), fiber.StatusSeeOther)
	}
	if err != nil {
		return err
	}
	key, err := a.keyToFill(c) // never "": they have signed in
	if err != nil {
		return err
	}
	lines, err := a.Store.ReorderIntoCart(c.UserContext(), key, r.order)
	if err != nil {
		return err
	}
	switch {
	case lines == 0:
		a.flash(c, "reorder.none_put")
	case lines < len(r.order.Lines):
		a.flash(c, "reorder.partly_put")
	}
	return a.toCart(c)
}

func (a *app) againPath(c *fiber.Ctx, rest string) string {
	return a.local(c, "/orders/"+c.Params("token")+"/again"+rest)
}
