package handlers_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"

	"dukani/handlers"
	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
	"dukani/payments/simulator"
	"dukani/payments/simulator/simtest"
)

// till is a shop beside a simulated bank that the test steers.
type till struct {
	*shop
	bankURL string
}

// newTill opens the shop. Callbacks are lost, so that the shop learns of a payment only when
// a page asks the bank.
func newTill(t testing.TB, change ...func(*handlers.Config)) *till {
	t.Helper()
	return newTillOf(t, bog.CaptureAutomatic, change...)
}

// newTillOf is a till that captures payments in the way named.
func newTillOf(t testing.TB, capture bog.Capture, change ...func(*handlers.Config)) *till {
	t.Helper()
	bank := &simulator.Bank{}
	w := &till{shop: newShop(t), bankURL: simtest.StartBank(t, bank)}
	client, err := bog.New(bog.Config{
		Endpoints: bog.Simulator(w.bankURL), CallbackKeys: []string{bank.PublicKeyPEM()},
		ClientID: simulator.DefaultClientID, ClientSecret: simulator.DefaultClientSecret,
		Retry: bog.Retry{Attempts: 1, PerTry: 20 * time.Second, Total: 20 * time.Second},
	})
	must(t, err)
	desk, err := payments.New(payments.Config{
		Store: w.store, Bank: client, BaseURL: shopURL, TTL: 15 * time.Minute, Capture: capture,
		Log: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	w.open(append(change, func(cfg *handlers.Config) { cfg.Desk = desk })...)
	w.steer("settings", map[string]any{"callback": map[string]string{"mode": "lost"}})
	return w
}

func (w *till) steer(path string, body any) {
	w.t.Helper()
	b, err := json.Marshal(body)
	must(w.t, err)
	answer, err := http.Post(w.bankURL+"/_sim/"+path, "application/json", bytes.NewReader(b))
	must(w.t, err)
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		w.t.Fatalf("steer %s: %s", path, answer.Status)
	}
}

// checkoutForm is a filled-in form for the visitor's cart.
func (v *visitor) checkoutForm(more url.Values) url.Values {
	v.t.Helper()
	doc := v.open("/ka/checkout")
	form := url.Values{
		"checkout_key": {uuid.NewString()}, "shown": {doc.Find("[name=shown]").AttrOr("value", "")}, "name": {"ნინო კაპანაძე"}, "email": {"nino@example.ge"},
		"phone": {"599 12 34 56"}, "delivery": {"pickup"}, "terms": {"1"},
	}
	form.Set("expected_total", doc.Find("[name=delivery][value=pickup]").AttrOr("data-tetri", ""))
	for name, values := range more {
		form[name] = values
	}
	return form
}

// buys orders one of a product and pays it at the bank; it returns the address of the
// order's page.
func (w *till) buys(v *visitor, slug string, more url.Values) string {
	w.t.Helper()
	v.add(slug, "1")
	r := v.post("/ka/checkout", v.checkoutForm(more))
	at, err := url.Parse(r.Header.Get("Location"))
	must(w.t, err)
	if r.StatusCode != http.StatusSeeOther || !strings.HasPrefix(at.String(), w.bankURL) {
		w.t.Fatalf("placed: %d to %q\n%s", r.StatusCode, at, r.text)
	}
	w.steer("orders/"+at.Query().Get("order_id")+"/pay", map[string]string{"card": "4000000000000010"})
	var token string
	must(w.t, w.raw.QueryRow("SELECT token FROM orders ORDER BY id DESC LIMIT 1").Scan(&token))
	page := "/ka/orders/" + token
	if got := statusOf(v.open(page)); got != "paid" {
		w.t.Fatalf("order is %s", got)
	}
	return page
}

func statusOf(doc *goquery.Document) string {
	return named(doc, "order-status").AttrOr("data-status", "")
}

// button reads the form around an element: where it leads and what it sends.
func button(doc *goquery.Document, id string) (action string, form url.Values) {
	f := named(doc, id).First().Closest("form")
	form = url.Values{}
	f.Find("input[name]").Each(func(_ int, s *goquery.Selection) { form.Set(s.AttrOr("name", ""), s.AttrOr("value", "")) })
	return f.AttrOr("action", ""), form
}

// press posts the form around an element of a page.
func (v *visitor) press(doc *goquery.Document, id string) *reply {
	v.t.Helper()
	action, form := button(doc, id)
	if action == "" {
		v.t.Fatalf("no form around %q", id)
	}
	return v.post(action, form)
}

var oneClick = url.Values{"save_card": {"1"}, "one_click": {"1"}}

const sweet = "churchkhela-saperavi"

func TestManyRequestsAtOnceAreOneCharge(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.member("nino@example.ge")
	page := w.buys(v, sweet, oneClick)
	action, form := button(v.open(page), "buy-again")
	var all sync.WaitGroup
	var mu sync.Mutex
	landed := map[string]int{}
	for range 12 {
		r := request("POST", action, form, "Sec-Fetch-Site", "same-origin")
		for name, value := range v.cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		all.Go(func() {
			answer := w.do(r)
			mu.Lock()
			defer mu.Unlock()
			landed[answer.Header.Get("Location")]++
		})
	}
	all.Wait()
	if len(landed) != 1 {
		t.Errorf("landed at %v", landed)
	}
	if n := w.number("SELECT count(*) FROM orders"); n != 2 {
		t.Errorf("%d orders", n)
	}
}

func TestWhoMayBuyAgain(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	nino := w.member("nino@example.ge")
	page := w.buys(nino, sweet, oneClick)
	action, form := button(nino.open(page), "buy-again")

	nobody := w.visitor()
	if r := nobody.send(request("GET", action, nil)); r.StatusCode != 303 || !strings.HasPrefix(r.Header.Get("Location"), "/ka/login?next=") {
		t.Errorf("nobody looks: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	if r := nobody.post(action, form); r.StatusCode != 303 || r.Header.Get("Location") != action {
		t.Errorf("nobody presses: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	if named(nobody.open(page), "buy-again").Length() != 0 {
		t.Error("who only has the link is offered somebody else's card")
	}
	gio := w.member("gio@example.ge")
	stolen := url.Values{"token": {gio.token()}, "last": form["last"], "card": form["card"], "fingerprint": form["fingerprint"]}
	for name, r := range map[string]*reply{
		"looks": gio.send(request("GET", action, nil)), "presses": gio.post(action, stolen), "takes the goods": gio.post(action+"/cart", nil),
	} {
		if r.StatusCode != http.StatusNotFound {
			t.Errorf("another customer %s: %d", name, r.StatusCode)
		}
	}
	form.Set("token", gio.token())
	if r := nino.post(action, form); r.StatusCode != http.StatusForbidden {
		t.Errorf("a form of another session: %d", r.StatusCode)
	}
	if n := w.number("SELECT count(*) FROM orders"); n != 1 {
		t.Errorf("%d orders", n)
	}
}

// A customer who signed in a while ago has to give the password before anything is
// charged, and comes back to the page where they were.
func TestAnOldSessionIsAskedForThePassword(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.member("nino@example.ge")
	page := w.buys(v, sweet, oneClick)
	w.exec("UPDATE sessions SET started_at = ?", time.Now().UTC().Add(-models.ProofLife-time.Minute).Format("2006-01-02 15:04:05.999999999-07:00"))
	r := v.press(v.open(page), "buy-again")
	asked := r.Header.Get("Location")
	if r.StatusCode != 303 || !strings.HasPrefix(asked, "/ka/account/confirm?next=") || w.number("SELECT count(*) FROM orders") != 1 {
		t.Fatalf("pressed: %d to %q", r.StatusCode, asked)
	}
	action, form := button(v.open(asked), "confirm-submit")
	form.Set("password", goodPassword)
	r = v.post(action, form)
	if back := r.Header.Get("Location"); r.StatusCode != 303 || back != page+"/again" {
		t.Fatalf("confirmed: %d to %q\n%s", r.StatusCode, back, r.text)
	}
	r = v.press(v.open(page+"/again"), "buy-again")
	if got := statusOf(v.open(r.Header.Get("Location"))); got != "paid" {
		t.Errorf("the new order is %s", got)
	}
}

// Price and stock change between the page and the click.
func TestWhatMovesBeforeTheClickIsShownAndAskedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ change, status, why string }{
		"dearer":   {"UPDATE products SET price_tetri = price_tetri + 100", "dearer", "total"},
		"cheaper":  {"UPDATE products SET price_tetri = price_tetri - 100", "cheaper", "total"},
		"sold out": {"UPDATE stock SET on_hand = reserved", "gone", "goods"},
		"gone":     {"UPDATE products SET active = 0 WHERE slug = '" + sweet + "'", "gone", "goods"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTill(t)
			v := w.member("nino@example.ge")
			page := w.buys(v, sweet, oneClick)
			action, form := button(v.open(page), "buy-again")
			w.exec(c.change)
			r := v.shown(v.post(action, form))
			doc := r.document()
			if r.StatusCode != http.StatusConflict || named(doc, "again-problem").Length() != 1 ||
				named(doc, "repeat-line").AttrOr("data-status", "") != c.status {
				t.Errorf("%d, line %q\n%s", r.StatusCode, named(doc, "repeat-line").AttrOr("data-status", ""), textOf(doc, "again-problem"))
			}
			if c.status != "gone" && named(doc, "one-click-why").AttrOr("data-status", "") != c.why {
				t.Errorf("why not: %q", named(doc, "one-click-why").AttrOr("data-status", ""))
			}
			if n := w.number("SELECT count(*) FROM orders"); n != 1 {
				t.Errorf("%d orders", n)
			}
		})
	}
}

