package handlers

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// showOrder handles GET /{lang}/orders/{token}. Whoever has the link may see the
// order. While the bank has not decided, loading the page asks it.
func (a *app) showOrder(c visit) error {
	o, bank, err := a.currentOrder(c.Ctx)
	if err != nil {
		return err
	}
	a.noteAccess(c.Ctx, o, models.AccessViewed)
	return a.orderPage(c, o, bank, a.takeRefusal(c.Ctx))
}

// orderPage shows an order: to its own customer with their cards, and a way to buy it
// again. wrong is why a form of this page was refused.
func (a *app) orderPage(c visit, o *models.Order, bank bankAnswer, wrong refusal) error {
	v, err := a.wholeOrderView(c, o, bank)
	if err != nil {
		return err
	}
	v.Goods.Problem = wrong.Problem
	if text := wrong.Errors["loan_month"]; text != "" {
		v.Methods = nil
		if err := a.offerAgain(c, o, wrong.Values["method"], &v.Methods); err != nil {
			return err
		}
		views.WrongLoan(v.Methods, text)
	}
	return c.Render("pages/order", v)
}

func (a *app) wholeOrderView(c visit, o *models.Order, bank bankAnswer) (v views.Order, err error) {
	v = a.orderView(c, o, bank)
	if err := a.addMethods(c, o, &v); err != nil {
		return v, err
	}
	v.OfferAccount = c.who == nil && o.CustomerID == nil && o.Status == models.Paid
	if v.ReorderButton, err = a.reorderButton(c, o); err != nil {
		return v, err
	}
	if err := a.addMoney(c, o, &v); err != nil {
		return v, err
	}
	if err := a.addGoods(c, o, &v); err != nil || !c.owns(o) {
		return v, err
	}
	return v, a.addCards(c, o, &v)
}

// addMethods puts into the page of an order that is paid in a new attempt the ways to pay it. If the
// bank has refused the last one, the page says so.
func (a *app) addMethods(c visit, o *models.Order, v *views.Order) error {
	if !v.CanPay || o.Status == models.AwaitingPayment {
		return nil
	}
	if err := a.offerAgain(c, o, "", &v.Methods); err != nil {
		return err
	}
	if v.Wallet = a.walletView(c, v.Methods); v.Wallet != nil {
		v.Wallet.TotalTetri = int64(o.TotalTetri)
	}
	refused := o.Status == models.Declined && o.LastPayment().State == models.PaymentRefused
	if refused && !slices.ContainsFunc(v.Methods, func(m views.MethodChoice) bool { return m.Key == string(o.Method) }) {
		v.DeclineReason, v.Advice = c.text("order.method_refused"), ""
	}
	return nil
}

// offerAgain fills in the ways to pay an order in a new attempt. Chosen is the one named or, if that
// is "", that of the last attempt; after a refused loan it is the first that is none.
func (a *app) offerAgain(c visit, o *models.Order, chosen string, into *[]views.MethodChoice) error {
	last := o.LastPayment()
	if chosen == "" && (!last.Credit() || last.State != models.PaymentDeclined) {
		chosen = string(o.Method)
	}
	if err := a.offerMethods(c, chosen, into); err != nil {
		return err
	}
	was := map[models.Method]models.Loan{o.Method: {Month: o.LoanMonth, Code: o.LoanCode}}
	a.offerLoans(c, o.TotalTetri, was, *into)
	for _, m := range *into {
		if m.Loan != nil {
			m.Loan.Script = "" // no script of the bank's on the pages of orders, whose addresses are keys
		}
	}
	return nil
}

// addCards puts into the page of a customer's own order what became of saving the card,
// and after a decline the saved cards to pay it with.
func (a *app) addCards(c visit, o *models.Order, v *views.Order) error {
	if err := a.cardNote(c, o, v); err != nil {
		return err
	}
	if !v.CanPay || o.Status == models.AwaitingPayment {
		return nil
	}
	cards, err := a.cardsForBankPage(c)
	for i := range cards {
		v.ByCard = append(v.ByCard, views.Confirm{
			Lang: v.Lang, OrderToken: o.Token, Token: c.who.token, CardID: strconv.FormatInt(cards[i].ID, 10), Card: distinctName(cards, i), Total: v.Totals.Total,
		})
	}
	return err
}

