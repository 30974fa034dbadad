package simulator

import (
	"net/http"
	"strings"
)

type challengeView struct {
	Page
	Brand, Amount, Card, CardBrand, Date, Challenge string
}

// showChallenge handles GET /3ds: the card's issuer asks the payer to confirm.
func (b *Bank) showChallenge(w http.ResponseWriter, r *http.Request) {
	o := b.currentOrder(strings.ToLower(r.URL.Query().Get("order_id")))
	switch {
	case o == nil:
		b.showNotFound(w)
		return
	case o.Challenge == nil || o.Challenge.ID != r.URL.Query().Get("challenge"):
		redirect(w, "/?order_id="+o.ID) // it was answered or has expired; that page shows the result
		return
	}
	p := b.page(o, "tds.title")
	b.render(w, http.StatusOK, "challenge.html", challengeView{
		Page: p, Brand: b.merchant().brand(o.Lang), Amount: p.Money(o.amountDue(), o.Currency), Card: o.Card.Masked, CardBrand: brandNames[o.Card.Brand],
		Date: b.now().In(tbilisi).Format("02.01.2006 15:04"), Challenge: o.Challenge.ID,
	}, o)
}

// answerChallenge handles POST /3ds: the payer confirms or rejects. A second answer changes
// nothing and leads to the same next page.
func (b *Bank) answerChallenge(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	query := r.URL.Query()
	var o *order
	flights, err := b.inTx(func(t *tx) {
		o = t.order(strings.ToLower(query.Get("order_id")))
		if o == nil || o.Challenge == nil || o.Challenge.ID != query.Get("challenge") {
			return
		}
		if r.PostForm.Get("action") == "confirm" {
			t.afterChallenge(o)
		} else {
			t.endPayment(o, "108")
		}
	})
	switch {
	case err != nil:
		http.Error(w, "The simulated bank could not save this.", http.StatusInternalServerError)
	case o == nil:
		b.showNotFound(w)
	default:
		b.redirectToNextStep(w, r, o, flights)
	}
}
