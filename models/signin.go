package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// How many passwords may be tried within tryWindow. Tries count for an address whether or
// not it has an account, so that a refusal reveals nothing. Many people may share one
// network address.
const (
	tryWindow       = 15 * time.Minute
	triesPerAccount = 10 // from all devices that are not known as the owner's
	triesPerDevice  = 10 // from one that is known
	triesPerNetwork = 100
	mailsPerAccount = 3 // requests for a link
	oldTriesAtOnce  = 64
	accountTries    = "account "
	deviceTries     = "device "
	networkTries    = "network "
	mailTries       = "mail "
)

// From is the origin of a try to sign in.
type From struct {
	Network string           // the network address
	Devices map[int64]string // the customers who have signed in with this browser before, and its name among theirs
}

// try is a counted try. It counts before its outcome is known, so that guesses made at the
// same moment all count.
type try struct {
	subject string
	network int64 // rowid of the try counted for the network address
	last    bool  // strangers have none left for now
}

// countTry counts one try for the account's address and one for the network address. A
// try from a device of the owner's counts only for that device, so that strangers cannot
// lock the owner out. Errors: Limited.
func (s *Store) countTry(ctx context.Context, email, network, device string) (t try, err error) {
	err = s.inTx(ctx, func(tx *Tx) (err error) {
		if device != "" {
			t.subject = digest([]byte(deviceTries + device + " " + email))
			_, _, err = countTry(tx, t.subject, triesPerDevice)
			return err
		}
		t.subject = digest([]byte(accountTries + email))
		if t.network, _, err = countTry(tx, digest([]byte(networkTries+network)), triesPerNetwork); err != nil {
			return err
		}
		if _, t.last, err = countTry(tx, t.subject, triesPerAccount); IsKind(err, Limited) {
			return &Error{Kind: Limited, Code: CodeSignInLimitedAccount}
		}
		return err
	})
	return t, err
}

func countTry(tx *Tx, subject string, most int) (id int64, last bool, err error) {
	if err := tx.lockSubject("tries of " + subject); err != nil {
		return 0, false, err
	}
	since := tx.now.Add(-tryWindow)
	if err := tx.exec("DELETE FROM sign_in_tries WHERE rowid IN (SELECT rowid FROM sign_in_tries WHERE at <= ? LIMIT ?)", since, oldTriesAtOnce); err != nil {
		return 0, false, err
	}
	var had int
	if err := query(tx.DB, []any{&had}, "SELECT count(*) FROM sign_in_tries WHERE subject = ? AND at > ?", subject, since); err != nil {
		return 0, false, err
	}
	if had >= most {
		return 0, false, &Error{Kind: Limited, Code: CodeSignInLimited}
	}
	err = query(tx.DB, []any{&id}, "INSERT INTO sign_in_tries (subject, at) VALUES (?, ?) RETURNING rowid", subject, tx.now)
	return id, had == most-1, err
}

// succeeded deletes what was counted: the account or the device starts afresh, and a
// right password does not count for the network address.
func (s *Store) succeeded(ctx context.Context, t try) error {
	return s.inTx(ctx, func(tx *Tx) error {
		return tx.exec("DELETE FROM sign_in_tries WHERE subject = ? OR rowid = ?", t.subject, t.network)
	})
}

var errWrongPassword = &Error{Kind: Invalid, Code: CodeSignInWrong}

// SignIn returns the customer with the given address and password. Neither the error nor the
// time it takes reveals whether there is an account, except to a device of its owner's. When
// strangers have used up their tries the owner gets a mail. Errors: Invalid "signin.wrong",
// or with Fields for what is not an address; Limited.
func (s *Store) SignIn(ctx context.Context, email, password string, from From) (*Customer, error) {
	typed := email
	email, ok := parseEmail(typed)
	c, err := customerWhere(s.Read(ctx), "email = ?", email)
	if err != nil && !IsKind(err, NotFound) {
		return nil, err
	}
	none := err != nil
	t, err := s.countTry(ctx, email, from.Network, from.Devices[c.ID])
	if err != nil {
		return nil, err
	}
	if none && !ok {
		return nil, wrongField("email", emailProblem(typed))
	}
	fits, err := s.passwordFits(ctx, c.PasswordHash, password)
	if err != nil {
		return nil, err
	}
	if fits {
		return c, s.succeeded(ctx, t)
	}
	if t.last {
		// It is queued for every address, so that it takes as long without an account.
		if err := s.inTx(ctx, func(tx *Tx) error { return enqueue(tx, WarnJob{Email: email}) }); err != nil {
			return nil, err
		}
	}
	return nil, errWrongPassword
}

