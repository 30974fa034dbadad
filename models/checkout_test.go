package models_test

import (
	"strings"
	"testing"

	"dukani/models"
)

func TestCheckoutIsTidied(t *testing.T) {
	t.Parallel()
	c := checkout(0)
	c.Delivery, c.Region, c.City, c.Street = models.City, "imereti", " ქუთაისი\t", "ჭავჭავაძის\r\n 1\x00\u202e"
	c.Name = "\ufeff ნინო\u200b \n კაპანაძე\x1b"
	c.Phone = "\u202a+995\u2011599\u00a012\u200934-56\u202c" // as an address book gives it
	c.Note = "first\r\nsecond 👩\u200d🍳\x07"
	if wrong := c.Validate(); len(wrong) > 0 {
		t.Fatal(wrong)
	}
	for got, want := range map[string]string{
		c.Name: "ნინო კაპანაძე", c.City: "ქუთაისი", c.Street: "ჭავჭავაძის 1", c.Phone: "+995599123456",
		c.Note: "first\nsecond 👩\u200d🍳",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestCheckoutRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		field string
		set   func(*models.Checkout)
	}{
		"a name of nothing visible":   {"name", func(c *models.Checkout) { c.Name = "\u200d\u200d\u202e\u200b" }},
		"a name of punctuation":       {"name", func(c *models.Checkout) { c.Name = "— ..." }},
		"a name of one letter":        {"name", func(c *models.Checkout) { c.Name = " ნ " }},
		"a name without end":          {"name", func(c *models.Checkout) { c.Name = strings.Repeat("ნ", 101) }},
		"a street of dots":            {"street", func(c *models.Checkout) { c.Street = "....." }},
		"a note without end":          {"note", func(c *models.Checkout) { c.Note = strings.Repeat("ა", 501) }},
		"an e-mail with a name":       {"email", func(c *models.Checkout) { c.Email = "Nino <nino@example.ge>" }},
		"two e-mails":                 {"email", func(c *models.Checkout) { c.Email = "a@example.ge,b@example.ge" }},
		"an e-mail with a new header": {"email", func(c *models.Checkout) { c.Email = "a@example.ge\nBcc: b@example.ge" }},
		"an e-mail at a number":       {"email", func(c *models.Checkout) { c.Email = "a@[10.0.0.1]" }},
		"an e-mail at no domain":      {"email", func(c *models.Checkout) { c.Email = "a@localhost" }},
		"an e-mail without end":       {"email", func(c *models.Checkout) { c.Email = strings.Repeat("a", 250) + "@example.ge" }},
		"letters in the phone":        {"phone", func(c *models.Checkout) { c.Phone = "599 12 34 5x" }},
		"a fraction in the phone":     {"phone", func(c *models.Checkout) { c.Phone = "599 12 34 5½" }},
		"a country that is none":      {"phone", func(c *models.Checkout) { c.Phone = "+0995599123" }},
		"a Georgian number too long":  {"phone", func(c *models.Checkout) { c.Phone = "+9955991234567" }},
		"two numbers":                 {"phone", func(c *models.Checkout) { c.Phone = "599123456, 599123457" }},
		"an invented delivery":        {"delivery", func(c *models.Checkout) { c.Delivery = "drone" }},
		"an invented region":          {"region", func(c *models.Checkout) { c.Region = "atlantis" }},
		"terms not accepted":          {"terms", func(c *models.Checkout) { c.AcceptsTerms = false }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			form := checkout(0)
			form.Delivery, form.Region, form.City, form.Street = models.City, "imereti", "ქუთაისი", "ჭავჭავაძის 1"
			c.set(&form)
			wrong := form.Validate()
			if len(wrong) != 1 || wrong[c.field] == "" {
				t.Errorf("wrong: %v, want %s alone", wrong, c.field)
			}
		})
	}
}
