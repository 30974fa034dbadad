package admin

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/models/catalog"
	"dukani/views"
)

// categoryFields are the fields of a category's form in the order of the page.
var categoryFields = []string{"name_ka", "text_ka", "name_en", "text_en", "slug", "picture", "tint", "version"}

// showCategories handles GET /admin/categories.
func (a *app) showCategories(v visit) error {
	list, err := a.Catalog.EditedCategories(v.UserContext())
	if err != nil {
		return err
	}
	view := views.AdminCategories{AdminPage: v.page(v.text("admin.categories.title")), CanChange: v.may(models.RoleManager)}
	for i, c := range list {
		view.Rows = append(view.Rows, views.AdminCategoryRow{
			Slug: c.Data.Slug, Name: c.Data.Name[v.lang()], Other: c.Data.Name[models.Lang(view.OtherLang())],
			Picture: c.Data.Picture, Tint: c.Data.Tint, Count: c.Count, First: i == 0, Last: i == len(list)-1,
		})
	}
	return v.Render("admin/categories", view)
}

// moveCategory handles POST /admin/categories/{category}/move: one place up or down.
func (a *app) moveCategory(v visit) error {
	form, err := v.form("up")
	if err != nil {
		return err
	}
	if err := a.Catalog.MoveCategory(v.UserContext(), v.by(), v.param("category"), form.Value("up") != ""); err != nil {
		return err
	}
	return v.done("/categories", "admin.saved")
}

// showCategory handles GET /admin/categories/{category}.
func (a *app) showCategory(v visit) error {
	c, err := a.Catalog.EditedCategory(v.UserContext(), v.param("category"))
	if err != nil {
		return err
	}
	return a.categoryPage(v, c, v.formOfCategory(c), nil)
}

// showNewCategory handles GET /admin/categories/new.
func (a *app) showNewCategory(v visit) error {
	form := v.emptyForm(categoryFields...)
	form.Values["tint"], form.Values["picture"] = catalog.Tints[0], "basket"
	return a.categoryPage(v, nil, form, nil)
}

// saveCategory handles POST /admin/categories/{category}.
func (a *app) saveCategory(v visit) error {
	slug := v.param("category")
	form, data, err := a.typedCategory(v)
	if err != nil {
		return err
	}
	data.Slug = slug
	version, _ := strconv.Atoi(form.Value("version")) // without one the form counts as outdated
	if err = a.checkPicture(data); err == nil {
		err = a.Catalog.SaveCategory(v.UserContext(), v.by(), version, data)
	}
	if err == nil {
		return v.done("/categories", "admin.saved")
	}
	if err := v.refuse(&form, err); err != nil {
		return err
	}
	c, err := a.Catalog.EditedCategory(v.UserContext(), slug)
	if err != nil {
		return err
	}
	now := map[string]string{}
	if v.Response().StatusCode() == fiber.StatusConflict {
		stored := v.formOfCategory(c)
		for _, name := range categoryFields {
			if name != "version" && name != "slug" && stored.Value(name) != form.Value(name) {
				now[name] = stored.Value(name)
			}
		}
		form.Values["version"] = stored.Value("version") // whoever saves now has seen what is stored
	}
	return a.categoryPage(v, c, form, now)
}

// createCategory handles POST /admin/categories/new.
func (a *app) createCategory(v visit) error {
	form, data, err := a.typedCategory(v)
	if err != nil {
		return err
	}
	data.Slug = form.Value("slug")
	if err = a.checkPicture(data); err == nil {
		err = a.Catalog.CreateCategory(v.UserContext(), v.by(), data)
	}
	if err == nil {
		return v.done("/categories", "admin.saved")
	}
	if err := v.refuse(&form, err); err != nil {
		return err
	}
	return a.categoryPage(v, nil, form, nil)
}

func (a *app) typedCategory(v visit) (views.Form, catalog.CategoryData, error) {
	form, err := v.form(categoryFields...)
	return form, catalog.CategoryData{
		Picture: form.Value("picture"), Tint: form.Value("tint"),
		Name: map[models.Lang]string{models.Ka: form.Value("name_ka"), models.En: form.Value("name_en")},
		Text: map[models.Lang]string{models.Ka: form.Value("text_ka"), models.En: form.Value("text_en")},
	}, err
}

// checkPicture refuses a picture that is not part of the program.
func (a *app) checkPicture(data catalog.CategoryData) error {
	if a.Assets.Has(productPictures + data.Picture + ".webp") {
		return nil
	}
	return &models.Error{Kind: models.Invalid, Code: models.CodeCategoryInvalid, Fields: map[string]string{"picture": "category.picture_unknown"}}
}

// productPictures is where the pictures are that are part of the program.
const productPictures = "pictures/products/"

func (v visit) formOfCategory(c *catalog.EditedCategory) views.Form {
	form := v.emptyForm(categoryFields...)
	d := c.Data
	form.Values = map[string]string{
		"slug": d.Slug, "picture": d.Picture, "tint": d.Tint, "version": strconv.Itoa(c.Version),
		"name_ka": d.Name[models.Ka], "name_en": d.Name[models.En], "text_ka": d.Text[models.Ka], "text_en": d.Text[models.En],
	}
	return form
}

// categoryPage shows the form of a category, or of a new one if c is nil.
func (a *app) categoryPage(v visit, c *catalog.EditedCategory, form views.Form, now map[string]string) error {
	view := views.AdminCategory{
		Form: form, Now: now, New: c == nil, Action: Prefix + "/categories/new", CanChange: v.may(models.RoleManager),
		Picture: form.Value("picture"), Tint: form.Value("tint"), Lists: map[string][]views.Option{"tint": tintOptions(string(v.lang()))},
	}
	title := v.text("admin.categories.new")
	if c != nil {
		view.Slug, view.Action, title = c.Data.Slug, Prefix+"/categories/"+c.Data.Slug, c.Data.Name[v.lang()]
	}
	view.AdminPage = v.page(title)
	for _, lang := range languages {
		view.Languages = append(view.Languages, views.AdminFacts{ID: string(lang), Name: v.text("admin.lang." + string(lang))})
	}
	for _, name := range a.Assets.Names(productPictures) {
		if picture, ok := strings.CutSuffix(strings.TrimPrefix(name, productPictures), ".webp"); ok && !strings.HasSuffix(picture, "-160") {
			view.Lists["picture"] = append(view.Lists["picture"], views.Option{Value: picture, Label: picture})
		}
	}
	return v.Render("admin/category", view)
}
