package models

import (
	"cmp"

	"gorm.io/gorm"
)

// AsOrdered stands in place of an address's id for the address of the order, although the
// customer's address book does not have that, or no longer.
const AsOrdered int64 = -1

// address returns the address and the recipient of an order.
func (o *Order) address() Address {
	return Address{Name: o.Name, Phone: o.Phone, Delivery: o.Delivery, Region: o.Region, City: o.City, Street: o.Street}
}

// samePlace reports whether a and b are the same door. The courier's city does not count: it
// stands in the language of the form.
func (a Address) samePlace(b Address) bool {
	return a.Delivery == b.Delivery && a.Region == b.Region && a.Street == b.Street && (a.City == b.City || a.Delivery == Courier)
}

// SamePlace reports whether the order went to that address.
func (a Address) SamePlace(o *Order) bool { return a.samePlace(o.address()) }

// Was returns the address of the order.
func (r *Reorder) Was() Address { return r.Of.address() }

// chooseAddress sets address and contact of the reorder: the customer as the account has
// them now, at the order's address as long as that is in their address book. chosen is what
// the customer chose: the id of an entry, AsOrdered, or 0 for nothing yet.
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
			r.Note = "" // it is about the other address
		}
		r.To = *entry
		if entry.Name == c.Name { // the customer receives it, not somebody else
			r.To.Phone = cmp.Or(c.Phone, entry.Phone)
		}
	case chosen != AsOrdered:
		// Without an address book nothing is asked, unless the address has left the book.
		r.AskWhere = chosen != 0 || len(r.Book) > 0 || r.Of.AddressLeft
	}
	return nil
}

// entry returns the entry of the customer's address book that the reorder goes to: the
// chosen one, or without a choice the one of the order's address; nil if there is none.
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
