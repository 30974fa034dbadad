package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"dukani/models"
)

// formOf is the checkout form of a page as a browser without JavaScript sends it,
// filled in.
func formOf(doc *goquery.Document, more url.Values) url.Values {
	form := url.Values{
		"name": {"ნინო კაპანაძე"}, "email": {"nino@example.ge"}, "phone": {"599 12 34 56"}, "delivery": {"pickup"}, "terms": {"1"},
		"note": {"ზარი არ მუშაობს"},
	}
	doc.Find("form[data-checkout] input[type=hidden]").Each(func(_ int, s *goquery.Selection) {
		form.Set(s.AttrOr("name", ""), s.AttrOr("value", ""))
	})
	form.Set("expected_total", doc.Find("[name=delivery][value=pickup]").AttrOr("data-tetri", ""))
	for name, values := range more {
		form[name] = values
	}
	return form
}

// The shopper orders what the page showed. Every difference is named, even at the same
// total; nothing that was typed is lost, and the next press places the order.
func TestTheCheckoutOrdersWhatItsPageShowed(t *testing.T) {
	t.Parallel()
	const nut, sauce = "churchkhela-hazelnut", "tkemali-green" // both cost 8.50
	for name, c := range map[string]struct {
		change func(v *visitor)
		says   []string
	}{
		"replaced at the same total": {func(v *visitor) {
			v.post("/ka/cart/items/"+nut+"/remove", nil)
			v.add(sauce, "1")
		}, []string{"კალათას დაემატა", "კალათაში აღარ არის"}},
		"more units":       {func(v *visitor) { v.post("/ka/cart/items/"+nut, url.Values{"quantity": {"3"}}) }, []string{"იყო 1 ცალი, ახლა არის 3"}},
		"one more product": {func(v *visitor) { v.add(sauce, "2") }, []string{"კალათას დაემატა", "2 ცალი"}},
		"a price":          {func(v *visitor) { v.exec("UPDATE products SET price_tetri = price_tetri + 50") }, []string{"იყო 8,50", "ახლა არის 9,00"}},
		"prices that cancel each other out": {func(v *visitor) {
			v.exec("UPDATE products SET price_tetri = price_tetri + CASE slug WHEN '" + nut + "' THEN 100 WHEN 'imeruli' THEN -100 ELSE 0 END")
		}, []string{"იყო 8,50", "ახლა არის 9,50"}},
		"another measure": {func(v *visitor) {
			v.exec("UPDATE product_texts SET measure = '10 გ' WHERE product_id = (SELECT id FROM products WHERE slug = '" + nut + "')")
		}, []string{"აღწერა შეიცვალა", "10 გ"}},
		"for adults now": {func(v *visitor) { v.exec("UPDATE products SET adult = 1 WHERE slug = '" + nut + "'") }, []string{"აღწერა შეიცვალა"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTill(t)
			v := w.visitor()
			v.add(nut, "1")
			if strings.Contains(name, "cancel") {
				v.add("imeruli", "1")
			}
			form := formOf(v.open("/ka/checkout"), nil)
			c.change(v)
			r := v.shown(v.post("/ka/checkout", form))
			doc := r.document()
			told := strings.ReplaceAll(named(doc, "cart-notice").Text(), "\u00a0", " ")
			if r.StatusCode != http.StatusConflict || w.number("SELECT count(*) FROM orders") != 0 {
				t.Fatalf("%d, %d orders\n%s", r.StatusCode, w.number("SELECT count(*) FROM orders"), told)
			}
			for _, want := range c.says {
				if !strings.Contains(told, want) {
					t.Errorf("%q is not said in %q", want, told)
				}
			}
			if doc.Find("[name=note]").Text() != "ზარი არ მუშაობს" || doc.Find("[name=phone]").AttrOr("value", "") != "599 12 34 56" {
				t.Error("what was typed is lost")
			}
			if r := v.post("/ka/checkout", formOf(doc, nil)); !strings.HasPrefix(r.Header.Get("Location"), w.bankURL) {
				t.Errorf("pressed again: %d to %q", r.StatusCode, r.Header.Get("Location"))
			}
		})
	}
}

