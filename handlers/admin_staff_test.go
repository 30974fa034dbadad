package handlers_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"dukani/models"
)

// Somebody who is added signs in with the password that was shown once, sets up a second factor
// and chooses a password of their own; until then nothing opens.
func TestSomebodyNewComesIn(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	manager, _, _, _ := s.withDevice(t, "manager", models.RoleManager)
	r := manager.command("/admin/staff", url.Values{"name": {"Nino"}, "email": {"Nino@dukani.example"}, "role": {"clerk"}, "lang": {"en"}})
	password := textOf(r.document(), "generated-password")
	if r.StatusCode != http.StatusOK || len(password) != 19 || r.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d, password %q", r.StatusCode, password)
	}
	nino := s.visitor()
	wrong := url.Values{"email": {"nino@dukani.example"}, "password": {strings.ToUpper(password)}}
	if r := nino.post("/admin/login", wrong); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("another password: %d", r.StatusCode)
	}
	nino.post("/admin/login", url.Values{"email": {"nino@dukani.example"}, "password": {password}})
	nino.setUpDevice("/admin/login/setup")
	for _, path := range []string{"/admin", "/admin/me", "/admin/rights", "/admin/me/password"} {
		if r := nino.send(request("GET", path, nil)); !strings.HasPrefix(r.Header.Get("Location"), "/admin/login/password") {
			t.Errorf("%s with a generated password: %d to %q", path, r.StatusCode, r.Header.Get("Location"))
		}
	}
	if r := nino.command("/admin/login/password", url.Values{"new_password": {password}}); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the generated password stays: %d", r.StatusCode)
	}
	if r := nino.command("/admin/login/password", url.Values{"new_password": {"a password of her own"}}); r.StatusCode != http.StatusSeeOther {
		t.Errorf("a password of her own: %d", r.StatusCode)
	}
	nino.open("/admin")
	if r := nino.send(request("GET", "/admin/staff", nil)); r.StatusCode != http.StatusForbidden {
		t.Errorf("a clerk sees staff: %d", r.StatusCode)
	}
	if s.number(`SELECT count(*) FROM audit WHERE action = 'staff_add' AND who = 'manager@dukani.example'
		AND subject = 'staff nino@dukani.example' AND after = 'clerk'`) != 1 {
		t.Error("it is not in the audit list who added her")
	}
}

