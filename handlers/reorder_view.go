package handlers

import (
	"strconv"
	"strings"
	"time"

	"dukani/models"
	"dukani/views"
)

// reorderPage shows what buying an order again would be, delivered to the address that was
// chosen; problem says why the last try was refused, "" if there was none.
func (a *app) reorderPage(c visit, o *models.Order, r *models.Reorder, addressID int64, problem string) error {
	l := c.lang
	v := views.Reorder{
		Page: a.page(c.Ctx, c.text("reorder.title")), OrderToken: o.Token, Number: o.Number,
		Placed: views.DateTime(string(l), o.CreatedAt),
		Totals: orderTotals(l, r.Items, r.Delivery), Was: orderTotals(l, o.ItemsTetri, o.DeliveryTetri),
		Nothing: r.Items == 0,
	}
	v.NoIndex, v.Problem = true, problem
	v.Same = r.Complete() && r.Total == o.TotalTetri
	for _, line := range r.Lines {
		v.Lines = append(v.Lines, reorderLine(l, line))
		v.Same = v.Same && !line.Changed()
	}
	switch {
	case !r.Delivers:
		v.Notes = append(v.Notes, c.text("reorder.no_delivery"))
	case r.Delivery != o.DeliveryTetri && !v.Nothing:
		v.Notes = append(v.Notes, c.text("reorder.delivery", v.Was.Delivery, v.Totals.Delivery))
	}
	if !r.To.SamePlace(o) {
		v.Notes = append(v.Notes, c.text("reorder.other_address"))
	}
	v.Same = v.Same && len(v.Notes) == 0
	if r.Pending() {
		v.Pending = c.path("/orders/" + r.Undecided.Token)
	}
	if o.CustomerID != nil {
		if err := a.offerReorder(c, r, addressID, &v); err != nil {
			return err
		}
	}
	return c.Render("pages/reorder", v)
}

// offerReorder puts into the page of a customer's own order where the reorder goes and the
// cards that can pay it.
func (a *app) offerReorder(c visit, r *models.Reorder, addressID int64, v *views.Reorder) error {
	addDestination(c.lang, r, v)
	v.OneClick = oneClickView(c, r, addressID)
	v.Why, v.WhyText = string(r.OneClick.Why), whyText(c.lang, r)
	v.Rules = oneClickRules(c.lang, r, a.Store.Now())
	if !r.Delivers || r.AskWhere {
		return nil
	}
	cards, err := a.cardsForBankPage(c)
	for i := range cards {
		v.ByCard = append(v.ByCard, confirmView(c, r, addressID, &cards[i]))
		v.ByCard[i].Card = distinctName(cards, i)
	}
	return err
}

func reorderLine(lang models.Lang, line models.ReorderLine) views.ReorderLine {
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

// oneClickView is the button that buys at once, nil if that is not possible.
func oneClickView(c visit, r *models.Reorder, addressID int64) *views.Confirm {
	if r.OneClick.Why != "" {
		return nil
	}
	v := confirmView(c, r, addressID, r.OneClick.Card)
	return &v
}

// confirmView is a button that pays a reorder with a saved card.
func confirmView(c visit, r *models.Reorder, addressID int64, card *models.SavedCard) views.Confirm {
	return views.Confirm{
		Lang: string(c.lang), OrderToken: r.Of.Token, Token: c.who.token, Last: r.LastID(),
		Fingerprint: r.Fingerprint(), CardID: strconv.FormatInt(card.ID, 10), Card: cardName(card), Total: price(c.lang, r.Total),
		Adult:     r.Adult(),
		AddressID: strconv.FormatInt(addressID, 10), To: addressText(c.lang, r.To), Email: r.Email,
	}
}

// cardName is the customer's own name for a card, else its scheme and last digits.
func cardName(card *models.SavedCard) string {
	if card.Label != "" {
		return card.Label
	}
	return views.CardName(card.Brand, card.Mask)
}

// whyText says why one click is not possible, "" if it is.
func whyText(l models.Lang, r *models.Reorder) string {
	why := r.OneClick.Why
	switch why {
	case "":
		return ""
	case models.WhyTotal:
		return views.T(string(l), "reorder.why.total", price(l, r.Total), price(l, *r.OneClick.Card.FixedTetri))
	}
	return views.T(string(l), "reorder.why."+string(why))
}

// oneClickRules are the conditions of buying with one click, and whether this reorder
// meets each, as far as that is known.
func oneClickRules(l models.Lang, r *models.Reorder, now time.Time) []views.Rule {
	card, agreed, total := r.OneClick.Card, r.OneClick.Agreed, r.Of.TotalTetri
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
	add("method", true, r.OneClick.Method.Rules().OneClick || card != nil)
	add("consent", true, agreed)
	add("card", agreed || card != nil, card != nil && card.Usable(now)) // else the bank was not asked to save one
	add("settled", true, !r.Pending())
	add("goods", true, r.Complete() && !r.Remeasured())
	add("total", r.Delivers, r.Total == total) // without a delivery there is no total
	if r.AskWhere {
		add("where", true, false)
	}
	return list
}

// reorderButton is the button under an order, nil while the order itself is undecided or
// can be paid, and for everybody but its customer. A guest's order is for all who have the
// link.
func (a *app) reorderButton(c visit, o *models.Order) (*views.ReorderButton, error) {
	switch {
	case o.Status.Unsettled() || o.Status.CanPay(o.PricesFrom(), a.Store.Now()):
		return nil, nil
	case o.CustomerID == nil:
		return &views.ReorderButton{Lang: string(c.lang), OrderToken: o.Token}, nil
	case !c.owns(o):
		return nil, nil
	}
	return a.ownReorderButton(c, o.ID, o.Token)
}

// ownReorderButton is the button under an order of the customer's own.
func (a *app) ownReorderButton(c visit, orderID int64, token string) (*views.ReorderButton, error) {
	offered, err := a.offered(c)
	if err != nil {
		return nil, err
	}
	r, err := a.Store.Reorder(c.UserContext(), orderID, c.who.ID, offered...)
	if err != nil {
		return nil, err
	}
	v := &views.ReorderButton{Lang: string(c.lang), OrderToken: token}
	if r.AsBought() { // else the page of the reorder shows what differs
		v.OneClick = oneClickView(c, r, 0)
	}
	return v, nil
}

// reorderButtons are the buttons under the orders of a list, in its order.
func (a *app) reorderButtons(c visit, orders []models.OrderSummary) ([]*views.ReorderButton, error) {
	roots, err := a.Store.OneClickRoots(c.UserContext(), c.who.ID)
	if err != nil {
		return nil, err
	}
	list := make([]*views.ReorderButton, len(orders))
	for i, o := range orders {
		switch {
		case o.Status.Unsettled() || o.Status.CanPay(o.CreatedAt, a.Store.Now()):
		case !roots[o.Root]:
			list[i] = &views.ReorderButton{Lang: string(c.lang), OrderToken: o.Token}
		default:
			if list[i], err = a.ownReorderButton(c, o.ID, o.Token); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}
