package handlers

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// showProfile handles GET /{lang}/account/profile.
func (a *app) showProfile(c *fiber.Ctx) error {
	who := mustBeSignedIn(c)
	form := a.newForm(c, "name", "phone", "lang")
	form.Values["name"], form.Values["phone"], form.Values["lang"] = who.Name, views.Phone(who.Phone), string(who.Lang)
	if who.MarketingAt != nil {
		form.Values["marketing"] = "1"
	}
	a.fillRefused(c, &form)
	return a.renderProfile(c, form)
}

// saveProfile handles POST /{lang}/account/profile. The page goes on in the
// language that was chosen.
func (a *app) saveProfile(c *fiber.Ctx) error {
	form, err := a.readForm(c, "name", "phone", "lang", "marketing")
	if err != nil {
		return err
	}
	p := models.Profile{
		Name: form.Values["name"], Phone: form.Values["phone"], Lang: models.Lang(form.Values["lang"]), Marketing: form.Values["marketing"] != "",
	}
	err = a.Store.SaveProfile(c.UserContext(), mustBeSignedIn(c).Customer, p)
	if err == nil {
		a.setCookie(c, a.cookieName(langCookie), string(p.Lang), 365*24*time.Hour)
		a.flash(c, "account.saved")
		return c.Redirect("/"+string(p.Lang)+"/account/profile", fiber.StatusSeeOther)
	}
	if err := a.refuse(c, &form, err); err != nil {
		return err
	}
	return a.backToForm(c, "/account/profile", form, a.renderProfile)
}

func (a *app) renderProfile(c *fiber.Ctx, form views.Form) error {
	who := mustBeSignedIn(c)
	pending, err := a.Store.PendingAddress(c.UserContext(), who.Customer)
	if err != nil {
		return err
	}
	linked, err := a.linked(c, who)
	if err != nil {
		return err
	}
	return c.Render("pages/profile", views.Profile{
		Account: a.accountPage(c, "profile", "profile.title"), Form: form,
		Email: who.Email, Verified: who.VerifiedAt != nil, Pending: pending, Georgian: form.Values["lang"] != string(models.En), Linked: linked,
	})
}

// askVerification handles POST /{lang}/account/verify: another mail with a link.
func (a *app) askVerification(c *fiber.Ctx) error {
	err := a.Store.AskVerification(c.UserContext(), mustBeSignedIn(c).Customer)
	message := "verify.sent"
	if models.IsKind(err, models.Limited) {
		message = "verify.limited"
	} else if err != nil {
		return err
	}
	a.flash(c, message)
	return c.Redirect(a.local(c, "/account/profile"), fiber.StatusSeeOther)
}

// showEmail handles GET /{lang}/account/email.
func (a *app) showEmail(c *fiber.Ctx) error {
	form := a.newForm(c, "email", "password")
	a.fillRefused(c, &form)
	return a.emailPage(c, form)
}

func (a *app) emailPage(c *fiber.Ctx, form views.Form) error {
	return a.renderForm(c, "pages/email", "profile", "email.title", form)
}

// changeEmail handles POST /{lang}/account/email. The address changes when the link
// that is mailed to it is used.
func (a *app) changeEmail(c *fiber.Ctx) error {
	form, err := a.readForm(c, "email", "password")
	if err != nil {
		return err
	}
	err = a.Store.ChangeAddress(c.UserContext(), mustBeSignedIn(c).Customer, form.Values["email"], form.Values["password"], a.from(c))
	if err == nil {
		a.flash(c, "email.sent")
		return c.Redirect(a.local(c, "/account/profile"), fiber.StatusSeeOther)
	}
	if err := a.refuse(c, &form, err); err != nil {
		return err
	}
	return a.backToForm(c, "/account/email", form, a.emailPage)
}

// showPassword handles GET /{lang}/account/password.
func (a *app) showPassword(c *fiber.Ctx) error {
	form := a.newForm(c, "old_password", "new_password")
	a.fillRefused(c, &form)
	return a.passwordPage(c, form)
}

func (a *app) passwordPage(c *fiber.Ctx, form views.Form) error {
	return a.renderForm(c, "pages/password", "password", "password.title", form)
}

// changePassword handles POST /{lang}/account/password. All sessions end; this
// browser gets a new one, and a new key to the cart.
func (a *app) changePassword(c *fiber.Ctx) error {
	form, err := a.readForm(c, "old_password", "new_password")
	if err != nil {
		return err
	}
	who := mustBeSignedIn(c)
	err = a.Store.ChangePassword(c.UserContext(), who.Customer, form.Values["old_password"], form.Values["new_password"], a.from(c))
	if err == nil {
		a.flash(c, "password.done")
		return a.enter(c, who.ID, "")
	}
	if err := a.refuse(c, &form, err); err != nil {
		return err
	}
	return a.backToForm(c, "/account/password", form, a.passwordPage)
}

// showConfirm handles GET /{lang}/account/confirm: the password again, before
// something that costs money or changes who can sign in.
func (a *app) showConfirm(c *fiber.Ctx) error {
	form := a.newForm(c, "password")
	a.fillRefused(c, &form)
	problem, _, err := a.takeProblem(c)
	if err != nil {
		return err
	}
	if problem != "" {
		form.Problem = problem
	}
	form.Values["next"] = ownPath(c.Query("next"), "")
	return a.renderConfirm(c, form)
}

// confirm handles POST /{lang}/account/confirm: a new session, and on to next.
func (a *app) confirm(c *fiber.Ctx) error {
	form, err := a.readForm(c, "password", "next")
	if err != nil {
		return err
	}
	who := mustBeSignedIn(c)
	if err = a.Store.Prove(c.UserContext(), who.Customer, form.Values["password"], a.from(c)); err == nil {
		return a.enter(c, who.ID, form.Values["next"])
	}
	if err := a.refuse(c, &form, err); err != nil {
		return err
	}
	form.Values["next"] = ownPath(form.Values["next"], "")
	return a.backToForm(c, "/account/confirm"+nextQuery(form.Values["next"]), form, a.renderConfirm)
}

// renderConfirm shows the form for the password, and the button of the provider to a
// customer who is linked with it.
func (a *app) renderConfirm(c *fiber.Ctx, form views.Form) error {
	who := mustBeSignedIn(c)
	linked, err := a.linked(c, who)
	if err != nil {
		return err
	}
	v := views.AccountForm{Account: a.accountPage(c, "", "confirm.title"), Form: form, Email: who.Email, NoPassword: who.PasswordHash == ""}
	for _, l := range linked {
		if l.Current {
			v.Provider = l.Name
		}
	}
	return c.Render("pages/confirm", v)
}

// renderForm shows a page of the account that is one form.
func (a *app) renderForm(c *fiber.Ctx, template, section, title string, form views.Form) error {
	who := mustBeSignedIn(c)
	return c.Render(template, views.AccountForm{
		Account: a.accountPage(c, section, title), Form: form, Email: who.Email, NoPassword: who.PasswordHash == "",
	})
}