func TestManagersRunStaff(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	manager, clerk := s.staff(models.RoleManager), s.staff(models.RoleClerk)
	who, err := s.store.StaffByEmail(t.Context(), "clerk@dukani.example")
	must(t, err)
	page := "/admin/staff/" + strconv.FormatInt(who.ID, 10)
	if r := manager.shown(manager.command(page, url.Values{"name": {"Gia"}, "role": {"viewer"}, "lang": {"ka"}})); textOf(r.document(), "flash") == "" {
		t.Error("no word that it is saved")
	}
	if r := clerk.send(request("GET", "/admin", nil)); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the session from before the other role is open: %d", r.StatusCode)
	}
	clerk.enterAdmin(who.Email)
	if doc := clerk.open("/admin/me"); named(doc, "my-role").AttrOr("data-status", "") != "viewer" || doc.Find("html").AttrOr("lang", "") != "ka" {
		t.Error("the new role or language does not count")
	}
	if r := manager.command(page, url.Values{"name": {" "}, "role": {"king"}}); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("neither name nor role: %d", r.StatusCode)
	}
	manager.command(page+"/disable", nil)
	if r := clerk.send(request("GET", "/admin", nil)); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the session of somebody disabled is open: %d", r.StatusCode)
	}
	if r := clerk.post("/admin/login", url.Values{"email": {who.Email}, "password": {staffPassword}}); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("somebody disabled signs in: %d", r.StatusCode)
	}
	manager.command(page+"/enable", nil)
	clerk.enterAdmin(who.Email)
	password := textOf(manager.command(page+"/password", nil).document(), "generated-password")
	if r := clerk.post("/admin/login", url.Values{"email": {who.Email}, "password": {password}}); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the new password: %d", r.StatusCode)
	}
	for path, status := range map[string]int{page + "9": 404, "/admin/staff/x": 404} {
		if r := manager.send(request("GET", path, nil)); r.StatusCode != status {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
	own, err := s.store.StaffByEmail(t.Context(), "manager@dukani.example")
	must(t, err)
	self := "/admin/staff/" + strconv.FormatInt(own.ID, 10)
	for name, r := range map[string]*reply{
		"disabled": manager.command(self+"/disable", nil),
		"demoted":  manager.command(self, url.Values{"name": {"Boss"}, "role": {"clerk"}}),
	} {
		if r.StatusCode != http.StatusConflict || textOf(r.document(), "form-error") == "" {
			t.Errorf("the last manager is %s: %d", name, r.StatusCode)
		}
	}
}

// What was typed into a form with money is there again after the proof had to be renewed;
// passwords and codes are not kept.
func TestNothingTypedIsLostToTheProof(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	v := s.staff(models.RoleManager)
	v.open("/admin/staff/new")
	s.forgetProof()
	form := url.Values{"name": {"Nino <b>"}, "email": {"nino@dukani.example"}, "role": {"viewer"}, "lang": {"en"}, "password": {"secret-1"}, "code": {"secret-2"}}
	r := v.command("/admin/staff", form, "Referer", shopURL+"/admin/staff/new")
	if to := r.Header.Get("Location"); to != "/admin/confirm?next=%2Fadmin%2Fstaff%2Fnew" {
		t.Fatalf("a stale proof leads to %q", to)
	}
	if s.number("SELECT count(*) FROM staff WHERE email LIKE 'nino@%'") != 0 {
		t.Error("it was carried out")
	}
	if s.number("SELECT count(*) FROM staff_sessions WHERE instr(form, 'secret') > 0 OR instr(form, token) > 0") != 0 {
		t.Error("a secret is kept")
	}
	if named(v.shown(r).document(), "form-kept").Length() != 1 {
		t.Error("the page that asks does not say that the form is kept")
	}
	doc := v.shown(v.command("/admin/confirm", url.Values{"password": {staffPassword}, "next": {"/admin/staff/new"}})).document()
	if doc.Find("[name=name]").AttrOr("value", "") != "Nino <b>" || doc.Find("[name=email]").AttrOr("value", "") != "nino@dukani.example" ||
		doc.Find("[name=role] [selected]").AttrOr("value", "") != "viewer" {
		t.Error("what was typed is lost")
	}
	if v.open("/admin/me").Find("[name=name]").AttrOr("value", "") == "Nino <b>" {
		t.Error("it is on another page")
	}
	v.command("/admin/staff", form)
	if got := v.open("/admin/staff/new").Find("[name=email]").AttrOr("value", ""); got != "" {
		t.Errorf("the form that was accepted is still there: %q", got)
	}
	s.forgetProof()
	long := url.Values{"name": {strings.Repeat("x", 40<<10)}}
	if r := v.command("/admin/staff", long, "Referer", shopURL+"/admin/staff/new"); r.StatusCode != http.StatusSeeOther ||
		s.number("SELECT max(length(form)) FROM staff_sessions") != 0 {
		t.Errorf("a form without end is kept: %d", r.StatusCode)
	}
}

func TestOnesOwnPage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v, who, device, codes := s.withDevice(t, "clerk", models.RoleClerk)
	other := s.visitor()
	other.enterAdmin(who.Email)
	other.command("/admin/login/code", url.Values{"recovery": {codes[0]}})
	doc := v.open("/admin/me")
	if named(doc, "staff-session").Length() != 2 || named(doc, "codes-left").AttrOr("data-value", "") != "9" {
		t.Errorf("%d sessions, %s codes", named(doc, "staff-session").Length(), named(doc, "codes-left").AttrOr("data-value", ""))
	}
	v.command("/admin/me/sessions", nil)
	if r := other.send(request("GET", "/admin", nil)); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the other session is open: %d", r.StatusCode)
	}
	if r := v.command("/admin/me", url.Values{"name": {"Gia"}, "lang": {"ka"}}); r.StatusCode != http.StatusSeeOther {
		t.Errorf("another name: %d", r.StatusCode)
	}
	if doc := v.open("/admin/me"); textOf(doc, "staff-name") != "Gia" || doc.Find("html").AttrOr("lang", "") != "ka" {
		t.Error("name or language stays")
	}
	passwords := url.Values{"old_password": {"wrong"}, "new_password": {"another of my own"}}
	if r := v.command("/admin/me/password", passwords); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a wrong old password: %d", r.StatusCode)
	}
	passwords.Set("old_password", staffPassword)
	if r := v.command("/admin/me/password", passwords); r.StatusCode != http.StatusSeeOther {
		t.Errorf("another password: %d", r.StatusCode)
	}
	fresh := named(v.command("/admin/me/codes", nil).document(), "recovery-code")
	if fresh.Length() != 10 || fresh.First().Text() == codes[0] {
		t.Error("no new recovery codes")
	}
	moved, _ := v.setUpDevice("/admin/me/device")
	if moved.secret == device.secret {
		t.Error("another device gets the secret of the first")
	}
}

