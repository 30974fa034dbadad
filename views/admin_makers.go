package views

// AdminMakers is admin/makers: the makers and what they get of the money for their goods.
type AdminMakers struct {
	AdminPage
	Rows   []AdminMakerRow
	Off    bool // nothing is shared: the setting says so
	CanAdd bool // the catalogue has producers that are not among them
}

// AdminMakerRow is one of them.
type AdminMakerRow struct {
	ID           int64
	Name, Other  string // Other is the name in the other language
	Account      string // in groups of four; "" if there is none
	IBAN         string
	Share        string
	ShareValue   string // in machine form: 80%, or tetri
	Description  string
	Products     string
	ProductCount int
	URL          string // of the products
}

// AdminMaker is admin/maker: one maker, or a new one.
type AdminMaker struct {
	AdminPage
	Form    Form
	Action  string
	Version string
	Which   *AdminField // of a new one: the producer
	Fields  []AdminField
}

// AdminSplit is how an attempt to pay is shared with makers.
type AdminSplit struct {
	Attempt string // such as "attempt 2"; "" if there is only one
	State   AdminState
	Why     string // it is not sent
	Of      string // the amount that is shared
	Rest    string // what of it stays with the shop
	Shares  []AdminShare
}

// AdminShare is what a maker gets.
type AdminShare struct {
	Maker, Account string
	Amount         string
	Tetri          int64
	State          AdminState
}

// AdminKept is what stays with makers although the money goes back: partials/admin_kept.
type AdminKept struct {
	Text   string
	Tetri  int64
	Shares []AdminShare
}
