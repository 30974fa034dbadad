package admin

import (
	"net/url"
	"strconv"

	"dukani/models"
	"dukani/views"
)

// showStaff handles GET /admin/staff: everybody who runs or ran the shop.
func (a *app) showStaff(v visit) error {
	list, err := a.Store.StaffList(v.UserContext())
	if err != nil {
		return err
	}
	p := views.AdminStaff{AdminPage: v.page(v.text("admin.staff.title"))}
	for _, m := range list {
		row := views.AdminStaffRow{
			Path: staffPath(m.ID), Name: m.Name, Email: m.Email, Role: string(m.Role), RoleName: views.RoleName(string(v.lang()), string(m.Role)),
			Oneself: m.ID == v.who.ID, HasDevice: hasSecondFactor(&m.Staff), State: v.staffState(&m.Staff),
		}
		if m.SeenAt != nil {
			row.Seen = v.dateTime(*m.SeenAt)
		}
		p.Rows = append(p.Rows, row)
	}
	return v.Render("admin/staff", p)
}

func staffPath(id int64) string { return Prefix + "/staff/" + strconv.FormatInt(id, 10) }

// staffState is whether somebody can sign in.
func (v visit) staffState(m *models.Staff) views.AdminState {
	switch {
	case m.DisabledAt != nil:
		return views.AdminState{Status: "disabled", Name: v.text("admin.staff.disabled")}
	case m.PasswordUntil != nil && !m.PasswordUntil.After(v.now()):
		return views.AdminState{Status: "lapsed", Name: v.text("admin.staff.lapsed"), Tone: "bad"}
	case m.PasswordUntil != nil:
		return views.AdminState{Status: "invited", Name: v.text("admin.staff.invited"), Tone: "warn"}
	}
	return views.AdminState{Status: "active", Name: v.text("admin.staff.active"), Tone: "good"}
}

// newStaff handles GET /admin/staff/new.
func (a *app) newStaff(v visit) error {
	form := v.emptyForm("name", "email", "role", "lang")
	form.Values["role"], form.Values["lang"] = string(models.RoleClerk), string(v.lang())
	v.restoreForm(&form)
	return a.newStaffPage(v, form)
}

func (a *app) newStaffPage(v visit, form views.Form) error {
	return v.Render("admin/staff_new", views.AdminStaffNew{AdminPage: v.page(v.text("admin.staff.add")), Form: form})
}

// addStaff handles POST /admin/staff and shows the generated password, which no later page can.
func (a *app) addStaff(v visit) error {
	form, err := v.form("name", "email", "role", "lang")
	if err != nil {
		return err
	}
	lang, ok := models.ParseLang(form.Value("lang"))
	if !ok {
		lang = v.lang()
	}
	who, password, err := a.Store.InviteStaff(v.UserContext(), v.by(), models.NewStaff{
		Name: form.Value("name"), Email: form.Value("email"), Role: models.Role(form.Value("role")), Lang: lang,
	})
	if err != nil {
		if err := v.refuse(&form, err); err != nil {
			return err
		}
		return a.newStaffPage(v, form)
	}
	return a.generatedPasswordPage(v, who, password)
}

// generatedPasswordPage shows a generated password once.
func (a *app) generatedPasswordPage(v visit, who *models.Staff, password string) error {
	page := v.page(v.text("admin.staff.password_title", who.Name))
	page.Path = staffPath(who.ID) // where a change of language leads: the form's own address is no page
	return v.Render("admin/staff_password", views.AdminStaffPassword{
		AdminPage: page, Email: who.Email, Password: password, SignInURL: a.BaseURL + Prefix + "/login",
	})
}

// member loads the member of staff whose id is in the address.
func (v visit) member() (*models.Staff, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	return v.app.Store.StaffByID(v.UserContext(), id)
}

// showStaffMember handles GET /admin/staff/:id.
func (a *app) showStaffMember(v visit) error {
	who, err := v.member()
	if err != nil {
		return err
	}
	form := v.emptyForm("name", "role", "lang")
	form.Values["name"], form.Values["role"], form.Values["lang"] = who.Name, string(who.Role), string(who.Lang)
	v.restoreForm(&form, "/staff/"+v.Params("id"))
	return a.staffMemberPage(v, who, form)
}

