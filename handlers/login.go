package handlers

import (
	"fmt"
	"net/url"
	"strings"

	"dukani/models"
	"dukani/views"
)

// showLogin handles GET /{lang}/login.
func (a *app) showLogin(c visit) error {
	return a.showEntry(c, a.loginPage, "email", "password")
}

func (a *app) loginPage(c visit, form views.Form) error {
	return c.Render("pages/login", a.entryView(c, "login.title", form))
}

// login handles POST /{lang}/login.
func (a *app) login(c visit) error {
	form, err := a.readForm(c, "email", "password", "next")
	if err != nil {
		return err
	}
	customer, err := a.Store.SignIn(c.UserContext(), form.Values["email"], form.Values["password"], a.from(c.Ctx))
	if err == nil {
		if err := a.linkPending(c, customer.ID); err != nil {
			return err
		}
		return a.enter(c, customer.ID, form.Values["next"])
	}
	return a.backToForm(c, "/login"+nextQuery(form.Values["next"]), form, err, a.loginPage)
}

// showRegister handles GET /{lang}/register.
func (a *app) showRegister(c visit) error {
	return a.showEntry(c, a.registerPage, "name", "email", "password")
}

func (a *app) registerPage(c visit, form views.Form) error {
	return c.Render("pages/register", a.entryView(c, "register.title", form))
}

// register handles POST /{lang}/register: a newcomer is signed in at once.
func (a *app) register(c visit) error {
	form, err := a.readForm(c, "name", "email", "password", "next")
	if err != nil {
		return err
	}
	customer, err := a.Store.Register(c.UserContext(), models.NewCustomer{
		Name: form.Values["name"], Email: form.Values["email"], Password: form.Values["password"], Lang: c.lang,
	}, network(c.Ctx))
	if err == nil {
		return a.enter(c, customer.ID, form.Values["next"])
	}
	return a.backToForm(c, "/register"+nextQuery(form.Values["next"]), form, err, a.registerPage)
}

// logout handles POST /{lang}/logout. The browser loses its key to the cart, too.
func (a *app) logout(c visit) error {
	if err := a.Store.CloseCart(c.UserContext(), c.who.ID, a.cartKey(c.Ctx)); err != nil {
		return err
	}
	return a.leaveShop(c, "login.signed_out")
}

// leaveShop ends the browser's session and takes its key to the cart away, and
// goes on to the home page.
func (a *app) leaveShop(c visit, message string) error {
	if err := a.signOut(c.Ctx); err != nil {
		return err
	}
	a.takeCartKey(c.Ctx)
	a.flash(c.Ctx, message)
	return c.goTo(c.path(""))
}

// enter signs the customer in, joins the browser's cart with theirs, and goes on
// to next. If the browser may keep no cookies it goes by way of the sign-in page, which
// says that nobody stays signed in without them.
func (a *app) enter(c visit, customerID int64, next string) error {
	works := a.cookiesWork(c.Ctx) // before the keys change
	if err := a.signIn(c.Ctx, customerID); err != nil {
		return err
	}
	if err := a.joinCart(c, customerID); err != nil {
		return err
	}
	if err := a.rememberDevice(c.Ctx, customerID); err != nil {
		return err
	}
	next = ownPath(next, c.path("/account"))
	if !works {
		next = c.path("/login?" + checkCookies + "&next=" + url.QueryEscape(next))
	}
	return c.goTo(next)
}

// joinCart joins the browser's cart with the customer's, and leaves a message about
// quantities that were capped.
func (a *app) joinCart(c visit, customerID int64) error {
	key := newKey()
	opened, capped, err := a.Store.JoinCart(c.UserContext(), customerID, c.lang, a.cartKey(c.Ctx), key)
	if err != nil {
		return err
	}
	if opened {
		a.giveCartKey(c.Ctx, key)
	} else {
		a.takeCartKey(c.Ctx)
	}
	if len(capped) > 0 {
		var names []string
		for _, l := range capped {
			names = append(names, fmt.Sprintf("%s (%d)", l.Name, l.Quantity))
		}
		a.flashMessage(c.Ctx, message{Key: "cart.joined_capped", What: strings.Join(names, ", ")})
	}
	return nil
}

// showEntry shows the form for signing in or registering to a guest; a customer goes on to
// the next page.
func (a *app) showEntry(c visit, show func(visit, views.Form) error, fields ...string) error {
	form := a.newForm(c, fields...)
	if refused := a.fillRefused(c.Ctx, &form); c.who != nil && !refused {
		return c.goTo(ownPath(c.Query("next"), c.path("/account")))
	}
	if problem, email := a.takeProblem(c); problem != "" {
		form.Problem, form.Values["email"] = problem, email
	}
	if a.needsCookies(c.Ctx) {
		form.Problem = c.text("cookies.signin")
	}
	form.Values["next"] = c.Query("next")
	a.tryCookies(c.Ctx)
	return show(c, form)
}

func (a *app) entryView(c visit, title string, form views.Form) views.Entry {
	v := views.Entry{Page: a.page(c.Ctx, c.text(title)), Form: form, Provider: a.providerName(c)}
	v.Next, v.NextQuery = ownPath(form.Values["next"], ""), nextQuery(form.Values["next"])
	v.Path += v.NextQuery
	return v
}

// nextQuery is the query that keeps next, the page to go on to, in an address; "" if
// there is none.
func nextQuery(next string) string {
	if next = ownPath(next, ""); next == "" {
		return ""
	}
	return "?next=" + url.QueryEscape(next)
}
