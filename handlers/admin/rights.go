package admin

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// showRights handles GET /admin/rights: the table of rights in words, made of the table that
// decides.
func (a *app) showRights(v visit) error {
	p := views.AdminRights{AdminPage: v.page(v.text("admin.rights.title"))}
	for _, role := range models.Roles {
		p.Roles = append(p.Roles, views.RoleName(string(v.lang()), string(role)))
	}
	for _, r := range a.routes() {
		if r.least == anybody || r.least == halfway {
			continue
		}
		section := v.sectionOf(r)
		at := slices.IndexFunc(p.Sections, func(s views.AdminRightSection) bool { return s.Name == section })
		if at < 0 {
			at = len(p.Sections)
			p.Sections = append(p.Sections, views.AdminRightSection{Name: section})
		}
		row := views.AdminRight{What: v.rightName(r), Method: r.method, Path: Prefix + r.path, Money: r.money}
		for _, role := range models.Roles {
			row.May = append(row.May, role.Includes(r.least))
		}
		same := func(x views.AdminRight) bool {
			return x.What == row.What && x.Money == row.Money && slices.Equal(x.May, row.May)
		}
		if !slices.ContainsFunc(p.Sections[at].Rows, same) {
			p.Sections[at].Rows = append(p.Sections[at].Rows, row)
		}
	}
	return v.Render("admin/rights", p)
}

// sectionOf is the name of the part of the navigation that a route belongs to.
func (v visit) sectionOf(r route) string {
	for _, s := range sections {
		if s.path != "" && (r.path == s.path || strings.HasPrefix(r.path, s.path+"/")) {
			return v.text(s.key)
		}
	}
	return v.text("admin.rights.general")
}

// rightName says what a route is for. Pages that are looked at are one right; what changes
// something has words of its own, or else its address.
func (v visit) rightName(r route) string {
	if r.method == fiber.MethodGet {
		return v.text("admin.rights.see")
	}
	if key := rightKey(r); views.Has(key) {
		return v.text(key)
	}
	return r.path
}

// rightKey is the key of the words for a route that changes something: "admin.right.staff_disable"
// for POST /staff/:id/disable, "admin.right.staff_one" for POST /staff/:id.
func rightKey(r route) string {
	var words []string
	for part := range strings.SplitSeq(strings.Trim(r.path, "/"), "/") {
		if !strings.HasPrefix(part, ":") {
			words = append(words, strings.ReplaceAll(part, "-", "_"))
		}
	}
	if strings.HasPrefix(r.path[strings.LastIndex(r.path, "/")+1:], ":") {
		words = append(words, "one")
	}
	return "admin.right." + strings.Join(words, "_")
}
