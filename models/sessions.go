package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// How long sessions live. A guest's holds messages and half-filled forms only. A
// customer's opens their orders; whatever costs money or changes who can sign in
// asks for the password again after ProofLife, so the session itself may last as
// long as people expect of a shop.
const (
	SessionLife  = 30 * 24 * time.Hour // of a guest's, after it was last used
	SignedInIdle = 14 * 24 * time.Hour // of a customer's, after it was last used
	SignedInLife = 90 * 24 * time.Hour // of a customer's, in all
	ProofLife    = 30 * time.Minute    // of a password given
)

// sessionTouch is how much of its life a session must have used up before being
// used prolongs it: so that not every visit writes.
const sessionTouch = time.Hour

// Session is what the shop remembers of one browser.
type Session struct {
	Data       []byte
	CustomerID *int64    // nil: nobody has signed in
	Device     string    // browser and system, in a few words
	StartedAt  time.Time // when they signed in: showing the password again starts another one
	SeenAt     time.Time // to the hour
	ExpiresAt  time.Time
}

// Proved reports whether the customer gave the password so lately that the session
// may be used to spend money or to change who can sign in.
func (s *Session) Proved(now time.Time) bool {
	return s.CustomerID != nil && now.Sub(s.StartedAt) < ProofLife
}

func (s *Session) life(now time.Time) time.Time {
	if s.CustomerID == nil {
		return now.Add(SessionLife)
	}
	idle, end := now.Add(SignedInIdle), s.StartedAt.Add(SignedInLife)
	if end.Before(idle) {
		return end
	}
	return idle
}

// Session returns the live session with the given key, nil if there is none, and
// whether its life should be prolonged by saving it again.
func (s *Store) Session(ctx context.Context, key string) (session *Session, old bool, err error) {
	var rows []Session
	now := s.Now()
	err = s.read.WithContext(ctx).Raw(`SELECT data, customer_id, device, started_at, seen_at, expires_at FROM sessions
		WHERE key_hash = ? AND expires_at > ?`, digest([]byte(key)), now).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, false, err
	}
	return &rows[0], now.Sub(rows[0].SeenAt) > sessionTouch, nil
}

// expiredSessions is how many expired sessions each saving of one clears away.
const expiredSessions = 16

// SaveSession stores the data of a session under key and prolongs its life. Whose
// it is, on which device and since when is written when it is first saved and never
// changes: whoever signs in or out gets another key. It clears away some of the
// sessions that have expired, so that nothing else has to.
func (s *Store) SaveSession(ctx context.Context, key string, session Session) error {
	now := s.Now()
	if session.StartedAt.IsZero() {
		session.StartedAt = now
	}
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if err := exec(tx, `DELETE FROM sessions WHERE key_hash IN
			(SELECT key_hash FROM sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`, now, expiredSessions); err != nil {
			return err
		}
		return exec(tx, `INSERT INTO sessions (key_hash, data, customer_id, device, started_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (key_hash) DO UPDATE SET data = excluded.data, seen_at = excluded.seen_at, expires_at = excluded.expires_at`,
			digest([]byte(key)), session.Data, session.CustomerID, session.Device, session.StartedAt, now, session.life(now))
	})
}

// DeleteSession ends the session with the given key; an unknown key is no error.
func (s *Store) DeleteSession(ctx context.Context, key string) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		return exec(tx, "DELETE FROM sessions WHERE key_hash = ?", digest([]byte(key)))
	})
}
