package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// Customer is somebody who has an account.
type Customer struct {
	ID           int64
	Email        string // in small letters
	Name         string
	Phone        string
	Lang         Lang
	PasswordHash string // "" if they sign in by a provider only
	VerifiedAt   *time.Time
	MarketingAt  *time.Time // when they asked for news; nil: they did not
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// CustomerByID returns one customer. Errors: NotFound.
func (s *Store) CustomerByID(ctx context.Context, id int64) (*Customer, error) {
	return customerByID(s.Read(ctx), id)
}

func customerByID(db *gorm.DB, id int64) (*Customer, error) {
	var c Customer
	err := db.Where("id = ?", id).Take(&c).Error
	return &c, notFound(err, "customer.not_found")
}
