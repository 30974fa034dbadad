package handlers

import (
	"dukani/models"
	"dukani/views"
)

// addMoney puts into the page of an order what is on hold, what was missing and therefore not
// charged, and how its refunds stand.
func (a *app) addMoney(c visit, o *models.Order, v *views.Order) error {
	money, err := a.Store.OrderMoney(c.UserContext(), o)
	if err != nil {
		return err
	}
	m := &v.Money
	if o.Status == models.OnHold && money.Authorized > 0 {
		m.Held, m.HeldTetri = price(c.lang, money.Authorized), int64(money.Authorized)
	}
	m.Missing = unitNames(c.lang, o, o.MissingUnits())
	for _, r := range money.Refunds {
		if r.Stopped() {
			continue // the timeline says so
		}
		status := string(models.ActionRequested) // also while it waits for its turn
		if !r.State.Pending() {
			status = string(r.State)
		}
		words := status
		if r.ByHand && r.State.Pending() {
			words = "by_hand"
		}
		m.Refunds = append(m.Refunds, views.OrderRefund{
			Status: status, Text: views.RefundText(string(c.lang), words), Amount: price(c.lang, r.AmountTetri), Tetri: int64(r.AmountTetri),
			Units: unitNames(c.lang, o, r.Lines),
		})
	}
	return nil
}
