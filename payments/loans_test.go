package payments_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"

	"dukani/models"
)

// lender is a world that offers loans, and an order that waits to be paid by one.
func lender(t *testing.T, l models.Loan) (*world, *models.Order) {
	t.Helper()
	w := newWorld(t)
	w.steer("settings", m{"loans": true, "callback": m{"mode": "lost"}})
	w.withMethods(models.Methods()...)
	return w, w.onLoan(l)
}

// onLoan puts one honey into a new cart and orders it on a loan.
func (w *world) onLoan(l models.Loan) *models.Order {
	w.t.Helper()
	cart := uuid.NewString()
	if _, err := w.store.AddToCart(w.t.Context(), cart, "honey", 1); err != nil {
		w.t.Fatal(err)
	}
	o, _, err := w.desk.PlaceOrder(w.t.Context(), cart, w.seen(cart, models.Checkout{
		Key: uuid.NewString(), ExpectedTotal: 12_50, Lang: models.Ka, Name: "ნინო კაპანაძე", Email: "nino@example.ge",
		Phone: "+995599123456", Delivery: models.Pickup, AcceptsTerms: true, Method: models.ByLoan, Loan: l,
	}))
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

// hours lets time pass at the bank and in the shop, and has the worker look at what is due.
func (w *world) hours(n int) {
	w.t.Helper()
	at := time.Duration(w.offset.Load()) + time.Duration(n)*time.Hour
	w.steer("clock", m{"offset_seconds": int(at / time.Second)})
	w.offset.Store(int64(at))
	w.sweep(0)
}

func (w *world) wantReserved(want int) {
	w.t.Helper()
	if got := w.number("SELECT reserved FROM stock WHERE product_id = 1"); got != want {
		w.t.Errorf("%d units are reserved, want %d", got, want)
	}
}

const threeHours = 3 * 60 * 60 * 1000

// What was chosen in the calculator goes to the bank; months alone, of which the bank knows nothing
// without their code, and another way to pay, do not.
func TestTheChoiceOfTheCalculatorGoesToTheBank(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		loan models.Loan
		want string
	}{
		"months and code": {models.Loan{Month: 12, Code: "STD-12"}, `{"type":"STD-12","month":12}`},
		"months alone":    {models.Loan{Month: 12}, ""},
		"nothing":         {models.Loan{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, o := lender(t, c.loan)
			sent := func() string {
				t.Helper()
				var body struct {
					Config struct {
						Loan json.RawMessage `json:"loan"`
					} `json:"config"`
				}
				if err := json.Unmarshal(w.order(o).LastPayment().RequestBody, &body); err != nil {
					t.Fatal(err)
				}
				return string(body.Config.Loan)
			}
			if got := sent(); got != c.want {
				t.Errorf("the bank got %q, want %q", got, c.want)
			}
			w.pay(o, m{"method": "bog_loan", "outcome": "106"})
			w.ask(o, "test")
			if _, err := w.desk.Pay(t.Context(), w.order(o), models.PayWith{Method: models.ByLoan}); err != nil {
				t.Fatal(err)
			}
			if got := sent(); got != c.want {
				t.Errorf("at the second try the bank got %q, want %q", got, c.want)
			}
			w.pay(o, m{"method": "bog_loan", "outcome": "106"})
			w.ask(o, "test")
			if _, err := w.desk.Pay(t.Context(), w.order(o), models.PayWith{Method: models.ByCard}); err != nil {
				t.Fatal(err)
			}
			if got := sent(); got != "" {
				t.Errorf("by card the bank got %q", got)
			}
		})
	}
}

// A bank that asks for the code when a loan is the only way to pay refuses the payment without it:
// the order stands, and is paid with the calculator's choice or in another way.
func TestABankThatAsksForTheCodeOfALoan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.steer("settings", m{"loans": true, "strict_loan": true})
	w.withMethods(models.Methods()...)
	with := w.onLoan(models.Loan{Month: 6, Code: "STD-6"})
	w.pay(with, m{"method": "bog_loan"})
	w.ask(with, "test")
	w.wantStatus(with, models.Paid)
	without := w.onLoan(models.Loan{Month: 6})
	w.wantStatus(without, models.Declined)
	if _, err := w.desk.Pay(t.Context(), w.order(without), models.PayWith{Method: models.ByLoan, Loan: &models.Loan{Month: 6, Code: "STD-6"}}); err != nil {
		t.Fatal(err)
	}
	w.pay(without, m{"method": "bog_loan"})
	w.ask(without, "test")
	w.wantStatus(without, models.Paid)
}

