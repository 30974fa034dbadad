package admin

import "dukani/views"

// showDashboard handles GET /admin: what is to be done first.
func (a *app) showDashboard(v visit) error {
	return v.Render("admin/dashboard", views.AdminDashboard{AdminPage: v.page(v.text("admin.nav.dashboard"))})
}
