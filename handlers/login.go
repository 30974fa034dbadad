package handlers

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// showLogin handles GET /{lang}/login.
func (a *app) showLogin(c *fiber.Ctx) error {
	return a.showEntry(c, a.loginPage, "email", "password")
}

func (a *app) loginPage(c *fiber.Ctx, form views.Form) error {
	return c.Render("pages/login", a.entryView(c, "login.title", form))
}

// login handles POST /{lang}/login.
func (a *app) login(c *fiber.Ctx) error {
	form, err := a.readForm(c, "email", "password", "next")
	if err != nil {
		return err
	}
	customer, err := a.Store.SignIn(c.UserContext(), form.Values["email"], form.Values["password"], a.from(c))
	if err == nil {
		if err := a.linkPending(c, customer.ID); err != nil {
			return err
		}
		return a.enter(c, customer.ID, form.Values["next"])
	}
	if err := a.refuse(c, &form, err); err != nil {
		return err
	}
	return a.backToForm(c, "/login"+nextQuery(form.Values["next"]), form, a.loginPage)
}

// showRegister handles GET /{lang}/register.
func (a *app) showRegister(c *fiber.Ctx) error {
	return a.showEntry(c, a.registerPage, "name", "email", "password")
}

func (a *app) registerPage(c *fiber.Ctx, form views.Form) error {
	return c.Render("pages/register", a.entryView(c, "register.title", form))
}

// register handles POST /{lang}/register: a newcomer is signed in at once.
func (a *app) register(c *fiber.Ctx) error {
	form, err := a.readForm(c, "name", "email", "password", "next")
	if err != nil {
		return err
	}
	customer, err := a.Store.Register(c.UserContext(), models.NewCustomer{
		Name: form.Values["name"], Email: form.Values["email"], Password: form.Values["password"], Lang: a.lang(c),
	}, network(c))
	if err == nil {
		return a.enter(c, customer.ID, form.Values["next"])
	}
	if err := a.refuse(c, &form, err); err != nil {
		return err
	}
	return a.backToForm(c, "/register"+nextQuery(form.Values["next"]), form, a.registerPage)
}

// logout handles POST /{lang}/logout. The browser loses its key to the cart, too.
func (a *app) logout(c *fiber.Ctx) error {
	who, err := a.signedIn(c)
	if err != nil {
		return err
	}
	if err := a.Store.CloseCart(c.UserContext(), who.ID, a.cartKey(c)); err != nil {
		return err
	}
	return a.leaveShop(c, "login.signed_out")
}

// leaveShop ends the browser's session and takes its key to the cart away, and
// goes on to the home page.
func (a *app) leaveShop(c *fiber.Ctx, message string) error {
	if err := a.signOut(c); err != nil {
		return err
	}
	a.takeCartKey(c)
	a.flash(c, message)
	return c.Redirect(a.local(c, ""), fiber.StatusSeeOther)
}

// enter signs the customer in, joins the browser's cart with theirs, and goes on
// to next. If the browser may keep no cookies it goes by way of the sign-in page, which
// says that nobody stays signed in without them.
func (a *app) enter(c *fiber.Ctx, customerID int64, next string) error {
	works := a.cookiesWork(c) // before the keys change
	if err := a.signIn(c, customerID); err != nil {
		return err
	}
	if err := a.joinCart(c, customerID); err != nil {
		return err
	}
	if err := a.rememberDevice(c, customerID); err != nil {
		return err
	}
	next = ownPath(next, a.local(c, "/account"))
	if !works {
		next = a.local(c, "/login?"+checkCookies+"&next="+url.QueryEscape(next))
	}
	return c.Redirect(next, fiber.StatusSeeOther)
}

// joinCart joins the browser's cart with the customer's, and leaves a message about
// quantities that were capped.
func (a *app) joinCart(c *fiber.Ctx, customerID int64) error {
	key := newKey()
	opened, capped, err := a.Store.JoinCart(c.UserContext(), customerID, a.lang(c), a.cartKey(c), key)
	if err != nil {
		return err
	}
	if opened {
		a.giveCartKey(c, key)
	} else {
		a.takeCartKey(c)
	}
	if len(capped) > 0 {
		var names []string
		for _, l := range capped {
			names = append(names, fmt.Sprintf("%s (%d)", l.Name, l.Quantity))
		}
		a.flashMessage(c, message{Key: "cart.joined_capped", What: strings.Join(names, ", ")})
	}
	return nil
}

// showEntry shows the form for signing in or registering to a guest; a customer goes on to
// the next page.
func (a *app) showEntry(c *fiber.Ctx, show func(*fiber.Ctx, views.Form) error, fields ...string) error {
	who, err := a.signedIn(c)
	if err != nil {
		return err
	}
	form := a.newForm(c, fields...)
	if refused := a.fillRefused(c, &form); who != nil && !refused {
		return c.Redirect(ownPath(c.Query("next"), a.local(c, "/account")), fiber.StatusSeeOther)
	}
	problem, email, err := a.takeProblem(c)
	if err != nil {
		return err
	}
	if problem != "" {
		form.Problem, form.Values["email"] = problem, email
	}
	if a.needsCookies(c) {
		form.Problem = a.text(c, "cookies.signin")
	}
	form.Values["next"] = c.Query("next")
	a.tryCookies(c)
	return show(c, form)
}

func (a *app) entryView(c *fiber.Ctx, title string, form views.Form) views.Entry {
	v := views.Entry{Page: a.page(c, a.text(c, title)), Form: form, Provider: a.providerName(c)}
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
