package models

import (
	"context"

	"gorm.io/gorm"
)

// Read returns the pool that reads.
func (s *Store) Read(ctx context.Context) *gorm.DB { return s.read.WithContext(ctx) }

// Write is inTx for packages beside this one, which have tables of their own.
func (s *Store) Write(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return s.inTx(ctx, func(tx *Tx) error { return fn(tx.DB) })
}
