package handlers

import (
	"net/url"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// showForgot handles GET /{lang}/forgot.
func (a *app) showForgot(c visit) error {
	form := a.newForm(c, "email")
	a.fillRefused(c.Ctx, &form)
	a.tryCookies(c.Ctx)
	return a.forgotPage(c, form)
}

// forgotPage says that a mail was sent, or shows the form.
func (a *app) forgotPage(c visit, form views.Form) error {
	v := views.Entry{Page: a.page(c.Ctx, c.text("forgot.title")), Form: form, Sent: c.Query("sent") != ""}
	if v.Sent {
		v.Path += "?sent=1"
	}
	return c.Render("pages/forgot", v)
}

// forgot handles POST /{lang}/forgot. The answer is the same whether there is an
// account or not.
func (a *app) forgot(c visit) error {
	form, err := a.readForm(c, "email")
	if err != nil {
		return err
	}
	err = a.Store.AskReset(c.UserContext(), form.Values["email"], network(c.Ctx))
	if err == nil {
		return c.goTo(c.path("/forgot?sent=1"))
	}
	return a.backToForm(c, "/forgot", form, err, a.forgotPage)
}

// showReset handles GET /{lang}/reset, where the link of a mail leads.
func (a *app) showReset(c visit) error {
	if _, err := a.liveLink(c, c.Query("link"), models.LinkReset); err != nil {
		return a.deadLink(c, err)
	}
	form := a.newForm(c, "password")
	form.Values["link"] = c.Query("link")
	a.fillRefused(c.Ctx, &form)
	a.tryCookies(c.Ctx)
	return a.resetPage(c, form)
}

func (a *app) resetPage(c visit, form views.Form) error {
	return c.Render("pages/reset", a.linkView(c, "reset.title", form.Values["link"], form))
}

// reset handles POST /{lang}/reset.
func (a *app) reset(c visit) error {
	form, err := a.readForm(c, "password")
	if err != nil {
		return err
	}
	if form.Values["link"], err = formValue(c.Ctx, "link"); err != nil {
		return err
	}
	id, err := a.signer.read(form.Values["link"], models.LinkReset)
	var customer *models.Customer
	if err == nil {
		customer, err = a.Store.ResetPassword(c.UserContext(), id, form.Values["password"])
	}
	if models.IsKind(err, models.NotFound) {
		return a.toDeadLink(c, "/reset", form.Values["link"], err)
	}
	if err == nil {
		// The reader of the mail is the account's owner: guesses of others must not lock them out.
		if err := a.rememberDevice(c.Ctx, customer.ID); err != nil {
			return err
		}
		a.flash(c.Ctx, "reset.done")
		return c.goTo(c.path("/login"))
	}
	return a.backToForm(c, "/reset"+linkQuery(form.Values["link"]), form, err, a.resetPage)
}

// showVerify handles GET /{lang}/verify, where the link of a mail leads. It changes
// nothing, because mail programs open links, too; the page's button does.
func (a *app) showVerify(c visit) error {
	l, err := a.liveLink(c, c.Query("link"), models.LinkVerify)
	if err != nil {
		return a.deadLink(c, err)
	}
	v := a.linkView(c, "verify.title", c.Query("link"), a.newForm(c))
	v.Email = l.Email
	return c.Render("pages/verify", v)
}

// verify handles POST /{lang}/verify. Nobody has to be signed in: the link names the
// account. If its customer is, the session gets another key, because it may do more now.
func (a *app) verify(c visit) error {
	text, err := formValue(c.Ctx, "link")
	if err != nil {
		return err
	}
	id, err := a.signer.read(text, models.LinkVerify)
	if err != nil {
		return a.toDeadLink(c, "/verify", text, err)
	}
	customer, err := a.Store.VerifyAddress(c.UserContext(), id)
	if models.IsKind(err, models.NotFound) {
		return a.toDeadLink(c, "/verify", text, err)
	}
	if err != nil {
		return err
	}
	if c.who != nil && c.who.ID == customer.ID {
		if err := a.rekey(c); err != nil {
			return err
		}
	}
	a.flash(c.Ctx, "verify.done")
	return c.goTo(c.path("/account"))
}

func (a *app) liveLink(c visit, text string, purpose models.LinkPurpose) (*models.MailLink, error) {
	id, err := a.signer.read(text, purpose)
	if err != nil {
		return nil, err
	}
	return a.Store.LiveLink(c.UserContext(), id, purpose)
}

// deadLink shows a page that says that the link does not work, and how to get another.
func (a *app) deadLink(c visit, err error) error {
	if !models.IsKind(err, models.NotFound) {
		return err
	}
	v := views.Link{Page: a.page(c.Ctx, c.text("link.title"))}
	return c.Status(fiber.StatusGone).Render("pages/link_dead", v)
}

// toDeadLink is deadLink for a form that was sent with a link: it leads to the link's own
// page. A text longer than any link is answered at once.
func (a *app) toDeadLink(c visit, page, link string, err error) error {
	if query := linkQuery(link); models.IsKind(err, models.NotFound) && len(query) < 1000 {
		return c.goTo(c.path(page + query))
	}
	return a.deadLink(c, err)
}

// linkQuery is the query that keeps the link of a mail in an address.
func linkQuery(link string) string { return "?link=" + url.QueryEscape(link) }

func (a *app) linkView(c visit, title, link string, form views.Form) views.Link {
	v := views.Link{Page: a.page(c.Ctx, c.text(title)), Form: form, Link: link}
	v.Path += linkQuery(link) // changing the language must not lose it
	return v
}
