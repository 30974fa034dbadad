package bog

// Asked is the sum the order was created with, in minor units. A campaign's
// discount does not lessen it.
func (r *Receipt) Requested() Amount {
	if original, _, ok := r.discounted(); ok {
		return original
	}
	return r.PurchaseUnits.RequestAmount
}

// Due is what the customer has to pay, in minor units: the sum asked for, or
// less when a campaign ([CampaignConfig]) gave a discount.
func (r *Receipt) Due() Amount {
	if _, due, ok := r.discounted(); ok {
		return due
	}
	return r.PurchaseUnits.RequestAmount
}

// Taken is what was taken, whether or not it was given back since, in minor
// units. While a hold lasts (Status.IsHeld) it is the held sum.
func (r *Receipt) Captured() Amount {
	return r.PurchaseUnits.TransferAmount + r.PurchaseUnits.RefundAmount
}

// PaidInFull reports whether the receipt shows the payment of an order over asked
// in currency: it is paid (Status.IsPaid), was created over that sum, and
// everything due was taken. That the order is the shop's own, OrderID and
// ExternalOrderID have to show. It is false for a hold of which only a part
// was approved, and for one that was refunded in full. A shop that runs no
// campaign should compare Taken with its own sum as well.
func (r *Receipt) PaidInFull(asked Amount, currency Currency) bool {
	return r.Status().IsPaid() && r.PurchaseUnits.Currency == currency && r.Requested() == asked && r.Captured() == r.Due()
}

// discounted reads the campaign's discount, if there is one that makes sense.
// That discounted_amount is what remains to be paid is our reading: the bank
// documents the name alone.
func (r *Receipt) discounted() (original, due Amount, ok bool) {
	if r.Discount == nil {
		return 0, 0, false
	}
	original, err1 := r.Discount.OriginalAmount.Amount()
	due, err2 := r.Discount.Discounted.Amount()
	requested := r.PurchaseUnits.RequestAmount
	ok = err1 == nil && err2 == nil && due > 0 && due <= original && (requested == original || requested == due)
	return original, due, ok
}
