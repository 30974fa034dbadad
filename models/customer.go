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
	return customerWhere(s.Read(ctx), "id = ?", id)
}

func customerWhere(db *gorm.DB, where string, arg any) (*Customer, error) {
	var c Customer
	err := db.Where(where, arg).Take(&c).Error
	return &c, notFound(err, CodeCustomerNotFound)
}