// How a loan can end. No callback comes: the worker finds every end by itself.
func TestHowALoanEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		apply    m // nil: left alone
		hours    []int
		want     []models.OrderStatus // after each of them
		reserved []int
		code     string
	}{
		"approved at once":          {m{"method": "bog_loan"}, []int{1}, []models.OrderStatus{models.Paid}, []int{0}, "100"},
		"approved after hours":      {m{"method": "bog_loan", "settle_ms": threeHours}, []int{2, 2}, []models.OrderStatus{models.Confirming, models.Paid}, []int{1, 0}, "100"},
		"refused at once":           {m{"method": "bog_loan", "outcome": "106"}, []int{0}, []models.OrderStatus{models.Declined}, []int{1}, "106"},
		"refused after hours":       {m{"method": "bog_loan", "outcome": "106", "settle_ms": threeHours}, []int{2, 2}, []models.OrderStatus{models.Confirming, models.Declined}, []int{1, 1}, "106"},
		"left alone":                {nil, []int{1}, []models.OrderStatus{models.Expired}, []int{0}, ""},
		"never decided":             {m{"method": "bog_loan", "settle_ms": -1}, []int{23, 2, 24}, []models.OrderStatus{models.Confirming, models.Confirming, models.Confirming}, []int{1, 0, 0}, ""},
		"in parts, after some time": {m{"method": "bog_loan", "settle_ms": 60_000}, []int{0, 1}, []models.OrderStatus{models.Confirming, models.Paid}, []int{1, 0}, "100"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, o := lender(t, models.Loan{})
			if c.apply != nil {
				w.pay(o, c.apply)
				w.ask(o, "test")
			}
			for i, n := range c.hours {
				w.hours(n)
				w.wantStatus(o, c.want[i])
				w.wantReserved(c.reserved[i])
			}
			if got := w.order(o).LastPayment().BankCode; got != c.code {
				t.Errorf("the code is %q, want %q", got, c.code)
			}
			w.wantSameMoney()
		})
	}
}

// The answer to the creation is lost, and later the callback too: the loan is found all the same.
func TestALoanWhoseAnswerIsLostIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.steer("settings", m{"loans": true, "callback": m{"mode": "lost"}})
	w.withMethods(models.Methods()...)
	w.steer("faults", m{"kind": "lost_reply", "route": "create", "count": 2})
	o := w.onLoan(models.Loan{Month: 12, Code: "STD-12"})
	w.heal()
	w.sweep(20 * time.Second)
	w.pay(o, m{"method": "bog_loan", "settle_ms": threeHours})
	w.ask(o, "test")
	w.wantStatus(o, models.Confirming)
	w.hours(4)
	w.wantStatus(o, models.Paid)
	w.wantSameMoney()
}

// The units were released, and then the loan is granted: they are taken again if they are there,
// or else staff return the money, which the bank does not do at the shop's request.
func TestALoanGrantedAfterTheUnitsWereReleased(t *testing.T) {
	t.Parallel()
	for name, there := range map[string]bool{"the units are there": true, "the units are gone": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.steer("settings", m{"loans": true, "callback": m{"mode": "lost"}})
			w.withMethods(models.Methods()...)
			w.store.LoanDecision = time.Hour
			o := w.onLoan(models.Loan{})
			w.pay(o, m{"method": "bog_loan", "settle_ms": threeHours})
			w.ask(o, "test")
			w.wantReserved(1)
			w.hours(2)
			w.wantStatus(o, models.Confirming)
			w.wantReserved(0)
			if !there {
				w.exec("UPDATE stock SET on_hand = 0")
			}
			w.hours(2)
			if there {
				w.wantStatus(o, models.Paid)
				w.wantSameMoney()
				return
			}
			w.wantStatus(o, models.Refunding)
			if n := w.number("SELECT count(*) FROM refunds WHERE by_hand = 1 AND state = 'queued'"); n != 1 {
				t.Errorf("%d refunds wait for staff", n)
			}
			if n := w.number("SELECT count(*) FROM review_items WHERE resolved_at IS NULL AND kind IN ('paid_too_late', 'refund_by_hand')"); n == 0 {
				t.Error("nobody is told")
			}
		})
	}
}
