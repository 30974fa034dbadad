package admin

import (
	"strings"
	"unicode/utf8"

	"dukani/models"
	"dukani/views"
)

// contact is what a member of staff sees of the person of an order. A viewer sees enough to tell
// people apart. A clerk sees name, telephone and address while the order is on its way and for 30
// days after it arrived, because until then it may come back; later they can ask for it, which the
// audit list records.
func (v visit) contact(o *models.Order, h *models.OrderHistory) views.AdminContact {
	lang := string(v.lang())
	c := views.AdminContact{
		Delivery: views.DeliveryName(lang, string(o.Delivery)), Lang: v.text("admin.order.lang." + string(o.Lang)), Account: v.text("admin.order.guest"),
	}
	if o.CustomerID != nil {
		c.Account = v.text("admin.order.customer")
	}
	if o.Email == "" {
		c.Name, c.Why = v.text("admin.orders.forgotten"), v.text("admin.order.forgotten_text")
		return c
	}
	clerk := v.may(models.RoleClerk)
	if clerk && (o.ContactOpen(v.now()) || h.ContactRevealed(v.who.ID, v.now())) {
		c.Name, c.Email, c.Phone, c.Note = o.Name, o.Email, views.Phone(o.Phone), o.Note
		c.PhoneURL = "tel:" + o.Phone
		c.Address = views.Address(lang, o.Region, o.City, o.Street)
		return c
	}
	c.Name, c.Email, c.Phone = maskName(o.Name), maskEmail(o.Email), maskPhone(o.Phone)
	if o.Delivery != models.Pickup {
		c.Address = views.Address(lang, o.Region, o.City, "…")
	}
	c.Why, c.CanShow = v.text("admin.order.masked_viewer"), clerk
	if clerk {
		c.Why = v.text("admin.order.masked_clerk")
	}
	return c
}

// maskName leaves the first name and the initial of the rest.
func maskName(name string) string {
	first, rest, _ := strings.Cut(name, " ")
	if rest == "" {
		return first
	}
	initial, _ := utf8.DecodeRuneInString(rest)
	return first + " " + string(initial) + "."
}

// maskEmail leaves the first letter and the domain.
func maskEmail(email string) string {
	local, domain, _ := strings.Cut(email, "@")
	first, _ := utf8.DecodeRuneInString(local)
	return string(first) + "…@" + domain
}

// maskPhone leaves the last two digits.
func maskPhone(phone string) string {
	if len(phone) < 2 {
		return "…"
	}
	return "… " + phone[len(phone)-2:]
}