// A page that was opened before the terms changed does not accept the new ones.
func TestAnOldPageDoesNotAcceptNewTerms(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.visitor()
	v.add(sweet, "1")
	doc := v.open("/ka/checkout")
	shown := doc.Find("[name=shown]").AttrOr("value", "")
	old := strings.Replace(shown, models.TermsVersion, "2020-01-01", 1)
	r := v.shown(v.post("/ka/checkout", formOf(doc, url.Values{"shown": {old}})))
	if told := named(r.document(), "cart-notice").Text(); old == shown || r.StatusCode != http.StatusConflict || !strings.Contains(told, "პირობები შეიცვალა") {
		t.Errorf("%d, %q", r.StatusCode, told)
	}
	if n := w.number("SELECT count(*) FROM orders"); n != 0 {
		t.Errorf("%d orders", n)
	}
}

// A form that does not say what its page showed, or says what no page showed, places no
// order.
func TestAFormThatDoesNotSayWhatItShowed(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.visitor()
	v.add(sweet, "1")
	good := v.open("/ka/checkout").Find("[name=shown]").AttrOr("value", "")
	for _, shown := range []string{"", "x", ";;", good + "0", strings.Repeat("1:1:1:a,", 5000), "ka;0;9223372036854775808:1:1:x", strings.Replace(good, ";0;", ";1;", 1), good + ",99:1:100:x"} {
		form := formOf(v.open("/ka/checkout"), url.Values{"shown": {shown}})
		r := v.post("/ka/checkout", form)
		if len(shown) < 8<<10 { // a longer form is answered at once, and kept nowhere
			r = v.shown(r)
		}
		if r.StatusCode != http.StatusConflict || named(r.document(), "cart-notice").Length() != 1 {
			t.Errorf("%.40q: %d", shown, r.StatusCode)
		}
	}
	if n := w.number("SELECT count(*) FROM orders"); n != 0 {
		t.Errorf("%d orders", n)
	}
}

// Other mistakes in the form do not hide that the cart has changed.
func TestAMistakeDoesNotHideWhatHasChanged(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.visitor()
	v.add(sweet, "1")
	form := formOf(v.open("/ka/checkout"), url.Values{"phone": {"12"}})
	v.add("imeruli", "1")
	r := v.shown(v.post("/ka/checkout", form))
	if doc := r.document(); r.StatusCode != http.StatusUnprocessableEntity || named(doc, "checkout-change").Length() != 1 {
		t.Errorf("%d, %d changes named", r.StatusCode, named(doc, "checkout-change").Length())
	}
	// In the other language nothing has changed but the language.
	form = formOf(v.open("/ka/checkout"), url.Values{"recalculate": {"1"}})
	if doc := v.shown(v.post("/en/checkout", form)).document(); named(doc, "checkout-change").Length() != 0 {
		t.Errorf("said on the English page: %s", named(doc, "cart-notice").Text())
	}
}

