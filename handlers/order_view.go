package handlers

import (
	"errors"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// showOrder handles GET /:lang/orders/:token. Whoever has the link may see the
// order. While the bank has not decided, looking at the page asks it.
func (a *app) showOrder(c *fiber.Ctx) error {
	o, how, err := a.currentOrder(c)
	if err != nil {
		return err
	}
	v, err := a.orderPage(c, o, how)
	if err != nil {
		return err
	}
	return c.Render("pages/order", v)
}

// orderPage is what the page of an order shows to who looks at it: to its own
// customer also their cards, and a way to buy it again.
func (a *app) orderPage(c *fiber.Ctx, o *models.Order, how asked) (views.Order, error) {
	who, err := a.signedIn(c)
	if err != nil {
		return views.Order{}, err
	}
	v := a.orderView(c, o, how)
	v.OfferAccount = who == nil && o.CustomerID == nil && o.Status == models.Paid
	if v.ReorderButton, err = a.buyAgainView(c, o, who); err != nil || who == nil || o.CustomerID == nil || who.ID != *o.CustomerID {
		return v, err
	}
	if err := a.cardNote(c, o, &v); err != nil {
		return v, err
	}
	if !v.CanPay || o.Status == models.AwaitingPayment {
		return v, nil
	}
	cards, err := a.pageCards(c, who)
	for i := range cards {
		v.ByCard = append(v.ByCard, views.Confirm{
			Lang: v.Lang, OrderToken: o.Token, Token: who.token, CardID: strconv.FormatInt(cards[i].ID, 10), Card: distinctName(cards, i), Total: v.Totals.Total,
		})
	}
	return v, err
}

// cardNote says whether the card was saved, once that is known, to who agreed to it.
func (a *app) cardNote(c *fiber.Ctx, o *models.Order, v *views.Order) error {
	p := o.ShownPayment()
	if o.SaveCard == "" || p == nil || p.SaveCard == "" {
		return nil
	}
	card, err := a.Store.CardOfPayment(c.UserContext(), p.ID)
	switch {
	case err != nil:
		return err
	case card != nil && card.State == models.CardLive:
		v.CardSaved, v.CardNote = true, a.text(c, "order.card_saved", cardName(card))
	case (card == nil || card.CustomerID == nil) && (o.PaidPaymentID != nil || p.SaveCardState == models.SaveCardFailed):
		v.CardNote = a.text(c, "order.card_not_saved")
	}
	return nil
}

// returnFromBank handles GET /:lang/orders/:token/return, where the bank sends
// the browser. Arriving here proves nothing: the bank is asked, and the order's
// page shows the truth.
func (a *app) returnFromBank(c *fiber.Ctx) error {
	o, _, err := a.currentOrder(c)
	if err != nil {
		return err
	}
	return c.Redirect(a.local(c, "/orders/"+o.Token), fiber.StatusSeeOther)
}

// orderStatus handles GET /:lang/orders/:token/status, which the order's page
// asks instead of being loaded again and again: the order's status, whether the bank
// is out of reach, and where the order can be paid.
func (a *app) orderStatus(c *fiber.Ctx) error {
	o, how, err := a.currentOrder(c)
	if err != nil {
		return err
	}
	var v views.Order
	a.tellState(&v, a.lang(c), o, how)
	now := map[string]string{"status": v.Status, "bank": v.Outage}
	if p := o.LastPayment(); o.Status == models.AwaitingPayment && how == answered {
		now["pay"] = p.PayPage()
	}
	return c.JSON(now)
}

// payOrder handles POST /:lang/orders/:token/pay: on to the bank, on the page it
// already has for the order or, after a decline, on a new one.
func (a *app) payOrder(c *fiber.Ctx) error {
	o, err := a.Store.OrderByToken(c.UserContext(), c.Params("token"))
	if err != nil {
		return err
	}
	card, err := a.chosenCard(c, o)
	if errors.Is(err, errProof) {
		return a.toProof(c, a.local(c, "/orders/"+o.Token))
	}
	if errors.Is(err, errSignIn) {
		return c.Redirect(a.local(c, "/login"+nextQuery(a.local(c, "/orders/"+o.Token))), fiber.StatusSeeOther)
	}
	if err != nil {
		return err
	}
	payAt, err := a.Desk.Pay(c.UserContext(), o, card)
	if err != nil && !a.toldSilence(c, err) && !models.IsKind(err, models.Conflict) && !models.IsKind(err, models.Limited) {
		return err
	}
	if e, ok := errors.AsType[*models.Error](err); ok {
		a.flash(c, e.Message)
	}
	if payAt == "" {
		payAt = a.local(c, "/orders/"+o.Token)
	}
	return c.Redirect(payAt, fiber.StatusSeeOther)
}

// toldSilence leaves a message for a shopper who gets no new page to pay on because the
// bank cannot be asked what became of the last one, and reports whether that is what err
// says.
func (a *app) toldSilence(c *fiber.Ctx, err error) bool {
	switch howAsked(err) {
	case bankSilent:
		a.flash(c, "order.again.bank_silent")
	case outOfOrder:
		a.flash(c, "order.again.out_of_order")
	default:
		return false
	}
	return true
}

// chosenCard reads with which saved card an order is to be paid, 0 for one that is
// typed at the bank, models.TypedByAnybody for one that is typed by somebody who is not
// the order's customer. Only that customer can choose a saved one, signed in (else the error
// is errSignIn) and with the password shown lately (errProof).
func (a *app) chosenCard(c *fiber.Ctx, o *models.Order) (int64, error) {
	text, err := formValue(c, "card")
	if err != nil {
		return 0, err
	}
	who, err := a.signedIn(c)
	if err != nil {
		return 0, err
	}
	own := who != nil && o.CustomerID != nil && who.ID == *o.CustomerID
	switch {
	case text == "" && own:
		return 0, nil
	case text == "":
		return models.TypedByAnybody, nil
	case who == nil && o.CustomerID != nil: // they have signed out since the page was shown
		return 0, errSignIn
	}
	id, wrong := strconv.ParseInt(text, 10, 64)
	if wrong != nil || id <= 0 || !own {
		return 0, &models.Error{Kind: models.NotFound, Message: "card.not_found"}
	}
	if err := checkToken(c, who); err != nil {
		return 0, err
	}
	if !a.proved(who) {
		return 0, errProof
	}
	return id, nil
}

func (a *app) orderView(c *fiber.Ctx, o *models.Order, how asked) views.Order {
	l := a.lang(c)
	v := views.Order{
		Page:   a.page(c, views.T(string(l), "order.title", o.Number)),
		Number: o.Number, Token: o.Token, Placed: views.DateTime(string(l), o.CreatedAt),
		Lines: orderLines(l, o.Lines), Totals: orderTotals(l, o.ItemsTetri, o.DeliveryTetri),
		DeliveryName: views.DeliveryName(string(l), string(o.Delivery)), Estimate: promised(l, o),
		Address: orderAddress(l, o), Name: o.Name, Email: o.Email, Phone: views.Phone(o.Phone), Note: o.Note,
	}
	v.NoIndex = true
	a.tellState(&v, l, o, how)
	v.PaidTwice = paidTwice(l, o)
	v.Payment = paymentView(l, o)
	for i, e := range o.Events {
		v.Timeline = append(v.Timeline, views.Step{
			Time: views.DateTime(string(l), e.At), Machine: e.At.Format(time.RFC3339),
			Text: views.StepText(string(l), string(e.Status), e.Detail), Current: i == len(o.Events)-1,
		})
	}
	return v
}

// paidTwice tells what becomes of money that was charged beyond what the order cost, ""
// if there was none.
func paidTwice(l models.Lang, o *models.Order) string {
	switch charged, returned := o.ChargedTwice(); {
	case charged == 0:
		return ""
	case returned < charged:
		return views.T(string(l), "order.paid_twice", price(l, charged-returned))
	default:
		return views.T(string(l), "order.paid_twice_returned", price(l, returned))
	}
}

// paymentView tells how an order was paid, nil if it was not.
func paymentView(l models.Lang, o *models.Order) *views.Payment {
	p := o.ShownPayment()
	if o.PaidPaymentID == nil || p == nil {
		return nil
	}
	v := &views.Payment{
		Card: p.CardMask, Brand: views.CardBrand(p.CardBrand), Amount: price(l, p.CapturedTetri), Time: views.DateTime(string(l), p.UpdatedAt),
	}
	if p.RefundedTetri > 0 {
		v.Refunded = price(l, p.RefundedTetri)
	}
	return v
}