func TestAGuestBuysAgainThroughTheCart(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.visitor()
	page := w.buys(v, sweet, nil)
	if named(v.open(page), "card-not-saved").Length() != 0 {
		t.Error("a guest is told about cards")
	}
	doc := v.open(page + "/again")
	if named(doc, "one-click-rules").Length()+named(doc, "again-by-card").Length() != 0 {
		t.Error("a guest is offered cards")
	}
	if r := v.press(doc, "again-into-cart"); r.Header.Get("Location") != "/ka/cart" || named(v.open("/ka/cart"), "cart-line").Length() != 1 {
		t.Errorf("%d to %q", r.StatusCode, r.Header.Get("Location"))
	}
}

// Somebody who has only the link of a guest's order and no cart yet gets a cart of their
// own: without a key of theirs the goods would lie where nobody finds them.
func TestAReorderOnAnotherDeviceFillsThatDevicesCart(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.order(1, 0, models.Paid, "guest@example.ge")
	phone, stranger := s.visitor(), s.visitor()
	r := phone.post("/en/orders/token-1/again/cart", nil)
	if got := named(phone.open(r.Header.Get("Location")), "cart-line").Length(); got != 1 {
		t.Errorf("%d to %q, where %d lines are in the cart", r.StatusCode, r.Header.Get("Location"), got)
	}
	if got := named(stranger.open("/en/cart"), "cart-line").Length(); got != 0 {
		t.Errorf("a stranger has %d lines in the cart", got)
	}
}

