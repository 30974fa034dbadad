package models

import (
	"context"
	"fmt"
	"time"
)

// MailKind says what a mail tells the shopper.
type MailKind string

// The mails about an order.
const (
	MailPaid      MailKind = "paid"
	MailDeclined  MailKind = "declined"
	MailExpired   MailKind = "expired"
	MailRefunding MailKind = "refunding"  // paid after the units were gone
	MailRefunded  MailKind = "refunded"   // money went back, whoever gave it back
	MailPaidTwice MailKind = "paid_twice" // an order was charged a second time

	MailLoanOverdue MailKind = "loan_overdue" // the bank has not decided on a loan in time: the units are released

	MailHeld         MailKind = "held"          // the money is on hold until the order is packed
	MailCapturedLess MailKind = "captured_less" // of a hold less was captured than was authorized
	MailReleased     MailKind = "released"      // a hold was released: the order is cancelled
	MailSent         MailKind = "sent"          // a parcel is on its way, or can be followed elsewhere
	MailReady        MailKind = "ready"         // the order can be picked up
	MailCancelled    MailKind = "cancelled"     // by its customer or by staff
	MailWithdrawal   MailKind = "withdrawal"    // the receipt for a withdrawal
	MailReturned     MailKind = "returned"      // staff have booked what came back
)

// The mails about an account.
const (
	MailVerify          = MailKind(LinkVerify)
	MailReset           = MailKind(LinkReset)
	MailPasswordChanged = MailKind("password_changed")
	MailAddressChanged  = MailKind("address_changed") // to the old address
	MailSignInChanged   = MailKind("sign_in_changed") // a provider was linked or unlinked
	MailSignInTried     = MailKind("sign_in_tried")   // somebody has tried too many wrong passwords
)

// Mail is one mail to a shopper, about an order or about an account, or to staff. It is stored,
// and its sending queued, in the transaction of the change it tells about; it is
// written when it is sent.
type Mail struct {
	ID         int64
	OrderID    *int64
	PaymentID  *int64
	CustomerID *int64
	LinkID     *string // the link it carries
	StaffID    *int64  // a mail to staff
	Kind       MailKind
	About      string // what differs between mails of one kind about one attempt, such as the sum refunded
	Lang       Lang
	Recipient  string
	Subject    string
	Text       string
	HTML       string `gorm:"column:html"`
	CreatedAt  time.Time
	SentAt     *time.Time
	Tries      int // that failed
	LastError  string
	GivenUpAt  *time.Time // it will not be tried again
}

func queueMail(tx *Tx, o *Order, p *Payment, kind MailKind) error {
	return queueMailAbout(tx, o, p, kind, "")
}

// queueMailAbout queues a mail about an attempt, once for each kind and about.
func queueMailAbout(tx *Tx, o *Order, p *Payment, kind MailKind, about string) error {
	if o.Email == "" {
		return nil // the order was made anonymous
	}
	return storeMail(tx, &Mail{OrderID: &o.ID, PaymentID: &p.ID, Kind: kind, About: about, Lang: o.Lang, Recipient: o.Email, CreatedAt: tx.now})
}

func queueAccountMail(tx *Tx, c *Customer, kind MailKind, recipient string, linkID *string) error {
	return storeMail(tx, &Mail{CustomerID: &c.ID, LinkID: linkID, Kind: kind, Lang: c.Lang, Recipient: recipient, CreatedAt: tx.now})
}

// storeMail stores and queues a mail, unless it is one about an attempt that is there.
func storeMail(tx *Tx, m *Mail) error {
	if created, err := tx.createUnlessThere(m); err != nil || !created {
		return err
	}
	return enqueue(tx, MailJob{MailID: m.ID})
}

// MailByID returns one mail. Errors: NotFound.
func (s *Store) MailByID(ctx context.Context, id int64) (*Mail, error) {
	var m Mail
	err := s.Read(ctx).Where("id = ?", id).Take(&m).Error
	return &m, notFound(err, CodeMailNotFound)
}

// Mails lists mails, newest first.
func (s *Store) Mails(ctx context.Context, limit int) (list []Mail, err error) {
	err = s.Read(ctx).Order("id DESC").Limit(limit).Find(&list).Error
	return list, err
}

// MailWritten stores the text of a mail, so that it stays the same when sending is repeated.
func (s *Store) MailWritten(ctx context.Context, m *Mail) error {
	return s.inTx(ctx, func(tx *Tx) error {
		return tx.save(m, "Subject", "Text", "HTML")
	})
}

// MailSent notes that a mail was sent, and deletes the text of one with a link: a reader of
// the database must not find what opens an account.
func (s *Store) MailSent(ctx context.Context, id int64) error {
	return s.inTx(ctx, func(tx *Tx) error {
		return tx.Exec(`UPDATE mails SET sent_at = ?, text = CASE WHEN link_id IS NULL THEN text ELSE '' END,
			html = CASE WHEN link_id IS NULL THEN html ELSE '' END WHERE id = ?`, tx.now, id).Error
	})
}

// MailFailed notes that a try to send a mail failed, and with giveUp that it was the last. A
// mail about an order that is given up goes to the review queue.
func (s *Store) MailFailed(ctx context.Context, m *Mail, why string, giveUp bool) error {
	return s.inTx(ctx, func(tx *Tx) error {
		var givenUp *time.Time
		if giveUp {
			givenUp = &tx.now
		}
		if err := tx.exec("UPDATE mails SET tries = tries + 1, last_error = ?, given_up_at = ? WHERE id = ?", why, givenUp, m.ID); err != nil {
			return err
		}
		if !giveUp || m.OrderID == nil {
			return nil
		}
		return review(tx, ReviewItem{
			Kind: ReviewMailNotSent, Subject: fmt.Sprint("mail ", m.ID), OrderID: m.OrderID, Detail: string(m.Kind) + ": " + why,
		})
	})
}

// MailBacklog is how many mails are not sent.
type MailBacklog struct {
	Waiting, Failing int // Failing ones are among those that wait
	GivenUp          int
}

// MailBacklog counts the mails that are not sent.
func (s *Store) MailBacklog(ctx context.Context) (b MailBacklog, err error) {
	err = query(s.Read(ctx), []any{&b.Waiting, &b.Failing, &b.GivenUp}, `SELECT count(*) FILTER (WHERE given_up_at IS NULL),
		count(*) FILTER (WHERE given_up_at IS NULL AND tries > 0), count(*) FILTER (WHERE given_up_at IS NOT NULL)
		FROM mails WHERE sent_at IS NULL`)
	return b, err
}
