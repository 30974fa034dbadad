package handlers

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"dukani/static"
	"dukani/views"
)

// showPicture handles GET /pictures/{name}: a picture that staff have uploaded. Browsers may
// keep it for ever, because its name changes with its content.
func (a *app) showPicture(c *fiber.Ctx) error {
	name, small := strings.CutSuffix(c.Params("name"), views.SmallSuffix)
	contentType, content, err := a.catalog.UploadedPicture(a.small(c), name, small)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, static.ForEver)
	c.Set(fiber.HeaderContentType, contentType)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Response().SetBodyRaw(content)
	return nil
}
