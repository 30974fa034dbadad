package handlers

import (
	"context"
	"strings"

	"dukani/models"
	"dukani/views"
)

// addGoods puts into a letter what it says about the goods of an order.
func (m *Mailer) addGoods(ctx context.Context, o *models.Order, stored *models.Mail, v *views.MailOrder) error {
	l := stored.Lang
	switch stored.Kind {
	case models.MailSent:
		g, err := m.Store.Goods(ctx, o)
		if err != nil {
			return err
		}
		for _, p := range g.Parcels {
			if p.Number == stored.Parcel() {
				parcel := orderParcel(l, o, p, len(g.Parcels))
				v.Parcel = &parcel
			}
		}
	case models.MailReady:
		v.Place = views.T(string(l), "fulfilment.pickup", m.Seller.In(l).Address)
	case models.MailCancelled:
		v.Money = views.T(string(l), "mail.cancelled."+stored.About)
	case models.MailWithdrawal, models.MailReturned:
		r, err := m.Store.ReturnByID(ctx, stored.Return())
		if err != nil {
			return err
		}
		shown := orderReturn(l, o, *r)
		v.Return = &views.MailReturn{
			OrderReturn: shown, At: views.DateTime(string(l), r.AnnouncedAt), Due: views.Date(string(l), r.DueAt),
		}
		if stored.Kind == models.MailReturned {
			v.Return.Lines = nil
			for _, line := range r.Lines {
				if taken := line.Restocked + line.WrittenOff; taken > 0 {
					v.Return.Lines = append(v.Return.Lines, unitsOf(l, o, line.Position, taken))
				}
				if n := line.Rejected(); n > 0 {
					v.Return.Kept = append(v.Return.Kept, unitsOf(l, o, line.Position, n))
				}
			}
			v.Return.Text = strings.TrimSpace(views.ReturnText(string(l), returnMoney(r, returnBooked(r)), price(l, r.RefundTetri), r.DueAt))
		}
	}
	return nil
}

// returnBooked is where a return stood when staff booked it: a mail that is written later says
// the same.
func returnBooked(r *models.Return) models.ReturnState {
	if r.State == models.ReturnClosed {
		return r.State
	}
	return models.ReturnReceived
}
