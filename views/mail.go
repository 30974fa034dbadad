package views

import (
	"bytes"
	"fmt"
	"strings"
)

// MailOrder is what a mail about an order says. The kinds of mail are "paid",
// "declined", "expired", "refunding", "refunded", "paid_twice", "held", "captured_less", "released",
// "sent", "ready", "cancelled", "withdrawal", "returned" and "loan_overdue".
type MailOrder struct {
	Lang         string
	Number       string
	Placed       string // date and time
	Name         string // of the shopper; it, Address and Phone are "" if the address is not proven to be theirs
	URL          string // absolute address of the order page
	ShopURL      string // absolute address of the home page
	Lines        []OrderLine
	Totals       Totals
	DeliveryName string
	Estimate     string
	Address      string // "" when picked up, too
	Phone        string
	Card         string   // masked number of the card it was paid with; may be ""
	PaidBy       string   // what it was paid with, with the kind "paid"
	Charged      *Charged // likewise, if the bank took something off
	Reason       string   // with the kind "declined"
	Advice       string   // with the kind "declined"
	Seller       Seller
	Amount       string   // refunded this time, with the kind "refunded"; charged once more, with "paid_twice"; held, or charged, with the kinds of a hold
	InAll        string   // refunded in all, with the kind "refunded", if that is more
	Units        []string // what was refunded, with the kind "refunded"; what was missing, with "captured_less"

	Parcel *OrderParcel // with the kind "sent"
	Place  string       // where and when it can be picked up, with the kind "ready"
	Money  string       // what becomes of the money, with the kind "cancelled"
	Return *MailReturn  // with the kinds "withdrawal" and "returned"
}

// MailReturn is a return as a mail tells of it. Its lines are what the customer withdraws from
// or, once it is booked, what was taken back. The customer's own reason is not among it: nobody
// can use the shop to send words of their own to a stranger.
type MailReturn struct {
	OrderReturn
	At   string   // date and time of the withdrawal
	Due  string   // until when the money goes back
	Kept []string // what was not taken back
}

func (m MailOrder) language() string { return m.Lang }

func (m MailOrder) subject(kind string) string { return T(m.Lang, "mail."+kind+".subject", m.Number) }

// Hello greets the reader.
func (m MailOrder) Hello() string { return hello(m.Lang, m.Name) }

// Foot says why the mail was sent.
func (m MailOrder) Foot() string { return T(m.Lang, "mail.foot") }

// MailAccount is what a mail about an account says. The kinds are "verify",
// "reset", "password_changed", "address_changed", "sign_in_changed" and "sign_in_tried".
type MailAccount struct {
	Lang    string
	Name    string // "" if the mail goes to an address that is not proven to be theirs
	Email   string // to be confirmed, or the account's new one; "" if the mail may reach somebody else
	URL     string // absolute address of the page where the reader can act
	Until   string // date and time at which the link in URL ends, if it does
	ShopURL string
	Seller  Seller
}

func (m MailAccount) language() string { return m.Lang }

func (m MailAccount) subject(kind string) string { return T(m.Lang, "mail."+kind+".subject") }

// Hello greets the reader.
func (m MailAccount) Hello() string { return hello(m.Lang, m.Name) }

// Foot says why the mail was sent.
func (m MailAccount) Foot() string { return T(m.Lang, "mail.foot_account") }

func hello(lang, name string) string {
	if name == "" {
		return T(lang, "mail.hello_anybody")
	}
	return T(lang, "mail.hello", name)
}

// Letter is what a mail says: MailOrder or MailAccount.
type Letter interface {
	localized
	subject(kind string) string
}

// Mail writes the mail of the given kind.
func (e *Engine) Mail(kind string, m Letter) (subject, text, html string, err error) {
	body, err := e.Fragment("mail/"+kind, m)
	if err != nil {
		return "", "", "", err
	}
	var b bytes.Buffer
	for _, part := range []string{kind, "seller"} { // every mail ends with who the seller is
		if err := e.in(m).texts.ExecuteTemplate(&b, part+".txt", m); err != nil {
			return "", "", "", fmt.Errorf("views: mail %s: %w", kind, err)
		}
	}
	return m.subject(kind), strings.TrimSpace(b.String()) + "\n", string(body), nil
}
