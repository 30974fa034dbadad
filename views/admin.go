package views

import "strconv"

// AdminPage is what every page of the back office has; each of its view structs embeds it.
type AdminPage struct {
	Lang           string
	Title          string
	Path           string // of this page, with its query
	ShopURL        string
	Name, Role     string // of the member of staff; "" while nobody has signed in
	Token          string // for every form
	Nav            []AdminNavItem
	OpenReview     int // open review items
	Flash          string
	NoSecondFactor bool // signing in takes no second factor: the page says so
	Refresh        int  // seconds until the page reloads itself; 0: never
}

func (p AdminPage) language() string { return p.Lang }

// HeadTitle is the page's title with what waits for staff in front.
func (p AdminPage) HeadTitle() string {
	if p.OpenReview > 0 {
		return "(" + strconv.Itoa(p.OpenReview) + ") " + p.Title
	}
	return p.Title
}

// CurrentName is the part of the back office that the page belongs to, "" if it belongs to none.
func (p AdminPage) CurrentName() string {
	for _, item := range p.Nav {
		if item.Current {
			return item.Name
		}
	}
	return ""
}

// OtherLang is the language that the page can be switched to.
func (p AdminPage) OtherLang() string {
	if p.Lang == "en" {
		return "ka"
	}
	return "en"
}

// AdminNavItem is an entry of the back office's navigation.
type AdminNavItem struct {
	Path, Name string
	Current    bool
}

// AdminField is a labelled field of a form of the back office: partials/admin_field.
type AdminField struct {
	Name, Label  string
	ID           string // Name, unless a page has several fields of that name
	Type         string // of the input; "textarea" and "select" are other elements
	Value        string
	Error, Hint  string
	Autocomplete string
	InputMode    string
	MaxLength    int
	Rows         int // of a textarea
	Options      []Option
	Optional     bool
	TestID       string
}

// ElementID is the id of the field's element.
func (f AdminField) ElementID() string {
	if f.ID != "" {
		return f.ID
	}
	return f.Name
}

// DescribedBy lists the ids of what describes the field.
func (f AdminField) DescribedBy() string {
	id, by := f.ElementID(), ""
	if f.Error != "" {
		by = id + "-error"
	}
	if f.Hint != "" {
		if by != "" {
			by += " "
		}
		by += id + "-hint"
	}
	return by
}

// AdminLogin is admin/login.
type AdminLogin struct {
	AdminPage
	Form Form
	Next string
}

// AdminError is admin/error.
type AdminError struct {
	AdminPage
	Message string
	Request string // by which the log has it
}
