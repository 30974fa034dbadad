package admin

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// visit is a request with the member of staff who makes it.
type visit struct {
	*fiber.Ctx
	app     *app
	who     *models.Staff // nil: nobody has signed in
	session *models.StaffSession
}

// lang is the language of the back office: what the member of staff has chosen.
func (v visit) lang() models.Lang {
	if v.who != nil {
		return v.who.Lang
	}
	if lang, ok := models.ParseLang(v.Query("lang")); ok {
		return lang
	}
	if strings.HasPrefix(v.Get(fiber.HeaderAcceptLanguage), "en") {
		return models.En
	}
	return models.Ka
}

// text returns the words for key in the language of the page. What models found wrong with a
// field may bring one argument along, after a space.
func (v visit) text(key string, args ...any) string {
	if key, arg, with := strings.Cut(key, " "); with {
		return views.T(string(v.lang()), key, arg)
	}
	return views.T(string(v.lang()), key, args...)
}

func (v visit) price(t models.Tetri) string    { return views.Price(string(v.lang()), int64(t)) }
func (v visit) dateTime(t time.Time) string    { return views.DateTime(string(v.lang()), t) }
func (v visit) date(t time.Time) string        { return views.Date(string(v.lang()), t) }
func (v visit) count(key string, n int) string { return views.N(string(v.lang()), key, n) }
func (v visit) may(least models.Role) bool     { return v.who != nil && v.who.Role.Includes(least) }
func (v visit) now() time.Time                 { return v.app.Store.Now() }

// by is who acts, for the audit list.
func (v visit) by() models.Actor {
	return models.Actor{StaffID: v.who.ID, Email: v.who.Email, Address: v.app.Address(v.Ctx)}
}

// proved reports whether the second factor was given recently enough to move money. Without
// a second factor the password stands for it.
func (v visit) proved() bool { return v.session != nil && v.session.Proved(v.now()) }

// param is a part of the address, without its percent signs.
func (v visit) param(name string) string {
	text, err := url.PathUnescape(v.Params(name))
	if err != nil {
		return ""
	}
	return text
}

// id is the number in the address that names one of many. Errors: fiber.ErrNotFound.
func (v visit) id() (int64, error) {
	id, err := strconv.ParseInt(v.param("id"), 10, 64)
	if err != nil {
		return 0, fiber.ErrNotFound
	}
	return id, nil
}

// value returns the one value of a form's field. A field sent twice is refused rather than
// guessed at.
func (v visit) value(name string) (string, error) {
	all, err := v.values(name)
	switch {
	case err != nil:
		return "", err
	case len(all) == 0:
		return "", nil
	case len(all) > 1:
		return "", &models.Error{Kind: models.Invalid, Code: models.CodeFormUnreadable}
	}
	return all[0], nil
}

// values returns all values of a form's field, of a form with files as well.
func (v visit) values(name string) ([]string, error) {
	if v.multipart() {
		form, err := v.MultipartForm()
		if err != nil {
			return nil, &models.Error{Kind: models.Invalid, Code: models.CodeFormUnreadable, Err: err}
		}
		return form.Value[name], nil
	}
	var list []string
	for _, one := range v.Request().PostArgs().PeekMulti(name) {
		list = append(list, string(one))
	}
	return list, nil
}

// multipart reports whether the form may carry files.
func (v visit) multipart() bool {
	return strings.HasPrefix(strings.ToLower(v.Get(fiber.HeaderContentType)), fiber.MIMEMultipartForm)
}

// form returns what was typed into the named fields.
func (v visit) form(names ...string) (views.Form, error) {
	f := v.emptyForm(names...)
	for _, name := range names {
		value, err := v.value(name)
		if err != nil {
			return f, err
		}
		f.Values[name] = value
	}
	return f, nil
}

// emptyForm is a form with the named fields into which nothing was typed.
func (v visit) emptyForm(names ...string) views.Form {
	return views.Form{Lang: string(v.lang()), Names: names, Values: map[string]string{}, Errors: map[string]string{}}
}

// restoreForm fills the form of this page with what was typed before the proof had to be renewed. A
// form that is sent to a route with money and a stale proof is not lost: /admin/confirm asks
// for the proof and leads back to the page on which the form stands, which calls
//
//	form := v.emptyForm("amount", "reason")
//	v.restoreForm(&form)
//
// in its GET handler. It reports whether there was something. A page with several forms names
// the path that this one is sent to, after Prefix. What was typed is there until some form is
// accepted, for at most fifteen minutes; a field with several values is read by keptValues.
func (v visit) restoreForm(form *views.Form, action ...string) bool {
	values := v.keptValues(action...)
	for _, name := range form.Names {
		if len(values[name]) > 0 {
			form.Values[name] = values[name][0]
		}
	}
	return len(values) > 0
}

// keptValues is all that restoreForm reads, nil if there is nothing for this page.
func (v visit) keptValues(action ...string) map[string][]string {
	if v.session == nil || v.Method() != fiber.MethodGet {
		return nil
	}
	f := v.session.KeptForm(v.now())
	if f.Page != v.Path() || len(action) > 0 && !slices.Contains(action, strings.TrimPrefix(f.Action, Prefix)) {
		return nil
	}
	return f.Values
}

// refuse puts what err finds wrong into the form and sets the status of the page that shows it
// again. What does not concern the form is returned.
func (v visit) refuse(form *views.Form, err error) error {
	e, ok := errors.AsType[*models.Error](err)
	if !ok || !slices.Contains([]models.Kind{models.Invalid, models.Conflict, models.Limited}, e.Kind) {
		return err
	}
	for field, key := range e.Fields {
		form.Errors[field] = v.text(key)
		if !slices.Contains(form.Names, field) {
			form.Names = append(form.Names, field)
		}
	}
	if len(e.Fields) == 0 {
		form.Problem = v.text(string(e.Code))
	}
	status, _ := v.app.Explain(e)
	v.Status(status)
	return nil
}

// goTo ends a form: the browser goes on to another page of the back office, whose path comes
// after Prefix.
func (v visit) goTo(path string) error { return v.Redirect(Prefix+path, fiber.StatusSeeOther) }

// done is goTo with a message, a key of words, for that page.
func (v visit) done(path, key string, args ...string) error {
	if err := v.app.Store.LeaveStaffMessage(v.UserContext(), v.session, models.StaffMessage{Key: key, Args: args}); err != nil {
		// What it says has happened: the answer must not fail because it cannot be said.
		v.app.Log.WarnContext(v.UserContext(), "message not left", "key", key, "err", err)
	}
	return v.goTo(path)
}
