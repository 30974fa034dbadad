package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// Customers are asked for their consent, and guests are not; no box is ticked beforehand.
func TestConsentAtTheCheckout(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	guest := w.visitor()
	guest.add(sweet, "1")
	if doc := guest.open("/ka/checkout"); named(doc, "save-card").Length()+named(doc, "one-click-consent").Length() != 0 {
		t.Error("a guest is offered to save a card")
	}
	v := w.member("nino@example.ge")
	v.add(sweet, "1")
	doc := v.open("/ka/checkout")
	for _, id := range []string{"save-card", "one-click-consent"} {
		if _, ticked := named(doc, id).Attr("checked"); ticked || named(doc, id).Length() != 1 {
			t.Errorf("%s: %d boxes, ticked %v", id, named(doc, id).Length(), ticked)
		}
	}
	// One click without a remembered card: the error stands next to the box, and nothing is lost.
	r := v.shown(v.post("/ka/checkout", v.checkoutForm(url.Values{"one_click": {"1"}, "note": {"ზარი არ მუშაობს"}})))
	doc = r.document()
	_, ticked := named(doc, "one-click-consent").Attr("checked")
	if r.StatusCode != http.StatusUnprocessableEntity || doc.Find("[data-field=one_click]").Length() != 1 || !ticked ||
		doc.Find("[name=note]").Text() != "ზარი არ მუშაობს" {
		t.Errorf("%d, ticked %v\n%s", r.StatusCode, ticked, doc.Find("[data-field=one_click]").Text())
	}
	// Another mistake keeps both ticks.
	form := v.checkoutForm(oneClick)
	form.Set("phone", "12")
	doc = v.shown(v.post("/ka/checkout", form)).document()
	for _, id := range []string{"save-card", "one-click-consent"} {
		if _, ticked := named(doc, id).Attr("checked"); !ticked {
			t.Errorf("%s is not ticked any more", id)
		}
	}
}

