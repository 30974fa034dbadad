package handlers

import (
	"dukani/models"
	"dukani/views"
)

// homeOrders is how many orders the account's first page shows.
const homeOrders = 3

// showAccount handles GET /{lang}/account.
func (a *app) showAccount(c visit) error {
	list, err := a.Store.CustomerOrders(c.UserContext(), c.who.ID, models.OrderFilter{})
	if err != nil {
		return err
	}
	claimable, err := a.Store.ClaimableOrders(c.UserContext(), c.who.Customer)
	if err != nil {
		return err
	}
	items, err := a.orderItems(c, list.Orders[:min(len(list.Orders), homeOrders)])
	if err != nil {
		return err
	}
	return c.Render("pages/account", views.AccountHome{
		Account: a.accountPage(c, "home", "account.title"),
		Name:    c.who.Name, Email: c.who.Email, Verified: c.who.VerifiedAt != nil, Claimable: claimable,
		List: items, MoreOrders: list.Total > homeOrders,
	})
}

// accountPage is what every page of an account has. section is its entry in the
// account's navigation, title a translation key.
func (a *app) accountPage(c visit, section, title string) views.Account {
	return views.Account{Page: a.page(c.Ctx, c.text(title)), Section: section, Token: c.who.token}
}
