package handlers

import (
	"time"

	"dukani/models"
	"dukani/views"
)

// showProfile handles GET /{lang}/account/profile.
func (a *app) showProfile(c visit) error {
	form := a.newForm(c, "name", "phone", "lang")
	form.Values["name"], form.Values["phone"], form.Values["lang"] = c.who.Name, views.Phone(c.who.Phone), string(c.who.Lang)
	if c.who.MarketingAt != nil {
		form.Values["marketing"] = "1"
	}
	a.fillRefused(c.Ctx, &form)
	return a.renderProfile(c, form)
}

// saveProfile handles POST /{lang}/account/profile. The page goes on in the
// language that was chosen.
func (a *app) saveProfile(c visit) error {
	form, err := a.readForm(c, "name", "phone", "lang", "marketing")
	if err != nil {
		return err
	}
	p := models.Profile{
		Name: form.Values["name"], Phone: form.Values["phone"], Lang: models.Lang(form.Values["lang"]), Marketing: form.Values["marketing"] != "",
	}
	err = a.Store.SaveProfile(c.UserContext(), c.who.Customer, p)
	if err == nil {
		a.setCookie(c.Ctx, a.cookieName(langCookie), string(p.Lang), 365*24*time.Hour)
		a.flash(c.Ctx, "account.saved")
		return c.goTo("/" + string(p.Lang) + "/account/profile")
	}
	return a.backToForm(c, "/account/profile", form, err, a.renderProfile)
}

func (a *app) renderProfile(c visit, form views.Form) error {
	pending, err := a.Store.PendingAddress(c.UserContext(), c.who.Customer)
	if err != nil {
		return err
	}
	linked, err := a.linked(c)
	if err != nil {
		return err
	}
	return c.Render("pages/profile", views.Profile{
		Account: a.accountPage(c, "profile", "profile.title"), Form: form,
		Email: c.who.Email, Verified: c.who.VerifiedAt != nil, Pending: pending, Georgian: form.Values["lang"] != string(models.En), Linked: linked,
	})
}

// askVerification handles POST /{lang}/account/verify: another mail with a link.
func (a *app) askVerification(c visit) error {
	err := a.Store.AskVerification(c.UserContext(), c.who.Customer)
	message := "verify.sent"
	if models.IsKind(err, models.Limited) {
		message = "verify.limited"
	} else if err != nil {
		return err
	}
	a.flash(c.Ctx, message)
	return c.goTo(c.path("/account/profile"))
}

// showEmail handles GET /{lang}/account/email.
func (a *app) showEmail(c visit) error {
	form := a.newForm(c, "email", "password")
	a.fillRefused(c.Ctx, &form)
	return a.emailPage(c, form)
}

func (a *app) emailPage(c visit, form views.Form) error {
	return a.renderForm(c, "pages/email", "profile", "email.title", form)
}

// changeEmail handles POST /{lang}/account/email. The address changes when the link
// that is mailed to it is used.
func (a *app) changeEmail(c visit) error {
	form, err := a.readForm(c, "email", "password")
	if err != nil {
		return err
	}
	err = a.Store.ChangeAddress(c.UserContext(), c.who.Customer, form.Values["email"], form.Values["password"], a.from(c.Ctx))
	if err == nil {
		a.flash(c.Ctx, "email.sent")
		return c.goTo(c.path("/account/profile"))
	}
	return a.backToForm(c, "/account/email", form, err, a.emailPage)
}

// showPassword handles GET /{lang}/account/password.
func (a *app) showPassword(c visit) error {
	form := a.newForm(c, "old_password", "new_password")
	a.fillRefused(c.Ctx, &form)
	return a.passwordPage(c, form)
}

func (a *app) passwordPage(c visit, form views.Form) error {
	return a.renderForm(c, "pages/password", "password", "password.title", form)
}

// changePassword handles POST /{lang}/account/password. All sessions end; this
// browser gets a new one, and a new key to the cart.
func (a *app) changePassword(c visit) error {
	form, err := a.readForm(c, "old_password", "new_password")
	if err != nil {
		return err
	}
	err = a.Store.ChangePassword(c.UserContext(), c.who.Customer, form.Values["old_password"], form.Values["new_password"], a.from(c.Ctx))
	if err == nil {
		a.flash(c.Ctx, "password.done")
		return a.enter(c, c.who.ID, "")
	}
	return a.backToForm(c, "/account/password", form, err, a.passwordPage)
}

// showConfirm handles GET /{lang}/account/confirm: the password again, before
// something that costs money or changes who can sign in.
func (a *app) showConfirm(c visit) error {
	form := a.newForm(c, "password")
	a.fillRefused(c.Ctx, &form)
	if problem, _ := a.takeProblem(c); problem != "" {
		form.Problem = problem
	}
	form.Values["next"] = ownPath(c.Query("next"), "")
	return a.renderConfirm(c, form)
}

// confirm handles POST /{lang}/account/confirm: a new session, and on to next.
func (a *app) confirm(c visit) error {
	form, err := a.readForm(c, "password", "next")
	if err != nil {
		return err
	}
	if err = a.Store.Prove(c.UserContext(), c.who.Customer, form.Values["password"], a.from(c.Ctx)); err == nil {
		return a.enter(c, c.who.ID, form.Values["next"])
	}
	form.Values["next"] = ownPath(form.Values["next"], "")
	return a.backToForm(c, "/account/confirm"+nextQuery(form.Values["next"]), form, err, a.renderConfirm)
}

// renderConfirm shows the form for the password, and the button of the provider to a
// customer who is linked with it.
func (a *app) renderConfirm(c visit, form views.Form) error {
	linked, err := a.linked(c)
	if err != nil {
		return err
	}
	v := views.AccountForm{Account: a.accountPage(c, "", "confirm.title"), Form: form, Email: c.who.Email, NoPassword: c.who.PasswordHash == ""}
	for _, l := range linked {
		if l.Current {
			v.Provider = l.Name
		}
	}
	return c.Render("pages/confirm", v)
}

// renderForm shows a page of the account that is one form.
func (a *app) renderForm(c visit, template, section, title string, form views.Form) error {
	return c.Render(template, views.AccountForm{
		Account: a.accountPage(c, section, title), Form: form, Email: c.who.Email, NoPassword: c.who.PasswordHash == "",
	})
}
