package admin

import (
	"encoding/json"

	"dukani/models"
	"dukani/views"
)

// showJournal handles GET /admin/orders/:number/journal/:id: what was sent to the bank or
// received from it, byte for byte but for secrets and persons, which are redacted.
func (a *app) showJournal(v visit) error {
	o, err := a.order(v)
	if err != nil {
		return err
	}
	id, err := v.id()
	if err != nil {
		return err
	}
	e, err := a.Store.OrderJournal(v.UserContext(), o, id)
	if err != nil {
		return err
	}
	p := views.AdminOrderJournal{AdminPage: v.page(v.text("admin.order.journal", id)), Number: o.Number, URL: Prefix + orderPath(o)}
	fact := func(label, text string) {
		if text != "" {
			p.Facts = append(p.Facts, views.AdminOrderFact{Label: v.text("admin.order.fact." + label), Text: text, Code: true})
		}
	}
	redact := redactor{secrets: []string{o.Token, o.Name, o.Email, o.Phone, localDigits(o.Phone), o.Street}}
	fact("at", rfc3339(e.At))
	fact("event", string(e.Kind))
	fact("cause", redact.text(string(e.Cause)))
	fact("verdict", redact.text(e.Verdict))
	part := func(label string, text []byte) {
		if len(text) > 0 {
			p.Parts = append(p.Parts, views.AdminOrderBytes{Label: v.text("admin.order.bytes." + label), Text: redact.pretty(text)})
		}
	}
	head, sent := splitCall(e)
	part("headers", head)
	part("sent", sent)
	part("body", e.Body)
	p.Redacted = redact.found
	return v.Render("admin/order_journal", p)
}

// splitCall takes what was sent out of the description of a call, in which it is text within
// JSON.
func splitCall(e *models.Event) (head, sent []byte) {
	var about map[string]json.RawMessage
	if e.Kind != models.EventCall || json.Unmarshal([]byte(e.Headers), &about) != nil {
		return []byte(e.Headers), nil
	}
	var body string
	if json.Unmarshal(about["sent"], &body) != nil {
		return []byte(e.Headers), nil
	}
	delete(about, "sent")
	head, _ = json.Marshal(about) // it came from JSON
	return head, []byte(body)
}
