package handlers

import (
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// againPage shows a reorder to the address that was chosen; problem is a sentence, ""
// for none.
func (a *app) againPage(c *fiber.Ctx, r reorderable, again *models.Reorder, addressID int64, problem string) error {
	l := a.lang(c)
	v := views.Reorder{
		Page: a.page(c, a.text(c, "reorder.title")), OrderToken: r.order.Token, Number: r.order.Number,
		Placed: views.DateTime(string(l), r.order.CreatedAt),
		Totals: orderTotals(l, again.Items, again.Delivery), Was: orderTotals(l, r.order.ItemsTetri, r.order.DeliveryTetri),
		Nothing: again.Items == 0,
	}
	v.NoIndex, v.Problem = true, problem
	for _, line := range again.Lines {
		v.Lines = append(v.Lines, againLine(l, line))
	}
	switch {
	case !again.Delivers:
		v.Notes = append(v.Notes, a.text(c, "reorder.no_delivery"))
	case again.Delivery != r.order.DeliveryTetri && !v.Nothing:
		v.Notes = append(v.Notes, views.T(string(l), "reorder.delivery", v.Was.Delivery, v.Totals.Delivery))
	}
	if !again.To.SamePlace(r.order) {
		v.Notes = append(v.Notes, a.text(c, "reorder.other_address"))
	}
	v.Same = again.Complete() && again.Total == r.order.TotalTetri && len(v.Notes) == 0
	for _, line := range again.Lines {
		v.Same = v.Same && !line.Changed()
	}
	if again.Pending() {
		v.Pending = a.local(c, "/orders/"+again.Undecided.Token)
	}
	if r.who == nil {
		return c.Render("pages/reorder", v)
	}
	destination(l, again, &v)
	v.OneClick = oneClickView(l, r.who, again, addressID)
	v.Why, v.WhyText = string(again.OneClick.Why), whyText(l, again)
	v.Rules = rules(l, again, a.Store.Now())
	cards, err := a.pageCards(c, r.who)
	if err != nil {
		return err
	}
	if !again.Delivers || again.AskWhere {
		cards = nil
	}
	for i := range cards {
		v.ByCard = append(v.ByCard, confirmView(l, r.who, again, addressID, &cards[i]))
		v.ByCard[i].Card = distinctName(cards, i)
	}
	return c.Render("pages/reorder", v)
}

func againLine(lang models.Lang, line models.ReorderLine) views.ReorderLine {
	l := string(lang)
	v := views.ReorderLine{OrderLine: orderLines(lang, []models.OrderLine{line.OrderLine})[0], Status: "same"}
	note := func(status, key string, args ...any) {
		v.Status = status
		v.Notes = append(v.Notes, views.T(l, key, args...))
	}
	was, now := price(lang, line.WasUnit), price(lang, line.UnitTetri)
	switch {
	case line.Gone:
		note("gone", "cart.gone")
		return v
	case line.Quantity == 0:
		note("gone", "reorder.line.sold_out")
		return v
	case line.Remeasured:
		note("remeasured", "reorder.line.remeasured", line.Measure(lang))
	}
	switch {
	case line.UnitTetri > line.WasUnit:
		note("dearer", "reorder.line.dearer", was, now)
	case line.UnitTetri < line.WasUnit:
		note("cheaper", "reorder.line.cheaper", was, now)
	}
	if line.Quantity < line.WasQuantity {
		note("fewer", "reorder.line.fewer", line.Quantity, line.WasQuantity)
	}
	return v
}

// oneClickView is the button that buys again at once, nil if that is not possible.
func oneClickView(l models.Lang, who *account, again *models.Reorder, addressID int64) *views.Confirm {
	if again.OneClick.Why != "" {
		return nil
	}
	v := confirmView(l, who, again, addressID, again.OneClick.Card)
	return &v
}

// confirmView is a button that pays a reorder with a saved card.
func confirmView(l models.Lang, who *account, again *models.Reorder, addressID int64, card *models.SavedCard) views.Confirm {
	return views.Confirm{
		Lang: string(l), OrderToken: again.Of.Token, Token: who.token, Last: again.LastID(),
		Fingerprint: again.Fingerprint(), CardID: strconv.FormatInt(card.ID, 10), Card: cardName(card), Total: price(l, again.Total),
		Adult:     again.Adult(),
		AddressID: strconv.FormatInt(addressID, 10), To: whereTo(l, again.To), Email: again.Email,
	}
}

// cardName is what a customer calls a card, else scheme and last digits.
func cardName(card *models.SavedCard) string {
	if card.Label != "" {
		return card.Label
	}
	return views.CardName(card.Brand, card.Mask)
}

func whyText(l models.Lang, again *models.Reorder) string {
	why := again.OneClick.Why
	switch why {
	case "":
		return ""
	case models.WhyTotal:
		return views.T(string(l), "reorder.why.total", price(l, again.Total), price(l, *again.OneClick.Card.FixedTetri))
	}
	return views.T(string(l), "reorder.why."+string(why))
}

// rules says of each condition of a purchase with one click whether this reorder meets
// it, as far as that is known.
func rules(l models.Lang, again *models.Reorder, now time.Time) []views.Rule {
	card, agreed, total := again.OneClick.Card, again.OneClick.Agreed, again.Of.TotalTetri
	if card != nil {
		total = *card.FixedTetri
	}
	var list []views.Rule
	add := func(rule string, known, met bool) {
		word := "reorder.unknown"
		switch {
		case known && met:
			word = "reorder.met"
		case known:
			word = "reorder.unmet"
		}
		list = append(list, views.Rule{
			Text: views.T(string(l), "reorder.rule."+rule), State: strings.TrimPrefix(word, "reorder."), StateText: views.T(string(l), word),
		})
	}
	add("consent", true, agreed)
	add("card", agreed || card != nil, card != nil && card.Usable(now)) // nobody asked the bank to save one
	add("settled", true, !again.Pending())
	add("goods", true, again.Complete() && !again.Remeasured())
	add("total", again.Delivers, again.Total == total) // without a delivery there is no total
	if again.AskWhere {
		add("where", true, false)
	}
	return list
}

// buyAgainView is the button under an order, nil while the order itself is undecided or
// can be paid, and for who may not buy it again. who is nil for somebody who only has the link.
func (a *app) buyAgainView(c *fiber.Ctx, o *models.Order, who *account) (*views.ReorderButton, error) {
	switch {
	case o.Status.Unsettled() || o.Status.CanPay(o.CreatedAt, a.Store.Now()):
		return nil, nil
	case o.CustomerID == nil:
		return &views.ReorderButton{Lang: string(a.lang(c)), OrderToken: o.Token}, nil
	case who == nil || who.ID != *o.CustomerID:
		return nil, nil
	}
	return a.ownBuyAgain(c, who, o.ID, o.Token)
}

// ownBuyAgain is the button under an order of the customer's own.
func (a *app) ownBuyAgain(c *fiber.Ctx, who *account, orderID int64, token string) (*views.ReorderButton, error) {
	again, err := a.Store.Reorder(c.UserContext(), orderID, who.ID)
	if err != nil {
		return nil, err
	}
	l := a.lang(c)
	v := &views.ReorderButton{Lang: string(l), OrderToken: token}
	if again.AsBought() { // else the page of the reorder shows what it would be
		v.OneClick = oneClickView(l, who, again, 0)
	}
	return v, nil
}

// buyAgainList are the buttons under the orders of a list, in its order.
func (a *app) buyAgainList(c *fiber.Ctx, who *account, orders []models.OrderSummary) ([]*views.ReorderButton, error) {
	roots, err := a.Store.OneClickRoots(c.UserContext(), who.ID)
	if err != nil {
		return nil, err
	}
	list := make([]*views.ReorderButton, len(orders))
	for i, o := range orders {
		switch {
		case o.Status.Unsettled() || o.Status.CanPay(o.CreatedAt, a.Store.Now()):
		case !roots[o.Root]:
			list[i] = &views.ReorderButton{Lang: string(a.lang(c)), OrderToken: o.Token}
		default:
			if list[i], err = a.ownBuyAgain(c, who, o.ID, o.Token); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}