// Without JavaScript the total of another way of delivery is shown before it is paid.
func TestAnotherWayOfDeliveryIsAskedAbout(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.visitor()
	v.add(sweet, "1")
	doc := v.open("/ka/checkout")
	form := formOf(doc, url.Values{"expected_total": {doc.Find("[name=expected_total]").AttrOr("value", "")}}) // of the courier
	r := v.shown(v.post("/ka/checkout", form))
	if doc = r.document(); r.StatusCode != http.StatusConflict || !strings.HasPrefix(textOf(doc, "checkout-change"), "მიწოდება: ") {
		t.Errorf("%d: %q", r.StatusCode, textOf(doc, "checkout-change"))
	}
	if r := v.post("/ka/checkout", formOf(doc, nil)); !strings.HasPrefix(r.Header.Get("Location"), w.bankURL) {
		t.Errorf("pressed again: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
}

// A form counts only for the customer or guest that it was shown to. Sent by others it leads
// neither to the first one's order nor to an error page, whether it was sent before or not.
func TestAFormOfSomebodyElse(t *testing.T) {
	t.Parallel()
	guest := func(w *till, v *visitor) *visitor {
		v.submit("/ka/logout", nil)
		return v
	}
	other := func(w *till, v *visitor) *visitor {
		v.submit("/ka/logout", nil)
		v.logIn("gio@example.ge", goodPassword)
		return v
	}
	for name, c := range map[string]struct {
		then   func(*till, *visitor) *visitor
		before string // what happened to the form before
	}{
		"a guest, never sent": {guest, ""}, "a guest, waiting for its payment": {guest, "sent"}, "a guest, paid": {guest, "paid"},
		"another customer, never sent": {other, ""}, "another customer, waiting for its payment": {other, "sent"}, "another customer, paid": {other, "paid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTill(t)
			w.member("gio@example.ge")
			v := w.member("nino@example.ge")
			v.add(sweet, "1")
			form := formOf(v.open("/ka/checkout"), nil)
			var token string
			if c.before != "" {
				at, err := url.Parse(v.post("/ka/checkout", form).Header.Get("Location"))
				must(t, err)
				must(t, w.raw.QueryRow("SELECT token FROM orders").Scan(&token))
				if c.before == "paid" {
					w.steer("orders/"+at.Query().Get("order_id")+"/pay", map[string]string{"card": "4000000000000010"})
					v.open("/ka/orders/" + token)
				}
			}
			orders := w.number("SELECT count(*) FROM orders")
			v = c.then(w, v)
			if r := v.post("/ka/checkout", form); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/ka/cart" {
				t.Errorf("with an empty cart: %d to %q", r.StatusCode, r.Header.Get("Location"))
			}
			v.add(sweet, "1")
			r := v.shown(v.post("/ka/checkout", form))
			if r.StatusCode != http.StatusConflict || named(r.document(), "checkout-change").Length() != 1 {
				t.Fatalf("with the same cart: %d to %q\n%s", r.StatusCode, r.Header.Get("Location"), r.text)
			}
			if n := w.number("SELECT count(*) FROM orders"); n != orders {
				t.Errorf("%d orders, want %d", n, orders)
			}
			// The shopper who is there now can order what is shown now, under the form's key.
			r = v.post("/ka/checkout", formOf(r.document(), nil))
			if !strings.HasPrefix(r.Header.Get("Location"), w.bankURL) || token != "" && strings.Contains(r.Header.Get("Location"), token) {
				t.Fatalf("pressed again: %d to %q\n%s", r.StatusCode, r.Header.Get("Location"), r.text)
			}
			if n := w.number("SELECT count(*) FROM orders"); n != orders+1 {
				t.Errorf("%d orders, want %d", n, orders+1)
			}
			if log := w.log.String(); strings.Contains(log, "request failed") {
				t.Error(log)
			}
		})
	}
}

// The browser has lost its cart while the page was open: the form was sent before, for a
// cart that cannot be opened any more. It is a new order, whatever happened to the first.
func TestAFormWhoseCartIsAnother(t *testing.T) {
	t.Parallel()
	for _, status := range []models.OrderStatus{models.AwaitingPayment, models.Declined, models.Expired, models.Paid} {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()
			w := newTill(t)
			v := w.visitor()
			v.add(sweet, "1")
			form := formOf(v.open("/ka/checkout"), nil)
			first := v.post("/ka/checkout", form).Header.Get("Location")
			w.exec("UPDATE orders SET status = ?", status)
			clear(v.cookies)
			v.add(sweet, "1")
			v.open("/ka/cart")
			r := v.post("/ka/checkout", form)
			if at := r.Header.Get("Location"); !strings.HasPrefix(at, w.bankURL) || at == first || w.number("SELECT count(*) FROM orders") != 2 {
				t.Errorf("%d to %q, %d orders\n%s", r.StatusCode, at, w.number("SELECT count(*) FROM orders"), r.text)
			}
		})
	}
}

// A form that the same shopper sends again leads to its order. A guest who has signed in
// meanwhile is asked before the order counts as their account's.
func TestAFormOfOnesOwn(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	w.member("nino@example.ge")
	v := w.visitor()
	v.add(sweet, "1")
	form := formOf(v.open("/ka/checkout"), nil)
	first := v.post("/ka/checkout", form).Header.Get("Location")
	if again := v.post("/ka/checkout", form).Header.Get("Location"); again != first {
		t.Errorf("sent twice: %q, then %q", first, again)
	}
	v.logIn("nino@example.ge", goodPassword)
	r := v.shown(v.post("/ka/checkout", form))
	if r.StatusCode != http.StatusConflict || w.number("SELECT count(*) FROM orders") != 1 {
		t.Fatalf("signed in: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	if r := v.post("/ka/checkout", formOf(r.document(), nil)); !strings.HasPrefix(r.Header.Get("Location"), w.bankURL) {
		t.Errorf("pressed again: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	if n := w.number("SELECT count(*) FROM orders WHERE status = ?", models.AwaitingPayment); n != 1 {
		t.Errorf("%d orders wait for their payment", n)
	}
}
