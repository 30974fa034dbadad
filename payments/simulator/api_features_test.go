package simulator_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"dukani/payments/simulator"

	"github.com/google/uuid"
)

// heldParent makes a hold whose card is saved for automatic charges, and returns its id.
func (w *world) heldParent() string {
	w.t.Helper()
	id := w.create(ttl20, hold)
	if status, out := w.call("PUT", "/orders/"+id+"/subscriptions", ""); status != 202 {
		w.t.Fatalf("%d %s", status, out)
	}
	w.pay(id, `{}`)
	w.shop.next(w.t)
	w.receipt(id).expect(w.t, "order_status.key", "blocked", "payment_detail.saved_card_type", "subscription")
	return id
}

// charge makes an automatic charge on parent and returns its id.
func (w *world) charge(parent string) string {
	w.t.Helper()
	status, out := w.call("POST", "/ecommerce/orders/"+parent+"/subscribe", `{}`)
	if status != 200 {
		w.t.Fatalf("%d %s", status, out)
	}
	return idOf(w.t, out)
}

func TestAnAutomaticChargeInheritsCapture(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	parent := w.heldParent()

	id := w.charge(parent)
	parse(t, w.shop.next(t).Body).expect(t, "body.order_id", id, "body.order_status.key", "blocked")
	w.receipt(id).expect(t, "capture", "manual", "order_status.key", "blocked", "purchase_units.refund_amount", nil, "payment_detail.code", "200")
	if status, out := w.call("POST", "/payment/authorization/approve/"+id, `{}`); status != 200 {
		t.Fatalf("%d %s", status, out)
	}
	parse(t, w.shop.next(t).Body).expect(t, "body.order_id", id, "body.order_status.key", "completed")

	unused := w.charge(parent)
	w.bank.Advance(30*24*time.Hour + time.Minute)
	w.token = w.newToken()
	w.receipt(unused).expect(t, "order_status.key", "rejected", "purchase_units.transfer_amount", nil)

	w.steer("settings", `{"charge_capture":"automatic"}`)
	w.receipt(w.charge(parent)).expect(t, "capture", "automatic", "order_status.key", "completed")
}

func TestASavedCardOutlivesItsCancelledHold(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	cancelled, released, used := w.heldParent(), w.heldParent(), w.heldParent()
	w.call("POST", "/payment/authorization/cancel/"+cancelled, `{}`)
	w.call("POST", "/payment/authorization/approve/"+used, `{}`)
	w.bank.Advance(30*24*time.Hour + time.Minute)
	w.token = w.newToken()
	for _, gone := range []string{cancelled, released} {
		w.receipt(gone).expect(t, "order_status.key", "rejected")
		w.receipt(w.charge(gone)).expect(t, "order_status.key", "blocked")
	}

	w.steer("settings", `{"cancelled_hold_card":"forgotten"}`)
	for _, gone := range []string{cancelled, released} {
		w.receipt(w.charge(gone)).expect(t, "order_status.key", "rejected", "payment_detail.code", "102")
		if status, _ := w.call("DELETE", "/charges/card/"+gone, ""); status != 400 {
			t.Error("a card that went with its hold was forgotten once more")
		}
	}
	w.receipt(w.charge(used)).expect(t, "order_status.key", "blocked") // this hold was approved
	if status, _ := w.call("DELETE", "/charges/card/"+used, ""); status != 202 {
		t.Error("the card of a captured hold is not there")
	}
}

func TestFeaturesThatTheBankHasNotOpened(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	parent := w.create()
	w.call("PUT", "/orders/"+parent+"/subscriptions", "")
	w.pay(parent, `{}`)
	remembered := w.create()
	w.call("PUT", "/orders/"+remembered+"/cards", "")
	w.pay(remembered, `{}`)
	held := w.heldParent()
	w.steer("settings", `{"inactive":["saved_cards"]}`)
	for _, c := range [][2]string{{"PUT", "/orders/" + w.create() + "/cards"}, {"PUT", "/orders/" + w.create() + "/subscriptions"}, {"POST", "/ecommerce/orders/" + parent + "/subscribe"}} {
		if status, out := w.call(c[0], c[1], ""); status != 403 || !strings.Contains(out, `"message":`) {
			t.Errorf("%s %s: %d %s", c[0], c[1], status, out)
		}
	}
	_, out := w.call("POST", "/ecommerce/orders/"+remembered, w.body())
	saved := idOf(t, out)
	if p := newBrowser(t).post(w.page(saved), "action", "pay"); strings.Contains(p.location(), "3ds") {
		t.Error("3-D Secure was not left out")
	}
	w.receipt(saved).expect(t, "order_status.key", "rejected", "payment_detail.code", "101")
	w.receipt(w.paid(good)).expect(t, "order_status.key", "completed")
	w.receipt(w.paid(good, ttl20, hold)).expect(t, "order_status.key", "blocked")

	w.steer("settings", `{"inactive":["preauthorization"]}`)
	manual := w.create(ttl20, hold)
	if p := newBrowser(t).post(w.page(manual), "method", "card", "number", good, "expiry", "12/30", "cvv", "123"); strings.Contains(p.location(), "3ds") {
		t.Error("3-D Secure was not left out")
	}
	w.receipt(manual).expect(t, "order_status.key", "rejected", "payment_detail.code", "101")
	if status, _ := w.call("POST", "/ecommerce/orders/"+held+"/subscribe", ""); status != 403 {
		t.Errorf("a charge that would be a hold: %d", status)
	}
	w.receipt(w.charge(parent)).expect(t, "order_status.key", "completed")
}

func TestLanguagesAndThemesOfTheBank(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	parent := w.create()
	w.call("PUT", "/orders/"+parent+"/cards", "")
	w.pay(parent, `{}`)
	odd := []string{"Accept-Language: *", "Accept-Language: en-US,en;q=0.9", "Accept-Language: de", "Accept-Language: KA", "Theme: blue", "Theme: Dark"}
	fine := []string{"Accept-Language: ka", "Accept-Language: en", "Theme: light", "Theme: dark"}
	for _, settings := range []string{`{}`, `{"strict_headers":true}`, `{"strict_headers":false,"strict":true}`} {
		w.steer("settings", settings)
		for _, header := range slices.Concat(odd, fine) {
			want := 200
			if settings != `{}` && slices.Contains(odd, header) {
				want = 400
			}
			for _, path := range []string{"/ecommerce/orders", "/ecommerce/orders/" + parent} {
				r := w.request("POST", path, w.body(w.shop.URL+"/callback", "https://shop.example/cb"))
				r.Header.Del("Accept-Language")
				r.Header.Del("Theme")
				r.Header.Set("Idempotency-Key", uuid.NewString())
				headers(r, header)
				if status, out := send(t, r); status != want {
					t.Errorf("%s %s, %s: %d %s, want %d", settings, path, header, status, out, want)
				}
			}
		}
	}
}

// After a discount less was captured than the shop requested. A refund of the shop's own
// total is refused; a refund without an amount gives back what was captured.
func TestRefundAfterADiscount(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create(campaign("visa", "client_discount")...)
	w.pay(id, `{}`)
	if status, out := w.call("POST", "/payment/refund/"+id, `{"amount":47.3}`); status != 400 || !strings.Contains(out, "exceeds") {
		t.Errorf("%d %s", status, out)
	}
	if status, out := w.call("POST", "/payment/refund/"+id, `{}`); status != 200 {
		t.Errorf("%d %s", status, out)
	}
	w.receipt(id).expect(t, "order_status.key", "refunded", "purchase_units.refund_amount", "42.57")
}
