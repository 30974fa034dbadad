package handlers

import (
	"bytes"
	"errors"

	"github.com/gofiber/fiber/v2"

	"dukani/payments/bog"
)

// receiveCallback handles POST /bog/callback. The bank wants exactly 200, and only
// for what is safely stored; nothing here decides an order.
func (a *app) receiveCallback(c *fiber.Ctx) error {
	// The raw bytes, because the signature is over them: c.Body would unpack what
	// claims to be compressed, past the limit of the body's size.
	body := bytes.Clone(c.Request().Body())
	err := a.Desk.ReceiveCallback(c.UserContext(), body, c.Get(bog.SignatureHeader), map[string]string{
		bog.SignatureHeader:    c.Get(bog.SignatureHeader),
		fiber.HeaderUserAgent:  c.Get(fiber.HeaderUserAgent),
		fiber.HeaderXRequestID: requestID(c.UserContext()),
		"Address":              c.IP(),
	})
	switch {
	case errors.Is(err, bog.ErrSignature):
		return c.Status(fiber.StatusUnauthorized).SendString("signature\n")
	case err != nil:
		a.Log.ErrorContext(c.UserContext(), "callback not stored", "err", err)
		return c.Status(fiber.StatusInternalServerError).SendString("not stored\n")
	}
	return c.SendString("ok\n")
}