// cardNote tells a customer who agreed to it whether the card was saved, once that is known.
func (a *app) cardNote(c visit, o *models.Order, v *views.Order) error {
	p := o.ShownPayment()
	if o.SaveCard == "" || p == nil || p.SaveCard == "" {
		return nil
	}
	card, err := a.Store.CardOfPayment(c.UserContext(), p.ID)
	switch {
	case err != nil:
		return err
	case card != nil && card.State == models.CardLive:
		v.CardSaved, v.CardNote = true, c.text("order.card_saved", cardName(card))
	case (card == nil || card.CustomerID == nil) && (o.PaidPaymentID != nil || p.SaveCardState == models.SaveCardFailed):
		v.CardNote = c.text("order.card_not_saved")
	}
	return nil
}

// returnFromBank handles GET /{lang}/orders/{token}/return, where the bank sends
// the browser. Arriving here proves nothing: the bank is asked, and the order's
// page shows its answer.
func (a *app) returnFromBank(c *fiber.Ctx) error {
	o, _, err := a.currentOrder(c)
	if err != nil {
		return err
	}
	a.noteAccess(c, o, models.AccessReturned)
	return c.Redirect(a.local(c, "/orders/"+o.Token), fiber.StatusSeeOther)
}

// orderStatus handles GET /{lang}/orders/{token}/status, which the script of the order's
// page calls: the order's status, whether the bank is out of reach, and where the order
// can be paid.
func (a *app) orderStatus(c *fiber.Ctx) error {
	o, bank, err := a.currentOrder(c)
	if err != nil {
		return err
	}
	var v views.Order
	a.fillState(&v, a.lang(c), o, bank)
	now := map[string]string{"status": v.Status, "bank": v.Outage}
	if p := o.LastPayment(); o.Status == models.AwaitingPayment && bank == answered {
		now["pay"] = p.PayPage()
	}
	return c.JSON(now)
}

// payOrder handles POST /{lang}/orders/{token}/pay: on to the bank, on the page it
// already has for the order or, after a decline, on a new one.
func (a *app) payOrder(c visit) error {
	o, err := a.Store.OrderByToken(c.UserContext(), c.Params("token"))
	if err != nil {
		return err
	}
	page := c.path("/orders/" + o.Token)
	card, err := a.chosenCard(c, o)
	switch {
	case errors.Is(err, errProof):
		return a.toProof(c.Ctx, page)
	case errors.Is(err, errSignIn):
		return c.goTo(c.path("/login" + nextQuery(page)))
	case err != nil:
		return err
	}
	method, err := formValue(c.Ctx, "method")
	if err != nil {
		return err
	}
	loan, err := chosenLoan(c.Ctx, models.Method(method))
	if err != nil {
		return err
	}
	button, err := a.readWallet(c, method)
	if err != nil {
		return err
	}
	if button.step == walletTries {
		return c.JSON(struct{}{}) // its price is frozen, and nothing is typed
	}
	result, err := a.pay(c, o, models.PayWith{Method: models.Method(method), Loan: loan, CardID: card}, button)
	if e, ok := errors.AsType[*models.Error](err); ok {
		switch {
		case e.Kind == models.Conflict, e.Kind == models.Limited:
			a.flash(c.Ctx, string(e.Code))
			return c.goTo(page)
		case e.Kind == models.Invalid && e.Fields["method"] != "":
			a.flash(c.Ctx, e.Fields["method"])
			return c.goTo(page)
		case e.Kind == models.Invalid && e.Fields["loan_month"] != "":
			return a.wrongLoan(c, o, method, c.text(e.Fields["loan_month"]))
		}
	}
	if err != nil {
		return err
	}
	return a.toPayment(c, o, result)
}

