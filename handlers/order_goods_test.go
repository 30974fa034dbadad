package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"dukani/handlers"
	"dukani/models"
	"dukani/views"
)

var shipper = models.Actor{Email: "staff@example.ge", Address: "127.0.0.1"}

// byCourier is the page of a paid order of a wine and a sweet that a courier brings.
func (w *till) byCourier(v *visitor) (page string) {
	w.t.Helper()
	v.add(wine, "1")
	v.add(sweet, "1")
	form := v.courier(nil)
	v.post("/ka/cart/items/"+sweet+"/remove", nil)
	return w.buys(v, sweet, form)
}

func (w *till) orderOf(page string) *models.Order {
	w.t.Helper()
	o, err := w.store.OrderByToken(w.t.Context(), page[strings.LastIndex(page, "/")+1:])
	must(w.t, err)
	return o
}

// sends has staff send everything of an order in one parcel.
func (w *till) sends(page string) *models.Order {
	w.t.Helper()
	o := w.orderOf(page)
	units := map[int]int{}
	for _, l := range o.Lines {
		units[l.Position] = l.Quantity
	}
	_, err := w.store.SendParcel(w.t.Context(), shipper, o.ID, models.Shipment{
		Carrier: "Georgian Post", Tracking: "RR123456789GE", Link: "https://post.example/RR123456789GE", Units: units,
	})
	must(w.t, err)
	return o
}

func (w *till) deliveredNow(page string) *models.Order {
	w.t.Helper()
	o := w.sends(page)
	must(w.t, w.store.DeliverParcel(w.t.Context(), shipper, o.ID, 1, models.Receipt{Day: w.store.Now(), To: "Giorgi"}))
	return w.orderOf(page)
}

// mailed is the text of the newest mail of a kind, as the mailer writes it.
func (w *till) mailed(kind models.MailKind) string {
	w.t.Helper()
	id := w.number("SELECT coalesce(max(id), 0) FROM mails WHERE kind = ?", kind)
	if id == 0 {
		w.t.Fatalf("no mail of the kind %q", kind)
	}
	mailer := w.mailer("", func(c *handlers.MailerConfig) {
		c.Seller = handlers.Seller{Name: "შპს სანთლები|Candles LLC", Address: "თბილისი, აღმაშენებლის 12|12 Aghmashenebeli, Tbilisi"}
	})
	must(w.t, mailer.Work(w.t.Context(), &river.Job[models.MailJob]{Args: models.MailJob{MailID: int64(id)}}))
	var text string
	must(w.t, w.raw.QueryRow("SELECT text FROM mails WHERE id = ?", id).Scan(&text))
	return text
}

func wantStatusAfter(t *testing.T, v *visitor, page, want string) {
	t.Helper()
	if got := statusOf(v.open(page)); got != want {
		t.Errorf("the order is %s, want %s", got, want)
	}
}

func TestTheCustomerFollowsTheGoods(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.member("nino@example.ge")
	page := w.byCourier(v)
	goods := func(want string) {
		t.Helper()
		doc := v.open(page)
		if got := named(doc, "order-fulfilment").AttrOr("data-status", ""); got != want {
			t.Errorf("the page says %q, want %q", got, want)
		}
		if want == "waiting" {
			return
		}
		if got := named(v.open("/ka/account/orders"), "order-fulfilment").AttrOr("data-status", ""); got != want {
			t.Errorf("the list says %q, want %q", got, want)
		}
	}
	goods("waiting")
	o := w.orderOf(page)
	must(t, w.store.Pack(t.Context(), shipper, o.ID))
	goods("packed")
	w.sends(page)
	goods("sent")
	link := named(v.open(page), "tracking-link")
	if link.AttrOr("href", "") != "https://post.example/RR123456789GE" || link.AttrOr("rel", "") != "noopener" {
		t.Errorf("the parcel is followed at %q (%q)", link.AttrOr("href", ""), link.AttrOr("rel", ""))
	}
	for _, want := range []string{"Georgian Post", "RR123456789GE", "https://post.example/RR123456789GE"} {
		if text := w.mailed(models.MailSent); !strings.Contains(text, want) {
			t.Errorf("the mail does not have %q: %s", want, text)
		}
	}
	must(t, w.store.DeliverParcel(t.Context(), shipper, o.ID, 1, models.Receipt{Day: w.store.Now(), To: "გიორგი"}))
	goods("delivered")
	if text := v.open(page).Find("main").Text(); !strings.Contains(text, "გიორგი") {
		t.Error("the page does not say who took it")
	}
	var export struct {
		Orders []struct {
			Fulfilment string `json:"fulfilment"`
			Parcels    []struct {
				To string `json:"delivered_to"`
			} `json:"parcels"`
		} `json:"orders"`
	}
	must(t, json.Unmarshal([]byte(v.send(request("GET", "/ka/account/data", nil)).text), &export))
	if x := export.Orders[0]; x.Fulfilment != "delivered" || len(x.Parcels) != 1 || x.Parcels[0].To != "გიორგი" {
		t.Errorf("the customer's data has %+v", x)
	}
}

