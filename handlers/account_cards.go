package handlers

import (
	"errors"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/payments"
	"dukani/views"
)

// showCards handles GET /{lang}/account/cards.
func (a *app) showCards(c visit) error {
	form := a.newForm(c, "card", "label")
	a.fillRefused(c.Ctx, &form)
	return a.cardsPage(c, form)
}

// cardsPage shows the customer's cards; at the one whose new name was refused, that name
// and what is wrong with it.
func (a *app) cardsPage(c visit, form views.Form) error {
	cards, err := a.Store.SavedCards(c.UserContext(), c.who.ID)
	if err != nil {
		return err
	}
	v := views.Cards{Account: a.accountPage(c, "cards", "cards.title")}
	for i := range cards {
		card := a.cardView(c.lang, &cards[i])
		if card.ID == form.Value("card") {
			card.Typed, card.Error = form.Value("label"), form.Error("label")
		}
		v.Cards = append(v.Cards, card)
	}
	return c.Render("pages/cards", v)
}

func (a *app) cardView(lang models.Lang, card *models.SavedCard) views.SavedCard {
	l, now := string(lang), a.Store.Now()
	v := views.SavedCard{
		ID: strconv.FormatInt(card.ID, 10), Number: views.CardName(card.Brand, card.Mask), Label: card.Label, Typed: card.Label,
		Expiry: card.Expiry, Kind: string(card.Kind), State: string(card.State), Default: card.IsDefault, Usable: card.Usable(now),
		CanDefault: !card.IsDefault && card.Kind == models.Recurrent && card.Usable(now),
	}
	v.Name = card.Label
	if v.Name == "" {
		v.Name = v.Number
	}
	v.Use = views.T(l, "cards.use."+v.Kind)
	if card.FixedTetri != nil {
		v.Use = views.T(l, "cards.use."+v.Kind, card.OrderNumber(), price(lang, *card.FixedTetri))
	}
	if v.Loses = views.T(l, "cards.loses.recurrent"); card.Kind == models.Subscription {
		v.Loses = views.T(l, "cards.loses.subscription", card.OrderNumber())
	}
	if card.State == models.CardLive {
		switch {
		case card.Expired(now):
			v.State = "expired"
		case card.ExpiresSoon(now):
			v.State = "soon"
		}
	}
	if key := "cards.note." + v.State; views.Has(key) {
		v.Note = views.T(l, key)
	}
	return v
}

// cardParam is the id of the card in the request's address.
func cardParam(c *fiber.Ctx) (int64, error) {
	id, err := strconv.ParseInt(c.Params("card"), 10, 64)
	if err != nil {
		return 0, errNoCard
	}
	return id, nil
}

// cardChanged goes back to the list with a message.
func (a *app) cardChanged(c visit, message string) error {
	a.flash(c.Ctx, message)
	return c.goTo(c.path("/account/cards"))
}

// renameCard handles POST /{lang}/account/cards/{card}.
func (a *app) renameCard(c visit) error {
	id, err := cardParam(c.Ctx)
	if err != nil {
		return err
	}
	form, err := a.readForm(c, "label")
	if err != nil {
		return err
	}
	err = a.Store.RenameCard(c.UserContext(), c.who.ID, id, form.Values["label"])
	if err == nil {
		return a.cardChanged(c, "cards.renamed")
	}
	form.Names, form.Values["card"] = append(form.Names, "card"), strconv.FormatInt(id, 10)
	return a.backToForm(c, "/account/cards", form, err, a.cardsPage)
}

// makeCardDefault handles POST /{lang}/account/cards/{card}/default.
func (a *app) makeCardDefault(c visit) error {
	id, err := cardParam(c.Ctx)
	if err != nil {
		return err
	}
	if err := a.Store.MakeCardDefault(c.UserContext(), c.who.ID, id); err != nil {
		return err
	}
	return a.cardChanged(c, "cards.defaulted")
}

// removeCard handles POST /{lang}/account/cards/{card}/remove: the bank first, then
// here.
func (a *app) removeCard(c visit) error {
	id, err := cardParam(c.Ctx)
	if err != nil {
		return err
	}
	err = a.Desk.RemoveCard(c.UserContext(), c.who.ID, id)
	if errors.Is(err, payments.ErrBankSilent) {
		return a.cardChanged(c, "cards.removing")
	}
	if err != nil {
		return err
	}
	return a.cardChanged(c, "cards.removed")
}

// cardsForBankPage are the customer's cards that can pay on the bank's page: none while the shop does
// not offer to pay by card. A guest has none.
func (a *app) cardsForBankPage(c visit) ([]models.SavedCard, error) {
	if c.who == nil {
		return nil, nil
	}
	if offered, err := a.offered(c); err != nil || !slices.Contains(offered, models.ByCard) {
		return nil, err
	}
	all, err := a.Store.SavedCards(c.UserContext(), c.who.ID)
	return slices.DeleteFunc(all, func(card models.SavedCard) bool {
		return card.Kind != models.Recurrent || !card.Usable(a.Store.Now())
	}), err
}

// offered are the ways to pay that the shop offers now: none without a payment desk.
func (a *app) offered(c visit) ([]models.Method, error) {
	if a.Desk == nil {
		return nil, nil
	}
	return a.Desk.Methods(c.UserContext())
}

// distinctName is the name of one of the cards that are offered beside each other. Number
// and expiry tell cards of the same name apart.
func distinctName(cards []models.SavedCard, i int) string {
	card := &cards[i]
	name := cardName(card)
	for j := range cards {
		if j == i || cardName(&cards[j]) != name {
			continue
		}
		if card.Label != "" {
			name += ", " + views.CardName(card.Brand, card.Mask)
		}
		return name + ", " + card.Expiry
	}
	return name
}
