package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// courier is a checkout form for delivery to an address.
func (v *visitor) courier(more url.Values) url.Values {
	form := url.Values{"delivery": {"tbilisi"}, "street": {"რუსთაველის 1"}}
	doc := v.open("/ka/checkout")
	form.Set("expected_total", doc.Find("[name=delivery][value=tbilisi]").AttrOr("data-tetri", ""))
	for name, values := range more {
		form[name] = values
	}
	return form
}

// bought is a paid order with delivery by courier, and with consent to one click.
func (w *till) bought(v *visitor, more url.Values) (page string) {
	v.add(sweet, "1")
	form := v.courier(oneClick)
	for name, values := range more {
		form[name] = values
	}
	v.post("/ka/cart/items/"+sweet+"/remove", nil)
	return w.buys(v, sweet, form)
}

// newest reads columns of the newest order.
func (w *till) newest(columns string) (text string) {
	w.t.Helper()
	must(w.t, w.raw.QueryRow("SELECT "+columns+" FROM orders ORDER BY id DESC LIMIT 1").Scan(&text))
	return text
}

// The mails of a reorder go to the account's present address, and every page that offers
// the reorder shows this address and where it is delivered.
func TestAReorderIsToldToWhoTheCustomerIsNow(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.member("nino@example.ge")
	page := w.bought(v, nil)
	w.exec("UPDATE customers SET email = 'new@example.ge', phone = '+995577000000'")
	doc := v.open(page + "/again")
	if textOf(doc, "again-email") != "new@example.ge" || !strings.Contains(textOf(doc, "again-address"), "რუსთაველის 1") ||
		!strings.Contains(textOf(doc, "again-to"), "577\u00a000\u00a000\u00a000") {
		t.Errorf("the page shows %q", textOf(doc, "again-to"))
	}
	for _, from := range []string{page, "/ka/account", "/ka/account/orders"} {
		if told := textOf(v.open(from), "buy-again-to"); !strings.Contains(told, "new@example.ge") || !strings.Contains(told, "რუსთაველის 1") {
			t.Errorf("%s: the button says %q", from, told)
		}
	}
	r := v.press(v.open(page), "buy-again")
	if got := statusOf(v.open(r.Header.Get("Location"))); got != "paid" {
		t.Fatalf("the reorder is %s", got)
	}
	if got := w.newest("email || ' ' || phone || ' ' || street"); got != "new@example.ge +995577000000 რუსთაველის 1" {
		t.Errorf("ordered for %q", got)
	}
	if n := w.number("SELECT count(*) FROM mails WHERE kind = 'paid' AND recipient = 'new@example.ge'"); n != 1 {
		t.Errorf("%d mails to the present address", n)
	}
}

// A change of contact or address between page and press is shown, and the shopper is asked again.
func TestContactAndAddressAreWhatThePageShowed(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"the e-mail":    "UPDATE customers SET email = 'new@example.ge'",
		"the telephone": "UPDATE customers SET phone = '+995577000000'",
		"the street":    "UPDATE addresses SET street = 'ჭავჭავაძის 2'",
		"the recipient": "UPDATE addresses SET name = 'გია'",
		"no address":    "DELETE FROM addresses; UPDATE orders SET address_left = 1",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTill(t)
			v := w.member("nino@example.ge")
			w.exec("UPDATE customers SET name = 'ნინო კაპანაძე'") // the recipient is the customer, not another person
			page := w.bought(v, url.Values{"remember_address": {"1"}})
			action, form := button(v.open(page), "buy-again")
			w.exec(change)
			r := v.shown(v.post(action, form))
			if r.StatusCode != http.StatusConflict || named(r.document(), "again-problem").Length() != 1 || w.number("SELECT count(*) FROM orders") != 1 {
				t.Errorf("%d to %q, %d orders", r.StatusCode, r.Header.Get("Location"), w.number("SELECT count(*) FROM orders"))
			}
		})
	}
}

