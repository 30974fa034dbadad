package views

// staffFields are the fields of the forms about staff; labels and hints are keys of words.
var staffFields = map[string]AdminField{
	"code":         {Label: "admin.code.label", Hint: "admin.code.hint", Autocomplete: "one-time-code", InputMode: "numeric", MaxLength: 20, Optional: true, TestID: "staff-code"},
	"recovery":     {Label: "admin.code.recovery", Hint: "admin.code.recovery_hint", MaxLength: 40, Optional: true, TestID: "staff-recovery"},
	"password":     {Label: "account.password", Type: "password", Autocomplete: "current-password", MaxLength: 1000},
	"old_password": {Label: "password.old", Type: "password", Autocomplete: "current-password", MaxLength: 1000},
	"new_password": {Label: "password.new", Type: "password", Autocomplete: "new-password", Hint: "account.password_hint", MaxLength: 1000},
	"name":         {Label: "checkout.name", Autocomplete: "off", MaxLength: 100},
	"email":        {Label: "checkout.email", Type: "email", InputMode: "email", Autocomplete: "off", MaxLength: 254},
	"role":         {Label: "admin.staff.role", Type: "select", Hint: "admin.staff.role_hint"},
	"lang":         {Label: "admin.staff.lang", Type: "select"},
}

// StaffField returns a field of a form about staff. A password is never sent back to the page.
func (f Form) StaffField(name string) AdminField {
	out := staffFields[name]
	out.Name, out.Value, out.Error = name, f.Values[name], f.Errors[name]
	out.Label = T(f.Lang, out.Label)
	if out.Hint != "" {
		out.Hint = T(f.Lang, out.Hint)
	}
	switch out.Type {
	case "":
		out.Type = "text"
	case "password":
		out.Value = ""
	}
	return out
}

// RoleField is the choice of a role.
func (f Form) RoleField() AdminField {
	out := f.StaffField("role")
	for _, role := range []string{"viewer", "clerk", "manager"} {
		out.Options = append(out.Options, Option{Value: role, Label: RoleName(f.Lang, role), Selected: role == out.Value})
	}
	return out
}

// LangField is the choice of a language of the back office.
func (f Form) LangField() AdminField {
	out := f.StaffField("lang")
	for _, lang := range Languages {
		out.Options = append(out.Options, Option{Value: lang, Label: T(lang, "admin.lang"), Selected: lang == out.Value})
	}
	return out
}

// RoleName is the name of a role of staff.
func RoleName(lang, role string) string { return T(lang, "admin.role."+role) }

// AdminProof is admin/confirm and admin/login_code: the page that asks for the second factor.
type AdminProof struct {
	AdminPage
	Form       Form
	Next       string
	Action     string // where the form is sent to
	ByPassword bool   // the password stands for the second factor
	Kept       bool   // a form waits for the proof
}

// AdminSetup is admin/login_setup: the page where a second factor is set up.
type AdminSetup struct {
	AdminPage
	Form   Form
	Next   string
	Action string
	QR     QR
	Secret []string // in groups, to type
	Email  string   // the name of the entry in the device's list
}

// QR is a picture of squares: a path in a square of that many units, quiet zone included.
type QR struct {
	Size int
	Path string
}

// AdminCodes is admin/recovery_codes: codes that are shown once.
type AdminCodes struct {
	AdminPage
	Codes []string
	Next  string
}

// AdminPassword is admin/password: the page where somebody chooses a password.
type AdminPassword struct {
	AdminPage
	Form   Form
	Next   string
	Action string
	First  bool   // in place of a generated one, which was given just now
	Email  string // for the browser's list of passwords
}
