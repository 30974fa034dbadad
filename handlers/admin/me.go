package admin

import (
	"dukani/models"
	"dukani/views"
)

// showMe handles GET /admin/me: what concerns the one who is signed in.
func (a *app) showMe(v visit) error {
	form := v.emptyForm("name", "lang")
	form.Values["name"], form.Values["lang"] = v.who.Name, string(v.who.Lang)
	return a.mePage(v, form)
}

func (a *app) mePage(v visit, form views.Form) error {
	left, err := a.Store.RecoveryCodesLeft(v.UserContext(), v.who.ID)
	if err != nil {
		return err
	}
	sessions, err := a.Store.StaffSessions(v.UserContext(), v.who.ID)
	if err != nil {
		return err
	}
	p := views.AdminMe{
		AdminPage: v.page(v.text("admin.me.title")), Form: form, Email: v.who.Email, RoleName: views.RoleName(string(v.lang()), string(v.who.Role)),
		HasDevice: hasSecondFactor(v.who), CodesLeft: left, FewCodes: left < 3,
	}
	for _, s := range sessions {
		device := s.Device
		if device == "" {
			device = v.text("sessions.unknown")
		}
		p.Sessions = append(p.Sessions, views.AdminSession{
			Device: device, Address: s.Address, Began: v.dateTime(s.CreatedAt), Seen: v.dateTime(s.SeenAt), Current: s.KeyHash == v.session.KeyHash,
		})
	}
	p.OtherSessions = len(sessions) > 1
	return v.Render("admin/me", p)
}

// changeMe handles POST /admin/me: name and language.
func (a *app) changeMe(v visit) error {
	form, err := v.form("name", "lang")
	if err != nil {
		return err
	}
	lang, ok := models.ParseLang(form.Value("lang"))
	if !ok {
		lang = v.who.Lang
	}
	if err := a.Store.ChangeStaff(v.UserContext(), v.by(), v.who.ID, form.Value("name"), lang, v.who.Role); err != nil {
		if err := v.refuse(&form, err); err != nil {
			return err
		}
		return a.mePage(v, form)
	}
	return v.done("/me", "admin.saved")
}

// showPassword handles GET /admin/me/password.
func (a *app) showPassword(v visit) error {
	return a.passwordPage(v, v.emptyForm("old_password", "new_password"))
}

// changePassword handles POST /admin/me/password, which asks for the old one.
func (a *app) changePassword(v visit) error {
	form, err := v.form("old_password", "new_password")
	if err != nil {
		return err
	}
	err = a.Store.ChangeStaffPassword(v.UserContext(), v.who, v.session, form.Value("old_password"), form.Value("new_password"), v.origin())
	if err != nil {
		if err := v.refuse(&form, err); err != nil {
			return err
		}
		return a.passwordPage(v, form)
	}
	return v.done("/me", "admin.me.password_changed")
}

// showDevice handles GET /admin/me/device, where a second factor is set up in place of the one
// there is.
func (a *app) showDevice(v visit) error {
	form := v.emptyForm("code")
	form.Values["next"] = Prefix + "/me"
	return a.setupPage(v, form, Prefix+"/me/device")
}

// changeDevice handles POST /admin/me/device.
func (a *app) changeDevice(v visit) error { return a.setUp(v, Prefix+"/me/device") }

// renewCodes handles POST /admin/me/codes and shows the new recovery codes, which no later page
// can.
func (a *app) renewCodes(v visit) error {
	if !hasSecondFactor(v.who) {
		return v.goTo("/me")
	}
	codes, err := a.Store.RenewRecoveryCodes(v.UserContext(), v.by(), v.who)
	if err != nil {
		return err
	}
	return a.codesPage(v, codes, Prefix+"/me")
}

// endOtherSessions handles POST /admin/me/sessions: all but this one.
func (a *app) endOtherSessions(v visit) error {
	if err := a.Store.EndOtherStaffSessions(v.UserContext(), v.by(), v.session); err != nil {
		return err
	}
	return v.done("/me", "admin.me.sessions_ended")
}
