package views

import (
	"bytes"
	"fmt"
	"strings"
)

// MailOrder is what a mail about an order says. The kinds of mail are "paid",
// "declined", "expired" and "refunding".
type MailOrder struct {
	Lang         string
	Number       string
	Placed       string // date and time
	Name         string // of the shopper
	URL          string // absolute address of the order page
	ShopURL      string // absolute address of the home page
	Lines        []OrderLine
	Totals       Totals
	DeliveryName string
	Estimate     string
	Address      string // "" when picked up
	Phone        string
	Card         string // masked number, with the kind "paid"; may be ""
	Reason       string // with the kind "declined"
	Advice       string // with the kind "declined"
}

func (m MailOrder) language() string { return m.Lang }

// Mail writes the mail of the given kind.
func (e *Engine) Mail(kind string, m MailOrder) (subject, text, html string, err error) {
	body, err := e.Fragment("mail/"+kind, m)
	if err != nil {
		return "", "", "", err
	}
	var b bytes.Buffer
	if err := e.texts.ExecuteTemplate(&b, kind+".txt", m); err != nil {
		return "", "", "", fmt.Errorf("views: mail %s: %w", kind, err)
	}
	return T(m.Lang, "mail."+kind+".subject", m.Number), strings.TrimSpace(b.String()) + "\n", string(body), nil
}
