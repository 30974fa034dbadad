package admin

import (
	"strings"

	"dukani/models"
	"dukani/views"
)

// section is an entry of the navigation.
type section struct {
	path  string // after Prefix; what lies below belongs to it, too
	key   string // of its name
	least models.Role
}

// sections is the navigation: what is to be done today, then what is sold, then who does it.
var sections = []section{
	{"", "admin.nav.dashboard", models.RoleViewer},
	{"/orders", "admin.nav.orders", models.RoleViewer},
	{"/packing", "admin.nav.packing", models.RoleViewer},
	{"/returns", "admin.nav.returns", models.RoleViewer},
	{"/review", "admin.nav.review", models.RoleViewer},
	{"/reconciliation", "admin.nav.reconciliation", models.RoleViewer},
	{"/products", "admin.products.title", models.RoleViewer},
	{"/categories", "admin.categories.title", models.RoleViewer},
	{"/prices", "admin.prices.title", models.RoleManager},
	{"/makers", "admin.makers.title", models.RoleManager},
	{"/methods", "admin.methods.title", models.RoleViewer},
	{"/exports", "admin.nav.exports", models.RoleManager},
	{"/staff", "admin.nav.staff", models.RoleManager},
	{"/audit", "admin.nav.audit", models.RoleManager},
	{"/me", "admin.nav.me", models.RoleViewer},
}

// page returns what every page of the back office has. The message left for the next page is
// taken.
func (v visit) page(title string) views.AdminPage {
	p := views.AdminPage{
		Lang: string(v.lang()), Title: title, Path: v.OriginalURL(), NoSecondFactor: v.app.NoSecondFactor,
		ShopURL: "/" + string(v.lang()),
	}
	if v.session != nil {
		p.Token = v.session.Token
	}
	if v.who == nil || v.session.ProvedAt == nil || v.who.PasswordUntil != nil {
		return p
	}
	p.Name, p.Role = v.who.Name, string(v.who.Role)
	current := -1
	for _, s := range sections {
		if !v.may(s.least) {
			continue
		}
		below := s.path == "" && v.Path() == Prefix || s.path != "" && (v.Path() == Prefix+s.path || strings.HasPrefix(v.Path(), Prefix+s.path+"/"))
		if below {
			current = len(p.Nav)
		}
		p.Nav = append(p.Nav, views.AdminNavItem{Path: Prefix + s.path, Name: v.text(s.key)})
	}
	if current >= 0 {
		p.Nav[current].Current = true
	}
	open, _, err := v.app.Store.Backlog(v.UserContext())
	if err != nil {
		v.app.Log.WarnContext(v.UserContext(), "review items not counted", "err", err)
	}
	p.OpenReview = open
	m, err := v.app.Store.TakeStaffMessage(v.UserContext(), v.session)
	if err != nil {
		v.app.Log.WarnContext(v.UserContext(), "message not read", "err", err)
	}
	if m.Key != "" {
		args := make([]any, len(m.Args))
		for i, a := range m.Args {
			args[i] = a
		}
		p.Flash = v.text(m.Key, args...)
	}
	return p
}
