package main

import (
	"fmt"
	"net"
	"net/url"
	"strconv"

	"github.com/gofiber/fiber/v2"
)

// serveBare runs what the shop is compared with: Fiber without middleware, which answers
// with fixed bytes. PUT /?status=303&location=/x sets them; any other request gets them.
func serveBare() error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	var body []byte
	status, kind, location := 200, "", ""
	app := fiber.New(fiber.Config{DisableStartupMessage: true, BodyLimit: 16 << 20})
	app.Put("/", func(c *fiber.Ctx) error {
		body = append([]byte(nil), c.Body()...)
		q, err := url.ParseQuery(string(c.Request().URI().QueryString()))
		if err != nil {
			return err
		}
		status, err = strconv.Atoi(q.Get("status"))
		kind, location = q.Get("type"), q.Get("location")
		return err
	})
	app.Use(func(c *fiber.Ctx) error {
		c.Status(status).Set(fiber.HeaderContentType, kind)
		if location != "" {
			c.Set(fiber.HeaderLocation, location)
		}
		return c.Send(body)
	})
	fmt.Printf("bare: http://%s\n", ln.Addr())
	return app.Listener(ln)
}
