package admin

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// cookieName is the cookie with the key of a session of staff. On https the prefix makes
// browsers accept it from this very host only.
func (a *app) cookieName() string {
	if a.HTTPS {
		return "__Host-staff"
	}
	return "dukani_staff"
}

// setCookie gives the browser the key of a session; "" takes it away. Lax, not Strict: staff
// come from links in mails.
func (a *app) setCookie(c *fiber.Ctx, key string) {
	cookie := &fiber.Cookie{
		Name: a.cookieName(), Value: key, Path: "/", HTTPOnly: true, Secure: a.HTTPS, SameSite: fiber.CookieSameSiteLaxMode,
		MaxAge: int(models.StaffLife.Seconds()),
	}
	if key == "" {
		cookie.MaxAge, cookie.Expires = 0, time.Unix(1, 0)
	}
	c.Cookie(cookie)
}

// readSession reads who makes the request.
func (v *visit) readSession() error {
	key := v.Cookies(v.app.cookieName())
	if key == "" {
		return nil
	}
	session, who, err := v.app.Store.StaffSession(v.UserContext(), key)
	v.session, v.who = session, who
	return err
}

// showLogin handles GET /admin/login.
func (a *app) showLogin(v visit) error {
	if v.who != nil && v.session.ProvedAt != nil {
		return v.toNext(v.Query("next"))
	}
	return a.loginPage(v, v.emptyForm("email", "password"), v.Query("next"))
}

func (a *app) loginPage(v visit, form views.Form, next string) error {
	next = ownOrNone(next)
	p := v.page(v.text("admin.login.title"))
	return v.Render("admin/login", views.AdminLogin{AdminPage: p, Form: form, Next: next})
}

// login handles POST /admin/login: address and password. Unless the second factor is off, it
// is asked for next.
func (a *app) login(v visit) error {
	form, err := v.form("email", "password", "next")
	if err != nil {
		return err
	}
	who, err := a.Store.StaffSignIn(v.UserContext(), form.Value("email"), form.Value("password"), v.origin())
	if err != nil {
		if err := v.refuse(&form, err); err != nil {
			return err
		}
		return a.loginPage(v, form, form.Value("next"))
	}
	complete := a.NoSecondFactor && !hasSecondFactor(who)
	key, err := a.Store.StartStaffSession(v.UserContext(), who, v.origin(), complete)
	if err != nil {
		return err
	}
	if v.session != nil { // another one's, in this browser
		if err := a.Store.EndStaffSession(v.UserContext(), v.by(), v.session); err != nil {
			return err
		}
	}
	a.setCookie(v.Ctx, key)
	next := form.Value("next")
	if !complete {
		return v.goTo("/login/code" + nextQuery(next))
	}
	v.who = who
	if err := v.rememberDevice(); err != nil {
		return err
	}
	return v.toNext(next)
}

// logout handles POST /admin/logout.
func (a *app) logout(v visit) error {
	if err := a.Store.EndStaffSession(v.UserContext(), v.by(), v.session); err != nil {
		return err
	}
	a.setCookie(v.Ctx, "")
	return v.goTo("/login")
}

// changeLanguage handles POST /admin/language and shows the same page in the other language.
func (a *app) changeLanguage(v visit) error {
	form, err := v.form("lang", "next")
	if err != nil {
		return err
	}
	lang, ok := models.ParseLang(form.Value("lang"))
	if !ok {
		return &models.Error{Kind: models.Invalid, Code: models.CodeFormUnreadable}
	}
	if err := a.Store.SetStaffLang(v.UserContext(), v.who.ID, lang); err != nil {
		return err
	}
	return v.toNext(form.Value("next"))
}
