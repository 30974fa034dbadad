package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// How many tries to guess a password are allowed in tryWindow. An account is
// counted by its address whether it exists or not, so that being refused tells
// nothing. From one network address many people may come.
const (
	tryWindow       = 15 * time.Minute
	triesPerAccount = 10
	triesPerNetwork = 100
	mailsPerAccount = 3 // links asked for, in the same time
	oldTriesAtOnce  = 64
	accountTries    = "account "
	networkTries    = "network "
	mailTries       = "mail "
)

// try is a try that was counted before its outcome is known: guesses made at the
// same moment are counted, too.
type try struct {
	account string
	network int64 // rowid of the try counted for the network address
}

// countTry counts one try for the account's address and one for the network
// address. Errors: Limited.
func (s *Store) countTry(ctx context.Context, email, network string) (t try, err error) {
	err = s.inTx(ctx, func(tx *gorm.DB) (err error) {
		t.account = digest([]byte(accountTries + email))
		if t.network, err = countTry(tx, s.Now(), digest([]byte(networkTries+network)), triesPerNetwork); err != nil {
			return err
		}
		_, err = countTry(tx, s.Now(), t.account, triesPerAccount)
		return err
	})
	return t, err
}

func countTry(tx *gorm.DB, now time.Time, subject string, most int) (id int64, err error) {
	since := now.Add(-tryWindow)
	if err := exec(tx, "DELETE FROM sign_in_tries WHERE rowid IN (SELECT rowid FROM sign_in_tries WHERE at <= ? LIMIT ?)", since, oldTriesAtOnce); err != nil {
		return 0, err
	}
	var had int
	if err := query(tx, []any{&had}, "SELECT count(*) FROM sign_in_tries WHERE subject = ? AND at > ?", subject, since); err != nil {
		return 0, err
	}
	if had >= most {
		return 0, &Error{Kind: Limited, Message: "signin.limited"}
	}
	err = query(tx, []any{&id}, "INSERT INTO sign_in_tries (subject, at) VALUES (?, ?) RETURNING rowid", subject, now)
	return id, err
}

// succeeded takes back what was counted: the account starts afresh, and the
// network address is not charged for somebody who knew the password.
func (s *Store) succeeded(ctx context.Context, t try) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		return exec(tx, "DELETE FROM sign_in_tries WHERE subject = ? OR rowid = ?", t.account, t.network)
	})
}

var errWrongPassword = &Error{Kind: Invalid, Message: "signin.wrong"}

// SignIn returns the customer with the given address and password. network is
// where the request comes from. Whether there is an account shows neither in the
// error nor in the time it takes. Errors: Invalid "signin.wrong", or with Fields for
// what is no address; Limited.
func (s *Store) SignIn(ctx context.Context, email, password, network string) (*Customer, error) {
	typed := email
	email, ok := parseEmail(typed)
	t, err := s.countTry(ctx, email, network)
	if err != nil {
		return nil, err
	}
	c, err := customerByEmail(s.read.WithContext(ctx), email)
	if err != nil && !IsKind(err, NotFound) {
		return nil, err
	}
	if err != nil && !ok {
		return nil, wrongField("email", emailProblem(typed)) // nobody's, whatever the password
	}
	fits, err := passwordFits(ctx, c.PasswordHash, password)
	if err != nil {
		return nil, err
	}
	if !fits {
		return nil, errWrongPassword
	}
	return c, s.succeeded(ctx, t)
}

// Prove checks the password of a customer who is signed in, with the limits of
// SignIn. Errors: Invalid "signin.wrong", Limited.
func (s *Store) Prove(ctx context.Context, c *Customer, password, network string) error {
	_, err := s.SignIn(ctx, c.Email, password, network)
	return err
}

func customerByEmail(db *gorm.DB, email string) (*Customer, error) {
	var c Customer
	err := db.Where("email = ?", email).Take(&c).Error
	return &c, notFound(err, "customer.not_found")
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
// That an address has an account already is said: a newcomer is signed in at once,
// and whoever has forgotten their account must learn why that does not happen. An
// account of a shop is no secret worth making every newcomer leave for their
// mailbox first. What can be found out this way is bounded: each registration is
// counted for the network address like a try to sign in, and only a person who
// knows the address can ask. SignIn and AskReset do not tell.
//
// Errors: Invalid with Fields, Limited.
func (s *Store) Register(ctx context.Context, n NewCustomer, network string) (*Customer, error) {
	if wrong := n.validate(); len(wrong) > 0 {
		return nil, &Error{Kind: Invalid, Message: "checkout.error.summary", Fields: wrong}
	}
	if err := s.inTx(ctx, func(tx *gorm.DB) error {
		_, err := countTry(tx, s.Now(), digest([]byte(networkTries+network)), triesPerNetwork)
		return err
	}); err != nil {
		return nil, err
	}
	hash, err := hashPassword(ctx, n.Password)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	c := &Customer{Email: n.Email, Name: n.Name, Lang: n.Lang, PasswordHash: hash, CreatedAt: now, UpdatedAt: now}
	err = s.inTx(ctx, func(tx *gorm.DB) error {
		c.ID = 0 // should the transaction run again
		if err := tx.Create(c).Error; err != nil {
			return err
		}
		return s.mailLink(tx, now, c, LinkVerify, c.Email)
	})
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return nil, &Error{Kind: Invalid, Message: "checkout.error.summary", Fields: map[string]string{"email": "account.error.taken"}}
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
