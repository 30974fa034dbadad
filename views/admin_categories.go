package views

// AdminCategories is admin/categories: all categories in the order of the shop's navigation.
type AdminCategories struct {
	AdminPage
	Rows      []AdminCategoryRow
	CanChange bool
}

// AdminCategoryRow is one of them.
type AdminCategoryRow struct {
	Slug, Name, Other string // Other is the name in the other language
	Picture, Tint     string
	Count             int
	First, Last       bool
}

// AdminCategory is admin/category: one category, or a new one.
type AdminCategory struct {
	AdminPage
	Form      Form
	New       bool
	Slug      string
	Action    string
	Picture   string
	Tint      string
	CanChange bool
	Lists     map[string][]Option
	Now       map[string]string // field -> what somebody else has stored
	Languages []AdminFacts
}

// Field returns a field of the category's form.
func (c AdminCategory) Field(name string) AdminField {
	out := adminField(c.Form, name, c.Lists[name], c.Now)
	switch out.Type {
	case "textarea":
		out.Rows, out.MaxLength = 3, 300
	case "text":
		out.MaxLength = 60
	}
	return out
}

// In returns a field of the category's form in one language.
func (c AdminCategory) In(lang, name string) AdminField { return c.Field(name + "_" + lang) }
