package admin

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"dukani/models"
	"dukani/views"
)

// makerFields are the fields of a maker's form in the order of the page.
var makerFields = []string{"name", "iban", "percent", "amount", "description", "version"}

// showMakers handles GET /admin/makers.
func (a *app) showMakers(v visit) error {
	makers, err := a.Store.Makers(v.UserContext())
	if err != nil {
		return err
	}
	producers, err := a.Store.Producers(v.UserContext())
	if err != nil {
		return err
	}
	view := views.AdminMakers{
		AdminPage: v.page(v.text("admin.makers.title")), Off: !a.Store.Split.On, CanAdd: len(newProducers(producers, makers)) > 0,
	}
	for _, m := range makers {
		row := views.AdminMakerRow{
			ID: m.ID, Name: m.Name(v.lang()), Other: m.Name(models.Lang(view.OtherLang())), Account: grouped(m.IBAN), IBAN: m.IBAN,
			Share: v.text("admin.makers.each", v.price(m.AmountTetri)), ShareValue: strconv.FormatInt(int64(m.AmountTetri), 10), Description: m.Description,
			URL: Prefix + "/products?q=" + url.QueryEscape(m.Name(v.lang())),
		}
		if m.Percent > 0 {
			row.Share, row.ShareValue = v.text("admin.makers.part", m.Percent), strconv.Itoa(m.Percent)+"%"
		}
		if i := slices.IndexFunc(producers, func(p models.Producer) bool { return p.NameKa == m.NameKa }); i >= 0 {
			row.ProductCount = producers[i].Products
		}
		row.Products = v.count("admin.makers.products", row.ProductCount)
		view.Rows = append(view.Rows, row)
	}
	return v.Render("admin/makers", view)
}

// newProducers are those of the catalogue that are not among the makers.
func newProducers(all []models.Producer, makers []models.Maker) []models.Producer {
	return slices.DeleteFunc(slices.Clone(all), func(p models.Producer) bool {
		return slices.ContainsFunc(makers, func(m models.Maker) bool { return m.NameKa == p.NameKa })
	})
}

// grouped is the number of an account as people read it out: in groups of four.
func grouped(iban string) string {
	var groups []string
	for part := range slices.Chunk([]byte(iban), 4) {
		groups = append(groups, string(part))
	}
	return strings.Join(groups, " ")
}

// showNewMaker handles GET /admin/makers/new.
func (a *app) showNewMaker(v visit) error {
	form := v.emptyForm(makerFields...)
	v.restoreForm(&form, "/makers/new")
	return a.makerPage(v, nil, form)
}

// showMaker handles GET /admin/makers/:id.
func (a *app) showMaker(v visit) error {
	m, err := a.makerOfPath(v)
	if err != nil {
		return err
	}
	form := v.emptyForm(makerFields...)
	if !v.restoreForm(&form) {
		form = v.formOfMaker(m)
	}
	return a.makerPage(v, m, form)
}

func (a *app) makerOfPath(v visit) (*models.Maker, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	return a.Store.MakerByID(v.UserContext(), id)
}

// createMaker handles POST /admin/makers/new.
func (a *app) createMaker(v visit) error { return a.storeMaker(v, nil) }

// saveMaker handles POST /admin/makers/:id.
func (a *app) saveMaker(v visit) error {
	m, err := a.makerOfPath(v)
	if err != nil {
		return err
	}
	return a.storeMaker(v, m)
}

// storeMaker stores what was typed about a maker, or about a new one if is is nil.
func (a *app) storeMaker(v visit, is *models.Maker) error {
	form, err := v.form(makerFields...)
	if err != nil {
		return err
	}
	m := models.Maker{NameKa: form.Value("name"), IBAN: form.Value("iban"), Description: form.Value("description")}
	if is != nil {
		m.ID, m.NameKa = is.ID, is.NameKa
		m.Version, _ = strconv.Atoi(form.Value("version")) // without one the form counts as outdated
	}
	if err = readShare(form, &m); err == nil {
		err = a.Store.SaveMaker(v.UserContext(), v.by(), m)
	}
	if err == nil {
		return v.done("/makers", "admin.saved")
	}
	if err := v.refuse(&form, err); err != nil {
		return err
	}
	if is != nil {
		if is, err = a.Store.MakerByID(v.UserContext(), is.ID); err != nil {
			return err
		}
		form.Values["version"] = strconv.Itoa(is.Version) // whoever saves now has seen what is stored
	}
	return a.makerPage(v, is, form)
}

