package admin

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// showConfirm handles GET /admin/confirm, which asks again for the second factor before money
// moves, and leads on to ?next.
func (a *app) showConfirm(v visit) error {
	if v.proved() {
		return v.toNext(v.Query("next"))
	}
	form := v.emptyForm("code", "recovery", "password")
	form.Values["next"] = v.Query("next")
	return a.confirmPage(v, form)
}

func (a *app) confirmPage(v visit, form views.Form) error {
	return v.Render("admin/confirm", views.AdminProof{
		AdminPage: v.page(v.text("admin.confirm.title")), Form: form, Next: ownOrNone(form.Value("next")), Action: Prefix + "/confirm",
		ByPassword: !hasSecondFactor(v.who), Kept: v.session.KeptForm(v.now()).Page != "",
	})
}

// confirm handles POST /admin/confirm. Where there is no second factor, as beside the simulated
// bank, the password stands for it.
func (a *app) confirm(v visit) error {
	form, err := v.form("code", "recovery", "password", "next")
	if err != nil {
		return err
	}
	if hasSecondFactor(v.who) {
		var given models.SecondFactor
		if given, err = v.secondFactor(form.Value("code"), form.Value("recovery")); err == nil {
			_, err = a.Store.ProveStaff(v.UserContext(), v.who, v.session, given, v.origin())
		}
	} else {
		err = a.Store.ProveStaffByPassword(v.UserContext(), v.who, v.session, form.Value("password"), v.origin())
	}
	if err != nil {
		if err := v.refuse(&form, err); err != nil {
			return err
		}
		return a.confirmPage(v, form)
	}
	return v.toNext(form.Value("next"))
}

// origin is where somebody who proves their identity comes from.
func (v visit) origin() models.StaffOrigin {
	return models.StaffOrigin{
		Address: v.app.Address(v.Ctx), Network: v.app.Network(v.Ctx), Device: v.app.Device(v.Get(fiber.HeaderUserAgent)), Devices: v.devices(),
	}
}

// toNext leads on to a page of the back office that a form names, to the first page if it names
// none.
func (v visit) toNext(next string) error {
	if !ownPath(next) {
		next = Prefix
	}
	return v.Redirect(next, fiber.StatusSeeOther)
}

// keepForm keeps a form in the session that was refused because the proof was stale, so that it
// stands on its page again after the proof. Passwords, codes and files are not kept.
func (v visit) keepForm() {
	u, err := url.Parse(v.Get(fiber.HeaderReferer))
	if err != nil || v.Method() != fiber.MethodPost {
		return
	}
	kept := models.StaffForm{Page: u.Path, Action: v.Path(), Values: map[string][]string{}}
	all := map[string][]string{}
	if v.multipart() {
		if form, err := v.MultipartForm(); err == nil {
			all = form.Value
		}
	} else {
		v.Request().PostArgs().VisitAll(func(name, value []byte) {
			all[string(name)] = append(all[string(name)], string(value))
		})
	}
	for name, values := range all {
		if name != "token" && name != "code" && name != "recovery" && !strings.Contains(name, "password") {
			kept.Values[name] = values
		}
	}
	if ok, err := v.app.Store.KeepStaffForm(v.UserContext(), v.session, kept); err != nil || !ok {
		v.app.Log.WarnContext(v.UserContext(), "form not kept", "path", v.Route().Path, "err", err)
	}
}

// dropKeptForm forgets the kept form once a form is sent that needs the proof and has it.
func (v visit) dropKeptForm(r route) {
	if v.session == nil || v.Method() != fiber.MethodPost || !r.money {
		return
	}
	if err := v.app.Store.DropStaffForm(v.UserContext(), v.session); err != nil {
		v.app.Log.WarnContext(v.UserContext(), "kept form not dropped", "err", err)
	}
}
