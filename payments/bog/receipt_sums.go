package bog

// Requested returns the amount that the order was created with, in minor units, before a
// discount of a campaign.
func (r *Receipt) Requested() Amount {
	if original, _, ok := r.discounted(); ok {
		return original
	}
	return r.PurchaseUnits.RequestAmount
}

// Due returns what the customer has to pay, in minor units: the requested amount less the
// discount of a campaign ([CampaignConfig]).
func (r *Receipt) Due() Amount {
	if _, due, ok := r.discounted(); ok {
		return due
	}
	return r.PurchaseUnits.RequestAmount
}

// Captured returns what was captured, in minor units; refunds are not subtracted. While a
// hold lasts ([Status.IsHeld]) it is the authorized amount.
func (r *Receipt) Captured() Amount {
	return r.PurchaseUnits.TransferAmount + r.PurchaseUnits.RefundAmount
}

// PaidInFull reports whether the receipt shows the full payment of an order that was created
// with the amount requested, in minor units, and currency: it is paid ([Status.IsPaid]) and
// everything that is due was captured. It is false for a hold of which only a part was
// approved, and for an order that was refunded in full.
//
// Compare OrderID and ExternalOrderID with the shop's own as well. A shop without campaigns
// should also compare Captured with its own amount.
func (r *Receipt) PaidInFull(requested Amount, currency Currency) bool {
	return r.Status().IsPaid() && r.PurchaseUnits.Currency == currency && r.Requested() == requested && r.Captured() == r.Due()
}

// discounted returns the amounts of a campaign's discount, and false if there is none or its
// amounts make no sense. That discounted_amount is what remains to be paid is our reading,
// since the bank documents only its name.
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
