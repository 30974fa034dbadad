package models

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"time"

	"gorm.io/gorm"
)

// How long a session of staff lives. It opens what belongs to customers, so it is far shorter
// than a customer's.
const (
	StaffIdle      = 60 * time.Minute // after it was last used
	StaffLife      = 12 * time.Hour   // in all: a working day
	StaffProofLife = 15 * time.Minute // how long a proof is enough to move money
)

// staffTouch is how long after it was last noted the use of a session is noted again, so that
// not every page writes.
const staffTouch = time.Minute

// StaffSession is one browser in which a member of staff has given the password and, once
// ProvedAt is set, the second factor.
type StaffSession struct {
	KeyHash   string
	StaffID   int64
	Token     string // is in every form
	Address   string // the network address it was begun from
	CreatedAt time.Time
	SeenAt    time.Time
	ProvedAt  *time.Time // when the second factor was last given; nil: not yet
	Message   string     // for the next page: JSON of StaffMessage
}

// StaffMessage tells on the next page what has happened.
type StaffMessage struct {
	Key  string   // of the words
	Args []string // what is put into them
}

// Proved reports whether the proof is fresh enough to move money.
func (s *StaffSession) Proved(now time.Time) bool {
	return s.ProvedAt != nil && now.Sub(*s.ProvedAt) < StaffProofLife
}

// StaffSignIn returns the member of staff with the given address and password. Neither the
// error nor the time it takes reveals whether there is one. Tries are limited as those of
// customers, and apart from them. Errors: Invalid "signin.wrong", also for somebody who is
// disabled; Limited.
func (s *Store) StaffSignIn(ctx context.Context, email, password, network string) (*Staff, error) {
	email, _ = parseEmail(email)
	var who Staff
	err := s.Read(ctx).Where("email = ? AND disabled_at IS NULL", email).Take(&who).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, err
	}
	t, err := s.countTry(ctx, "staff "+email, network, "")
	if err != nil {
		return nil, err
	}
	fits, err := passwordFits(ctx, who.PasswordHash, password)
	if err != nil {
		return nil, err
	}
	if !fits {
		return nil, errWrongPassword
	}
	return &who, s.succeeded(ctx, t)
}

// StartStaffSession begins a session and returns the key that its cookie carries. With proved
// the second factor was given, or none is asked for. It also deletes sessions whose time is
// over.
func (s *Store) StartStaffSession(ctx context.Context, who *Staff, address string, proved bool) (key string, err error) {
	key = rand.Text()
	err = s.inTx(ctx, func(tx *Tx) error {
		if err := tx.exec("DELETE FROM staff_sessions WHERE created_at <= ? OR seen_at <= ?", tx.now.Add(-StaffLife), tx.now.Add(-StaffIdle)); err != nil {
			return err
		}
		session := StaffSession{
			KeyHash: digest([]byte(key)), StaffID: who.ID, Token: rand.Text(), Address: address, CreatedAt: tx.now, SeenAt: tx.now,
		}
		if proved {
			session.ProvedAt = &tx.now
			if err := audit(tx, Actor{who.ID, who.Email, address}, "sign_in", "staff "+who.Email, "", ""); err != nil {
				return err
			}
		}
		return tx.Create(&session).Error
	})
	return key, err
}

// StaffSession returns the live session with the given key and whose it is, nil if there is
// none: its time is over, it was ended, or they are disabled.
func (s *Store) StaffSession(ctx context.Context, key string) (*StaffSession, *Staff, error) {
	var session StaffSession
	now := s.Now()
	err := s.Read(ctx).Where("key_hash = ? AND created_at > ? AND seen_at > ?", digest([]byte(key)), now.Add(-StaffLife), now.Add(-StaffIdle)).
		Take(&session).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	var who Staff
	err = s.Read(ctx).Where("id = ? AND disabled_at IS NULL", session.StaffID).Take(&who).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if now.Sub(session.SeenAt) > staffTouch {
		err = s.inTx(ctx, func(tx *Tx) error {
			return tx.exec("UPDATE staff_sessions SET seen_at = ? WHERE key_hash = ?", tx.now, session.KeyHash)
		})
	}
	return &session, &who, err
}

// EndStaffSession ends a session; one that is over already is no error.
func (s *Store) EndStaffSession(ctx context.Context, session *StaffSession) error {
	return s.inTx(ctx, func(tx *Tx) error {
		return tx.exec("DELETE FROM staff_sessions WHERE key_hash = ?", session.KeyHash)
	})
}

// LeaveStaffMessage keeps a message for the session's next page.
func (s *Store) LeaveStaffMessage(ctx context.Context, session *StaffSession, m StaffMessage) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return s.setStaffMessage(ctx, session, string(text))
}

// TakeStaffMessage returns the message that was left for this page, for once.
func (s *Store) TakeStaffMessage(ctx context.Context, session *StaffSession) (m StaffMessage, err error) {
	if session.Message == "" {
		return m, nil
	}
	if err := json.Unmarshal([]byte(session.Message), &m); err != nil {
		return m, err
	}
	return m, s.setStaffMessage(ctx, session, "")
}

func (s *Store) setStaffMessage(ctx context.Context, session *StaffSession, text string) error {
	session.Message = text
	return s.inTx(ctx, func(tx *Tx) error {
		return tx.exec("UPDATE staff_sessions SET message = ? WHERE key_hash = ?", text, session.KeyHash)
	})
}

// SetStaffLang changes the language of the back office for a member of staff.
func (s *Store) SetStaffLang(ctx context.Context, staffID int64, lang Lang) error {
	return s.inTx(ctx, func(tx *Tx) error {
		return tx.exec("UPDATE staff SET lang = ?, updated_at = ? WHERE id = ?", lang, tx.now, staffID)
	})
}
