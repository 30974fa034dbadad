package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dukani/models"
)

// signedInLongAgo makes all sessions so old that the password has to be given again.
func (w *till) signedInLongAgo() {
	w.t.Helper()
	w.exec("UPDATE sessions SET started_at = ?", time.Now().UTC().Add(-models.ProofLife-time.Minute).Format("2006-01-02 15:04:05.999999999-07:00"))
}

// A saved card spends money without being shown, so an old session is asked for the
// password wherever one is chosen. Nothing that was typed is lost.
func TestAnOldSessionDoesNotPayWithASavedCard(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.member("nino@example.ge")
	w.buys(v, sweet, url.Values{"save_card": {"1"}})
	v.add("imeruli", "1")
	w.signedInLongAgo()
	card := named(v.open("/ka/checkout"), "use-card").AttrOr("value", "")
	r := v.post("/ka/checkout", v.checkoutForm(url.Values{"card": {card}, "note": {"ზარი არ მუშაობს"}}))
	asked := r.Header.Get("Location")
	if r.StatusCode != http.StatusSeeOther || !strings.HasPrefix(asked, "/ka/account/confirm?next=") || w.number("SELECT count(*) FROM orders") != 1 {
		t.Fatalf("placed: %d to %q\n%s", r.StatusCode, asked, r.text)
	}
	action, form := button(v.open(asked), "confirm-submit")
	form.Set("password", goodPassword)
	if back := v.post(action, form).Header.Get("Location"); back != "/ka/checkout" {
		t.Fatalf("back to %q", back)
	}
	doc := v.open("/ka/checkout")
	if _, chosen := named(doc, "use-card").Attr("checked"); !chosen || doc.Find("[name=note]").Text() != "ზარი არ მუშაობს" {
		t.Errorf("card chosen: %v, note %q", chosen, doc.Find("[name=note]").Text())
	}
	if r := v.post("/ka/checkout", v.checkoutForm(url.Values{"card": {card}})); !strings.HasPrefix(r.Header.Get("Location"), w.bankURL) {
		t.Fatalf("placed: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}

	// Likewise for an order that was declined.
	w.exec("UPDATE payments SET state = 'declined' WHERE id = (SELECT max(id) FROM payments)")
	w.exec("UPDATE orders SET status = 'declined' WHERE id = (SELECT max(id) FROM orders)")
	var token string
	must(t, w.raw.QueryRow("SELECT token FROM orders ORDER BY id DESC LIMIT 1").Scan(&token))
	page := "/ka/orders/" + token
	w.signedInLongAgo()
	r = v.press(v.open(page), "retry-by-card")
	if at := r.Header.Get("Location"); at != "/ka/account/confirm?next="+url.QueryEscape(page) || w.number("SELECT count(*) FROM payments") != 2 {
		t.Errorf("tried again: %d to %q", r.StatusCode, at)
	}
}

// A shopper who presses the button of a page that was left open is told that nothing new was
// ordered; one who presses twice at once is not.
func TestAStalePageSaysThatNothingIsNew(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.member("nino@example.ge")
	action, form := button(v.open(w.buys(v, sweet, oneClick)), "buy-again")
	for _, c := range []struct {
		name, told string
		old        time.Duration
	}{{name: "at once"}, {name: "at once again"}, {"weeks later", "ეს შეკვეთა უფრო ადრე გაფორმდა", 3 * 7 * 24 * time.Hour}} {
		w.exec("UPDATE orders SET created_at = ? WHERE reorder_of IS NOT NULL", time.Now().UTC().Add(-c.old).Format("2006-01-02 15:04:05.999999999-07:00"))
		r := v.post(action, form)
		doc := v.open(r.Header.Get("Location"))
		if got := doc.Find("[role=status]").Text(); statusOf(doc) != "paid" || !strings.Contains(got, c.told) || (c.told == "") != (got == "") {
			t.Errorf("%s: order %s, told %q", c.name, statusOf(doc), got)
		}
	}
	if n := w.number("SELECT count(*) FROM orders"); n != 2 {
		t.Errorf("%d orders", n)
	}
}

// The page says of each condition whether it is met, independently of the others.
func TestEachConditionIsToldByItself(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.member("nino@example.ge")
	page := w.buys(v, sweet, url.Values{"save_card": {"1"}})
	met := func(want string) {
		t.Helper()
		var got []string
		for _, rule := range named(v.open(page+"/again"), "one-click-rule").EachIter() {
			got = append(got, rule.AttrOr("data-status", ""))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("conditions: %v, want %s", got, want)
		}
	}
	met("met unmet unknown met met met") // paid by card, consent, card (none was to be saved), settled, goods, total
	v.press(v.open(page+"/again"), "again-by-card")
	met("met unmet unknown unmet met met") // the reorder waits on the bank's page
	page = w.buys(v, "imeruli", oneClick)
	met("met met met met met met")
	w.exec("UPDATE saved_cards SET state = 'dead', is_default = 0 WHERE kind = 'subscription'")
	met("met met unmet met met met")
	w.exec("DELETE FROM saved_cards WHERE kind = 'subscription'")
	met("met met unmet met met met") // the bank did not save the card: there is no valid one
	w.exec("UPDATE products SET price_tetri = price_tetri + 100 WHERE slug = 'imeruli'")
	met("met met unmet met met unmet")
}
