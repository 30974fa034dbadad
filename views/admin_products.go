package views

import "strconv"

// AdminProducts is admin/products: a page of the list.
type AdminProducts struct {
	AdminPage
	Query        string
	Categories   []Option
	Shows        []Option
	Rows         []AdminProductRow
	Newer, Older string // addresses of the pages beside this one; "" if there is none
	ExportURL    string
	CanChange    bool // may change products and prices
}

// AdminProductRow is a product in the list.
type AdminProductRow struct {
	Slug, Name, Category string
	Picture, Tint        string
	Price, OldPrice      string // OldPrice is "" if the product is not reduced
	PriceTetri           int64
	OnHand, Reserved     int
	Stock                Stock
	Active               bool
}

// AdminProduct is admin/product: one product, or a new one.
type AdminProduct struct {
	AdminPage
	Form      Form
	New       bool
	Slug      string
	Action    string // where the form goes
	CanChange bool
	CanStock  bool

	Lists     map[string][]Option // of the fields that are a choice
	Now       map[string]string   // field -> what somebody else has stored; only after a conflict
	NowBy     string              // who has, and when
	Allergens []Option
	Facts     []AdminFacts // one for each language

	OnHand, Reserved, Free int
	Stock                  Stock
	Lowest                 string // of the 30 days before the present price; "": unknown
	LowestTetri            int64
	LowestNow              string // of the 30 days before now
	LowestNowTetri         int64
	PriceFrom              string
	EditedBy               string // who changed it last, and when; ""
	Pictures               AdminPictures
}

// AdminFacts are the lines of a product's table of facts in one language.
type AdminFacts struct {
	ID, Name   string // of the language
	Rows       []AdminFact
	Error, Now string
}

// AdminFact is one line: the names of its two fields and what stands in them.
type AdminFact struct {
	KeyName, Key, ValueName, Value string
	Number                         int
}

// adminProductFields describes the fields of a product: the key of the label, the type, the
// most letters, the key of a hint. Those of one language end in it.
var adminProductFields = map[string]struct {
	label, kind string
	max         int
	hint        string
}{
	"slug":      {"admin.products.slug", "text", 60, "admin.products.slug_hint"},
	"category":  {"admin.products.category", "select", 0, ""},
	"region":    {"admin.products.region", "select", 0, ""},
	"tint":      {"admin.products.tint", "select", 0, "admin.products.tint_hint"},
	"featured":  {"admin.products.featured", "select", 0, ""},
	"returns":   {"admin.products.returns", "select", 0, "admin.products.returns_hint"},
	"price":     {"admin.products.price", "text", 20, ""},
	"old_price": {"admin.products.old_price", "text", 20, "admin.products.old_price_hint"},
	"name":      {"admin.products.name", "text", 120, ""},
	"text":      {"admin.products.text", "textarea", 4000, ""},
	"producer":  {"admin.products.producer", "text", 100, ""},
	"measure":   {"admin.products.measure", "text", 40, "admin.products.measure_hint"},
	"alt":       {"admin.pictures.alt", "text", 160, ""},
	"picture":   {"admin.categories.picture", "select", 0, ""},
}

// Field returns a field of the product's form.
func (p AdminProduct) Field(name string) AdminField {
	return adminField(p.Form, name, p.Lists[name], p.Now)
}

// In returns a field of the product's form in one language.
func (p AdminProduct) In(lang, name string) AdminField { return p.Field(name + "_" + lang) }

// adminField builds a field that adminProductFields describes.
func adminField(f Form, name string, options []Option, now map[string]string) AdminField {
	base := name
	if n := len(name) - 3; n > 0 && (name[n:] == "_ka" || name[n:] == "_en") {
		base = name[:n]
	}
	d := adminProductFields[base]
	label := T(f.Lang, d.label)
	if base == "alt" {
		label += ", " + T(f.Lang, "admin.in."+name[len(name)-2:])
	}
	out := AdminField{Name: name, Label: label, Type: d.kind, Value: f.Values[name], Error: f.Errors[name], MaxLength: d.max}
	if d.hint != "" {
		out.Hint = T(f.Lang, d.hint)
	}
	if text, differs := now[name]; differs {
		out.Hint = T(f.Lang, "admin.products.now", text)
	}
	out.Optional = base == "old_price" || base == "featured" || base == "text"
	switch {
	case base == "price" || base == "old_price":
		out.InputMode = "decimal"
	case d.kind == "textarea":
		out.Rows = 6
	case d.kind == "select":
		for _, o := range options {
			o.Selected = o.Value == f.Values[name]
			out.Options = append(out.Options, o)
		}
	}
	return out
}

// AdminPictures are the pictures of a product and the form for another one.
type AdminPictures struct {
	Form Form // of a new one, and of the descriptions
	Rows []AdminPicture
	Full bool // there is no room for more
}

// AdminPicture is one of them.
type AdminPicture struct {
	Name, Tint string
	Number     int // in its fields, from 0
	First      bool
}

// Alt returns the field for the description of a new picture.
func (p AdminPictures) Alt(lang string) AdminField { return adminField(p.Form, "alt_"+lang, nil, nil) }

// AltName is the field for the description of the picture with a number.
func AltName(lang string, number int) string { return "alt_" + lang + "_" + strconv.Itoa(number) }

// RowAlt returns the field for the description of the picture with this number.
func (p AdminPictures) RowAlt(lang string, number int) AdminField {
	out, name := adminField(p.Form, "alt_"+lang, nil, nil), AltName(lang, number)
	out.Name, out.Value, out.Error = name, p.Form.Values[name], p.Form.Errors[name]
	return out
}

// AdminStock is admin/stock: the units of a product and how they moved.
type AdminStock struct {
	AdminPage
	Form                   Form
	Slug, Product          string // Product is its name
	OnHand, Reserved, Free int
	Stock                  Stock
	Reasons                []Option
	Moves                  []AdminStockMove
	Older                  string
	CanStock               bool
}

// AdminStockMove is a line of the book of stock.
type AdminStockMove struct {
	At, Kind, Reason string // Kind in machine words
	Change           string // "+12", "−3"; "" if nothing changed on hand
	Quantity         int
	Order, Who, Note string
}

// Field returns a field of the form about stock.
func (s AdminStock) Field(name string) AdminField {
	out := AdminField{Name: name, Type: "text", Value: s.Form.Values[name], Error: s.Form.Errors[name]}
	switch name {
	case "reason":
		out.Label, out.Type, out.Options = T(s.Lang, "admin.stock.reason"), "select", s.Reasons
	case "quantity":
		out.Label, out.InputMode, out.MaxLength = T(s.Lang, "admin.stock.quantity"), "numeric", 7
	default:
		out.Label, out.MaxLength, out.Optional = T(s.Lang, "admin.stock.note"), 200, true
	}
	return out
}

// StockReason names a kind of move of stock.
func StockReason(lang, kind string) string { return T(lang, "admin.stock.kind."+kind) }

// StaffShow names a choice of products.
func StaffShow(lang, show string) string { return T(lang, "admin.products.show."+show) }

// TintName names a tint.
func TintName(lang, tint string) string { return T(lang, "admin.tint."+tint) }

// ReturnsName names what a product's exception from withdrawal is, "yes" for none.
func ReturnsName(lang, withdrawal string) string { return T(lang, "admin.returns."+withdrawal) }
