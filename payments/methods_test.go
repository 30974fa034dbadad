package payments_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
)

// withMethods gives the world a desk that may offer these ways to pay.
func (w *world) withMethods(methods ...models.Method) {
	w.t.Helper()
	w.newDesk(bog.Simulator(w.bankURL), payments.Config{CallTime: 40 * time.Second, Methods: methods})
}

// placeBy puts one honey into a new cart and orders it, to be paid by the given method.
func (w *world) placeBy(m models.Method) (*models.Order, error) {
	w.t.Helper()
	cart := uuid.NewString()
	if _, err := w.store.AddToCart(w.t.Context(), cart, "honey", 1); err != nil {
		w.t.Fatal(err)
	}
	o, _, err := w.desk.PlaceOrder(w.t.Context(), cart, w.seen(cart, models.Checkout{
		Key: uuid.NewString(), ExpectedTotal: 12_50, Lang: models.Ka, Name: "ნინო კაპანაძე", Email: "nino@example.ge",
		Phone: "+995599123456", Delivery: models.Pickup, AcceptsTerms: true, Method: m,
	}))
	return o, err
}

// sentMethods is the payment_method of the request of an order's newest attempt.
func (w *world) sentMethods(o *models.Order) []string {
	w.t.Helper()
	var body struct {
		Methods []string `json:"payment_method"`
	}
	if err := json.Unmarshal(w.order(o).LastPayment().RequestBody, &body); err != nil {
		w.t.Fatal(err)
	}
	return body.Methods
}

func TestTheChosenWayToPayGoesToTheBank(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.steer("settings", m{"loans": true})
	w.withMethods(models.Methods()...)
	for _, method := range models.Methods() {
		o, err := w.placeBy(method)
		if err != nil {
			t.Fatalf("%s: %v", method, err)
		}
		if sent := w.sentMethods(o); !slices.Equal(sent, []string{string(method)}) {
			t.Errorf("%s went to the bank as %q", method, sent)
		}
		w.pay(o, m{"method": method})
		w.ask(o, "test")
		w.wantStatus(o, models.Paid)
		if got := w.order(o).ShownPayment().Method; got != method {
			t.Errorf("%s was paid by %s", method, got)
		}
	}
}

func TestAWayToPayThatIsNotOfferedIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.withMethods(models.ByCard, models.ByTransfer)
	for _, m := range []models.Method{models.ByLoan, "bog_crypto", " card"} {
		if _, err := w.placeBy(m); !models.IsKind(err, models.Invalid) {
			t.Errorf("%q: %v", m, err)
		}
	}
	if n := w.number("SELECT count(*) FROM orders"); n != 0 {
		t.Errorf("%d orders were placed", n)
	}
}

func TestASecondTryKeepsTheWayToPayOrChangesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.withMethods(models.ByCard, models.ByTransfer, models.ByGooglePay)
	o, err := w.placeBy(models.ByTransfer)
	if err != nil {
		t.Fatal(err)
	}
	decline := func() {
		t.Helper()
		w.pay(o, m{"card": "4000000000000002", "method": w.order(o).Method})
		w.ask(o, "test")
		w.wantStatus(o, models.Declined)
	}
	for _, try := range []struct{ wish, want models.Method }{
		{"", models.ByTransfer}, {models.ByGooglePay, models.ByGooglePay}, {"", models.ByGooglePay}, {models.ByCard, models.ByCard},
	} {
		decline()
		if _, err := w.desk.Pay(t.Context(), w.order(o), models.PayWith{Method: try.wish}); err != nil {
			t.Fatal(err)
		}
		now := w.order(o)
		if sent := w.sentMethods(o); now.Method != try.want || now.LastPayment().ChosenMethod != try.want || !slices.Equal(sent, []string{string(try.want)}) {
			t.Errorf("wish %q: the order has %s, the attempt %s, the bank got %q", try.wish, now.Method, now.LastPayment().ChosenMethod, sent)
		}
	}
	decline()
	if _, err := w.desk.Pay(t.Context(), w.order(o), models.PayWith{Method: models.ByLoan}); !models.IsKind(err, models.Invalid) {
		t.Errorf("a way to pay that is not offered: %v", err)
	}
}

// A method that the merchant does not have is taken off at the first refusal, and the shopper pays
// the same order in another way.
func TestAWayToPayThatTheBankRefusesIsTakenOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.withMethods(models.ByCard, models.ByGooglePay)
	w.steer("settings", m{"methods": []string{"card"}})
	o, err := w.placeBy(models.ByGooglePay)
	if err != nil {
		t.Fatal(err)
	}
	w.wantStatus(o, models.Declined)
	offered, err := w.desk.Methods(t.Context())
	if err != nil || !slices.Equal(offered, []models.Method{models.ByCard}) {
		t.Fatalf("offered are %s, %v", offered, err)
	}
	if n := w.number("SELECT count(*) FROM review_items WHERE kind = 'method_off' AND resolved_at IS NULL"); n != 1 {
		t.Errorf("%d items say so", n)
	}
	if _, err := w.desk.Pay(t.Context(), w.order(o), models.PayWith{}); err != nil {
		t.Fatal(err)
	}
	w.pay(o, m{})
	w.ask(o, "test")
	w.wantStatus(o, models.Paid)

	if err := w.store.SwitchMethod(t.Context(), models.Actor{Email: "manager@example.ge"}, models.ByGooglePay, true); err != nil {
		t.Fatal(err)
	}
	if offered, _ := w.desk.Methods(t.Context()); len(offered) != 2 {
		t.Errorf("offered again are %s", offered)
	}
	if n := w.number("SELECT count(*) FROM review_items WHERE kind = 'method_off' AND resolved_at IS NULL"); n != 0 {
		t.Errorf("%d items are still open", n)
	}
}

// A shop whose every way to pay has been taken off goes on offering the first of its settings.
func TestThereIsAlwaysAWayToPay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.withMethods(models.ByCard, models.ByTransfer)
	for _, m := range []models.Method{models.ByCard, models.ByTransfer} {
		if err := w.store.SwitchMethod(t.Context(), models.Actor{}, m, false); err != nil {
			t.Fatal(err)
		}
	}
	if offered, err := w.desk.Methods(t.Context()); err != nil || !slices.Equal(offered, []models.Method{models.ByCard}) {
		t.Errorf("offered are %s, %v", offered, err)
	}
}

// A shop that holds payments is paid at once by what cannot be held.
func TestOnlyWhatCanBeHeldIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.newDesk(bog.Simulator(w.bankURL), payments.Config{CallTime: 40 * time.Second, Methods: models.Methods(), Capture: bog.CaptureManual})
	w.steer("settings", m{"loans": true})
	for _, method := range models.Methods() {
		o, err := w.placeBy(method)
		if err != nil {
			t.Fatalf("%s: %v", method, err)
		}
		w.pay(o, m{"method": method})
		w.ask(o, "test")
		want := models.Paid
		if method.Rules().Hold {
			want = models.OnHold
		}
		if got := w.order(o).Status; got != want {
			t.Errorf("paid by %s the order is %s, want %s", method, got, want)
		}
	}
}
