package handlers

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"dukani/models"
	"dukani/payments"
	"dukani/views"
)

// checkoutForm is what the checkout page sends. Nothing in it decides a price: the total
// and what else the page showed are only compared.
type checkoutForm struct {
	Key           string `form:"checkout_key"`
	ExpectedTotal int64  `form:"expected_total"`
	Shown         string `form:"shown"` // models.Cart.Shown of the page
	Name          string `form:"name"`
	Email         string `form:"email"`
	Phone         string `form:"phone"`
	Delivery      string `form:"delivery"`
	Region        string `form:"region"`
	City          string `form:"city"`
	Street        string `form:"street"`
	Note          string `form:"note"`
	Remember      string `form:"remember_address"`
	Terms         string `form:"terms"`
	Method        string `form:"method"`
	LoanMonth     string `form:"loan_month"`
	BNPLMonth     string `form:"bnpl_month"`
	Card          string `form:"card"` // id of a saved one; "": a card that is typed at the bank
	SaveCard      string `form:"save_card"`
	OneClick      string `form:"one_click"`
	Theme         string `form:"theme"` // filled in by app.js
	Recalculate   string `form:"recalculate"`
	Address       string `form:"address"` // id of a saved one
	UseAddress    string `form:"use_address"`
}

// showCheckout handles GET /{lang}/checkout.
func (a *app) showCheckout(c visit) error {
	cart, err := a.Store.Cart(c.UserContext(), c.lang, a.cartKey(c.Ctx))
	if err != nil {
		return err
	}
	if !cart.Orderable() {
		return a.toCart(c.Ctx) // which says what is missing
	}
	form, err := a.beginForm(c, cart)
	if err != nil {
		return err
	}
	return a.checkoutPage(c, form, cart, a.takeRefusal(c.Ctx))
}

// checkoutPage shows the form with all that was typed and what is wrong with it.
func (a *app) checkoutPage(c visit, form checkoutForm, cart *models.Cart, wrong refusal) error {
	v, err := a.checkoutView(c, form, cart)
	if err != nil {
		return err
	}
	if err := a.allowCalculator(c.Ctx); err != nil {
		return err
	}
	v.Wallet = a.walletView(c, v.Methods) // adds to the policy
	maps.Copy(v.Errors, wrong.Errors)
	v.Changed = wrong.Changed
	v.PlaceLoanError()
	return c.Render("pages/checkout", v)
}

// placeOrder handles POST /{lang}/checkout: an order, and on to the bank.
func (a *app) placeOrder(c visit) error {
	form, err := a.readCheckout(c)
	if err != nil {
		return err
	}
	a.forget(c.Ctx, refusedKey)
	switch {
	case form.Recalculate+form.UseAddress != "":
		return a.checkoutAgain(c, form, fiber.StatusOK, nil)
	case c.who != nil && form.byCard() && form.OneClick != "" && form.SaveCard == "":
		return a.checkoutAgain(c, form, fiber.StatusUnprocessableEntity, map[string]string{"one_click": "checkout.error.one_click"})
	case c.who != nil && form.byCard() && form.Card != "" && !a.proved(c.who): // a saved card spends money without being shown
		a.keepTyped(c.Ctx, form)
		return a.toProof(c.Ctx, c.path("/checkout"))
	}
	button, err := a.readWallet(c, form.Method)
	if err != nil {
		return err
	}
	typed := form.checkout(c, a.networkHash(c.Ctx))
	if button.step == walletTries {
		return a.tryOrder(c, form, typed)
	}
	order, result, err := a.place(c, typed, button)
	if err != nil {
		return a.checkoutRefused(c, form, err)
	}
	a.forget(c.Ctx, typedKey)
	a.rememberAddress(c, form, order)
	return a.toPayment(c, order, result)
}

// readCheckout reads the form. A customer who asked for one of their addresses has it in
// the form.
func (a *app) readCheckout(c visit) (form checkoutForm, err error) {
	if err := c.BodyParser(&form); err != nil {
		return form, fiber.ErrBadRequest
	}
	if _, err := uuid.Parse(form.Key); err != nil {
		form.Key = uuid.NewString()
	}
	if form.UseAddress != "" && c.who != nil {
		err = a.fillAddress(c, &form)
	} else if form.SaveCard+form.OneClick != "" && form.Recalculate+form.UseAddress == "" {
		form.Card = "" // only a card that is typed can be saved; the chosen one may only be where the page began
	}
	return form, err
}

// checkoutRefused answers a form that could not be ordered: with the form, which says why,
// or with the cart if that is where it can be mended.
func (a *app) checkoutRefused(c visit, form checkoutForm, err error) error {
	if changed, ok := errors.AsType[*models.CheckoutChanged](err); ok {
		return a.checkoutChanged(c, form, changed)
	}
	e, ok := errors.AsType[*models.Error](err)
	switch {
	case !ok:
		return err
	case e.Kind == models.Invalid:
		return a.checkoutAgain(c, form, fiber.StatusUnprocessableEntity, e.Fields)
	case e.Code == models.CodeCardUnusable, e.Code == models.CodeCardNotFound: // another customer has signed in
		form.Card = ""
		return a.checkoutAgain(c, form, fiber.StatusConflict, map[string]string{"card": "checkout.error.card"})
	case e.Kind == models.Limited:
		a.flash(c.Ctx, string(e.Code))
		return a.checkoutAgain(c, form, fiber.StatusTooManyRequests, nil)
	case e.Kind == models.Conflict:
		a.flash(c.Ctx, string(e.Code))
		a.keepTyped(c.Ctx, form)
		return a.toCart(c.Ctx)
	}
	return err
}

