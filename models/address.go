package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// MaxAddresses is how many addresses a customer can keep.
const MaxAddresses = 20

// Address is an entry of a customer's address book.
type Address struct {
	ID         int64
	CustomerID int64
	Name       string // the recipient's
	Phone      string
	Delivery   Delivery // never Pickup
	Region     string
	City       string
	Street     string
	IsDefault  bool
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Validate tidies a by the rules of the checkout and returns what is wrong with
// it: form field to translation key. lang is the language that it was typed in.
func (a *Address) Validate(lang Lang) map[string]string {
	rules := Checkout{Lang: lang, Name: a.Name, Phone: a.Phone, Delivery: a.Delivery, Region: a.Region, City: a.City, Street: a.Street}
	wrong := rules.wrongIn("name", "phone", "delivery", "region", "city", "street")
	if a.Delivery == Pickup {
		wrong["delivery"] = "checkout.error.delivery"
	}
	a.Name, a.Phone, a.Region, a.City, a.Street = rules.Name, rules.Phone, rules.Region, rules.City, rules.Street
	return wrong
}

// Addresses lists a customer's addresses, the default first, then as they were
// added.
func (s *Store) Addresses(ctx context.Context, customerID int64) (list []Address, err error) {
	err = s.Read(ctx).Where("customer_id = ?", customerID).Order("is_default DESC, id").Find(&list).Error
	return list, err
}

// AddressByID returns an address of the customer. Errors: NotFound, also for
// somebody else's.
func (s *Store) AddressByID(ctx context.Context, customerID, id int64) (*Address, error) {
	return addressWhere(s.Read(ctx), "id = ? AND customer_id = ?", id, customerID)
}

func addressWhere(db *gorm.DB, where string, args ...any) (*Address, error) {
	var a Address
	err := db.Where(where, args...).Take(&a).Error
	return &a, notFound(err, CodeAddressNotFound)
}

// SaveAddress stores an address of a.CustomerID: a new one if its ID is 0. The
// first one is the default. Errors: Invalid with Fields, NotFound, Conflict
// "address.too_many".
func (s *Store) SaveAddress(ctx context.Context, lang Lang, a *Address) error {
	if wrong := a.Validate(lang); len(wrong) > 0 {
		return &Error{Kind: Invalid, Code: CodeFormInvalid, Fields: wrong}
	}
	return s.changeBook(ctx, a.CustomerID, func(tx *Tx) error {
		if a.ID == 0 {
			return addAddress(tx, *a)
		}
		if _, err := leaveAddress(tx, a.CustomerID, a.ID, a); err != nil {
			return err
		}
		a.UpdatedAt = tx.now
		return tx.save(a, "Name", "Phone", "Delivery", "Region", "City", "Street", "UpdatedAt")
	})
}

// changeBook changes a customer's address book in one transaction.
func (s *Store) changeBook(ctx context.Context, customerID int64, change func(tx *Tx) error) error {
	return s.inTx(ctx, func(tx *Tx) error {
		if _, err := tx.lockCustomer("id = ?", customerID); err != nil {
			return err
		}
		return change(tx)
	})
}

// leaveAddress notes on the customer's orders that their address leaves the address book,
// because its entry is deleted (becomes is nil) or changed to another place; a reorder then
// asks where to deliver. It returns the entry as it was.
func leaveAddress(tx *Tx, customerID, id int64, becomes *Address) (was *Address, err error) {
	if was, err = addressWhere(tx.DB, "id = ? AND customer_id = ?", id, customerID); err != nil {
		return nil, err
	}
	if becomes != nil && becomes.samePlace(*was) {
		return was, nil
	}
	return was, tx.exec(`UPDATE orders SET address_left = 1 WHERE customer_id = ? AND delivery = ? AND region = ? AND street = ?
		AND (city = ? OR delivery = ?)`, customerID, was.Delivery, was.Region, was.Street, was.City, Courier)
}

func addAddress(tx *Tx, a Address) error {
	var had int
	if err := query(tx.DB, []any{&had}, "SELECT count(*) FROM addresses WHERE customer_id = ?", a.CustomerID); err != nil {
		return err
	}
	if had >= MaxAddresses {
		return &Error{Kind: Conflict, Code: CodeAddressTooMany}
	}
	a.IsDefault, a.CreatedAt, a.UpdatedAt = had == 0, tx.now, tx.now
	return tx.Create(&a).Error
}

// RememberAddress adds the address of an order to the customer's address book, unless
// it is in there already or the book is full.
func (s *Store) RememberAddress(ctx context.Context, customerID int64, o *Order) error {
	if o.Delivery == Pickup {
		return nil
	}
	return s.changeBook(ctx, customerID, func(tx *Tx) error {
		var had int
		if err := query(tx.DB, []any{&had}, `SELECT count(*) FROM addresses WHERE customer_id = ? AND name = ? AND phone = ? AND delivery = ?
			AND region = ? AND city = ? AND street = ?`, customerID, o.Name, o.Phone, o.Delivery, o.Region, o.City, o.Street); err != nil || had > 0 {
			return err
		}
		err := addAddress(tx, Address{
			CustomerID: customerID, Name: o.Name, Phone: o.Phone, Delivery: o.Delivery, Region: o.Region, City: o.City, Street: o.Street,
		})
		if IsKind(err, Conflict) {
			return nil
		}
		return err
	})
}

// RemoveAddress deletes an address of the customer. The oldest one left becomes the
// default if it was that. Errors: NotFound.
func (s *Store) RemoveAddress(ctx context.Context, customerID, id int64) error {
	return s.changeBook(ctx, customerID, func(tx *Tx) error {
		was, err := leaveAddress(tx, customerID, id, nil)
		if err != nil {
			return err
		}
		if err := tx.Delete(was).Error; err != nil {
			return err
		}
		return tx.exec(`UPDATE addresses SET is_default = 1 WHERE id = (SELECT min(id) FROM addresses WHERE customer_id = ?)
			AND NOT EXISTS (SELECT 1 FROM addresses WHERE customer_id = ? AND is_default = 1)`, customerID, customerID)
	})
}

// SetDefaultAddress makes an address of the customer the one that the checkout
// begins with. Errors: NotFound.
func (s *Store) SetDefaultAddress(ctx context.Context, customerID, id int64) error {
	return s.changeBook(ctx, customerID, func(tx *Tx) error {
		a, err := addressWhere(tx.DB, "id = ? AND customer_id = ?", id, customerID)
		if err != nil {
			return err
		}
		if err := tx.exec("UPDATE addresses SET is_default = 0 WHERE customer_id = ? AND is_default = 1 AND id <> ?", customerID, id); err != nil {
			return err
		}
		a.IsDefault = true
		return tx.save(a, "IsDefault")
	})
}
