package handlers

import (
	"html/template"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/models/catalog"
	"dukani/views"
)

// cardKey names a rendered product card: a product's revision changes with
// everything that its card shows.
type cardKey struct {
	id, revision int64
	lang         models.Lang
	eager        bool
}

// eagerCards is how many cards of a list are in its first row on a wide screen.
const eagerCards = 4

// cardList renders product cards; those that have not changed are taken from
// before.
func (a *app) cardList(lang models.Lang, products []catalog.ProductCard, eager int) ([]template.HTML, error) {
	list := make([]template.HTML, 0, len(products))
	for i, p := range products {
		key := cardKey{p.ID, p.Revision, lang, i < eager}
		card, err := a.cards.Get(key, func() (template.HTML, int, error) {
			card, err := a.Views.Fragment("partials/card", cardView(lang, p, key.eager))
			return card, len(card), err
		})
		if err != nil {
			return nil, err
		}
		list = append(list, card)
	}
	return list, nil
}

func cardView(lang models.Lang, p catalog.ProductCard, eager bool) views.Card {
	l := string(lang)
	card := views.Card{
		Lang: l, Slug: p.Slug, Name: p.Name, Producer: p.Producer, Measure: p.Measure,
		Price: views.Price(l, int64(p.Price)), Percent: views.Percent(l, int64(p.Price), int64(p.OldPrice)),
		Picture: p.Picture, Alt: p.Alt, Tint: p.Tint, Stock: stockView(lang, p), Eager: eager,
	}
	if p.OldPrice > 0 {
		card.OldPrice = views.Price(l, int64(p.OldPrice))
	}
	return card
}

func stockView(lang models.Lang, p catalog.ProductCard) views.Stock {
	state := p.Stock()
	return views.StockOf(string(lang), string(state.Status), state.Left)
}

// deliveryRows lists the ways of delivery and what each costs for goods worth
// items.
func (a *app) deliveryRows(lang models.Lang, items models.Tetri) []views.DeliveryRow {
	l := string(lang)
	var rows []views.DeliveryRow
	for _, o := range models.DeliveryOptions() {
		rows = append(rows, views.DeliveryRow{
			Name:     views.DeliveryName(l, string(o.Delivery)),
			Price:    views.DeliveryCost(l, int64(o.Cost(items))),
			Estimate: views.DeliveryEstimate(l, o.MinDays, o.MaxDays),
			Days:     deliveryDays(lang, o.Delivery, a.Store.Now()),
		})
	}
	return rows
}

func freeFrom(lang models.Lang) string {
	return views.Price(string(lang), int64(models.FreeDeliveryFrom))
}

// beyond is a page number that no list has.
const beyond = 101

// pageNumber reads a page number from the address. What is not a number means
// the first page; a number that no list has is one beyond the last.
func pageNumber(s string) int {
	n, err := strconv.Atoi(s)
	switch {
	case err != nil && strings.Trim(s, "0123456789") == "" && s != "":
		return beyond // too long to be a number
	case err != nil || n < 1:
		return 1
	}
	return min(n, beyond)
}

// query is the part of an address after the question mark, in an order of our
// own and without what says nothing.
type query []string

func (q *query) add(name, value string) {
	if value != "" {
		*q = append(*q, name+"="+url.QueryEscape(value))
	}
}

func (q *query) addPage(n int) {
	if n > 1 {
		q.add("page", strconv.Itoa(n))
	}
}

func (q query) String() string { return strings.Join(q, "&") }

// address is path with the query, if there is one.
func (q query) address(path string) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.String()
}

// lari writes an amount as short as it can be typed: "12" or "12.50".
func lari(t models.Tetri) string {
	if t == 0 {
		return ""
	}
	return strings.TrimSuffix(t.String(), ".00")
}

// missing is the status of a list's page: 404 when its number is beyond the last.
func missing(outOfRange bool) int {
	if outOfRange {
		return fiber.StatusNotFound
	}
	return fiber.StatusOK
}