func TestTheCustomerIsToldWhereToPickUp(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.visitor()
	page := w.buys(v, sweet, nil)
	must(t, w.store.ReadyForPickup(t.Context(), shipper, w.orderOf(page).ID))
	doc := v.open(page)
	if got := textOf(doc, "pickup-place"); !strings.Contains(got, "აღმაშენებლის 12") || !strings.Contains(got, "11:00") {
		t.Errorf("the page says %q", got)
	}
	if text := w.mailed(models.MailReady); !strings.Contains(text, "აღმაშენებლის 12") {
		t.Errorf("the mail says %s", text)
	}
}

func TestOnePressCancelsAPaidOrder(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.visitor()
	page := w.buys(v, sweet, nil)
	doc := v.open(page)
	if r := v.press(doc, "cancel-order"); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("cancel: %d", r.StatusCode)
	}
	doc = v.open(page)
	if got := statusOf(doc); got != "cancelled" {
		t.Errorf("the order is %s", got)
	}
	if text := named(doc, "order-status").Text(); !strings.Contains(text, "თანხა სრულად დაგიბრუნოთ") {
		t.Errorf("the page does not say where the money is: %s", text)
	}
	if named(doc, "cancel-order").Length() != 0 || named(doc, "order-fulfilment").Length() != 0 {
		t.Error("a cancelled order is still on its way, or can be cancelled again")
	}
	v.post(page+"/cancel", nil) // pressed twice
	if n := w.number("SELECT count(*) FROM refunds"); n != 1 {
		t.Errorf("%d refunds", n)
	}
	if text := w.mailed(models.MailCancelled); !strings.Contains(text, "გაუქმებულია") {
		t.Errorf("the mail says %s", text)
	}
}

func TestOnePressCancelsAnUnpaidOrder(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.visitor()
	v.add(sweet, "1")
	v.post("/ka/checkout", v.checkoutForm(nil))
	page := "/ka/orders/" + w.newest("token")
	v.press(v.open(page), "cancel-order")
	doc := v.open(page)
	if got := statusOf(doc); got != "cancelled" || named(doc, "retry-payment").Length() != 0 {
		t.Errorf("the order is %s, and can be paid: %d", got, named(doc, "retry-payment").Length())
	}
	if n := w.number("SELECT coalesce(sum(reserved), 0) FROM stock"); n != 0 {
		t.Errorf("%d units stay reserved", n)
	}
	if to := v.post(page+"/pay", nil).Header.Get("Location"); strings.HasPrefix(to, w.bankURL) {
		t.Errorf("a cancelled order leads to the bank: %s", to)
	}
}

func TestWhatIsSentIsNotCancelledButReturned(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.visitor()
	page := w.byCourier(v)
	stale := v.open(page) // shown before it was sent
	w.sends(page)
	r := v.shown(v.press(stale, "cancel-order"))
	doc := r.document()
	if r.StatusCode != http.StatusConflict || !strings.Contains(textOf(doc, "form-error"), "14 დღე") {
		t.Errorf("%d: %q", r.StatusCode, textOf(doc, "form-error"))
	}
	if named(doc, "withdraw").Length() != 1 || named(doc, "cancel-order").Length() != 0 {
		t.Error("the page does not offer what can be done instead")
	}
	wantStatusAfter(t, v, page, "paid")
}

// An account's order is cancelled and sent back by its customer alone, a guest's by whoever has
// the link.
func TestStrangersWithALinkOnlyLook(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	page := w.buys(w.member("nino@example.ge"), sweet, nil)
	stranger, other := w.visitor(), w.member("giorgi@example.ge")
	for who, v := range map[string]*visitor{"nobody": stranger, "another customer": other} {
		if named(v.open(page), "cancel-order").Length() != 0 {
			t.Errorf("%s is offered to cancel", who)
		}
	}
	if to := stranger.post(page+"/cancel", nil).Header.Get("Location"); !strings.HasPrefix(to, "/ka/login") {
		t.Errorf("nobody is led to %q", to)
	}
	if r := other.submit(page+"/cancel", nil); r.StatusCode != http.StatusNotFound {
		t.Errorf("another customer: %d", r.StatusCode)
	}
	wantStatusAfter(t, stranger, page, "paid")
}

// withdrawal is the form of the page, as it is shown.
func (v *visitor) withdrawal(page string) url.Values {
	v.t.Helper()
	doc := v.open(page + "/withdraw")
	_, form := button(doc, "withdraw-submit")
	for _, s := range named(doc, "withdraw-units").EachIter() {
		form.Set(s.AttrOr("name", ""), s.Find("[selected]").AttrOr("value", s.Find("option").First().AttrOr("value", "")))
	}
	return form
}

