package views

// Form is a form with what was typed and what is wrong with it.
type Form struct {
	Lang    string
	Names   []string // its fields in the order of the page
	Values  map[string]string
	Errors  map[string]string // field -> translated
	Problem string            // what is wrong with it as a whole, translated
}

// formFields describes the text fields of the account's forms: the key of the
// label, the type, the token for autocomplete, the most letters, the key of a hint.
var formFields = map[string]struct {
	label, kind, autocomplete string
	max                       int
	hint                      string
}{
	"name":         {"checkout.name", "text", "name", 100, ""},
	"email":        {"checkout.email", "email", "username", 254, ""},
	"phone":        {"checkout.phone", "tel", "tel", 30, ""},
	"city":         {"checkout.city", "text", "address-level2", 100, ""},
	"street":       {"checkout.street", "text", "street-address", 200, "checkout.street_hint"},
	"password":     {"account.password", "password", "current-password", 1000, ""},
	"old_password": {"password.old", "password", "current-password", 1000, ""},
	"new_password": {"password.new", "password", "new-password", 1000, "account.password_hint"},
}

// Field returns a text field of the form. A password is never sent back to the page.
func (f Form) Field(name string) Field {
	d := formFields[name]
	out := Field{
		Name: name, Label: T(f.Lang, d.label), Type: d.kind, Autocomplete: d.autocomplete, MaxLength: d.max,
		Value: f.Values[name], Error: f.Errors[name],
	}
	if d.hint != "" {
		out.Hint = T(f.Lang, d.hint)
	}
	if name == "street" {
		out.Rows = 2 // the token asks for a field of several lines
	}
	switch d.kind {
	case "password":
		out.Value = ""
	case "email", "tel":
		out.InputMode = d.kind
	}
	return out
}

// Typed returns what was typed, without passwords, for the page that shows the form
// again.
func (f Form) Typed() map[string]string {
	typed := map[string]string{}
	for _, name := range f.Names {
		if formFields[name].kind != "password" {
			typed[name] = f.Values[name]
		}
	}
	return typed
}

// NewEmail returns the field for an e-mail address that the account does not have yet.
func (f Form) NewEmail(name string) Field {
	out := f.Field(name)
	out.Autocomplete, out.Label = "email", T(f.Lang, "email.new")
	return out
}

// OptionalField returns a field that may stay empty.
func (f Form) OptionalField(name string) Field {
	out := f.Field(name)
	out.Optional = true
	return out
}

// NewPassword returns the field for a password that is chosen now.
func (f Form) NewPassword(name string) Field {
	out := f.Field(name)
	out.Autocomplete, out.Hint = "new-password", T(f.Lang, "account.password_hint")
	return out
}

func (f Form) wrong() bool { return f.Problem != "" || len(f.Errors) > 0 }

// Error returns what is wrong with a field, "" if nothing is.
func (f Form) Error(name string) string { return f.Errors[name] }

// Value returns what was typed into a field.
func (f Form) Value(name string) string { return f.Values[name] }

// Summary lists what is wrong in the order of the page.
func (f Form) Summary() []FieldError {
	var list []FieldError
	for _, name := range f.Names {
		if text := f.Errors[name]; text != "" {
			list = append(list, FieldError{Field: name, Text: text})
		}
	}
	return list
}
