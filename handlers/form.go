package handlers

import (
	"errors"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// readForm returns what was typed into the named fields of a form. A field that
// was sent twice is refused. What is kept of an earlier form is forgotten.
func (a *app) readForm(c *fiber.Ctx, fields ...string) (views.Form, error) {
	a.forgetRefusal(c)
	form := a.newForm(c, fields...)
	for _, name := range fields {
		value, err := formValue(c, name)
		if err != nil {
			return form, err
		}
		form.Values[name] = value
	}
	return form, nil
}

// newForm is an empty form with the named fields.
func (a *app) newForm(c *fiber.Ctx, fields ...string) views.Form {
	return views.Form{Lang: string(a.lang(c)), Names: fields, Values: map[string]string{}, Errors: map[string]string{}}
}

// refuse notes in the form what err says is wrong with what was typed, and the
// answer's status. Any other error is returned.
func (a *app) refuse(c *fiber.Ctx, form *views.Form, err error) error {
	e, ok := errors.AsType[*models.Error](err)
	if !ok || e.Kind != models.Invalid && e.Kind != models.Limited && e.Kind != models.Conflict {
		return err
	}
	c.Status(statusOf[e.Kind])
	for field, key := range e.Fields {
		form.Errors[field] = a.text(c, key)
	}
	if len(e.Fields) == 0 {
		form.Problem = a.text(c, e.Message)
	}
	return nil
}
