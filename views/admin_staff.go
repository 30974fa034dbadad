package views

import "strings"

// staffFields are the fields of the forms about staff; labels and hints are keys of words.
var staffFields = map[string]AdminField{
	"code": {
		Label: "admin.code.label", Hint: "admin.code.hint", Autocomplete: "one-time-code", InputMode: "numeric", MaxLength: 20, Optional: true,
		TestID: "staff-code",
	},
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

// AdminState is a state in a word. Tone is its colour: "good", "warn", "bad", "info" or "".
type AdminState struct {
	Status string // in machine words
	Name   string
	Tone   string
}

// AdminMe is admin/me.
type AdminMe struct {
	AdminPage
	Form            Form
	Email, RoleName string
	HasDevice       bool // a second factor is set up
	CodesLeft       int  // recovery codes
	FewCodes        bool
	Sessions        []AdminSession
	OtherSessions   bool
}

// AdminSession is a browser in which somebody is signed in.
type AdminSession struct {
	Device, Address string
	Began, Seen     string
	Current         bool
}

// AdminStaff is admin/staff.
type AdminStaff struct {
	AdminPage
	Rows []AdminStaffRow
}

// AdminStaffRow is a member of staff in the list.
type AdminStaffRow struct {
	Path, Name, Email string
	Role, RoleName    string
	Seen              string // the last use of a session; "" if there is none
	Oneself           bool
	HasDevice         bool
	State             AdminState
}

// AdminStaffNew is admin/staff_new.
type AdminStaffNew struct {
	AdminPage
	Form Form
}

// AdminStaffMember is admin/staff_member.
type AdminStaffMember struct {
	AdminPage
	Form          Form
	Email         string
	Member        string // the address of this page, below which its forms are sent
	AuditPath     string
	Added         string
	PasswordUntil string // until when the generated password opens a session; "": it is their own
	Oneself       bool
	HasDevice     bool
	Disabled      bool
	State         AdminState
}

// AdminStaffPassword is admin/staff_password: a generated password, which is shown once.
type AdminStaffPassword struct {
	AdminPage
	Email, Password string
	SignInURL       string
}

// AdminAudit is admin/audit.
type AdminAudit struct {
	AdminPage
	Form            Form
	People, Actions []Option
	Filtered        bool
	Rows            []AdminAuditRow
	Newer, Older    string // addresses, "" at the ends
}

// WhoField is the choice of the person.
func (a AdminAudit) WhoField() AdminField { return a.choice("who", "admin.auditlist.who", a.People) }

// ActionField is the choice of the action.
func (a AdminAudit) ActionField() AdminField {
	return a.choice("action", "admin.auditlist.action", a.Actions)
}

func (a AdminAudit) choice(name, label string, options []Option) AdminField {
	return AdminField{Name: name, Label: T(a.Lang, label), Type: "select", Options: options}
}

// SubjectField is what the action was about.
func (a AdminAudit) SubjectField() AdminField {
	return AdminField{Name: "subject", Label: T(a.Lang, "admin.auditlist.subject"), Type: "text", Value: a.Form.Value("subject"), MaxLength: 300, Optional: true}
}

// DayField is the day.
func (a AdminAudit) DayField() AdminField {
	return AdminField{
		Name: "day", Label: T(a.Lang, "admin.auditlist.day"), Type: "date", Value: a.Form.Value("day"), Error: a.Form.Error("day"), Optional: true,
	}
}

// AdminAuditRow is a line of the audit list.
type AdminAuditRow struct {
	ID, At             string
	Who, Address       string
	Action, ActionName string
	Subject, Path      string // Path is the page of the subject, "" if it has none
	Before, After      string
}

// AuditAction is what an action of the audit list is called; one without words is shown as it
// is stored.
func AuditAction(lang, action string) string {
	key := "admin.audit." + action
	if name := T(lang, key); name != key {
		return name
	}
	return action
}

// AuditSubject is a subject of the audit list with the kind of thing it is in words.
func AuditSubject(lang, subject string) string {
	kind, name, _ := strings.Cut(subject, " ")
	key := "admin.subject." + kind
	if word := T(lang, key); word != key {
		return strings.TrimSpace(word + " " + name)
	}
	return subject
}

// AdminRights is admin/rights: the table of rights.
type AdminRights struct {
	AdminPage
	Roles    []string
	Sections []AdminRightSection
}

// AdminRightSection is a part of the back office with the rights in it.
type AdminRightSection struct {
	Name string
	Rows []AdminRight
}

// AdminRight is a line of the table: which of the roles may do what.
type AdminRight struct {
	What         string
	Method, Path string
	May          []bool // by role
	Money        bool   // only with a fresh proof
}
