package handlers_test

import (
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"dukani/models"
	"dukani/views"
)

// What a shopper sees on the way from the home page to the order.

func TestHomeShowsNoProductTwiceAndLeadsOn(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, lang := range views.Languages {
		doc := s.page("/" + lang)
		seen := map[string]bool{}
		for _, link := range doc.Find("[data-testid=product-card] h3 a").EachIter() {
			href := link.AttrOr("href", "")
			if seen[href] {
				t.Errorf("%s: %s is there twice", lang, href)
			}
			seen[href] = true
		}
		if named(doc, "see-all").Length() != 2 { // the hand-picked groups are shown whole
			t.Errorf("%s: %d lists lead to all of theirs, want 2", lang, named(doc, "see-all").Length())
		}
		for _, link := range named(doc, "see-all").EachIter() {
			if n := named(s.page(link.AttrOr("href", "")), "product-card").Length(); n <= 8 {
				t.Errorf("%s: %s shows %d products, no more than the home page", lang, link.AttrOr("href", ""), n)
			}
		}
		makers := named(doc, "makers").Find("a")
		if makers.Length() < 5 {
			t.Errorf("%s: %d makers are named", lang, makers.Length())
		}
		for _, maker := range makers.EachIter() {
			found := s.page(maker.AttrOr("href", ""))
			if got := named(found, "product-card").First().Find(".by").Text(); got != maker.Text() {
				t.Errorf("%s: the link to %q finds something of %q first", lang, maker.Text(), got)
			}
		}
	}
	if r := s.get("/ka/all/nothing"); r.StatusCode != 404 {
		t.Errorf("a list that there is not: %d", r.StatusCode)
	}
	if r := s.get("/ka/all/new?page=99"); r.StatusCode != 404 || r.document().Find(`main a[href="/ka/all/new"]`).Length() == 0 {
		t.Errorf("beyond the last page: %d", r.StatusCode)
	}
}

// The days on which an order arrives are shown before it is placed and after, and a cached
// page does not go on showing yesterday's.
func TestTheDayOfArrivalIsPromised(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	var now atomic.Pointer[time.Time]
	at := func(day, hour int) {
		at := time.Date(2026, 12, day, hour, 0, 0, 0, models.Tbilisi)
		now.Store(&at)
	}
	w.store.Now = func() time.Time { return now.Load().UTC() }
	at(1, 10)
	v := w.visitor()
	v.add(sweet, "1")
	promise := func(doc *goquery.Document, want string) {
		t.Helper()
		if text := strings.ReplaceAll(doc.Find("main").Text(), "\u00a0", " "); !strings.Contains(text, want) {
			t.Errorf("the page does not say %q: %s", want, strings.Join(strings.Fields(doc.Find(".facts").Text()), " "))
		}
	}
	for _, page := range []string{"/ka/p/" + sweet, "/ka/cart", "/ka/checkout"} {
		promise(v.open(page), "მიიღებთ: 2–3 დეკემბერი")
		promise(v.open(page), "მზად იქნება: 1 დეკემბერი")
	}
	at(1, 17) // the counter takes no more for today
	promise(v.open("/ka/p/"+sweet), "მზად იქნება: 2 დეკემბერი")
	at(2, 10)
	promise(v.open("/ka/p/"+sweet), "მიიღებთ: 3–4 დეკემბერი")
	page := w.buys(v, sweet, nil)
	promise(v.open(page), "მზად იქნება: 2 დეკემბერი") // for a pickup
	at(9, 10)
	promise(v.open(page), "მზად იქნება: 2 დეკემბერი")
	w.exec("UPDATE orders SET status = 'refunded'")
	if text := v.open(page).Find("main").Text(); strings.Contains(text, "მზად იქნება:") {
		t.Error("an order whose money went back still has a day of arrival")
	}
}

// A shopper who orders a product for adults has to confirm their age, on every way to
// order; no other shopper is asked.
func TestAlcoholIsOrderedByAdults(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.member("nino@example.ge")
	asked := func(path string, want int) {
		t.Helper()
		if n := named(v.open(path), "age-confirm").Length(); n != want {
			t.Errorf("%s asks for the age %d times, want %d", path, n, want)
		}
	}
	confirmed := func(want int) {
		t.Helper()
		if n := w.number("SELECT count(*) FROM orders WHERE age_confirmed_at = terms_at"); n != want {
			t.Errorf("%d orders of adults, want %d", n, want)
		}
	}
	v.add(sweet, "1")
	asked("/ka/checkout", 0)
	page := w.buys(v, sweet, oneClick)
	asked(page+"/again", 0)
	confirmed(0)
	v.add(wine, "1")
	asked("/ka/checkout", 1)
	page = w.buys(v, wine, oneClick)
	asked(page, 1) // beside the button that orders at once
	confirmed(1)
	v.press(v.open(page), "buy-again")
	confirmed(2)
}

func TestCheckoutLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(withBank(t, s.store))
	v := s.visitor()
	v.add(wine, "1")
	doc := v.open("/ka/checkout")
	if named(doc, "secure-payment").Length() != 1 || named(doc, "language-switch").Length() != 1 {
		t.Error("the header does not say that the payment is secure, or speaks one language")
	}
	if doc.Find("[data-testid=search-input], .shelves, [data-testid=account-link]").Length() != 0 {
		t.Error("the header leads away from the checkout")
	}
	if href := named(doc, "checkout-sign-in").AttrOr("href", ""); href != "/ka/login?next=%2Fka%2Fcheckout" {
		t.Errorf("a guest with an account is led to %q", href)
	}
	member := s.member("nino@example.ge")
	member.add(wine, "1")
	if named(member.open("/ka/checkout"), "checkout-sign-in").Length() != 0 {
		t.Error("a customer who is signed in is asked to sign in")
	}
}

func TestAGuestIsOfferedAnAccountAfterPaying(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	guest := w.visitor()
	page := w.buys(guest, sweet, nil)
	if named(guest.open(page), "account-offer").Find(`a[href="/ka/register"]`).Length() != 1 {
		t.Error("no account is offered")
	}
	w.exec("UPDATE orders SET status = 'declined'")
	if named(guest.open(page), "account-offer").Length() != 0 {
		t.Error("offered before it is paid")
	}
	member := w.member("nino@example.ge")
	if named(member.open(w.buys(member, sweet, nil)), "account-offer").Length() != 0 {
		t.Error("a customer is offered an account")
	}
}

// The title is what a screen reader reads first, and what a tab shows.
func TestTheTitleSaysThatSomethingIsWrong(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	v := s.visitor()
	v.add(wine, "1")
	member := s.member("nino@example.ge")
	for path, who := range map[string]*visitor{
		"/ka/checkout": v, "/ka/login": v, "/ka/register": v, "/ka/account/profile": member, "/ka/account/password": member,
		"/ka/account/email": member, "/ka/account/addresses": member,
	} {
		const wrong = "შეცდომა: "
		right := path
		if path == "/ka/account/addresses" {
			right += "/new"
		}
		doc := who.open(right)
		if title := doc.Find("title").Text(); strings.HasPrefix(title, wrong) {
			t.Errorf("%s: %q before anything was sent", path, title)
		}
		form := url.Values{}
		if token := doc.Find("main [name=token]").First().AttrOr("value", ""); token != "" {
			form.Set("token", token)
		}
		r := who.post(path, form)
		if title := who.typedAgain(r).Find("title").Text(); !strings.HasPrefix(title, wrong) {
			t.Errorf("%s: %q after a mistake (%d)", path, title, r.StatusCode)
		}
	}
}
