package models

import (
	"cmp"

	"gorm.io/gorm"
)

// AsOrdered says, in place of an address's id, that a reorder goes where the order
// went although the customer's address book does not have that address (any more).
const AsOrdered int64 = -1

// address is where an order went, and who received it there.
func (o *Order) address() Address {
	return Address{Name: o.Name, Phone: o.Phone, Delivery: o.Delivery, Region: o.Region, City: o.City, Street: o.Street}
}

// samePlace reports whether a and b are the same door. The courier's city is
// written in the language of whoever typed it.
func (a Address) samePlace(b Address) bool {
	return a.Delivery == b.Delivery && a.Region == b.Region && a.Street == b.Street && (a.City == b.City || a.Delivery == Courier)
}

// SamePlace reports whether the order went to that address.
func (a Address) SamePlace(o *Order) bool { return a.samePlace(o.address()) }

// Was is where the order went.
func (r *Reorder) Was() Address { return r.Of.address() }

// chooseAddress decides where the reorder goes and whom it is told to: the customer as the
// account knows them now, at the order's address as long as that is theirs. chosen is
// the address that the customer chose: an entry of their book, AsOrdered, or 0.
func (r *Reorder) chooseAddress(db *gorm.DB, chosen int64) error {
	c, err := customerWhere(db, "id = ?", *r.Of.CustomerID)
	if err != nil {
		return err
	}
	r.Email, r.Note, r.To = c.Email, r.Of.Note, r.Of.address()
	r.To.Name, r.To.Phone = cmp.Or(c.Name, r.Of.Name), cmp.Or(c.Phone, r.Of.Phone)
	if r.Of.Delivery == Pickup {
		return nil
	}
	if err := db.Where("customer_id = ?", c.ID).Order("is_default DESC, id").Find(&r.Book).Error; err != nil {
		return err
	}
	entry := r.entry(chosen)
	switch {
	case entry != nil:
		if !entry.samePlace(r.To) {
			r.Note = "" // it is about another door
		}
		r.To = *entry
		if entry.Name == c.Name { // the customer, not somebody who receives it for them
			r.To.Phone = cmp.Or(c.Phone, entry.Phone)
		}
	case chosen != AsOrdered:
		// An address that was never in a book is asked about once there is a book.
		r.AskWhere = chosen != 0 || len(r.Book) > 0 || r.Of.AddressLeft
	}
	return nil
}

// entry is the entry of the customer's address book that the reorder goes to: the
// chosen one, or without a choice the order's own; nil if there is none.
func (r *Reorder) entry(chosen int64) (found *Address) {
	for i := range r.Book {
		x := &r.Book[i]
		switch {
		case chosen > 0 && x.ID == chosen:
			return x
		case chosen != 0 || !x.samePlace(r.Of.address()):
		case found == nil || x.Name == r.Of.Name && found.Name != r.Of.Name:
			found = x
		}
	}
	return found
}
