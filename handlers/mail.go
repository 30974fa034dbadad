package handlers

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/wneessen/go-mail"

	"dukani/models"
	"dukani/views"
)

// MailerConfig is what a Mailer works with.
type MailerConfig struct {
	Store   *models.Store
	Views   *views.Engine
	BaseURL string
	Secret  string // signs links, see Config
	SMTP    string // smtp://user:password@host:587 or smtps://…; "" keeps mails in the mailbox
	From    string
	Seller  Seller
	Log     *slog.Logger
}

// Mailer is the worker that writes mails and sends them.
type Mailer struct {
	river.WorkerDefaults[models.MailJob]
	MailerConfig
	signer linkSigner
	dial   func() (*mail.Client, error) // nil: mails are only kept
	server serverState
}

// NewMailer makes a Mailer. It does not connect.
func NewMailer(c MailerConfig) (*Mailer, error) {
	m := &Mailer{MailerConfig: c}
	var err error
	if m.signer, err = newLinkSigner(c.Secret, c.BaseURL, func() time.Time { return c.Store.Now() }); err != nil {
		return nil, err
	}
	if c.SMTP == "" {
		return m, nil
	}
	m.dial, err = smtpDialer(c.SMTP)
	return m, err
}

// Work writes the mail of a job and sends it. After a crash the same mail is sent again: a
// shopper had better get it twice than never.
func (m *Mailer) Work(ctx context.Context, job *river.Job[models.MailJob]) error {
	stored, err := m.Store.MailByID(ctx, job.Args.MailID)
	if models.IsKind(err, models.NotFound) {
		return nil // its account was deleted meanwhile
	}
	if err != nil || stored.SentAt != nil || stored.GivenUpAt != nil {
		return err
	}
	if stored.Text == "" {
		if err := m.write(ctx, stored); err != nil {
			return m.failed(ctx, stored, fmt.Errorf("not written: %w", err), false)
		}
	}
	if m.dial == nil {
		return nil
	}
	if err := m.send(ctx, stored); err != nil {
		return m.notSent(ctx, stored, err)
	}
	m.server.answered(nil)
	return m.Store.MailSent(ctx, stored.ID)
}

func (m *Mailer) write(ctx context.Context, stored *models.Mail) error {
	letter, err := m.letter(ctx, stored)
	if err != nil {
		return err
	}
	stored.Subject, stored.Text, stored.HTML, err = m.Views.Mail(string(stored.Kind), letter)
	if err != nil {
		return err
	}
	if stored.LinkID != nil && m.dial != nil {
		return nil // a reader of the database must not find a link that opens an account
	}
	return m.Store.MailWritten(ctx, stored)
}

// letter is what the mail says.
func (m *Mailer) letter(ctx context.Context, stored *models.Mail) (views.Letter, error) {
	switch {
	case stored.StaffID != nil:
		return m.reviewLetter(ctx, stored)
	case stored.OrderID == nil:
		return m.accountLetter(ctx, stored)
	}
	o, err := m.Store.OrderByID(ctx, *stored.OrderID)
	if err != nil {
		return nil, err
	}
	return m.orderLetter(ctx, o, stored)
}

// orderLetter is what a mail about an order says. What the shopper typed is in it only
// if they were signed in and have verified the address, so that nobody can use the shop to
// send words of their own to a stranger, not even to one who has claimed the order since.
func (m *Mailer) orderLetter(ctx context.Context, o *models.Order, stored *models.Mail) (views.Letter, error) {
	v := m.view(o, stored)
	if stored.Kind == models.MailRefunded {
		_, _, refunds := stored.Refunded()
		units, err := m.Store.RefundedUnits(ctx, refunds)
		if err != nil {
			return nil, err
		}
		v.Units = unitNames(stored.Lang, o, units)
	}
	if err := m.addGoods(ctx, o, stored, &v); err != nil {
		return nil, err
	}
	if o.CustomerID != nil {
		customer, err := m.Store.CustomerByID(ctx, *o.CustomerID)
		if err != nil && !models.IsKind(err, models.NotFound) {
			return nil, err
		}
		own := false
		if err == nil && proven(customer, stored.Recipient) {
			if own, err = m.Store.PlacedByCustomer(ctx, o); err != nil {
				return nil, err
			}
		}
		if own {
			v.Name, v.Address, v.Phone = o.Name, orderAddress(stored.Lang, o), views.Phone(o.Phone)
		}
	}
	return v, nil
}

// proven reports whether the customer has verified this address.
func proven(c *models.Customer, email string) bool {
	return c.VerifiedAt != nil && c.Email == strings.ToLower(email)
}

// accountLetter is what a mail about an account says. However often it is written, its
// link is the same.
func (m *Mailer) accountLetter(ctx context.Context, stored *models.Mail) (views.Letter, error) {
	customer, err := m.Store.CustomerByID(ctx, *stored.CustomerID)
	if err != nil {
		return nil, err
	}
	l := string(stored.Lang)
	shop := m.BaseURL + "/" + l
	v := views.MailAccount{Lang: l, Email: customer.Email, ShopURL: shop, URL: shop + "/forgot", Seller: m.Seller.In(stored.Lang)}
	if proven(customer, stored.Recipient) {
		v.Name = customer.Name
	}
	if stored.LinkID == nil {
		v.Email = stored.About
		return v, nil
	}
	link, err := m.Store.LinkByID(ctx, *stored.LinkID)
	if err != nil {
		return nil, err
	}
	text, err := m.signer.sign(link)
	v.Email, v.URL, v.Until = link.Email, shop+"/"+string(link.Purpose)+"?link="+text, views.DateTime(l, link.ExpiresAt)
	return v, err
}

func (m *Mailer) view(o *models.Order, stored *models.Mail) views.MailOrder {
	l := stored.Lang
	v := views.MailOrder{
		Lang: string(l), Number: o.Number, Placed: views.DateTime(string(l), o.CreatedAt),
		URL: m.BaseURL + "/" + string(l) + "/orders/" + o.Token, ShopURL: m.BaseURL + "/" + string(l),
		Lines: orderLines(l, o.Lines), Totals: orderTotals(l, o.ItemsTetri, o.DeliveryTetri),
		DeliveryName: views.DeliveryName(string(l), string(o.Delivery)), Estimate: promised(l, o),
		Seller: m.Seller.In(l),
	}
	for i := range o.Payments {
		p := &o.Payments[i]
		if stored.PaymentID == nil || p.ID != *stored.PaymentID {
			continue
		}
		v.Card = p.CardMask
		switch stored.Kind {
		case models.MailPaid:
			v.PaidBy, v.Charged = paidBy(l, p), chargedView(l, o)
		case models.MailDeclined:
			v.Reason, v.Advice = declineWords(l, p)
		case models.MailPaidTwice:
			v.Amount = price(l, p.CapturedTetri)
		case models.MailHeld, models.MailReleased:
			v.Amount = price(l, p.AuthorizedTetri)
		case models.MailCapturedLess:
			v.Amount, v.InAll, v.Units = price(l, p.CapturedTetri), price(l, p.AuthorizedTetri), unitNames(l, o, o.MissingUnits())
		case models.MailRefunded:
			now, inAll, _ := stored.Refunded()
			if v.Amount = price(l, now); inAll > now {
				v.InAll = price(l, inAll)
			}
		}
	}
	return v
}