// One click is offered while the order's address is in the book; once it is not, the
// customer has to choose first where the reorder goes.
func TestAnAddressThatIsNotInTheBookIsAskedAbout(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(v *visitor){
		"taken out": func(v *visitor) { v.submit("/ka/account/addresses/1/remove", nil) },
		"changed":   func(v *visitor) { v.submit("/ka/account/addresses/1", address("Vazi Lane 7")) },
		"never in it, and the book has another": func(v *visitor) {
			v.exec("UPDATE addresses SET street = 'ჭავჭავაძის 2'")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTill(t)
			v := w.member("nino@example.ge")
			page := w.bought(v, url.Values{"remember_address": {"1"}})
			if named(v.open(page), "buy-again-total").Length() != 1 {
				t.Fatal("one click is not offered while the address is in the book")
			}
			action, form := button(v.open(page), "buy-again")
			change(v)
			if href := named(v.open(page), "buy-again").AttrOr("href", ""); href != page+"/again" {
				t.Errorf("the button leads to %q", href)
			}
			doc := v.open(page + "/again")
			if named(doc, "again-ask-where").Length() != 1 || named(doc, "buy-again").Length()+named(doc, "again-by-card").Length() != 0 ||
				named(doc, "one-click-why").AttrOr("data-status", "") != "address" {
				t.Errorf("not asked: %s", textOf(doc, "again-to"))
			}
			if r := v.shown(v.post(action, form)); r.StatusCode != http.StatusConflict {
				t.Errorf("the stale button: %d", r.StatusCode)
			}
			// With the choice “as then” the page offers it again.
			doc = v.open(page + "/again?address=-1")
			if !strings.Contains(textOf(doc, "again-address"), "რუსთაველის 1") {
				t.Errorf("chosen, it goes to %q", textOf(doc, "again-address"))
			}
			r := v.press(doc, "buy-again")
			if got := statusOf(v.open(r.Header.Get("Location"))); got != "paid" || w.newest("street") != "რუსთაველის 1" {
				t.Errorf("%s, to %q", got, w.newest("street"))
			}
		})
	}
}

// Another entry of the book can be chosen; the price, and whether one click is possible,
// follow its way of delivery. Another customer's entry is refused.
func TestAReorderGoesToTheChosenAddress(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.member("nino@example.ge")
	w.member("gio@example.ge").submit("/ka/account/addresses", address("Hidden lane 14")) // entry 1
	page := w.bought(v, url.Values{"remember_address": {"1"}, "note": {"კოდი 12"}})
	v.submit("/ka/account/addresses", address("Vazi Lane 7")) // entry 3
	v.submit("/ka/account/addresses", url.Values{"name": {"Gia"}, "phone": {"599123456"}, "delivery": {"city"}, "region": {"imereti"}, "city": {"Kutaisi"}, "street": {"Tsereteli 3"}})
	if doc := v.open(page + "/again?address=1"); named(doc, "again-ask-where").Length() != 1 || strings.Contains(doc.Text(), "Hidden lane") {
		t.Error("somebody else's entry is taken")
	}
	doc := v.open(page + "/again?address=4")
	if !strings.Contains(textOf(doc, "again-to"), "Gia") || named(doc, "one-click-why").AttrOr("data-status", "") != "total" {
		t.Errorf("to Kutaisi: %q, %q", textOf(doc, "again-to"), named(doc, "one-click-why").AttrOr("data-status", ""))
	}
	doc = v.open(page + "/again?address=3")
	r := v.press(doc, "buy-again")
	if got := statusOf(v.open(r.Header.Get("Location"))); got != "paid" || w.newest("street || note") != "Vazi Lane 7" {
		t.Errorf("%s, %q", got, w.newest("street || note"))
	}
}

// The consent to one click does not cover a product whose unit has changed.
func TestAProductThatIsNotWhatItWas(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.member("nino@example.ge")
	page := w.bought(v, nil)
	action, form := button(v.open(page), "buy-again")
	w.exec("UPDATE product_texts SET measure = '10 g'")
	r := v.shown(v.post(action, form))
	doc := r.document()
	if r.StatusCode != http.StatusConflict || named(doc, "repeat-line").AttrOr("data-status", "") != "remeasured" ||
		named(doc, "one-click-why").AttrOr("data-status", "") != "measure" || !strings.Contains(textOf(doc, "repeat-line"), "10 g") {
		t.Errorf("%d, %q: %q", r.StatusCode, named(doc, "one-click-why").AttrOr("data-status", ""), textOf(doc, "repeat-line"))
	}
}
