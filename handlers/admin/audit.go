package admin

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"dukani/models"
	"dukani/views"
)

// auditPage is how many lines a page of the audit list has.
const auditPage = 50

// showAudit handles GET /admin/audit?who=&action=&subject=&day=: what staff did, the latest
// first.
func (a *app) showAudit(v visit) error {
	form := v.emptyForm("who", "action", "subject", "day")
	for _, name := range form.Names {
		form.Values[name] = models.TidyLine(v.Query(name))
	}
	f := models.AuditFilter{Action: form.Value("action"), Subject: form.Value("subject")}
	if id, err := strconv.ParseInt(form.Value("who"), 10, 64); err == nil && id >= 0 {
		f.Who = &id
	}
	f.Before, _ = strconv.ParseInt(v.Query("before"), 10, 64) // what is no number means the first page
	f.After, _ = strconv.ParseInt(v.Query("after"), 10, 64)
	if day := form.Value("day"); day != "" {
		var err error
		if f.Day, err = models.ParseDay(day); err != nil {
			if err := v.refuse(&form, err); err != nil {
				return err
			}
		}
	}
	list, more, err := a.Store.AuditEntries(v.UserContext(), f, auditPage)
	if err != nil {
		return err
	}
	people, err := a.Store.StaffList(v.UserContext())
	if err != nil {
		return err
	}
	actions, err := a.Store.AuditActions(v.UserContext())
	if err != nil {
		return err
	}
	p := views.AdminAudit{AdminPage: v.page(v.text("admin.auditlist.title")), Form: form, Filtered: f.Who != nil || f.Action+f.Subject+string(f.Day) != ""}
	p.People, p.Actions = v.auditChoices(people, actions, form)
	paths := a.subjectPaths(people)
	for i := range list {
		p.Rows = append(p.Rows, v.auditRow(&list[i], paths))
	}
	p.Newer, p.Older = auditEnds(v, f, list, more)
	return v.Render("admin/audit", p)
}

// auditChoices are who and what the list can be narrowed to.
func (v visit) auditChoices(people []models.StaffMember, actions []string, form views.Form) (who, what []views.Option) {
	who = []views.Option{{Label: v.text("admin.auditlist.anybody")}, {Value: "0", Label: v.text("admin.auditlist.nobody"), Selected: form.Value("who") == "0"}}
	for _, m := range people {
		id := strconv.FormatInt(m.ID, 10)
		who = append(who, views.Option{Value: id, Label: m.Name + ", " + m.Email, Selected: id == form.Value("who")})
	}
	for _, action := range actions {
		what = append(what, views.Option{Value: action, Label: views.AuditAction(string(v.lang()), action), Selected: action == form.Value("action")})
	}
	slices.SortFunc(what, func(a, b views.Option) int { return cmp.Compare(a.Label, b.Label) })
	return who, append([]views.Option{{Label: v.text("admin.auditlist.anything")}}, what...)
}

// subjectPaths says where the page of a subject is: by its kind, the text before the name. A
// kind without a page is not in it.
func (a *app) subjectPaths(people []models.StaffMember) func(subject string) string {
	has := map[string]bool{}
	for _, r := range a.routes() {
		if parent, param, ok := strings.Cut(r.path, "/:"); ok && r.method == "GET" && !strings.Contains(param, "/") {
			has[parent] = true
		}
	}
	ids := map[string]int64{}
	for _, m := range people {
		ids[m.Email] = m.ID
	}
	parents := map[string]string{"order": "/orders", "product": "/products", "category": "/categories", "review": "/review", "staff": "/staff"}
	return func(subject string) string {
		kind, name, _ := strings.Cut(subject, " ")
		parent := parents[kind]
		if name == "" || !has[parent] {
			return ""
		}
		if kind == "staff" {
			if ids[name] == 0 {
				return ""
			}
			return staffPath(ids[name])
		}
		return Prefix + parent + "/" + url.PathEscape(name)
	}
}

func (v visit) auditRow(e *models.AuditEntry, pathOf func(string) string) views.AdminAuditRow {
	who := e.Who
	if who == "" {
		who = v.text("admin.auditlist.stranger")
	}
	lang, before, after := string(v.lang()), e.Before, e.After
	if strings.HasPrefix(e.Action, "staff_") && slices.Contains(models.Roles, models.Role(after)) {
		after = views.RoleName(lang, after)
		if before != "" {
			before = views.RoleName(lang, before)
		}
	}
	return views.AdminAuditRow{
		ID: strconv.FormatInt(e.ID, 10), At: v.dateTime(e.At), Who: who, Address: e.Address, Action: e.Action,
		ActionName: views.AuditAction(lang, e.Action), Subject: views.AuditSubject(lang, e.Subject), Path: pathOf(e.Subject), Before: before, After: after,
	}
}

// auditEnds are the addresses of the pages with newer and older lines, "" where there are none.
func auditEnds(v visit, f models.AuditFilter, list []models.AuditEntry, more bool) (newer, older string) {
	if len(list) == 0 {
		return "", ""
	}
	at := func(name string, id int64) string {
		q := url.Values{name: {strconv.FormatInt(id, 10)}}
		for _, keep := range []string{"who", "action", "subject", "day"} {
			if value := v.Query(keep); value != "" {
				q.Set(keep, value)
			}
		}
		return Prefix + "/audit?" + q.Encode()
	}
	if f.After > 0 && more || f.After == 0 && f.Before > 0 {
		newer = at("after", list[0].ID)
	}
	if f.After > 0 || more {
		older = at("before", list[len(list)-1].ID)
	}
	return newer, older
}
