package handlers

import (
	"fmt"
	"time"

	"dukani/models"
	"dukani/views"
)

// The parts of an order as pages and mails show them.

func orderLines(lang models.Lang, lines []models.OrderLine) []views.OrderLine {
	list := make([]views.OrderLine, 0, len(lines))
	for _, l := range lines {
		list = append(list, views.OrderLine{
			Slug: l.Slug, Name: l.Name(lang), Measure: l.Measure(lang), Picture: l.Picture, Tint: l.Tint,
			Quantity: l.Quantity, Price: price(lang, l.UnitTetri), Total: price(lang, l.Total()),
		})
	}
	return list
}

// unitNames names units of an order's lines, such as "Honey × 2".
func unitNames(lang models.Lang, o *models.Order, units []models.LineUnits) (list []string) {
	for _, l := range o.Lines {
		for _, u := range units {
			if u.Position == l.Position {
				list = append(list, fmt.Sprintf("%s × %d", l.Name(lang), u.Units))
			}
		}
	}
	return list
}

func orderTotals(lang models.Lang, items, delivery models.Tetri) views.Totals {
	total := items + delivery
	return views.Totals{
		Items: price(lang, items), Delivery: views.DeliveryCost(string(lang), int64(delivery)),
		Total: price(lang, total), VAT: price(lang, total.VATInside()), TotalTetri: int64(total),
	}
}

func price(lang models.Lang, t models.Tetri) string { return views.Price(string(lang), int64(t)) }

// deliveryDays says when an order that is paid at the given time is handed over.
func deliveryDays(lang models.Lang, d models.Delivery, paid time.Time) string {
	option, _ := d.Option()
	first, last := option.Arrives(paid)
	return views.DeliveryDays(string(lang), d == models.Pickup, first, last)
}

// promised says when an order is handed over, counted from its payment or, while that
// is under way, from its placing; "" for an order that will not be handed over.
func promised(lang models.Lang, o *models.Order) string {
	paid := o.CreatedAt
	for _, e := range o.Events {
		if e.Status == models.Paid { // the first of them: later ones tell what was done with the goods
			paid = e.At
			break
		}
	}
	if o.Dispatched() || o.Fulfilment == models.FulfilmentReady {
		return ""
	}
	switch o.Status {
	case models.AwaitingPayment, models.Confirming, models.OnHold, models.Paid, models.PartlyRefunded:
		return deliveryDays(lang, o.Delivery, paid)
	}
	return ""
}

func orderAddress(lang models.Lang, o *models.Order) string {
	return views.Address(string(lang), o.Region, o.City, o.Street)
}

// declineWords says in the shopper's language why an attempt failed, and what may help.
// The bank gives no code when the shopper has cancelled on its page.
func declineWords(lang models.Lang, p *models.Payment) (reason, advice string) {
	code := p.BankCode
	if code == "" && p.RejectReason == "unknown" && p.Kind != models.Automatic {
		code = "cancelled"
	}
	if p.Credit() {
		return views.LoanDeclineText(string(lang), code)
	}
	return views.DeclineText(string(lang), code)
}
