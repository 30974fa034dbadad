package handlers

import (
	"github.com/gofiber/fiber/v2"

	"dukani/views"
)

// downloadData handles GET /{lang}/account/data: everything that the shop has stored about
// the customer.
func (a *app) downloadData(c visit) error {
	export, err := a.Store.ExportCustomer(c.UserContext(), c.who.Customer, c.lang)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="dukani-data.json"`)
	return c.JSON(export)
}

// showDelete handles GET /{lang}/account/delete.
func (a *app) showDelete(c visit) error {
	form := a.newForm(c, "password")
	a.fillRefused(c.Ctx, &form)
	return a.deletePage(c, form)
}

func (a *app) deletePage(c visit, form views.Form) error {
	return a.renderForm(c, "pages/delete", "profile", "delete.title", form)
}

// deleteAccount handles POST /{lang}/account/delete.
func (a *app) deleteAccount(c visit) error {
	form, err := a.readForm(c, "password")
	if err != nil {
		return err
	}
	err = a.Store.DeleteCustomer(c.UserContext(), c.who.Customer, form.Values["password"], a.from(c.Ctx))
	if err == nil {
		return a.leaveShop(c, "delete.done")
	}
	return a.backToForm(c, "/account/delete", form, err, a.deletePage)
}
