package handlers_test

import (
	"bytes"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/pquerna/otp/totp"

	"dukani/handlers"
	"dukani/models"
)

const staffPassword = "a password of the staff's"

// noSecondFactor opens the back office as it is beside the simulated bank: the password is
// enough.
func noSecondFactor(cfg *handlers.Config) { cfg.NoSecondFactor = true }

// hire adds a member of staff, whose address begins with the name.
func (s *shop) hire(name string, role models.Role) *models.Staff {
	s.t.Helper()
	email := name + "@dukani.example"
	_, err := s.store.AddStaff(s.t.Context(), models.Actor{Email: "test"}, models.NewStaff{
		Name: "Staff " + name, Email: email, Password: staffPassword, Role: role, Lang: models.En,
	})
	must(s.t, err)
	who, err := s.store.StaffByEmail(s.t.Context(), email)
	must(s.t, err)
	return who
}

// staff is the browser of somebody of that role who has just signed in. It needs a shop that
// was opened with noSecondFactor.
func (s *shop) staff(role models.Role) *visitor {
	s.t.Helper()
	v := s.visitor()
	v.enterAdmin(s.hire(string(role), role).Email)
	return v
}

// enterAdmin signs in to the back office with address and password.
func (v *visitor) enterAdmin(email string) *reply {
	v.t.Helper()
	r := v.post("/admin/login", url.Values{"email": {email}, "password": {staffPassword}})
	if r.StatusCode != http.StatusSeeOther {
		v.t.Fatalf("%s cannot sign in: %d\n%s", email, r.StatusCode, r.text)
	}
	return r
}

// staffToken is the token that the forms of the back office carry.
func (v *visitor) staffToken() (token string) {
	v.t.Helper()
	key := v.cookies["__Host-staff"] + v.cookies["dukani_staff"]
	must(v.t, v.raw.QueryRow("SELECT token FROM staff_sessions WHERE key_hash = ?", hash(key)).Scan(&token))
	return token
}

// send a form of the back office, with its token.
func (v *visitor) command(path string, form url.Values, headers ...string) *reply {
	v.t.Helper()
	all := maps.Clone(form)
	if all == nil {
		all = url.Values{}
	}
	all.Set("token", v.staffToken())
	return v.post(path, all, headers...)
}

// forgetProof makes the proof of everybody's sessions too old to move money.
func (s *shop) forgetProof() {
	s.t.Helper()
	s.exec("UPDATE staff_sessions SET proved_at = ? WHERE proved_at IS NOT NULL", s.store.Now().Add(-models.StaffProofLife))
}

// device is an app that makes codes.
type device struct {
	s      *shop
	secret string
}

// code is what the device shows now.
func (d device) code() string { return d.codeAt(d.s.store.Now()) }

func (d device) codeAt(at time.Time) string {
	d.s.t.Helper()
	code, err := totp.GenerateCode(d.secret, at)
	must(d.s.t, err)
	return code
}

// later moves the shop's clock on, and so to another code.
func (s *shop) later(d time.Duration) {
	now := s.store.Now
	s.store.Now = func() time.Time { return now().Add(d) }
}

// setUpDevice goes from the page that offers a second factor, where it signs in, through its
// form, and returns the device and the recovery codes. From here on the clock moves by later
// alone: a code is another one when a half minute ends, whatever the test is at.
func (v *visitor) setUpDevice(page string) (d device, codes []string) {
	v.t.Helper()
	now := v.shop.store.Now()
	v.shop.store.Now = func() time.Time { return now }
	doc := v.open(page)
	d = device{v.shop, strings.ReplaceAll(textOf(doc, "totp-secret"), " ", "")}
	r := v.command(page, url.Values{"code": {d.code()}})
	for _, code := range named(r.document(), "recovery-code").EachIter() {
		codes = append(codes, code.Text())
	}
	if r.StatusCode != http.StatusOK || len(codes) != 10 {
		v.t.Fatalf("the second factor is not set up: %d\n%s", r.StatusCode, r.text)
	}
	return d, codes
}

// withDevice is a member of staff who has set up a second factor, in the browser where they
// did.
func (s *shop) withDevice(t testing.TB, name string, role models.Role) (v *visitor, who *models.Staff, d device, codes []string) {
	t.Helper()
	who, v = s.hire(name, role), s.visitor()
	v.enterAdmin(who.Email)
	d, codes = v.setUpDevice("/admin/login/setup")
	return v, who, d, codes
}

// fieldsOf is what a browser would send of the form that the button with the test id stands
// in.
func fieldsOf(t testing.TB, doc *goquery.Document, button string) url.Values {
	t.Helper()
	form := named(doc, button).Closest("form")
	if form.Length() != 1 {
		t.Fatalf("no form has the button %s", button)
	}
	values := url.Values{}
	form.Find("input[name], textarea[name], select[name]").Each(func(_ int, field *goquery.Selection) {
		name := field.AttrOr("name", "")
		_, checked := field.Attr("checked")
		switch kind := field.AttrOr("type", ""); {
		case field.Is("select"):
			values.Add(name, field.Find("option[selected]").AttrOr("value", ""))
		case field.Is("textarea"):
			values.Add(name, field.Text())
		case kind == "file" || (kind == "checkbox" || kind == "radio") && !checked:
		default:
			values.Add(name, field.AttrOr("value", ""))
		}
	})
	return values
}

// wrongFields lists the fields beside which a page has a message.
func wrongFields(doc *goquery.Document) (fields []string) {
	for _, field := range named(doc, "field-error").EachIter() {
		fields = append(fields, field.AttrOr("data-field", ""))
	}
	return fields
}

// upload posts a form with a file, with the token of the back office.
func (v *visitor) upload(path, fileName string, file []byte, fields url.Values) *reply {
	v.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range fields {
		if name != "token" {
			for _, value := range values {
				must(v.t, w.WriteField(name, value))
			}
		}
	}
	must(v.t, w.WriteField("token", v.staffToken()))
	if file != nil {
		part, err := w.CreateFormFile("file", fileName)
		must(v.t, err)
		_, err = part.Write(file)
		must(v.t, err)
	}
	must(v.t, w.Close())
	r := request("POST", path, nil, "Content-Type", w.FormDataContentType())
	r.ContentLength = int64(body.Len())
	r.Body = io.NopCloser(&body)
	return v.send(r)
}