// readShare reads the two fields of which one says what a maker gets.
func readShare(form views.Form, m *models.Maker) (err error) {
	text := strings.TrimSpace(strings.TrimSuffix(models.TidyLine(form.Value("percent")), "%"))
	if text != "" {
		if m.Percent, err = strconv.Atoi(text); err != nil || m.Percent < 1 {
			return wrongField("percent", "admin.makers.error.percent")
		}
	}
	if m.AmountTetri, err = readAmount(form.Value("amount")); err != nil {
		return wrongField("amount", "admin.makers.error.amount")
	}
	return nil
}

func (v visit) formOfMaker(m *models.Maker) views.Form {
	form := v.emptyForm(makerFields...)
	form.Values["iban"], form.Values["description"], form.Values["version"] = grouped(m.IBAN), m.Description, strconv.Itoa(m.Version)
	if m.Percent > 0 {
		form.Values["percent"] = strconv.Itoa(m.Percent)
	} else {
		form.Values["amount"] = csvAmount(m.AmountTetri)
	}
	return form
}

// makerPage shows the form of a maker, or of a new one if m is nil.
func (a *app) makerPage(v visit, m *models.Maker, form views.Form) error {
	view := views.AdminMaker{Form: form, Action: Prefix + "/makers/new", Version: form.Value("version")}
	title := v.text("admin.makers.new")
	if m != nil {
		title, view.Action = m.Name(v.lang()), Prefix+"/makers/"+strconv.FormatInt(m.ID, 10)
	} else {
		names, err := a.makerNames(v, form.Value("name"))
		if err != nil {
			return err
		}
		view.Which = &views.AdminField{
			Name: "name", Label: v.text("admin.makers.name"), Type: "select", Hint: v.text("admin.makers.name_hint"), Options: names, Error: form.Error("name"),
		}
	}
	view.AdminPage = v.page(title)
	field := func(name, mode string, most int, optional bool) {
		view.Fields = append(view.Fields, views.AdminField{
			Name: name, Label: v.text("admin.makers." + name), Hint: v.text("admin.makers." + name + "_hint"), Type: "text", InputMode: mode, MaxLength: most,
			Optional: optional, Value: form.Value(name), Error: form.Error(name), TestID: "maker-" + name,
		})
	}
	field("iban", "", 40, true)
	field("percent", "numeric", 5, true)
	field("amount", "decimal", 20, true)
	field("description", "", 60, true)
	return v.Render("admin/maker", view)
}

// makerNames are the producers of the catalogue that are no makers yet.
func (a *app) makerNames(v visit, chosen string) (names []views.Option, err error) {
	makers, err := a.Store.Makers(v.UserContext())
	if err != nil {
		return nil, err
	}
	producers, err := a.Store.Producers(v.UserContext())
	for _, p := range newProducers(producers, makers) {
		name := cmp.Or(p.NameEn, p.NameKa)
		if v.lang() == models.Ka {
			name = p.NameKa
		}
		names = append(names, views.Option{Value: p.NameKa, Label: name, Selected: p.NameKa == chosen})
	}
	return names, err
}

// exportShares handles POST /admin/exports/shares: what the makers' shares of a period add up to, as
// a file.
func (a *app) exportShares(v visit) error {
	var head []string
	for _, column := range []string{"month", "maker", "iban", "state", "why", "orders", "amount"} {
		head = append(head, v.text("admin.shares."+column))
	}
	head = append(head, v.text("admin.exports.currency"))
	lang := v.lang()
	return a.exportPeriod(v, "shares", head, a.Store.NoteSharesExport, func(ctx context.Context, period models.Period, line func(...string) error) error {
		list, err := a.Store.SharesByMonth(ctx, period)
		if err != nil {
			return err
		}
		for _, s := range list {
			maker := models.Maker{NameKa: s.NameKa, NameEn: s.NameEn}
			err := line(s.Month, models.CellText(maker.Name(lang)), s.IBAN, v.text("admin.split.state."+string(s.State)), v.splitWhy(s.Why),
				strconv.Itoa(s.Orders), csvAmount(s.Amount), "GEL")
			if err != nil {
				return err
			}
		}
		return nil
	})
}