func TestARememberedCardAtTheCheckout(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.member("nino@example.ge")
	w.buys(v, sweet, url.Values{"save_card": {"1"}})
	v.add("imeruli", "1")
	doc := v.open("/ka/checkout")
	card := named(doc, "use-card").AttrOr("value", "")
	if _, chosen := named(doc, "use-card").Attr("checked"); card == "" || !chosen {
		t.Fatal("no remembered card is offered, or the default is not where the page begins")
	}
	r := v.post("/ka/checkout", v.checkoutForm(url.Values{"card": {card}}))
	if !strings.HasPrefix(r.Header.Get("Location"), w.bankURL) {
		t.Fatalf("%d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	answer, err := http.Get(r.Header.Get("Location"))
	must(t, err)
	defer answer.Body.Close()
	page, err := goquery.NewDocumentFromReader(answer.Body)
	must(t, err)
	if named(page, "pay-card-number").Length() != 0 || named(page, "pay-submit").Length() != 1 {
		t.Error("the bank's page asks for the card")
	}

	// The card expires while the form is filled in: the shopper is asked again, and nothing is lost.
	w.exec("UPDATE saved_cards SET expiry = '01/20'")
	v.add(sweet, "1")
	r = v.shown(v.post("/ka/checkout", v.checkoutForm(url.Values{"card": {card}, "note": {"x y"}})))
	if doc := r.document(); r.StatusCode != http.StatusConflict || doc.Find("[data-field=card]").Length() != 1 || doc.Find("[name=note]").Text() != "x y" {
		t.Errorf("%d\n%s", r.StatusCode, doc.Find("[data-field=card]").Text())
	}
	// Another customer's card, and values that are no card.
	gio := w.member("gio@example.ge")
	for _, id := range []string{card, "99", "x", "-1", "9999999999999999999999"} {
		gio.add(sweet, "1")
		r := gio.shown(gio.post("/ka/checkout", gio.checkoutForm(url.Values{"card": {id}})))
		if r.StatusCode != http.StatusConflict || r.document().Find("[data-field=card]").Length() != 1 {
			t.Errorf("card %q: %d", id, r.StatusCode)
		}
	}
}

// With another way to pay the page hides the choice of cards. What is chosen there all the same, such
// as the default card, neither asks for a password nor stands in the way, and whoever comes Back from
// the bank finds the way to pay that they had chosen.
func TestCardsDoNotMatterWithAnotherWayToPay(t *testing.T) {
	t.Parallel()
	w := newTillWith(t, "")
	v := w.member("nino@example.ge")
	w.buys(v, sweet, url.Values{"save_card": {"1"}})
	v.add("imeruli", "1")
	card := named(v.open("/ka/checkout"), "use-card").AttrOr("value", "")
	w.signedInLongAgo()
	for name, more := range map[string]url.Values{"a saved card": {"card": {card}}, "one click": {"card": {""}, "one_click": {"1"}}} {
		more.Set("method", "google_pay")
		if r := v.post("/ka/checkout", v.checkoutForm(more)); !strings.HasPrefix(r.Header.Get("Location"), w.bankURL) {
			t.Errorf("%s: %d to %q", name, r.StatusCode, r.Header.Get("Location"))
		}
		if _, chosen := named(v.open("/ka/checkout"), "method-google_pay").Attr("checked"); !chosen {
			t.Errorf("%s: the page begins with another way to pay", name)
		}
	}
}

func TestTheListOfCards(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.member("nino@example.ge")
	if doc := v.open("/ka/account/cards"); named(doc, "no-cards").Length() != 1 {
		t.Error("an empty list says nothing")
	}
	page := w.buys(v, sweet, url.Values{"save_card": {"1"}})
	w.buys(v, "imeruli", oneClick)
	if named(v.open(page), "card-saved").Length() != 1 {
		t.Error("the order's page does not say that the card was saved")
	}
	doc := v.open("/ka/account/cards")
	if named(doc, "saved-card").Length() != 2 || named(doc, "saved-card").First().AttrOr("data-kind", "") != "recurrent" {
		t.Fatalf("%d cards", named(doc, "saved-card").Length())
	}
	action, form := button(doc, "rename-card")
	form.Set("label", strings.Repeat("ა", 41))
	r := v.shown(v.post(action, form))
	if doc := r.document(); r.StatusCode != 422 || doc.Find("[data-field=label]").Length() != 1 || doc.Find("[name=label]").AttrOr("value", "") != form.Get("label") {
		t.Errorf("a long name: %d", r.StatusCode)
	}
	form.Set("label", "<b>საოჯახო</b>")
	v.post(action, form)
	if text := named(v.open("/ka/account/cards"), "saved-card").First().Text(); !strings.Contains(text, "<b>საოჯახო</b>") {
		t.Errorf("the card is called %q", text)
	}
	gio := w.member("gio@example.ge")
	for _, path := range []string{action, action + "/default", action + "/remove"} {
		if r := gio.submit(path, url.Values{"label": {"x"}}); r.StatusCode != http.StatusNotFound {
			t.Errorf("another customer posts %s: %d", path, r.StatusCode)
		}
	}
	// The default is where the checkout begins, so a card for repeating one order cannot be it.
	doc = v.open("/ka/account/cards")
	if named(doc, "default-card").Length() != 0 || !strings.Contains(named(doc, "saved-card").First().Text(), "ძირითადი") {
		t.Errorf("offered as default %d times", named(doc, "default-card").Length())
	}
	if r := v.submit(named(doc, "saved-card").Last().Find("[data-testid=rename-card]").Closest("form").AttrOr("action", "")+"/default", nil); r.StatusCode != http.StatusConflict {
		t.Errorf("made the default all the same: %d", r.StatusCode)
	}
	for range 2 {
		v.press(v.open("/ka/account/cards"), "remove-card")
	}
	if doc := v.open("/ka/account/cards"); named(doc, "no-cards").Length() != 1 {
		t.Errorf("%d cards are left", named(doc, "saved-card").Length())
	}
}

func TestTheShopperIsToldWhenTheCardWasNotSaved(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	w.steer("faults", map[string]any{"kind": "html_error_page", "route": "save_card"})
	v := w.member("nino@example.ge")
	page := w.buys(v, sweet, url.Values{"save_card": {"1"}})
	if doc := v.open(page); named(doc, "card-not-saved").Length() != 1 || named(doc, "card-saved").Length() != 0 {
		t.Error("the order's page does not say that the card was not saved")
	}
}