func TestACustomerWithdrawsInTwoClicks(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.visitor()
	page := w.byCourier(v)
	o := w.deliveredNow(page)
	doc := v.open(page)
	until := views.Date("ka", o.ReceivedAt.AddDate(0, 0, 14))
	if got := textOf(doc, "withdraw-until"); !strings.Contains(got, until) {
		t.Errorf("%q does not say %q", got, until)
	}
	to := named(doc, "withdraw").AttrOr("href", "")
	form := v.withdrawal(page)
	if to != page+"/withdraw" || form.Get("units_0") != "1" || form.Get("units_1") != "1" {
		t.Fatalf("the link leads to %q, chosen is %v", to, form)
	}
	form.Set("reason", "  too sweet ")
	for range 2 { // pressed twice
		if r := v.post(page+"/withdraw", form); r.Header.Get("Location") != page {
			t.Fatalf("%d to %q\n%s", r.StatusCode, r.Header.Get("Location"), r.text)
		}
	}
	if n := w.number("SELECT count(*) FROM returns WHERE reason = 'too sweet'"); n != 1 {
		t.Errorf("%d returns", n)
	}
	doc = v.open(page)
	if got := named(doc, "order-return").AttrOr("data-status", ""); got != "announced" || named(doc, "withdraw").Length() != 0 {
		t.Errorf("the return is %q; %d more are offered", got, named(doc, "withdraw").Length())
	}
	due := views.Date("ka", w.store.Now().AddDate(0, 0, 14))
	text := w.mailed(models.MailWithdrawal)
	for _, want := range []string{o.Number, due, "1 × " + o.Lines[0].NameKa, "აღმაშენებლის 12"} {
		if !strings.Contains(text, want) {
			t.Errorf("the receipt does not have %q: %s", want, text)
		}
	}
	if strings.Contains(text, "too sweet") {
		t.Error("the receipt carries the shopper's own words")
	}
}

func TestACustomerWithdrawsFromALine(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.visitor()
	page := w.byCourier(v)
	w.deliveredNow(page)
	form := v.withdrawal(page)
	form.Set("units_0", "0")
	form.Set("units_1", "0")
	r := v.shown(v.post(page+"/withdraw", form))
	if doc := r.document(); r.StatusCode != http.StatusUnprocessableEntity || doc.Find(`[data-testid=field-error][data-field=units]`).Length() != 1 {
		t.Errorf("nothing chosen: %d", r.StatusCode)
	}
	form.Set("units_1", "7")
	if r := v.shown(v.post(page+"/withdraw", form)); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("more than there is: %d", r.StatusCode)
	}
	form.Set("units_1", "1")
	v.post(page+"/withdraw", form)
	if doc := v.open(page); named(doc, "order-return").Length() != 1 || named(doc, "withdraw").Length() != 1 {
		t.Error("the rest cannot be sent back any more")
	}
	if form := v.withdrawal(page); form.Get("units_0") != "1" || form.Has("units_1") {
		t.Errorf("offered are %v", form)
	}
}

func TestTheLawsExceptionsAreNamed(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.visitor()
	page := w.byCourier(v)
	w.deliveredNow(page)
	w.exec("UPDATE order_lines SET withdrawal = 'perishable' WHERE position = 0")
	doc := v.open(page + "/withdraw")
	if named(doc, "withdraw-exception").Length() != 1 || named(doc, "withdraw-units").Length() != 1 {
		t.Errorf("%d exceptions, %d choices", named(doc, "withdraw-exception").Length(), named(doc, "withdraw-units").Length())
	}
	form := v.withdrawal(page)
	form.Set("units_0", "1")
	if r := v.shown(v.post(page+"/withdraw", form)); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("what spoils is taken back: %d", r.StatusCode)
	}
	w.exec("UPDATE order_lines SET withdrawal = 'custom'")
	if named(v.open(page), "withdraw").Length() != 0 {
		t.Error("there is nothing to withdraw from")
	}
}

func TestAfter14DaysThePageSaysSo(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.visitor()
	page := w.byCourier(v)
	w.deliveredNow(page)
	form := v.withdrawal(page)
	then := w.store.Now().AddDate(0, 0, 15)
	w.store.Now = func() time.Time { return then }
	if named(v.open(page), "withdraw").Length() != 0 {
		t.Error("it is still offered")
	}
	for _, r := range []*reply{v.shown(v.post(page+"/withdraw", form)), v.shown(v.send(request("GET", page+"/withdraw", nil)))} {
		if r.StatusCode != http.StatusConflict || !strings.Contains(textOf(r.document(), "form-error"), "14 დღე") {
			t.Errorf("%d: %q", r.StatusCode, textOf(r.document(), "form-error"))
		}
	}
}
