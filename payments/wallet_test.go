package payments_test

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"dukani/models"
	"dukani/payments"
)

func TestGooglePayIsPaidByOneCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	log := w.withWallets()
	o, result := w.byGoogle(payingToken)
	if result.Outcome != payments.NothingToPay {
		t.Errorf("it came to %+v", result)
	}
	w.wantStatus(o, models.Paid)
	if p := w.order(o).LastPayment(); p.Method != models.ByGooglePay || p.WalletState != models.WalletSent || bytes.Contains(p.RequestBody, []byte("token")) {
		t.Errorf("stored are method %s, %s, %s", p.Method, p.WalletState, p.RequestBody)
	}
	w.wantOnce(1)
	w.wantNowhere(log)
}

func TestGooglePayGoesTo3DSecureAndComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	log := w.withWallets()
	o, result := w.byGoogle(asking3DS)
	if result.Outcome != payments.OnBankPage || !strings.HasPrefix(result.URL, w.bankURL+"/api/3ds/") {
		t.Fatalf("it came to %+v", result)
	}
	w.wantStatus(o, models.AwaitingPayment)
	again, err := w.desk.Pay(t.Context(), w.order(o), models.PayWith{})
	if err != nil || again != result {
		t.Errorf("whoever leaves 3-D Secure is led to %+v, %v", again, err)
	}
	w.confirm3DS(result.URL)
	w.ask(o, "test")
	w.wantStatus(o, models.Paid)
	w.wantOnce(1)
	w.wantNowhere(log)
}

func TestARefusedWalletIsChosenAgainOnTheSameOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	log := w.withWallets()
	o, result := w.byGoogle(poorToken)
	if result.Outcome != payments.Failed {
		t.Errorf("it came to %+v", result)
	}
	w.wantStatus(o, models.Declined)
	if code := w.order(o).LastPayment().BankCode; code != "107" {
		t.Errorf("the code is %q", code)
	}
	w.offset.Add(int64(3 * time.Second))
	result, err := w.desk.PayByWallet(t.Context(), w.order(o), models.ByApplePay, payments.WalletButton{})
	if err != nil || result.Outcome != payments.InSheet {
		t.Fatalf("again: %+v, %v", result, err)
	}
	if result = w.complete(w.order(o), result, payingToken); result.Outcome != payments.NothingToPay {
		t.Errorf("it came to %+v", result)
	}
	w.wantStatus(o, models.Paid)
	if n := w.number("SELECT count(*) FROM orders"); n != 1 {
		t.Errorf("there are %d orders", n)
	}
	w.wantSameMoney()
	w.wantNowhere(log)
}

func TestApplePayIsPaidByTheSecondCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	log := w.withWallets()
	o, sheet := w.byApple()
	w.wantStatus(o, models.AwaitingPayment)
	if result := w.complete(o, sheet, payingToken); result.Outcome != payments.NothingToPay {
		t.Errorf("it came to %+v", result)
	}
	w.wantStatus(o, models.Paid)
	w.wantOnce(1)
	if _, err := w.desk.CompleteApplePay(t.Context(), w.order(o), sheet.Attempt, payingToken); !models.IsKind(err, models.Conflict) {
		t.Errorf("a second token was taken: %v", err)
	}
	w.wantNowhere(log)
}

func TestAClosedSheetLeavesTheOrderPayable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.withWallets()
	cart, c := w.form(models.ByApplePay)
	o, first, err := w.desk.PlaceOrderByWallet(t.Context(), cart, c, payments.WalletButton{})
	if err != nil {
		t.Fatal(err)
	}
	w.offset.Add(int64(3 * time.Second))
	same, second, err := w.desk.PlaceOrderByWallet(t.Context(), cart, c, payments.WalletButton{})
	if err != nil || same.ID != o.ID || second.Outcome != payments.InSheet || second.Session == first.Session {
		t.Fatalf("the same form again: order %d, %+v, %v", same.ID, second, err)
	}
	if _, err := w.desk.CompleteApplePay(t.Context(), o, first.Attempt, payingToken); !models.IsKind(err, models.Conflict) {
		t.Errorf("the sheet that was closed took a token: %v", err)
	}
	w.offset.Add(int64(3 * time.Second))
	page, err := w.desk.Pay(t.Context(), w.order(o), models.PayWith{Method: models.ByCard})
	if err != nil || page.Outcome != payments.OnBankPage {
		t.Fatalf("by card: %+v, %v", page, err)
	}
	if _, err := w.desk.CompleteApplePay(t.Context(), o, second.Attempt, payingToken); !models.IsKind(err, models.Conflict) {
		t.Errorf("the sheet took a token beside the bank's page: %v", err)
	}
	w.pay(o, m{})
	w.ask(o, "test")
	w.wantStatus(o, models.Paid)
	w.wantSameMoney()
}

