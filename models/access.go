package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Read returns the pool that reads.
func (s *Store) Read(ctx context.Context) *gorm.DB { return s.read.WithContext(ctx) }

// Write is inTx for packages beside this one, which have tables of their own.
func (s *Store) Write(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return s.inTx(ctx, func(tx *Tx) error { return fn(tx.DB) })
}

// WriteTx is Write for changes of staff, which stand in the audit list.
func (s *Store) WriteTx(ctx context.Context, fn func(tx *Tx) error) error { return s.inTx(ctx, fn) }

// Now is the moment at which the transaction began.
func (tx *Tx) Now() time.Time { return tx.now }

// Audit writes down, in the transaction of the change itself, what by does to the subject.
func (tx *Tx) Audit(by Actor, action, subject, before, after string) error {
	return audit(tx, by, action, subject, before, after)
}
