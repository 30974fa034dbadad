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

// staffTouch is the least time between two notes of a session's last use, so that not every page
// writes.
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
	Device    string     // browser and system, in a few words
	Message   string     // for the next page: JSON of StaffMessage
	Form      string     // waits for a fresh proof: JSON of StaffForm
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

// staffTries is the subject under which tries of a password of staff count.
const staffTries = "staff "

// StaffOrigin is the origin of a try to sign in.
type StaffOrigin struct {
	Address string           // the network address, for the audit list
	Network string           // what tries are counted by: many addresses may be one network
	Device  string           // browser and system, in a few words
	Devices map[int64]string // the staff who have signed in with this browser before, and its name among theirs
}

// actor is somebody who signs in from there.
func (f StaffOrigin) actor(who *Staff) Actor { return Actor{who.ID, who.Email, f.Address} }

// StaffSignIn returns the member of staff with the given address and password. Neither the
// error nor the time it takes reveals whether there is one. Tries are limited as those of
// customers, and apart from them; a browser in which they have signed in before has tries of
// its own, so that strangers cannot lock them out. Errors: Invalid "signin.wrong", also for
// somebody who is disabled and for a generated password whose time is over; Limited.
func (s *Store) StaffSignIn(ctx context.Context, email, password string, from StaffOrigin) (*Staff, error) {
	email, _ = parseEmail(email)
	var who Staff
	err := s.Read(ctx).Where("email = ? AND disabled_at IS NULL AND (password_until IS NULL OR password_until > ?)", email, s.Now()).Take(&who).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, err
	}
	t, err := s.countTry(ctx, staffTries+email, from.Network, from.Devices[who.ID])
	if err != nil {
		return nil, err
	}
	fits, err := s.passwordFits(ctx, who.PasswordHash, password)
	if err != nil {
		return nil, err
	}
	if fits {
		return &who, s.succeeded(ctx, t)
	}
	err = s.inTx(ctx, func(tx *Tx) error {
		// What a stranger typed for an address may be a password, and is not written down.
		by, subject := Actor{Address: from.Address}, "staff"
		if who.ID != 0 {
			by, subject = from.actor(&who), "staff "+who.Email
		}
		return auditFailure(tx, by, "sign_in_failed", subject)
	})
	if err != nil {
		return nil, err
	}
	return nil, errWrongPassword
}

// StartStaffSession begins a session and returns the key that its cookie carries. With proved
// no second factor is asked for. It also deletes sessions whose time is over.
func (s *Store) StartStaffSession(ctx context.Context, who *Staff, from StaffOrigin, proved bool) (key string, err error) {
	key = rand.Text()
	err = s.inTx(ctx, func(tx *Tx) error {
		if err := tx.exec("DELETE FROM staff_sessions WHERE created_at <= ? OR seen_at <= ?", tx.now.Add(-StaffLife), tx.now.Add(-StaffIdle)); err != nil {
			return err
		}
		session := StaffSession{
			KeyHash: digest([]byte(key)), StaffID: who.ID, Token: rand.Text(), Address: from.Address, Device: from.Device, CreatedAt: tx.now, SeenAt: tx.now,
		}
		if proved {
			session.ProvedAt = &tx.now
			if err := audit(tx, from.actor(who), "sign_in", "staff "+who.Email, "", ""); err != nil {
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
func (s *Store) EndStaffSession(ctx context.Context, by Actor, session *StaffSession) error {
	return s.inTx(ctx, func(tx *Tx) error {
		n, err := tx.execRows("DELETE FROM staff_sessions WHERE key_hash = ?", session.KeyHash)
		if err != nil || n == 0 || session.ProvedAt == nil {
			return err
		}
		return audit(tx, by, "sign_out", "staff "+by.Email, "", "")
	})
}

// StaffSessions lists the live sessions of a member of staff, the latest first.
func (s *Store) StaffSessions(ctx context.Context, staffID int64) (list []StaffSession, err error) {
	now := s.Now()
	return list, s.Read(ctx).Where("staff_id = ? AND created_at > ? AND seen_at > ?", staffID, now.Add(-StaffLife), now.Add(-StaffIdle)).
		Order("seen_at DESC, key_hash").Find(&list).Error
}

// EndOtherStaffSessions ends all sessions of a member of staff but this one.
func (s *Store) EndOtherStaffSessions(ctx context.Context, by Actor, session *StaffSession) error {
	return s.inTx(ctx, func(tx *Tx) error {
		if err := endStaffSessions(tx, session.StaffID, session.KeyHash); err != nil {
			return err
		}
		return audit(tx, by, "sessions_end", "staff "+by.Email, "", "")
	})
}

// endStaffSessions ends the sessions of a member of staff, except the one with keepHash; ""
// keeps none.
func endStaffSessions(tx *Tx, staffID int64, keepHash string) error {
	return tx.exec("DELETE FROM staff_sessions WHERE staff_id = ? AND key_hash <> ?", staffID, keepHash)
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
