package handlers

import (
	"dukani/models"
	"dukani/views"
)

// showOrders handles GET /{lang}/account/orders: the customer's orders, filtered
// and searched by the address.
func (a *app) showOrders(c visit) error {
	l := string(c.lang)
	filter := models.OrderFilter{Words: words(c.Query("q")), Page: pageNumber(c.Query("page"))}
	v := views.Orders{Words: filter.Words}
	for _, g := range models.OrderGroups() {
		chosen := string(g) == c.Query("show")
		if chosen {
			filter.Group = g
		}
		v.Groups = append(v.Groups, views.Option{Value: string(g), Label: views.OrderGroupName(l, string(g)), Selected: chosen})
	}
	list, err := a.Store.CustomerOrders(c.UserContext(), c.who.ID, filter)
	if err != nil {
		return err
	}
	if v.Claimable, err = a.Store.ClaimableOrders(c.UserContext(), c.who.Customer); err != nil {
		return err
	}
	v.Account = a.accountPage(c, "orders", "orders.title")
	v.Path += orderQuery(filter, filter.Page)
	v.Filtered = filter.Words != "" || filter.Group != models.AllOrders
	if v.List, err = a.orderItems(c, list.Orders); err != nil {
		return err
	}
	v.Count = views.N(l, "orders.count", list.Total)
	v.Pager = views.NewPager(l, filter.Page, list.Pages, func(n int) string {
		return c.path("/account/orders" + orderQuery(filter, n))
	})
	return c.Render("pages/orders", v)
}

// orderQuery is the query of a page of the list.
func orderQuery(f models.OrderFilter, page int) string {
	var q query
	q.add("show", string(f.Group))
	q.add("q", f.Words)
	q.addPage(page)
	if text := q.String(); text != "" {
		return "?" + text
	}
	return ""
}

// orderItems are orders as a list shows them.
func (a *app) orderItems(c visit, orders []models.OrderSummary) ([]views.OrderItem, error) {
	const pictures = 4
	lang := c.lang
	buttons, err := a.reorderButtons(c, orders)
	if err != nil {
		return nil, err
	}
	items := make([]views.OrderItem, 0, len(orders))
	for i, o := range orders {
		item := views.OrderItem{
			ReorderButton: buttons[i],
			Number:        o.Number, Placed: views.DateTime(string(lang), o.CreatedAt), Total: price(lang, o.TotalTetri),
			Status: string(o.Status), StatusText: views.StatusName(string(lang), string(o.Status)),
		}
		if o.Paid != nil {
			item.Method, item.PaidBy = string(o.Paid.Method), paidBy(lang, o.Paid)
		}
		if o.Fulfilment != models.FulfilmentWaiting && o.Status != models.Cancelled {
			item.Goods, item.GoodsText = string(o.Fulfilment), views.FulfilmentName(string(lang), string(o.Fulfilment))
		}
		for i, l := range o.Lines {
			if i < pictures {
				item.Lines = append(item.Lines, views.OrderLine{Name: l.Name(lang), Picture: l.Picture, Tint: l.Tint, Quantity: l.Quantity})
			} else {
				item.More++
			}
		}
		items = append(items, item)
	}
	return items, nil
}

// showOwnOrder handles GET /{lang}/account/orders/{number}: the page of the guest's
// link, without the link.
func (a *app) showOwnOrder(c visit) error {
	o, err := a.Store.CustomerOrder(c.UserContext(), c.who.ID, c.Params("number"))
	if err != nil {
		return err
	}
	o, bank := a.askBank(c.Ctx, o)
	return a.orderPage(c, o, bank, refusal{})
}

// claimOrders handles POST /{lang}/account/orders/claim.
func (a *app) claimOrders(c visit) error {
	n, err := a.Store.ClaimOrders(c.UserContext(), c.who.ID)
	if err != nil {
		return err
	}
	if n > 0 {
		a.flashMessage(c.Ctx, message{Key: "orders.claimed", N: int(n)})
	}
	return c.goTo(c.path("/account/orders"))
}
