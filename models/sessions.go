package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// How long sessions live. A guest's session holds only messages and half-filled forms. A
// customer's opens their orders; but to spend money or to change who can sign in takes the
// password again after ProofLife, so that the session may last as long as people expect of
// a shop.
const (
	SessionLife  = 30 * 24 * time.Hour // of a guest's, after it was last used
	SignedInIdle = 14 * 24 * time.Hour // of a customer's, after it was last used
	SignedInLife = 90 * 24 * time.Hour // of a customer's, in all
	ProofLife    = 30 * time.Minute    // of a password given
)

// sessionTouch is how long after it was last prolonged a session is prolonged by its use, so
// that not every visit writes.
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

// Proved reports whether the customer gave the password recently enough to spend money or to
// change who can sign in.
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
	var x Session
	now := s.Now()
	err = query(s.Read(ctx), []any{&x.Data, &x.CustomerID, &x.Device, &x.StartedAt, &x.SeenAt, &x.ExpiresAt},
		"SELECT data, customer_id, device, started_at, seen_at, expires_at FROM sessions WHERE key_hash = ? AND expires_at > ?",
		digest([]byte(key)), now)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, false, nil
	}
	return &x, now.Sub(x.SeenAt) > sessionTouch, err
}

// guestFirstLife is how long a guest's session lives that is used only once, as by a browser
// that throws its cookies away.
const guestFirstLife = 7 * 24 * time.Hour

// expiredSessions is how many expired sessions each saving of one clears away.
const expiredSessions = 16

// StartSession stores a new session under key. Its customer, device and start never change:
// signing in or out gives another key. Of a guest's session that exists only the data
// changes. It also deletes some expired sessions, so that nothing else has to.
func (s *Store) StartSession(ctx context.Context, key string, session Session) error {
	now := s.Now()
	if session.StartedAt.IsZero() {
		session.StartedAt = now
	}
	expires := session.life(now)
	if session.CustomerID == nil {
		expires = now.Add(guestFirstLife)
	}
	return s.inTx(ctx, func(tx *Tx) error {
		if err := tx.exec(`DELETE FROM sessions WHERE key_hash IN
			(SELECT key_hash FROM sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`, now, expiredSessions); err != nil {
			return err
		}
		return tx.exec(`INSERT INTO sessions (key_hash, data, customer_id, device, started_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (key_hash) DO UPDATE SET data = excluded.data WHERE sessions.customer_id IS NULL AND excluded.customer_id IS NULL`,
			digest([]byte(key)), session.Data, session.CustomerID, session.Device, session.StartedAt, now, expires)
	})
}

// SaveSession stores the data of the session with the given key and prolongs its
// life. A session that was ended meanwhile stays ended: live is false.
func (s *Store) SaveSession(ctx context.Context, key string, session Session) (live bool, err error) {
	now := s.Now()
	err = s.inTx(ctx, func(tx *Tx) error {
		n, err := tx.execRows("UPDATE sessions SET data = ?, seen_at = ?, expires_at = ? WHERE key_hash = ?",
			session.Data, now, session.life(now), digest([]byte(key)))
		live = n > 0
		return err
	})
	return live, err
}

// DeleteSession ends the session with the given key; an unknown key is no error.
func (s *Store) DeleteSession(ctx context.Context, key string) error {
	return s.inTx(ctx, func(tx *Tx) error {
		return tx.exec("DELETE FROM sessions WHERE key_hash = ?", digest([]byte(key)))
	})
}

// SessionInfo is a session as its owner sees it in the list.
type SessionInfo struct {
	ID        string // names it, opens nothing
	Device    string
	StartedAt time.Time
	SeenAt    time.Time // to the hour
	Current   bool
}

// SessionsOf lists the live sessions of a customer, the one with the given key
// first, then by when they were last used.
func (s *Store) SessionsOf(ctx context.Context, customerID int64, key string) (infos []SessionInfo, err error) {
	hash := digest([]byte(key))
	err = queryAll(s.Read(ctx), &infos, `SELECT key_hash AS id, device, started_at, seen_at, key_hash = ? AS current FROM sessions
		WHERE customer_id = ? AND expires_at > ? ORDER BY current DESC, seen_at DESC`, hash, customerID, s.Now())
	return infos, err
}

// EndSession ends one session of a customer. It deletes all keys to their cart except
// keepCart, because it is not known which of them the ended browser holds; the other
// browsers get a new key when they open the cart. Errors: NotFound, also for somebody
// else's.
func (s *Store) EndSession(ctx context.Context, customerID int64, id, keepCart string) error {
	return s.inTx(ctx, func(tx *Tx) error {
		n, err := tx.execRows("DELETE FROM sessions WHERE key_hash = ? AND customer_id = ?", id, customerID)
		if err == nil && n == 0 {
			err = &Error{Kind: NotFound, Code: CodeAccountNoSession}
		}
		if err != nil {
			return err
		}
		return closeCarts(tx, customerID, keepCart)
	})
}

// EndSessions ends all sessions of a customer and takes away the keys to their
// cart, except the session with keepKey and the cart's keepCart; "" keeps none.
func (s *Store) EndSessions(ctx context.Context, customerID int64, keepKey, keepCart string) error {
	return s.inTx(ctx, func(tx *Tx) error { return endSessions(tx, customerID, keepKey, keepCart) })
}

func endSessions(tx *Tx, customerID int64, keepKey, keepCart string) error {
	if err := tx.exec("DELETE FROM sessions WHERE customer_id = ? AND key_hash <> ?", customerID, digest([]byte(keepKey))); err != nil {
		return err
	}
	return closeCarts(tx, customerID, keepCart)
}
