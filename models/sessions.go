package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// SessionLife is how long a session lives after it was last used.
const SessionLife = 30 * 24 * time.Hour

// sessionTouch is how much of its life a session must have used up before being
// used prolongs it: so that not every visit writes.
const sessionTouch = time.Hour

// Session returns the data of the live session with the given key, nil if there
// is none, and whether its life should be prolonged by saving it again.
func (s *Store) Session(ctx context.Context, key string) (data []byte, old bool, err error) {
	var rows []struct {
		Data      []byte
		ExpiresAt time.Time
	}
	now := s.Now()
	err = s.read.WithContext(ctx).Raw("SELECT data, expires_at FROM sessions WHERE key_hash = ? AND expires_at > ?",
		digest([]byte(key)), now).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, false, err
	}
	return rows[0].Data, rows[0].ExpiresAt.Sub(now) < SessionLife-sessionTouch, nil
}

// expiredSessions is how many expired sessions each saving of one clears away.
const expiredSessions = 16

// SaveSession stores data under key for another SessionLife. It clears away some
// of the sessions that have expired, so that nothing else has to.
func (s *Store) SaveSession(ctx context.Context, key string, data []byte) error {
	now := s.Now()
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if err := exec(tx, `DELETE FROM sessions WHERE key_hash IN
			(SELECT key_hash FROM sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`, now, expiredSessions); err != nil {
			return err
		}
		return exec(tx, `INSERT INTO sessions (key_hash, data, expires_at) VALUES (?, ?, ?)
			ON CONFLICT (key_hash) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`,
			digest([]byte(key)), data, now.Add(SessionLife))
	})
}

// DeleteSession ends the session with the given key; an unknown key is no error.
func (s *Store) DeleteSession(ctx context.Context, key string) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		return exec(tx, "DELETE FROM sessions WHERE key_hash = ?", digest([]byte(key)))
	})
}
