package models

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"
)

// Identity links an account with somebody at an OpenID Connect provider.
type Identity struct {
	Issuer, Subject string // these never change; the person's address there may
	CustomerID      int64
	CreatedAt       time.Time
}

// Claim is what a provider says about the person who signs in.
type Claim struct {
	Issuer, Subject string
	Email           string
	EmailVerified   bool   // the provider is sure that the address is theirs
	Name            string // may be ""
}

// tidy brings the address into the stored form, and deletes what is not an address.
func (p *Claim) tidy() {
	email, ok := parseEmail(p.Email)
	if !ok {
		email = ""
	}
	p.Email = email
}

// SignInByProvider returns the customer who signs in by a provider:
//
//   - A person who is linked with an account is its customer, whatever address the
//     provider has for them by now.
//   - Otherwise the provider must have verified a mail address; else Forbidden
//     "provider.no_email".
//   - If no account has that address, the person gets one with the address verified and
//     without a password.
//   - If an account has it, the person does not get in, because the provider may be wrong and
//     somebody else may have made the account. The customer comes with Conflict
//     "provider.known_address", and LinkIdentity may link them once the account's
//     password was given.
func (s *Store) SignInByProvider(ctx context.Context, p Claim, lang Lang) (c *Customer, err error) {
	p.tidy()
	err = s.inTx(ctx, func(tx *Tx) error {
		if err := tx.lockSubject("sign-in of " + p.Issuer + " " + p.Subject); err != nil {
			return err
		}
		id, err := identityOf(tx.DB, p.Issuer, p.Subject)
		if err == nil {
			c, err = customerWhere(tx.DB, "id = ?", id)
			return err
		}
		if !IsKind(err, NotFound) {
			return err
		}
		if !p.EmailVerified || p.Email == "" {
			return &Error{Kind: Forbidden, Code: CodeProviderNoEmail}
		}
		if c, err = customerWhere(tx.DB, "email = ?", p.Email); err == nil {
			return &Error{Kind: Conflict, Code: CodeProviderKnownAddress}
		}
		if !IsKind(err, NotFound) {
			return err
		}
		c = &Customer{Email: p.Email, Name: p.name(), Lang: lang, VerifiedAt: &tx.now, CreatedAt: tx.now, UpdatedAt: tx.now}
		if err := tx.Create(c).Error; err != nil {
			return err
		}
		return addIdentity(tx, p, c.ID)
	})
	return c, err
}

// name is the new customer's name until they change it.
func (p *Claim) name() string {
	rules := Checkout{Name: p.Name}
	if len(rules.wrongIn("name")) == 0 {
		return rules.Name
	}
	local, _, _ := strings.Cut(p.Email, "@")
	return local
}

// LinkIdentity links an account with a person at a provider who has the account's address. The
// caller has just checked the account's password. The customer gets a mail. Errors: Conflict
// "provider.not_linked" if the account has another address by now, or the person is linked
// with another account.
func (s *Store) LinkIdentity(ctx context.Context, customerID int64, p Claim) error {
	p.tidy()
	return s.inTx(ctx, func(tx *Tx) error {
		c, err := tx.lockCustomer("id = ?", customerID)
		if err != nil {
			return err
		}
		had, err := identityOf(tx.DB, p.Issuer, p.Subject)
		if err == nil && had == c.ID {
			return nil
		}
		if err == nil || !p.EmailVerified || p.Email == "" || p.Email != c.Email {
			return &Error{Kind: Conflict, Code: CodeProviderNotLinked}
		}
		if !IsKind(err, NotFound) {
			return err
		}
		if err := verify(tx, c); err != nil {
			return err
		}
		if err := addIdentity(tx, p, c.ID); err != nil {
			return err
		}
		return queueAccountMail(tx, c, MailSignInChanged, c.Email, nil)
	})
}

func addIdentity(tx *Tx, p Claim, customerID int64) error {
	return tx.Create(&Identity{Issuer: p.Issuer, Subject: p.Subject, CustomerID: customerID, CreatedAt: tx.now}).Error
}

// IdentityOf returns the id of the customer who is linked with a person at a provider.
// Errors: NotFound.
func (s *Store) IdentityOf(ctx context.Context, issuer, subject string) (int64, error) {
	return identityOf(s.Read(ctx), issuer, subject)
}

func identityOf(db *gorm.DB, issuer, subject string) (int64, error) {
	var i Identity
	err := db.Where("issuer = ? AND subject = ?", issuer, subject).Take(&i).Error
	return i.CustomerID, notFound(err, CodeProviderNotYours)
}

// Identities lists the persons at providers that a customer is linked with, oldest first.
func (s *Store) Identities(ctx context.Context, customerID int64) (list []Identity, err error) {
	err = s.Read(ctx).Where("customer_id = ?", customerID).Order("created_at, issuer, subject").Find(&list).Error
	return list, err
}

// Unlink removes the link of a customer with a provider. Except for keepKey and keepCart their
// sessions end, for some may have been opened by the provider, and so do the keys to the
// cart. The customer gets a mail. Errors: NotFound, also for somebody else's; Conflict
// "provider.last_way" if they could not sign in any more.
func (s *Store) Unlink(ctx context.Context, c *Customer, issuer, subject, keepKey, keepCart string) error {
	return s.inTx(ctx, func(tx *Tx) error {
		if _, err := tx.lockCustomer("id = ?", c.ID); err != nil {
			return err
		}
		n, err := tx.execRows("DELETE FROM identities WHERE issuer = ? AND subject = ? AND customer_id = ?", issuer, subject, c.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return &Error{Kind: NotFound, Code: CodeProviderNotYours}
		}
		var ways int
		if err := query(tx.DB, []any{&ways}, `SELECT (SELECT count(*) FROM identities WHERE customer_id = ?) +
			(SELECT count(*) FROM customers WHERE id = ? AND password_hash <> '')`, c.ID, c.ID); err != nil {
			return err
		}
		if ways == 0 {
			return &Error{Kind: Conflict, Code: CodeProviderLastWay}
		}
		if err := endSessions(tx, c.ID, keepKey, keepCart); err != nil {
			return err
		}
		return queueAccountMail(tx, c, MailSignInChanged, c.Email, nil)
	})
}
