package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// What a customer changes about their account. Whatever changes who can sign in
// ends all sessions, and a mail tells the customer.

// AskReset has a link to choose a new password mailed if there is an account with
// that address. SendReset finds out later whether there is one: AskReset does the same
// for every address and takes the same time. mailsPerAccount bounds what arrives in the
// owner's mailbox. Errors: Limited, for one network address only; Invalid with Fields for
// what is not an address.
func (s *Store) AskReset(ctx context.Context, email, network string) error {
	typed := email
	email, ok := parseEmail(typed)
	if !ok {
		return wrongField("email", emailProblem(typed))
	}
	return s.inTx(ctx, func(tx *Tx) error {
		if _, _, err := countTry(tx, digest([]byte(networkTries+network)), triesPerNetwork); err != nil {
			return err
		}
		_, _, err := countTry(tx, digest([]byte(mailTries+email)), mailsPerAccount)
		if IsKind(err, Limited) {
			return nil // the earlier mails are there
		}
		if err != nil {
			return err
		}
		return enqueue(tx, ResetJob{Email: email})
	})
}

// SendReset mails the link that was requested from AskReset, if there is an account
// with that address.
func (s *Store) SendReset(ctx context.Context, email string) error {
	return s.inTx(ctx, func(tx *Tx) error {
		c, err := orNil(tx.lockCustomer("email = ?", email))
		if c == nil {
			return err
		}
		return mailLink(tx, c, LinkReset, c.Email)
	})
}

// ResetPassword uses up a link and sets the password. All sessions end. The mail has
// arrived, so the address is verified; if it was not before, somebody else may have made
// the account, and other ways to sign in are closed. It returns the customer. Errors: NotFound "link.dead"; Invalid with Fields.
func (s *Store) ResetPassword(ctx context.Context, linkID, password string) (*Customer, error) {
	l, err := s.LiveLink(ctx, linkID, LinkReset)
	if err != nil {
		return nil, err
	}
	c, err := s.CustomerByID(ctx, l.CustomerID)
	if err != nil {
		return nil, err
	}
	hash, err := s.newHash(ctx, "password", password, c)
	if err != nil {
		return nil, err
	}
	return c, s.inTx(ctx, func(tx *Tx) error {
		l, c, err := useLink(tx, linkID, LinkReset)
		if err != nil {
			return err
		}
		if l.Email != c.Email {
			return errDeadLink // the account has another address by now
		}
		if c.VerifiedAt == nil {
			if err := tx.exec("DELETE FROM identities WHERE customer_id = ?", c.ID); err != nil {
				return err
			}
		}
		if err := killLinks(tx, c.ID, LinkVerify); err != nil { // also one for a change of address
			return err
		}
		if err := verify(tx, c); err != nil {
			return err
		}
		if err := tx.exec("DELETE FROM sign_in_tries WHERE subject = ?", digest([]byte(accountTries+c.Email))); err != nil {
			return err
		}
		return setPassword(tx, c, hash)
	})
}

// ChangePassword sets another password for a customer who knows the present one.
// All sessions end, the caller's too. Errors: Invalid with Fields, Limited.
func (s *Store) ChangePassword(ctx context.Context, c *Customer, old, password string, from From) error {
	if err := s.proveField(ctx, c, "old_password", old, from); err != nil {
		return err
	}
	hash, err := s.newHash(ctx, "new_password", password, c)
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(tx *Tx) error { return setPassword(tx, c, hash) })
}

// setPassword stores the hash, ends every session and tells the customer.
func setPassword(tx *Tx, c *Customer, hash string) error {
	c.PasswordHash, c.UpdatedAt = hash, tx.now
	if err := tx.save(c, "PasswordHash", "UpdatedAt"); err != nil {
		return err
	}
	if err := killLinks(tx, c.ID, LinkReset); err != nil {
		return err
	}
	if err := endSessions(tx, c.ID, "", ""); err != nil {
		return err
	}
	return queueAccountMail(tx, c, MailPasswordChanged, c.Email, nil)
}

// verify counts the customer's address as their own.
func verify(tx *Tx, c *Customer) error {
	if c.VerifiedAt != nil {
		return nil
	}
	c.VerifiedAt = &tx.now
	return tx.save(c, "VerifiedAt")
}

// newHash hashes a password that the customer chooses. Errors: Invalid with
// Fields.
func (s *Store) newHash(ctx context.Context, field, password string, c *Customer) (string, error) {
	if why := checkPassword(password, c.Email, c.Name); why != "" {
		return "", wrongField(field, why)
	}
	return s.hashPassword(ctx, password)
}

// proveField is Prove with its refusal shown at a field of the form.
func (s *Store) proveField(ctx context.Context, c *Customer, field, password string, from From) error {
	err := s.Prove(ctx, c, password, from)
	if err == errWrongPassword {
		return wrongField(field, "account.error.wrong_password")
	}
	return err
}

func wrongField(field, why string) error {
	return &Error{Kind: Invalid, Code: CodeFormInvalid, Fields: map[string]string{field: why}}
}

