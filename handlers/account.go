package handlers

import (
	"github.com/gofiber/fiber/v2"

	"dukani/views"
)

// showAccount handles GET /{lang}/account.
func (a *app) showAccount(c *fiber.Ctx) error {
	v := views.AccountHome{Account: a.accountPage(c, "home", "account.title")}
	who := mustBeSignedIn(c)
	v.Name, v.Email, v.Verified = who.Name, who.Email, who.VerifiedAt != nil
	return c.Render("pages/account", v)
}

// mustBeSignedIn returns the customer behind customersOnly.
func mustBeSignedIn(c *fiber.Ctx) *account { return c.Locals(accountKey{}).(*account) }

// accountPage is what every page of an account has. section is its entry in the
// account's navigation, title a translation key.
func (a *app) accountPage(c *fiber.Ctx, section, title string) views.Account {
	return views.Account{Page: a.page(c, a.text(c, title)), Section: section, Token: mustBeSignedIn(c).token}
}
