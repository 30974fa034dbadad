package models

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
)

// Shared is a setting that all instances on one database must have alike.
type Shared struct {
	Name  string // as people set it
	Value string
}

// Each instance holds a lock that others may hold, too, for each setting: its name is the lock's
// first number and a hash of its value the second, which tells nothing of a secret. A lock with the same
// first number and another second one is an instance that was set otherwise. Like the lock of the
// job queue it ends with its instance, so that no row of a dead one stands in the way.

func (x Shared) numbers() (name, value int32) {
	number := func(text string) int32 {
		sum := sha256.Sum256([]byte(text))
		return int32(binary.BigEndian.Uint32(sum[:4]))
	}
	return number("shared " + x.Name), number("shared " + x.Name + "\x00" + x.Value)
}

// hold takes the locks of settings for as long as conn is open.
func hold(ctx context.Context, conn *sql.Conn, all []Shared) error {
	for _, x := range all {
		name, value := x.numbers()
		if _, err := conn.ExecContext(ctx, fmt.Sprintf("SELECT pg_advisory_lock_shared(%d, %d)", name, value)); err != nil {
			return err
		}
	}
	return nil
}

// agree returns an error if another instance has another value of a setting. Two that start at
// once have taken their locks before they look, so that at least one of them sees the other.
func agree(ctx context.Context, conn *sql.Conn, all []Shared) error {
	for _, x := range all {
		name, value := x.numbers()
		var differs bool
		err := conn.QueryRowContext(ctx, fmt.Sprintf(`SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
			AND classid::bigint = %d AND objid::bigint <> %d)`, uint32(name), uint32(value))).Scan(&differs)
		if err != nil {
			return err
		}
		if differs {
			return fmt.Errorf("another instance works on this database with another %s: all need the same", x.Name)
		}
	}
	return nil
}

// OneAtATime runs fn while no other instance runs something of the same name. It is for what
// is done at the start of a program, in several transactions.
func (s *Store) OneAtATime(ctx context.Context, name string, fn func() error) (err error) {
	if !s.Postgres() {
		return fn() // there are no others
	}
	conn, err := s.writeDB.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	const lock = "hashtextextended('one at a time ' || $1, 0)"
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock("+lock+")", name); err != nil {
		return err
	}
	defer func() {
		_, unlock := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock("+lock+")", name)
		err = errors.Join(err, unlock)
	}()
	return fn()
}
