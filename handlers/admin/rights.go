package admin

import (
	"cmp"
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
		what := v.rightName(r)
		if what == "" && len(p.Sections[at].Rows) > 0 {
			continue // a page that only leads to something with its own line
		}
		row := views.AdminRight{What: cmp.Or(what, v.text("admin.rights.see")), Method: r.method, Path: Prefix + r.path, Money: r.money}
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
		if s.path != "" && (r.path == s.path || strings.HasPrefix(r.path, s.path+"/") || strings.HasPrefix(r.path, s.path+".")) {
			return v.text(s.key)
		}
	}
	return v.text("admin.rights.general")
}

// rightName says what a route is for. A page that is only read belongs to the right to see its
// part, and its name is "", unless it has words of its own. A route that changes something has
// words or, without them, its path.
func (v visit) rightName(r route) string {
	key := rightKey(r)
	switch {
	case views.Has(key):
		return v.text(key)
	case r.method == fiber.MethodGet:
		return ""
	}
	return r.path
}

// rightKey is the key of the words for a route: "admin.right.staff_disable" for
// POST /staff/:id/disable, "admin.right.staff_one" for POST /staff/:id. The key of a page
// that is only read has see_ before the name.
func rightKey(r route) string {
	var words []string
	if r.method == fiber.MethodGet {
		words = append(words, "see")
	}
	for part := range strings.SplitSeq(strings.Trim(r.path, "/"), "/") {
		if !strings.HasPrefix(part, ":") {
			words = append(words, strings.NewReplacer("-", "_", ".", "_").Replace(part))
		}
	}
	if strings.HasPrefix(r.path[strings.LastIndex(r.path, "/")+1:], ":") {
		words = append(words, "one")
	}
	return "admin.right." + strings.Join(words, "_")
}
