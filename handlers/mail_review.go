package handlers

import (
	"context"
	"fmt"

	"dukani/models"
	"dukani/views"
)

// reviewLetter is what a mail to staff about the review queue says. It names orders by their
// number and nobody by name: mails are read on many screens.
func (m *Mailer) reviewLetter(ctx context.Context, stored *models.Mail) (views.Letter, error) {
	items, inAll, err := m.Store.ReviewItemsOf(ctx, stored)
	if err != nil {
		return nil, err
	}
	l := string(stored.Lang)
	v := views.MailReview{
		Lang: l, Count: inAll, More: inAll - len(items), URL: m.BaseURL + "/admin/review", ShopURL: m.BaseURL + "/" + l, Seller: m.Seller.In(stored.Lang),
	}
	for _, r := range items {
		words := views.WordsOfReview(l, string(r.Kind))
		item := views.MailReviewItem{Title: words.Title, Happened: words.Happened, Order: r.OrderNumber, URL: fmt.Sprintf("%s/%d", v.URL, r.ID)}
		if r.AmountTetri > 0 {
			item.Amount = price(stored.Lang, r.AmountTetri)
		}
		v.Items = append(v.Items, item)
	}
	return v, nil
}
