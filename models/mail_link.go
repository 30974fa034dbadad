package models

import (
	"context"
	"crypto/rand"
	"time"

	"gorm.io/gorm"
)

// LinkPurpose is what a link in a mail lets its reader do.
type LinkPurpose string

// The purposes of links.
const (
	LinkVerify LinkPurpose = "verify" // show that an address is theirs
	LinkReset  LinkPurpose = "reset"  // choose a new password
)

// Life returns how long a link can be used.
func (p LinkPurpose) Life() time.Duration {
	if p == LinkReset {
		return time.Hour
	}
	return 3 * 24 * time.Hour
}

// MailLink is a link that was mailed. The link itself is signed; this row makes it work once,
// only while it is the newest of its purpose, and only for the address that it was sent to.
type MailLink struct {
	ID         string
	CustomerID int64
	Purpose    LinkPurpose
	Email      string
	ExpiresAt  time.Time
	UsedAt     *time.Time
}

var errDeadLink = &Error{Kind: NotFound, Code: CodeLinkDead}

// mailLink makes a link for the customer and queues the mail that carries it to
// the address. Earlier ones of the same purpose die.
func mailLink(tx *Tx, c *Customer, purpose LinkPurpose, email string) error {
	if err := killLinks(tx, c.ID, purpose); err != nil {
		return err
	}
	l := MailLink{ID: rand.Text(), CustomerID: c.ID, Purpose: purpose, Email: email, ExpiresAt: tx.now.Add(purpose.Life())}
	if err := tx.Create(&l).Error; err != nil {
		return err
	}
	return queueAccountMail(tx, c, MailKind(purpose), email, &l.ID)
}

func killLinks(tx *Tx, customerID int64, purpose LinkPurpose) error {
	return tx.exec("UPDATE mail_links SET used_at = ? WHERE customer_id = ? AND purpose = ? AND used_at IS NULL", tx.now, customerID, purpose)
}

// LiveLink returns a link that can still be used. Errors: NotFound "link.dead".
func (s *Store) LiveLink(ctx context.Context, id string, purpose LinkPurpose) (*MailLink, error) {
	return liveLink(s.Read(ctx), s.Now(), id, purpose)
}

func liveLink(db *gorm.DB, now time.Time, id string, purpose LinkPurpose) (*MailLink, error) {
	var l MailLink
	err := db.Where("id = ? AND purpose = ? AND used_at IS NULL AND expires_at > ?", id, purpose, now).Take(&l).Error
	return &l, notFound(err, errDeadLink.Code)
}

// LinkByID returns a link, dead or alive. Errors: NotFound.
func (s *Store) LinkByID(ctx context.Context, id string) (*MailLink, error) {
	var l MailLink
	err := s.Read(ctx).Where("id = ?", id).Take(&l).Error
	return &l, notFound(err, errDeadLink.Code)
}

// useLink spends a link and returns it with its customer.
func useLink(tx *Tx, id string, purpose LinkPurpose) (*MailLink, *Customer, error) {
	l, err := liveLink(tx.locked(), tx.now, id, purpose)
	if err != nil {
		return nil, nil, err
	}
	l.UsedAt = &tx.now
	if err := tx.save(l, "UsedAt"); err != nil {
		return nil, nil, err
	}
	c, err := customerWhere(tx.DB, "id = ?", l.CustomerID)
	return l, c, err
}

// linksKept is how long an expired link stays stored, with the mail that carried it.
const linksKept = 30 * 24 * time.Hour

// ForgetLinks deletes links, and their mails, that expired long ago.
func (s *Store) ForgetLinks(ctx context.Context) error {
	return s.inTx(ctx, func(tx *Tx) error {
		return tx.exec("DELETE FROM mail_links WHERE expires_at < ?", tx.now.Add(-linksKept))
	})
}
