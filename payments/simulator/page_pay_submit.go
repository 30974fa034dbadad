package simulator

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// submitPayment handles POST /?order_id=: the payer pays or cancels. A second press of the
// button changes nothing and leads to the same next page.
func (b *Bank) submitPayment(w http.ResponseWriter, r *http.Request) {
	id := strings.ToLower(r.URL.Query().Get("order_id"))
	if !readForm(w, r) {
		return
	}
	o := b.currentOrder(id)
	if o == nil || o.onShopsPage() {
		b.showNotFound(w)
		return
	}
	method := cmp.Or(r.PostForm.Get("method"), "card")
	form := payForm{Number: r.PostForm.Get("number"), Expiry: r.PostForm.Get("expiry"), CVV: r.PostForm.Get("cvv"),
		Plan: b.readPlanForm(r.PostForm, o), Choice: r.PostForm.Get("choice"), Month: r.PostForm.Get("month")}
	cancelled := r.PostForm.Get("action") == "cancel"

	var paying card
	var asks bool
	if !cancelled && o.ParentID == "" && o.payable() {
		paying, asks = b.checkPayForm(&form, o, method)
	}
	if len(form.Errors) > 0 {
		form.CVV = ""
		b.renderPayment(w, http.StatusUnprocessableEntity, o, method, form)
		return
	}
	if o.payable() {
		b.setFault(form.Plan, o.ID)
	}
	flights, err := b.inTx(func(t *tx) {
		if o = t.order(id); !o.payable() {
			return
		}
		o.Plan = form.Plan.applyTo(o.Plan)
		switch {
		case cancelled:
			t.cancelPayment(o)
		case o.ParentID != "":
			t.payBySavedCard(o, true)
		case slices.Contains(o.offered(b.settings.activeMethods()), method):
			o.chooseTerm(method, form.Month)
			t.pay(o, method, paying, asks, true)
		}
	})
	if err != nil {
		http.Error(w, "The simulated bank could not save this.", http.StatusInternalServerError)
		return
	}
	b.redirectToNextStep(w, r, o, flights)
}

// checkPayForm returns the card that decides, and whether the payer answers 3-D Secure first.
// It adds the errors of the form.
func (b *Bank) checkPayForm(form *payForm, o *order, method string) (paying card, asks bool) {
	if method == "card" {
		paying, asks = b.checkCard(form, o.Lang), true
	} else {
		paying, asks = b.checkChoice(form, o, method)
	}
	o.checkCampaign(form, method, paying)
	return paying, asks
}

// redirectToNextStep sends the browser where the payer can go on: 3-D Secure, the payment
// page, the page that waits for the result, or the shop.
func (b *Bank) redirectToNextStep(w http.ResponseWriter, r *http.Request, o *order, flights []*flight) {
	switch {
	case o.Challenge != nil:
		redirect(w, o.challengePage())
	case o.payable():
		redirect(w, "/?order_id="+o.ID)
	case o.Status == statusProcessing && !b.currentSettings().LeaveEarly:
		redirect(w, "/?order_id="+o.ID+"&wait=1")
	default:
		b.returnToShop(w, r, o, flights)
	}
}

// checkCard returns the card in the form, and adds errors to the form. It has no Luhn check,
// which the bank's own test cards would not pass.
func (b *Bank) checkCard(form *payForm, lang string) card {
	form.Errors = map[string]string{}
	fail := func(field, key string) { form.Errors[field] = texts[key].in(lang) }
	number := cardDigits(form.Number)
	typed, _, known := testCard(number)
	switch {
	case !onlyDigits(number):
		fail("number", "err.number")
	case !known:
		fail("number", "err.nottest")
	}
	month, year, ok := parseExpiry(form.Expiry)
	now := b.now().In(tbilisi)
	switch {
	case !ok:
		fail("expiry", "err.expiry")
	case year < now.Year() || year == now.Year() && month < int(now.Month()):
		fail("expiry", "err.expired")
	}
	typed.Expiry = fmt.Sprintf("%02d/%02d", month, year%100)
	want := 3
	if typed.Brand == "amex" {
		want = 4
	}
	if cvv := cardDigits(form.CVV); !onlyDigits(cvv) || len(cvv) != want {
		form.Errors["cvv"] = fmt.Sprintf(texts["err.cvv"].in(lang), want)
	}
	return typed
}