func TestADoubleClickOnAWalletIsOneOrderAndOneToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.withWallets()
	cart, c := w.form(models.ByGooglePay)
	var g sync.WaitGroup
	for range 4 {
		g.Go(func() {
			if _, _, err := w.desk.PlaceOrderByWallet(t.Context(), cart, c, payments.WalletButton{Token: payingToken}); err != nil {
				t.Error(err)
			}
		})
	}
	g.Wait()
	if n := w.number("SELECT count(*) FROM payments"); n != 1 {
		t.Errorf("there are %d attempts", n)
	}
	w.wantOnce(1)

	o, sheet := w.byApple()
	taken := make(chan error, 4)
	for range 4 {
		g.Go(func() {
			_, err := w.desk.CompleteApplePay(t.Context(), o, sheet.Attempt, payingToken)
			taken <- err
		})
	}
	g.Wait()
	close(taken)
	n := 0
	for err := range taken {
		if err == nil {
			n++
		} else if !models.IsKind(err, models.Conflict) {
			t.Error(err)
		}
	}
	if n != 1 {
		t.Errorf("%d tokens of one sheet were taken", n)
	}
	w.wantSameMoney()
}

// The bank's answer to Apple Pay's token is lost: its order is known, and the receipt tells.
func TestALostAnswerToApplePayIsReadFromTheReceipt(t *testing.T) {
	t.Parallel()
	for fault, want := range map[string]models.OrderStatus{"lost_reply": models.Paid, "reset": models.Confirming} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			log := w.withWallets()
			w.steer("settings", m{"silent_on": []string{"completed"}})
			o, sheet := w.byApple()
			w.steer("faults", m{"kind": fault, "route": "complete_apple_pay"})
			if result := w.complete(o, sheet, payingToken); result.Outcome != payments.Undecided {
				t.Errorf("it came to %+v", result)
			}
			w.heal()
			w.sweep(20 * time.Second)
			w.wantStatus(o, want)
			if want == models.Confirming { // the token never came: the bank says so when the time is over
				w.expire()
				w.wantStatus(o, models.Expired)
			}
			w.wantNowhere(log)
			w.wantSameMoney()
		})
	}
}

// A crash after the consent was stored and before the call: what was stored has no token, so nobody
// pays, and nobody says that it was paid.
func TestACrashBetweenConsentAndCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.withWallets()
	o, _ := w.byApple()
	if _, err := w.store.ClaimWallet(t.Context(), o.ID, 1, uuid.NewString()); err != nil {
		t.Fatal(err)
	}
	w.wantStatus(o, models.Confirming)
	w.sweep(20 * time.Second)
	w.wantStatus(o, models.Confirming)
	if result, err := w.desk.PayByWallet(t.Context(), w.order(o), models.ByApplePay, payments.WalletButton{}); err != nil || result.Outcome != payments.Undecided {
		t.Errorf("another sheet beside it came to %+v, %v", result, err)
	}
	w.expire()
	w.wantStatus(o, models.Expired)
	w.wantOnce(0)
}

// Until it is known whether the first token paid, a changed form places no second order.
func TestAChangedFormIsNoSecondPayment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.withWallets()
	cart, c := w.form(models.ByGooglePay)
	w.steer("faults", m{"kind": "lost_reply", "route": "create"})
	o, _, err := w.desk.PlaceOrderByWallet(t.Context(), cart, c, payments.WalletButton{Token: payingToken})
	if err != nil {
		t.Fatal(err)
	}
	w.heal()
	c.Key, c.Method, c.Note = uuid.NewString(), models.ByCard, "another"
	again, result, err := w.desk.PlaceOrder(t.Context(), cart, c)
	if err != nil || again.ID != o.ID || result.Outcome == payments.OnBankPage {
		t.Errorf("it came to order %d, %+v, %v", again.ID, result, err)
	}
	w.sweep(models.StartGrace + time.Second)
	w.wantStatus(o, models.Paid)
	w.wantOnce(1)
}

// While the bank is out of reach no token leaves; the shopper consents again when it is back.
func TestATokenThatWasNotSentIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	log := w.withWallets()
	w.steer("faults", m{"kind": "html_error_page", "route": "create"})
	o, result := w.byGoogle(payingToken)
	if result.Outcome != payments.NoAccess {
		t.Errorf("it came to %+v", result)
	}
	w.wantStatus(o, models.AwaitingPayment)
	w.heal()
	w.offset.Add(int64(20 * time.Second))
	result, err := w.desk.PayByWallet(t.Context(), w.order(o), models.ByGooglePay, payments.WalletButton{Token: payingToken})
	if err != nil || result.Outcome != payments.NothingToPay {
		t.Errorf("again it came to %+v, %v", result, err)
	}
	w.wantStatus(o, models.Paid)
	w.wantOnce(1)
	w.wantNowhere(log)
}

// A price that has moved voids the consent: nothing is placed and no token leaves.
func TestAMovedPriceVoidsTheConsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.withWallets()
	for _, method := range []models.Method{models.ByGooglePay, models.ByApplePay} {
		cart, c := w.form(method)
		w.exec("UPDATE products SET price_tetri = price_tetri + 100")
		_, _, err := w.desk.PlaceOrderByWallet(t.Context(), cart, c, payments.WalletButton{Token: payingToken})
		if _, changed := errors.AsType[*models.CheckoutChanged](err); !changed {
			t.Errorf("%s: %v", method, err)
		}
		w.exec("UPDATE products SET price_tetri = 1250")
	}
	if n := w.number("SELECT count(*) FROM payments"); n != 0 {
		t.Errorf("there are %d attempts", n)
	}
	w.wantOnce(0)
}