// chosenCard reads with which saved card an order is to be paid: 0 for a card that is
// typed at the bank, models.TypedByAnybody for one that is typed by somebody who is not
// the order's customer. Only that customer can choose a saved card; they must be signed in
// (else the error is errSignIn) and have given the password lately (errProof).
func (a *app) chosenCard(c visit, o *models.Order) (int64, error) {
	text, err := formValue(c.Ctx, "card")
	switch {
	case err != nil:
		return 0, err
	case text == "" && c.owns(o):
		return 0, nil
	case text == "":
		return models.TypedByAnybody, nil
	case c.who == nil && o.CustomerID != nil: // they have signed out since the page was shown
		return 0, errSignIn
	}
	id, wrong := strconv.ParseInt(text, 10, 64)
	if wrong != nil || id <= 0 || !c.owns(o) {
		return 0, errNoCard
	}
	if err := checkToken(c.Ctx, c.who); err != nil {
		return 0, err
	}
	if !a.proved(c.who) {
		return 0, errProof
	}
	return id, nil
}

func (a *app) orderView(c visit, o *models.Order, bank bankAnswer) views.Order {
	l := c.lang
	v := views.Order{
		Page:   a.page(c.Ctx, views.T(string(l), "order.title", o.Number)),
		Number: o.Number, Token: o.Token, Placed: views.DateTime(string(l), o.CreatedAt),
		Lines: orderLines(l, o.Lines), Totals: orderTotals(l, o.ItemsTetri, o.DeliveryTetri),
		DeliveryName: views.DeliveryName(string(l), string(o.Delivery)), Estimate: promised(l, o),
		Address: orderAddress(l, o), Name: o.Name, Email: o.Email, Phone: views.Phone(o.Phone), Note: o.Note,
	}
	v.NoIndex = true
	a.fillState(&v, l, o, bank)
	v.PaidTwice = paidTwice(l, o)
	v.Payment, v.Charged, v.Statement = paymentView(l, o), chargedView(l, o), views.StatementText(o.Number)
	for i, e := range o.Events {
		v.Timeline = append(v.Timeline, views.Step{
			Time: views.DateTime(string(l), e.At), Machine: e.At.Format(time.RFC3339),
			Text: views.StepText(string(l), string(e.Status), e.Detail), Current: i == len(o.Events)-1,
		})
	}
	return v
}

// paidTwice says what becomes of money that was charged beyond the price of the order,
// "" if there is none.
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

// paidBy names what an attempt was paid with, and by whom, as the bank does.
func paidBy(l models.Lang, p *models.Payment) string {
	return views.PaidBy(string(l), views.Payer{
		Method: string(p.Method), Kind: string(p.Method.Rules().Payer), Brand: p.CardBrand, Mask: p.CardMask, Name: p.PayerName,
	})
}

// chargedView is what the bank took off the price of an order and what it charged, nil if it took
// nothing off.
func chargedView(l models.Lang, o *models.Order) *views.Charged {
	p := o.ShownPayment()
	if p == nil || p.DiscountTetri == 0 {
		return nil
	}
	v := &views.Charged{Discount: price(l, -p.DiscountTetri), DiscountTetri: int64(p.DiscountTetri)}
	if p.CapturedTetri > 0 {
		v.Amount, v.AmountTetri = price(l, p.CapturedTetri), int64(p.CapturedTetri)
		v.VAT = price(l, p.CapturedTetri.VATInside())
	}
	return v
}

// paymentView is how an order was paid, nil if it was not.
func paymentView(l models.Lang, o *models.Order) *views.Payment {
	p := o.ShownPayment()
	if o.PaidPaymentID == nil || p == nil {
		return nil
	}
	v := &views.Payment{
		Method: string(p.Method),
		PaidBy: paidBy(l, p), Amount: price(l, p.CapturedTetri), Time: views.DateTime(string(l), p.UpdatedAt),
	}
	if p.RefundedTetri > 0 {
		v.Refunded = price(l, p.RefundedTetri)
	}
	return v
}