func TestTheAuditListHasEverythingAboutSigningIn(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	v := s.staff(models.RoleManager)
	v.post("/admin/login", url.Values{"email": {"manager@dukani.example"}, "password": {"wrong"}})
	v.command("/admin/logout", nil)
	v.enterAdmin("manager@dukani.example")
	doc := v.open("/admin/audit?subject=manager%40dukani.example")
	var actions []string
	for _, row := range named(doc, "audit-row").EachIter() {
		actions = append(actions, row.AttrOr("data-status", ""))
	}
	if got := strings.Join(actions, " "); got != "sign_in sign_out sign_in_failed sign_in staff_add" {
		t.Errorf("the list has %q", got)
	}
	if href := named(doc, "audit-row").First().Find("a").AttrOr("href", ""); !strings.HasPrefix(href, "/admin/staff/") {
		t.Errorf("the subject leads to %q", href)
	}
	if r := v.send(request("GET", "/admin/audit?day=yesterday", nil)); r.StatusCode != http.StatusUnprocessableEntity ||
		r.document().Find("[name=day]").AttrOr("value", "") != "yesterday" || named(r.document(), "field-error").AttrOr("data-field", "") != "day" {
		t.Errorf("a day that is none: %d", r.StatusCode)
	}
	for range 60 {
		s.exec("INSERT INTO audit (at, who, address, action, subject, before, after) VALUES (?, 'test', '', 'price', 'product wine', '1', '2')", s.store.Now())
	}
	first := v.open("/admin/audit?action=price")
	older := named(first, "page-next").AttrOr("href", "")
	second := v.open(older)
	if named(first, "audit-row").Length() != 50 || named(second, "audit-row").Length() != 10 || named(second, "page-next").Length() != 0 {
		t.Errorf("%d lines, then %d at %s", named(first, "audit-row").Length(), named(second, "audit-row").Length(), older)
	}
	back := v.open(named(second, "page-prev").AttrOr("href", ""))
	if named(back, "audit-row").First().AttrOr("data-value", "a") != named(first, "audit-row").First().AttrOr("data-value", "b") ||
		named(back, "page-prev").Length() != 0 {
		t.Error("the way back does not lead to the first page")
	}
}

func TestCookiesOfTheBackOffice(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	who, v := s.hire("clerk", models.RoleClerk), s.visitor()
	r := v.enterAdmin(who.Email)
	for _, c := range r.Cookies() {
		if !strings.HasPrefix(c.Name, "__Host-staff") || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("%s is set as %q", c.Name, c.Raw)
		}
	}
	if len(r.Cookies()) != 2 || s.number("SELECT count(*) FROM staff_sessions WHERE key_hash = ?", v.cookies["__Host-staff"]) != 0 {
		t.Errorf("%d cookies; or the key is stored as it is", len(r.Cookies()))
	}
	for _, path := range []string{"/admin", "/admin/me", "/admin/login", "/admin/confirm", "/admin/nothing", "/admin/staff"} {
		h := v.send(request("GET", path, nil)).Header
		if h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "same-origin" ||
			!strings.Contains(h.Get("Content-Security-Policy"), "script-src 'self'") {
			t.Errorf("%s: %v", path, h)
		}
	}
}