// toPayment sends a shopper to the bank's page, or to the order's own page, which tells
// how the order stands.
func (a *app) toPayment(c visit, o *models.Order, result payments.PayResult) error {
	switch result.Outcome {
	case payments.InSheet:
		return a.toSheet(c, o, result)
	case payments.OnBankPage:
		return c.goTo(result.URL)
	case payments.BankSilent:
		a.flash(c.Ctx, "order.again.bank_silent")
	case payments.NoAccess:
		a.flash(c.Ctx, "order.again.out_of_order")
	}
	return c.goTo(c.path("/orders/" + o.Token))
}

// checkout is what was typed, in the shop's words. Cards are for customers only.
func (f checkoutForm) checkout(c visit, network string) models.Checkout {
	k := models.Checkout{
		Key: f.Key, ExpectedTotal: models.Tetri(f.ExpectedTotal), Shown: f.Shown, Lang: c.lang, Theme: f.Theme, Network: network,
		From: visitorOf(c.Ctx), Name: f.Name, Email: f.Email, Phone: f.Phone, Delivery: models.Delivery(f.Delivery),
		Region: f.Region, City: f.City, Street: f.Street, Note: f.Note, AcceptsTerms: f.Terms != "", Method: models.Method(f.Method),
		Loan: f.loans()[models.Method(f.Method)],
	}
	if c.who == nil {
		return k
	}
	k.CustomerID = &c.who.ID
	if !f.byCard() {
		return k
	}
	if f.Card != "" {
		k.CardID = -1 // no customer's, unless it is a number
		if id, err := strconv.ParseInt(f.Card, 10, 64); err == nil {
			k.CardID = id
		}
	}
	switch {
	case f.OneClick != "":
		k.SaveCard = models.Subscription
	case f.SaveCard != "":
		k.SaveCard = models.Recurrent
	}
	return k
}

// byCard reports whether what the form says about cards counts: with another way to pay the page
// hides the choice of cards, which may have a saved one chosen all the same.
func (f checkoutForm) byCard() bool {
	return f.Method == "" || models.Method(f.Method) == models.ByCard
}

// loans are the choices of months, by loan.
func (f checkoutForm) loans() map[models.Method]models.Loan {
	return map[models.Method]models.Loan{models.ByLoan: readLoan(f.LoanMonth), models.ByBNPL: readLoan(f.BNPLMonth)}
}

// typedKey is where the session keeps the form.
const typedKey = "checkout"

// keepTyped keeps the form until an order is placed, and reports whether it could.
func (a *app) keepTyped(c *fiber.Ctx, form checkoutForm) bool {
	if !a.canKeep(c, len(fmt.Sprint(form))) {
		return false
	}
	form.Shown = "" // the next page shows the cart as it is then
	return a.remember(c, typedKey, form)
}

// typed returns the form as it was kept, or an empty one.
func (a *app) typed(c *fiber.Ctx) (form checkoutForm, kept bool) {
	if form, kept = a.remembered(c, typedKey).(checkoutForm); !kept {
		form = checkoutForm{Delivery: string(models.Courier)}
	}
	form.Key = uuid.NewString()
	return form, kept
}

// checkoutAgain leads back to the form with all that was typed; wrong says of fields what
// is wrong with them.
func (a *app) checkoutAgain(c visit, form checkoutForm, status int, wrong map[string]string) error {
	r := refusal{Status: status, Errors: map[string]string{}}
	for field, key := range wrong {
		r.Errors[field] = c.text(key)
	}
	return a.backToCheckout(c, form, r)
}

// checkoutChanged leads back to the form with what it would order now and what differs
// from what it showed before, and asks again.
func (a *app) checkoutChanged(c visit, form checkoutForm, changed *models.CheckoutChanged) error {
	r := refusal{Status: fiber.StatusConflict}
	var err error
	if r.Changed, err = a.whatChanged(c, form, changed.Cart); err != nil {
		return err
	}
	if r.Changed == nil {
		r.Changed = &views.CheckoutChanged{}
		if option, ok := models.Delivery(form.Delivery).Option(); ok && form.Shown != "" { // the same goods: it is the delivery
			cost := views.DeliveryCost(string(c.lang), int64(option.Cost(changed.Cart.Items)))
			r.Changed.Changes = []string{c.text("checkout.changed.delivery", views.DeliveryName(string(c.lang), form.Delivery), cost)}
		}
	}
	if changed.Shown > 0 && changed.Shown != changed.Now {
		r.Changed.Old, r.Changed.New = price(c.lang, changed.Shown), price(c.lang, changed.Now)
	}
	if err := a.Store.SeeCartPrices(c.UserContext(), changed.Cart.ID); err != nil {
		return err
	}
	return a.backToCheckout(c, form, r)
}