func (a *app) staffMemberPage(v visit, who *models.Staff, form views.Form) error {
	p := views.AdminStaffMember{
		AdminPage: v.page(who.Name), Form: form, Email: who.Email, Member: staffPath(who.ID), Oneself: who.ID == v.who.ID,
		HasDevice: hasSecondFactor(who), Disabled: who.DisabledAt != nil, State: v.staffState(who), AuditPath: auditPath("staff " + who.Email),
		Added: v.dateTime(who.CreatedAt),
	}
	if who.PasswordUntil != nil {
		p.PasswordUntil = v.dateTime(*who.PasswordUntil)
	}
	return v.Render("admin/staff_member", p)
}

// changeStaffMember handles POST /admin/staff/:id: name, language and role.
func (a *app) changeStaffMember(v visit) error {
	who, err := v.member()
	if err != nil {
		return err
	}
	form, err := v.form("name", "role", "lang")
	if err != nil {
		return err
	}
	lang, ok := models.ParseLang(form.Value("lang"))
	if !ok {
		lang = who.Lang
	}
	err = a.Store.ChangeStaff(v.UserContext(), v.by(), who.ID, form.Value("name"), lang, models.Role(form.Value("role")))
	if err != nil {
		return a.memberRefused(v, who, form, err)
	}
	if who.ID == v.who.ID && models.Role(form.Value("role")) != who.Role {
		return v.goTo("/login") // whoever changes their own role ends this session, too
	}
	return v.done("/staff/"+v.Params("id"), "admin.saved")
}

// memberRefused shows somebody's page with what is wrong with a form of it.
func (a *app) memberRefused(v visit, who *models.Staff, form views.Form, err error) error {
	if err := v.refuse(&form, err); err != nil {
		return err
	}
	return a.staffMemberPage(v, who, form)
}

// onMember answers a button on somebody's page; do carries it out.
func (a *app) onMember(v visit, message string, do func(who *models.Staff) error) error {
	who, err := v.member()
	if err != nil {
		return err
	}
	if err := do(who); err != nil {
		form := v.emptyForm("name", "role", "lang")
		form.Values["name"], form.Values["role"], form.Values["lang"] = who.Name, string(who.Role), string(who.Lang)
		return a.memberRefused(v, who, form, err)
	}
	if who.ID == v.who.ID {
		return v.goTo("/login")
	}
	return v.done("/staff/"+v.Params("id"), message)
}

// disableStaff handles POST /admin/staff/:id/disable.
func (a *app) disableStaff(v visit) error {
	return a.onMember(v, "admin.staff.disabled_now", func(who *models.Staff) error {
		return a.Store.DisableStaff(v.UserContext(), v.by(), who.ID)
	})
}

// enableStaff handles POST /admin/staff/:id/enable.
func (a *app) enableStaff(v visit) error {
	return a.onMember(v, "admin.staff.enabled_now", func(who *models.Staff) error {
		return a.Store.EnableStaff(v.UserContext(), v.by(), who.ID)
	})
}

// resetDevice handles POST /admin/staff/:id/device: their second factor is gone, and the next
// sign-in sets up another.
func (a *app) resetDevice(v visit) error {
	return a.onMember(v, "admin.staff.device_reset", func(who *models.Staff) error {
		return a.Store.ResetSecondFactor(v.UserContext(), v.by(), who.ID)
	})
}

// resetPassword handles POST /admin/staff/:id/password and shows the generated password, which
// no later page can. One's own is changed where the old one is asked for.
func (a *app) resetPassword(v visit) error {
	who, err := v.member()
	if err != nil {
		return err
	}
	if who.ID == v.who.ID {
		return v.goTo("/me/password")
	}
	password, err := a.Store.ResetStaffPassword(v.UserContext(), v.by(), who.ID, false)
	if err != nil {
		return err
	}
	return a.generatedPasswordPage(v, who, password)
}

// auditPath is the page with what was done about a subject of the audit list.
func auditPath(subject string) string { return Prefix + "/audit?subject=" + url.QueryEscape(subject) }
