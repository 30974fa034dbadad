package handlers

import (
	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// readForm returns what was typed into the named fields of a form, and forgets an earlier
// form that was refused.
func (a *app) readForm(c visit, fields ...string) (views.Form, error) {
	a.forget(c.Ctx, refusedKey)
	form := a.newForm(c, fields...)
	for _, name := range fields {
		value, err := formValue(c.Ctx, name)
		if err != nil {
			return form, err
		}
		form.Values[name] = value
	}
	return form, nil
}

// newForm is an empty form with the named fields.
func (a *app) newForm(c visit, fields ...string) views.Form {
	return views.Form{Lang: string(c.lang), Names: fields, Values: map[string]string{}, Errors: map[string]string{}}
}

// formValue returns the one value of a form's field. A field sent twice is
// refused rather than guessed at.
func formValue(c *fiber.Ctx, name string) (string, error) {
	switch all := c.Request().PostArgs().PeekMulti(name); len(all) {
	case 0:
		return "", nil
	case 1:
		return string(all[0]), nil
	}
	return "", &models.Error{Kind: models.Invalid, Code: models.CodeFormUnreadable}
}