// warnedFor is how long an owner who was warned gets no second warning: strangers must not
// fill a mailbox.
const warnedFor = 24 * time.Hour

// WarnOwner mails the owner of the account with this address, if there is one, that somebody
// has tried wrong passwords until no more were allowed.
func (s *Store) WarnOwner(ctx context.Context, email string) error {
	return s.inTx(ctx, func(tx *Tx) error {
		c, err := orNil(tx.lockCustomer("email = ?", email))
		if c == nil {
			return err
		}
		var warned bool
		if err := query(tx.DB, []any{&warned}, "SELECT EXISTS (SELECT 1 FROM mails WHERE customer_id = ? AND kind = ? AND created_at > ?)",
			c.ID, MailSignInTried, tx.now.Add(-warnedFor)); err != nil || warned {
			return err
		}
		return queueAccountMail(tx, c, MailSignInTried, c.Email, nil)
	})
}

// Prove checks the password of a customer who is signed in, with the limits of
// SignIn. Errors: Invalid "signin.wrong", Limited.
func (s *Store) Prove(ctx context.Context, c *Customer, password string, from From) error {
	_, err := s.SignIn(ctx, c.Email, password, from)
	return err
}

// NewCustomer is what somebody types to register.
type NewCustomer struct {
	Name, Email, Password string
	Lang                  Lang
}

// validate tidies n and returns what is wrong with it: field to translation key.
func (n *NewCustomer) validate() map[string]string {
	rules := Checkout{Name: n.Name, Email: n.Email, Lang: n.Lang}
	wrong := rules.wrongIn("name", "email")
	n.Name, n.Email = rules.Name, rules.Email
	if why := checkPassword(n.Password, n.Email, n.Name); why != "" {
		wrong["password"] = why
	}
	return wrong
}

// Register makes an account and mails a link that verifies its address.
//
// Unlike SignIn and AskReset, it reveals that an address has an account already: a new
// customer is signed in at once, and people who have forgotten their account must learn why
// they are not. An account of a shop is not so secret that every new customer should have to
// visit their mailbox first. Each registration counts for the network address like a try to
// sign in, which bounds what can be found out.
//
// Errors: Invalid with Fields, Limited.
func (s *Store) Register(ctx context.Context, n NewCustomer, network string) (*Customer, error) {
	if wrong := n.validate(); len(wrong) > 0 {
		return nil, &Error{Kind: Invalid, Code: CodeFormInvalid, Fields: wrong}
	}
	if err := s.inTx(ctx, func(tx *Tx) error {
		_, _, err := countTry(tx, digest([]byte(networkTries+network)), triesPerNetwork)
		return err
	}); err != nil {
		return nil, err
	}
	hash, err := s.hashPassword(ctx, n.Password)
	if err != nil {
		return nil, err
	}
	var c *Customer
	err = s.inTx(ctx, func(tx *Tx) error {
		c = &Customer{Email: n.Email, Name: n.Name, Lang: n.Lang, PasswordHash: hash, CreatedAt: tx.now, UpdatedAt: tx.now}
		if err := tx.Create(c).Error; err != nil {
			return err
		}
		return mailLink(tx, c, LinkVerify, c.Email)
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return nil, &Error{Kind: Invalid, Code: CodeFormInvalid, Fields: map[string]string{"email": "account.error.taken"}}
	}
	return c, err
}

// wrongIn is Validate for some of the fields of a checkout, for forms that have
// only those.
func (c *Checkout) wrongIn(fields ...string) map[string]string {
	all, wrong := c.Validate(), map[string]string{}
	for _, f := range fields {
		if why, ok := all[f]; ok {
			wrong[f] = why
		}
	}
	return wrong
}
