package handlers

import (
	"dukani/models"
	"dukani/views"
)

// Parts of an order as pages and mails show them.

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

func orderTotals(lang models.Lang, items, delivery models.Tetri) views.Totals {
	total := items + delivery
	return views.Totals{
		Items: price(lang, items), Delivery: views.DeliveryCost(string(lang), int64(delivery)),
		Total: price(lang, total), VAT: price(lang, total.VATInside()), TotalTetri: int64(total),
	}
}

func price(lang models.Lang, t models.Tetri) string { return views.Price(string(lang), int64(t)) }

func estimate(lang models.Lang, d models.Delivery) string {
	option, _ := d.Option()
	return views.DeliveryEstimate(string(lang), option.MinDays, option.MaxDays)
}

func orderAddress(lang models.Lang, o *models.Order) string {
	return views.Address(string(lang), o.Region, o.City, o.Street)
}

// declineWords says in the shopper's language why an attempt came to nothing, and
// what may help. The bank gives no code when the shopper gave up on its page.
func declineWords(lang models.Lang, p *models.Payment) (reason, advice string) {
	code := p.BankCode
	if code == "" && p.RejectReason == "unknown" && p.Kind != models.Automatic {
		code = "cancelled"
	}
	return views.DeclineText(string(lang), code)
}