func TestAReorderThatIsUndecidedIsNotPlacedTwice(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.member("nino@example.ge")
	page := w.buys(v, sweet, oneClick)
	w.steer("faults", map[string]any{"kind": "lost_reply", "route": "subscribe"})
	r := v.press(v.open(page), "buy-again")
	waiting := r.Header.Get("Location")
	if got := statusOf(v.open(waiting)); got != "confirming" {
		t.Errorf("the new order is %s", got)
	}
	doc := v.open(page + "/again")
	if named(doc, "again-pending").Find("a").AttrOr("href", "") != waiting || named(doc, "buy-again").Length() != 0 {
		t.Error("offered again while the bank decides")
	}
	if href := named(v.open(page), "buy-again").AttrOr("href", ""); href != page+"/again" {
		t.Errorf("the button leads to %q", href)
	}
}

func TestADeclinedReorderCanBePaidAnotherWay(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	v := w.member("nino@example.ge")
	w.buys(v, "imeruli", url.Values{"save_card": {"1"}})
	page := w.buys(v, sweet, oneClick)
	w.exec("UPDATE saved_cards SET parent_bank_id = '0abcdef' || id || '-0000-4000-8000-000000000000' WHERE kind = 'subscription'")
	r := v.press(v.open(page), "buy-again")
	at := r.Header.Get("Location")
	doc := v.open(at)
	if statusOf(doc) != "declined" || textOf(doc, "decline-reason") == "" {
		t.Fatalf("the new order is %s, %q", statusOf(doc), textOf(doc, "decline-reason"))
	}
	if named(doc, "retry-payment").Length() != 1 {
		t.Error("no way to pay on the bank's page")
	}
	if got := named(v.open("/ka/account/cards"), "saved-card").Eq(1).AttrOr("data-status", ""); got != "dead" {
		t.Errorf("the card is %s", got)
	}
	r = v.press(doc, "retry-by-card")
	if !strings.HasPrefix(r.Header.Get("Location"), w.bankURL+"/?order_id=") {
		t.Errorf("with the other card: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
}
