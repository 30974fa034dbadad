package models

import (
	"context"

	"gorm.io/gorm"
)

// Read returns the pool that reads, for packages of queries beside this one.
func (s *Store) Read(ctx context.Context) *gorm.DB { return s.read.WithContext(ctx) }

// Write is inTx for packages beside this one.
func (s *Store) Write(ctx context.Context, fn func(tx *gorm.DB) error) error { return s.inTx(ctx, fn) }