// VerifyAddress uses up a link and counts its address as the customer's own. If it
// differs from the account's it replaces that, and the old address gets a mail.
// Errors: NotFound "link.dead"; Conflict "account.address_taken".
func (s *Store) VerifyAddress(ctx context.Context, linkID string) (c *Customer, err error) {
	err = s.inTx(ctx, func(tx *Tx) error {
		var l *MailLink
		if l, c, err = useLink(tx, linkID, LinkVerify); err != nil {
			return err
		}
		was := *c
		c.Email, c.VerifiedAt, c.UpdatedAt = l.Email, &tx.now, tx.now
		if err := tx.save(c, "Email", "VerifiedAt", "UpdatedAt"); err != nil {
			return err
		}
		if was.Email != c.Email {
			if err := killLinks(tx, c.ID, LinkReset); err != nil {
				return err
			}
			mail := Mail{CustomerID: &c.ID, Kind: MailAddressChanged, Lang: c.Lang, Recipient: was.Email, CreatedAt: tx.now}
			if was.VerifiedAt != nil {
				mail.About = l.Email // its reader owns the account
			}
			return storeMail(tx, &mail)
		}
		return nil
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return nil, &Error{Kind: Conflict, Code: CodeAccountAddressTaken}
	}
	return c, err
}

// AskVerification mails another link to the account's address, or to the one that it is
// changing to. Errors: Limited.
func (s *Store) AskVerification(ctx context.Context, c *Customer) error {
	return s.inTx(ctx, func(tx *Tx) error {
		if _, _, err := countTry(tx, digest([]byte(mailTries+c.Email)), mailsPerAccount); err != nil {
			return err
		}
		to, err := pendingAddress(tx.DB, tx.now, c)
		if err != nil {
			return err
		}
		if to == "" {
			to = c.Email
		}
		return mailLink(tx, c, LinkVerify, to)
	})
}

// ChangeAddress mails a link to a new address; the account changes to it when the link is
// used. If the address belongs to another account no mail is sent, and the caller is not
// told so. Errors: Invalid with Fields, Limited.
func (s *Store) ChangeAddress(ctx context.Context, c *Customer, email, password string, from From) error {
	typed := email
	email, ok := parseEmail(typed)
	if !ok {
		return wrongField("email", emailProblem(typed))
	}
	if email == c.Email {
		return wrongField("email", "account.error.same_address")
	}
	if err := s.proveField(ctx, c, "password", password, from); err != nil {
		return err
	}
	return s.inTx(ctx, func(tx *Tx) error {
		if _, _, err := countTry(tx, digest([]byte(mailTries+c.Email)), mailsPerAccount); err != nil {
			return err
		}
		if taken, err := orNil(customerWhere(tx.DB, "email = ?", email)); taken != nil || err != nil {
			return err
		}
		return mailLink(tx, c, LinkVerify, email)
	})
}

// PendingAddress returns the address that the account is changing to and that is not
// verified yet, "" if there is none.
func (s *Store) PendingAddress(ctx context.Context, c *Customer) (string, error) {
	return pendingAddress(s.Read(ctx), s.Now(), c)
}

func pendingAddress(db *gorm.DB, now time.Time, c *Customer) (email string, err error) {
	err = query(db, []any{&email}, `SELECT coalesce((SELECT email FROM mail_links WHERE customer_id = ? AND purpose = ? AND email <> ?
		AND used_at IS NULL AND expires_at > ?), '')`, c.ID, LinkVerify, c.Email, now)
	return email, err
}

// Profile is what a customer says about themselves.
type Profile struct {
	Name, Phone string // Phone may be ""
	Lang        Lang
	Marketing   bool // wants the shop's news
}

// SaveProfile stores what the customer changed. Errors: Invalid with Fields.
func (s *Store) SaveProfile(ctx context.Context, c *Customer, p Profile) error {
	rules := Checkout{Name: p.Name, Phone: p.Phone}
	wrong := rules.wrongIn("name", "phone")
	if rules.Phone == "" {
		delete(wrong, "phone")
	}
	if _, ok := ParseLang(string(p.Lang)); !ok {
		wrong["lang"] = "account.error.lang"
	}
	if len(wrong) > 0 {
		return &Error{Kind: Invalid, Code: CodeFormInvalid, Fields: wrong}
	}
	return s.inTx(ctx, func(tx *Tx) error {
		is, err := tx.lockCustomer("id = ?", c.ID)
		if err != nil {
			return err
		}
		is.Name, is.Phone, is.Lang, is.UpdatedAt = rules.Name, rules.Phone, p.Lang, tx.now
		switch {
		case !p.Marketing:
			is.MarketingAt = nil
		case is.MarketingAt == nil:
			is.MarketingAt = &tx.now
		}
		return tx.save(is, "Name", "Phone", "Lang", "MarketingAt", "UpdatedAt")
	})
}

// AddCustomer makes an account whose mail address counts as verified, with a delivery
// address; for demo people. An account that exists stays as it is.
func (s *Store) AddCustomer(ctx context.Context, n NewCustomer, a Address) error {
	if has, err := s.HasCustomer(ctx, n.Email); err != nil || has {
		return err
	}
	wrong := n.validate()
	for field, why := range a.Validate(n.Lang) {
		wrong[field] = why
	}
	if len(wrong) > 0 {
		return &Error{Kind: Invalid, Code: CodeFormInvalid, Fields: wrong}
	}
	hash, err := s.hashPassword(ctx, n.Password)
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(tx *Tx) error {
		c := Customer{Email: n.Email, Name: n.Name, Phone: a.Phone, Lang: n.Lang, PasswordHash: hash, VerifiedAt: &tx.now, CreatedAt: tx.now, UpdatedAt: tx.now}
		if err := tx.Create(&c).Error; err != nil {
			return err
		}
		a.CustomerID = c.ID
		return addAddress(tx, a)
	})
}

// HasCustomer reports whether there is an account with that address.
func (s *Store) HasCustomer(ctx context.Context, email string) (bool, error) {
	email, _ = parseEmail(email)
	c, err := orNil(customerWhere(s.Read(ctx), "email = ?", email))
	return c != nil, err
}
