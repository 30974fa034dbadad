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
	return a.showEntry(c, "pages/login", "login.title", "email", "password")
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
	return c.Render("pages/login", a.entryView(c, "login.title", form))
}

// showRegister handles GET /{lang}/register.
func (a *app) showRegister(c *fiber.Ctx) error {
	return a.showEntry(c, "pages/register", "register.title", "name", "email", "password")
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
	return c.Render("pages/register", a.entryView(c, "register.title", form))
}

// logout handles POST /{lang}/logout. The browser's key to the cart goes, too.
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
// to next, by way of the sign-in page if the browser may keep no cookies: without them
// nobody stays signed in, and that page says so.
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

// joinCart joins the browser's cart with the customer's and says what was capped.
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
		a.leave(c, message{Key: "cart.joined_capped", What: strings.Join(names, ", ")})
	}
	return nil
}

// showEntry shows an empty form for who has not signed in; who has goes on.
func (a *app) showEntry(c *fiber.Ctx, template, title string, fields ...string) error {
	who, err := a.signedIn(c)
	if err != nil {
		return err
	}
	if who != nil {
		return c.Redirect(ownPath(c.Query("next"), a.local(c, "/account")), fiber.StatusSeeOther)
	}
	form := a.newForm(c, fields...)
	form.Values["next"] = c.Query("next")
	if form.Problem, form.Values["email"], err = a.takeProblem(c); err != nil {
		return err
	}
	if a.needsCookies(c) {
		form.Problem = a.text(c, "cookies.signin")
	}
	return c.Render(template, a.entryView(c, title, form))
}

func (a *app) entryView(c *fiber.Ctx, title string, form views.Form) views.Entry {
	v := views.Entry{Page: a.page(c, a.text(c, title)), Form: form, Provider: a.providerName(c)}
	if next := ownPath(form.Values["next"], ""); next != "" {
		v.Next, v.NextQuery = next, "?next="+url.QueryEscape(next)
		v.Path += v.NextQuery
	}
	return v
}
