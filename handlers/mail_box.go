package handlers

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// The mailbox shows the mails that a shop without a mail server keeps. It exists
// only beside the simulated bank (see routes.go).

const mailboxLength = 200

// showMailbox handles GET /mailbox.
func (a *app) showMailbox(c *fiber.Ctx) error {
	mails, err := a.Store.Mails(c.UserContext(), mailboxLength)
	if err != nil {
		return err
	}
	v := views.Mailbox{Page: a.page(c, a.text(c, "mailbox.title"))}
	for _, m := range mails {
		if m.Text == "" {
			continue // queued and not yet written
		}
		v.Mails = append(v.Mails, views.MailItem{
			URL: "/mailbox/" + strconv.FormatInt(m.ID, 10), To: m.Recipient, Subject: m.Subject, Time: views.DateTime(string(a.lang(c)), m.CreatedAt),
		})
	}
	return c.Render("pages/mailbox", v)
}

// showMail handles GET /mailbox/{id}.
func (a *app) showMail(c *fiber.Ctx) error {
	m, err := a.mail(c)
	if err != nil {
		return err
	}
	return c.Render("pages/mail", views.MailboxMessage{
		Page: a.page(c, m.Subject), To: m.Recipient, Subject: m.Subject, Time: views.DateTime(string(a.lang(c)), m.CreatedAt),
		Body: views.SplitLinks(m.Text), HTMLURL: c.Path() + "/html", BackURL: "/mailbox",
	})
}

// showMailHTML handles GET /mailbox/{id}/html: the mail as a mail program shows it, with
// its inline styles and nothing else.
func (a *app) showMailHTML(c *fiber.Ctx) error {
	m, err := a.mail(c)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups")
	return c.Type("html", "utf-8").SendString(m.HTML)
}

func (a *app) mail(c *fiber.Ctx) (*models.Mail, error) {
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil {
		return nil, fiber.ErrNotFound
	}
	return a.Store.MailByID(c.UserContext(), id)
}
