package admin

import (
	"slices"

	"dukani/models"
	"dukani/views"
)

// showMethods handles GET /admin/methods: the ways to pay, which of them the shop offers, and what
// can be done with a payment by each.
func (a *app) showMethods(v visit) error {
	offered, err := a.Desk.Methods(v.UserContext())
	if err != nil {
		return err
	}
	switches, err := a.Store.MethodSwitches(v.UserContext())
	if err != nil {
		return err
	}
	page := views.AdminMethods{AdminPage: v.page(v.text("admin.methods.title")), CanChange: v.may(models.RoleManager)}
	for _, rule := range rulesOf(models.MethodRules{}) {
		page.Rules = append(page.Rules, v.text("admin.methods.rule."+rule.key))
	}
	for _, m := range models.Methods() {
		row := views.AdminMethod{Key: string(m), Name: views.MethodName(page.Lang, string(m)), Offered: slices.Contains(offered, m)}
		row.Only = row.Offered && len(offered) == 1
		for _, s := range switches {
			if s.Method == m && !s.Offered && s.By == "" {
				row.Refused = v.text("admin.methods.refused", v.dateTime(s.At))
			}
		}
		for _, can := range rulesOf(m.Rules()) {
			row.Can = append(row.Can, views.AdminMethodRule{Key: can.key, Yes: can.yes})
		}
		page.Rows = append(page.Rows, row)
	}
	return v.Render("admin/methods", page)
}

// methodRule is one question about a way to pay, and its answer.
type methodRule struct {
	key string
	yes bool
}

func rulesOf(r models.MethodRules) []methodRule {
	return []methodRule{
		{"full_refund", r.FullRefund}, {"partial_refund", r.PartialRefund}, {"hold", r.Hold}, {"save_card", r.SaveCard},
		{"one_click", r.OneClick}, {"split", r.Split}, {"button", r.Button}, {"credit", r.Credit},
	}
}

// switchMethod handles POST /admin/methods/{method}: the shop offers it, or does not any more.
func (a *app) switchMethod(v visit) error {
	form, err := v.form("offered")
	if err != nil {
		return err
	}
	if err := a.Store.SwitchMethod(v.UserContext(), v.by(), models.Method(v.param("method")), form.Value("offered") != ""); err != nil {
		return err
	}
	return v.done("/methods", "admin.saved")
}