// backToCheckout answers a form that was not ordered with a redirect to its page, which
// says what r says, and what has changed since the form was shown. A form too long to be
// kept is answered with the page itself.
func (a *app) backToCheckout(c visit, form checkoutForm, r refusal) error {
	cart, err := a.Store.Cart(c.UserContext(), c.lang, a.cartKey(c.Ctx))
	if err != nil {
		return err
	}
	if r.Changed == nil {
		if r.Changed, err = a.whatChanged(c, form, cart); err != nil {
			return err
		}
	}
	nothingToSay := r.Status == fiber.StatusOK && r.Changed == nil
	if a.keepTyped(c.Ctx, form) && (nothingToSay || a.keepRefusal(c.Ctx, "/checkout", r)) {
		return c.goTo(c.path("/checkout"))
	}
	if !cart.Orderable() {
		return a.toCart(c.Ctx)
	}
	c.Status(r.Status)
	return a.checkoutPage(c, form, cart, r)
}

func (a *app) checkoutView(c visit, form checkoutForm, cart *models.Cart) (views.Checkout, error) {
	l := c.lang
	v := views.Checkout{
		Page: a.page(c.Ctx, c.text("checkout.title")), Key: form.Key,
		Name: form.Name, Email: form.Email, Phone: form.Phone, Region: form.Region, City: form.City, Street: form.Street,
		Note: form.Note, Terms: form.Terms != "", Adult: cart.Adult(), Errors: map[string]string{},
		Regions: views.RegionOptions(string(l), form.Region, models.Regions()), Shown: cart.Shown(l, c.customerID()),
	}
	v.NoIndex, v.Paying, v.SwitchForm = true, true, "checkout"
	for _, line := range cart.Lines {
		v.Lines = append(v.Lines, views.OrderLine{
			Slug: line.Slug, Name: line.Name, Measure: line.Measure, Picture: line.Picture, Tint: line.Tint,
			Quantity: line.Quantity, Price: price(l, line.Price), Total: price(l, line.Total()),
		})
		if why := views.NoReturn(string(l), string(line.Withdrawal)); why != "" {
			v.NoReturn = append(v.NoReturn, line.Name+": "+why)
		}
	}
	for _, o := range models.DeliveryOptions() {
		totals := orderTotals(l, cart.Items, o.Cost(cart.Items))
		choice := views.DeliveryChoice{
			Value: string(o.Delivery), Name: views.DeliveryName(string(l), string(o.Delivery)), Estimate: deliveryDays(l, o.Delivery, a.Store.Now()),
			Checked: string(o.Delivery) == form.Delivery,
			Cost:    totals.Delivery, Total: totals.Total, VAT: totals.VAT, TotalTetri: totals.TotalTetri,
		}
		v.Deliveries = append(v.Deliveries, choice)
		if choice.Checked || v.ExpectedTotal == 0 {
			v.Totals, v.ExpectedTotal = totals, totals.TotalTetri
		}
	}
	if err := a.offerMethods(c, form.Method, &v.Methods); err != nil {
		return v, err
	}
	a.offerLoans(c, models.Tetri(v.ExpectedTotal), form.loans(), v.Methods)
	if slices.ContainsFunc(v.Methods, func(m views.MethodChoice) bool { return m.Loan != nil }) {
		v.LoanScript = a.Loans.Calculator
	}
	if c.who == nil {
		return v, nil
	}
	if err := a.offerAddresses(c, form, &v); err != nil {
		return v, err
	}
	return v, a.offerCards(c, form, &v)
}

// offerMethods fills in the ways to pay that can be chosen; chosen is the one that was, "" for none.
func (a *app) offerMethods(c visit, chosen string, into *[]views.MethodChoice) error {
	offered, err := a.Desk.Methods(c.UserContext())
	if err != nil {
		return err
	}
	if !slices.Contains(offered, models.Method(chosen)) {
		chosen = string(offered[0])
	}
	for _, m := range offered {
		*into = append(*into, views.NewMethodChoice(string(c.lang), string(m), string(m) == chosen))
	}
	return nil
}

// offerCards lets a signed-in customer choose a saved card, or have one saved.
func (a *app) offerCards(c visit, form checkoutForm, v *views.Checkout) error {
	v.SignedIn, v.NewCard, v.SaveCard, v.OneClick = true, true, form.SaveCard != "", form.OneClick != ""
	cards, err := a.cardsForBankPage(c)
	for i := range cards {
		choice := views.CardChoice{ID: strconv.FormatInt(cards[i].ID, 10), Name: distinctName(cards, i), Default: cards[i].IsDefault, Expiry: cards[i].Expiry}
		choice.Checked = choice.ID == form.Card
		v.NewCard = v.NewCard && !choice.Checked
		v.Cards = append(v.Cards, choice)
	}
	return err
}
