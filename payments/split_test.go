package payments_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
)

// account is the number of an account at a Georgian bank.
func account(n int) string {
	for check := 2; check < 99; check++ {
		if iban, ok := models.ReadIBAN(fmt.Sprintf("GE%02dNB%016d", check, n)); ok {
			return iban
		}
	}
	return ""
}

// sharing is a world whose shop splits its payments: the maker of the honey gets 80 %, the maker of
// the wax gets 1.50 for each unit.
func sharing(t *testing.T, capture bog.Capture) *world {
	t.Helper()
	w := newWorld(t)
	w.steer("settings", m{"loans": true})
	w.newDesk(bog.Simulator(w.bankURL), payments.Config{CallTime: 40 * time.Second, Methods: models.Methods(), Capture: capture})
	w.store.Split = models.SplitRules{On: true}
	w.made(1, models.Maker{NameKa: "ლუკა", NameEn: "Luka", Percent: 80, Description: "Dukani honey"})
	w.exec(`INSERT INTO products (id, slug, category_id, price_tetri, region, tint, rank, created_at)
		VALUES (2, 'wax', 1, 333, 'kakheti', 'rose', 1, '2026-10-01 00:00:00')`)
	w.exec("INSERT INTO product_texts (product_id, lang, name, text, producer, measure) VALUES (2, 'ka', 'ცვილი', '', '', ''), (2, 'en', 'Wax', '', '', '')")
	w.exec("INSERT INTO stock (product_id, on_hand) VALUES (2, 100)")
	w.made(2, models.Maker{NameKa: "მარიამი", NameEn: "Mariam", AmountTetri: 1_50})
	return w
}

// made names the maker of a product.
func (w *world) made(product int64, maker models.Maker) {
	w.t.Helper()
	w.exec("UPDATE product_texts SET producer = CASE lang WHEN 'ka' THEN ? ELSE ? END WHERE product_id = ?", maker.NameKa, maker.NameEn, product)
	maker.IBAN = account(int(product))
	if err := w.store.SaveMaker(w.t.Context(), models.Actor{Email: "manager@example.ge"}, maker); err != nil {
		w.t.Fatal(err)
	}
}

// placeShared orders a honey and two wax, to be brought by the courier and paid by the given method:
// 80 % of 12.50 are Luka's, 2 × 1.50 Mariam's, and the rest, the delivery among it, the shop's.
func (w *world) placeShared(method models.Method) *models.Order {
	w.t.Helper()
	cart := fmt.Sprintf("cart of %s %d", method, w.number("SELECT count(*) FROM orders"))
	for i, slug := range []string{"honey", "wax"} {
		if _, err := w.store.AddToCart(w.t.Context(), cart, slug, i+1); err != nil {
			w.t.Fatal(err)
		}
	}
	o, _, err := w.desk.PlaceOrder(w.t.Context(), cart, w.seen(cart, models.Checkout{
		Key: cart, ExpectedTotal: 12_50 + 6_66, Lang: models.Ka, Name: "ნინო კაპანაძე", Email: "nino@example.ge",
		Phone: "+995599123456", Delivery: models.Pickup, AcceptsTerms: true, Method: method,
	}))
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

// paidShared is placeShared that is paid and asked about.
func (w *world) paidShared(method models.Method) *models.Order {
	w.t.Helper()
	o := w.placeShared(method)
	w.pay(o, m{"method": method})
	w.askAgain(o)
	return o
}

func (w *world) askAgain(o *models.Order) {
	w.t.Helper()
	if _, err := w.ask(o, "test"); err != nil {
		w.t.Fatal(err)
	}
}

// bankShares is what the bank has paid out of an order.
func (w *world) bankShares(o *models.Order) (paid map[string]int) {
	w.t.Helper()
	var at struct {
		Shares *struct {
			Lines []struct {
				IBAN   string
				Amount int
			}
		}
	}
	w.get("orders/"+*w.order(o).LastPayment().BankOrderID, &at)
	if at.Shares == nil {
		return nil
	}
	paid = map[string]int{}
	for _, l := range at.Shares.Lines {
		paid[l.IBAN] += l.Amount
	}
	return paid
}

// wantSplit compares the split of an order's newest attempt: its state, why it is not sent, and
// what Luka and Mariam get, each in the same state.
func (w *world) wantSplit(o *models.Order, state models.SplitState, why models.SplitWhy, want ...models.Tetri) {
	w.t.Helper()
	list, err := w.store.OrderSplits(w.t.Context(), o.ID)
	if err != nil || len(list) == 0 {
		w.t.Fatalf("%d splits, %v; want %s", len(list), err, state)
	}
	s := list[len(list)-1]
	var got []models.Tetri
	for _, share := range s.Shares {
		got = append(got, share.AmountTetri)
		if share.State != state {
			w.t.Errorf("the share of %s is %s, want %s", share.NameEn, share.State, state)
		}
	}
	if s.State != state || s.Why != why || !slices.Equal(got, want) {
		w.t.Errorf("the split is %s %q of %v, want %s %q of %v", s.State, s.Why, got, state, why, want)
	}
}

func (w *world) wantBankShares(o *models.Order, luka, mariam int) {
	w.t.Helper()
	if got := w.bankShares(o); got[account(1)] != luka || got[account(2)] != mariam {
		w.t.Errorf("the bank has paid out %v, want %d and %d", got, luka, mariam)
	}
}

func TestMakersGetTheirShareOfAnOrder(t *testing.T) {
	t.Parallel()
	for _, numbers := range []bool{false, true} { // the receipt has its amounts as strings, or as numbers
		w := sharing(t, bog.CaptureAutomatic)
		w.steer("settings", m{"loans": true, "split": m{"numbers": numbers, "delay_ms": -1}})
		o := w.placeShared(models.ByCard)
		w.wantSplit(o, models.SplitSent, "", 10_00, 3_00)
		w.pay(o, m{})
		w.askAgain(o)
		w.wantStatus(o, models.Paid)
		w.wantSplit(o, models.SplitProcessing, "", 10_00, 3_00)
		w.steer("settings", m{"loans": true, "split": m{"numbers": numbers, "delay_ms": 0}})
		done := w.paidShared(models.ByCard)
		w.wantSplit(done, models.SplitCompleted, "", 10_00, 3_00)
		w.wantBankShares(done, 10_00, 3_00)
		w.wantReview()
		w.wantSameMoney()
		if n := w.number("SELECT count(*) FROM payment_events WHERE kind = 'split' AND verdict = 'sent to completed'"); n != 1 {
			t.Errorf("%d lines of the journal say that it is completed", n)
		}
	}
}

// A shop that does not share sends nothing of a split, whoever has an account.
func TestNothingIsSharedUnlessTheShopShares(t *testing.T) {
	t.Parallel()
	w := sharing(t, bog.CaptureAutomatic)
	w.store.Split.On = false
	o := w.paidShared(models.ByCard)
	w.store.Split.On = true
	w.exec("UPDATE makers SET iban = ''")
	other := w.paidShared(models.ByCard)
	for _, o := range []*models.Order{o, other} {
		w.wantStatus(o, models.Paid)
		if got := w.bankShares(o); got != nil {
			t.Errorf("the bank has paid out %v", got)
		}
	}
	if n := w.number("SELECT count(*) FROM splits"); n != 0 {
		t.Errorf("%d splits", n)
	}
}

// By a method that the bank does not share, the order is paid without a split and staff see what
// the makers would have got.
func TestASplitIsSentOnlyByMethodsThatCarryIt(t *testing.T) {
	t.Parallel()
	w := sharing(t, bog.CaptureAutomatic)
	for _, method := range models.Methods() {
		o := w.paidShared(method)
		w.wantStatus(o, models.Paid)
		if method.Rules().Split {
			w.wantSplit(o, models.SplitCompleted, "", 10_00, 3_00)
			w.wantBankShares(o, 10_00, 3_00)
			continue
		}
		w.wantSplit(o, models.SplitNotSent, models.SplitByMethod, 10_00, 3_00)
		if got := w.bankShares(o); got != nil {
			t.Errorf("%s: the bank has paid out %v", method, got)
		}
	}
	w.wantReview()
}

func TestMoreMakersThanTheBankTakesAreNotSent(t *testing.T) {
	t.Parallel()
	w := sharing(t, bog.CaptureAutomatic)
	w.store.Split.Lines = 1
	o := w.paidShared(models.ByCard)
	w.wantStatus(o, models.Paid)
	w.wantSplit(o, models.SplitNotSent, models.SplitTooMany, 10_00, 3_00)
	w.store.Split.Lines = 2
	w.wantSplit(w.paidShared(models.ByCard), models.SplitCompleted, "", 10_00, 3_00)
}

// A second try is shared by what its makers have agreed to by then, and by its own method.
func TestASecondTryIsSharedAnew(t *testing.T) {
	t.Parallel()
	w := sharing(t, bog.CaptureAutomatic)
	o := w.placeShared(models.ByLoan)
	w.wantSplit(o, models.SplitNotSent, models.SplitByMethod, 10_00, 3_00)
	w.pay(o, m{"method": models.ByLoan, "card": "4000000000000002"})
	w.askAgain(o)
	w.wantStatus(o, models.Declined)
	again := func(method models.Method) {
		t.Helper()
		if _, err := w.desk.Pay(t.Context(), w.order(o), models.PayWith{Method: method}); err != nil {
			t.Fatal(err)
		}
	}
	again(models.ByCard)
	w.wantSplit(o, models.SplitSent, "", 10_00, 3_00)
	w.pay(o, m{"card": "4000000000000002"})
	w.askAgain(o)
	w.wantSplit(o, models.SplitCanceled, "", 10_00, 3_00)
	w.wantReview() // nothing was taken
	w.exec("UPDATE makers SET percent = 50, version = version + 1 WHERE id = 1")
	again(models.ByCard)
	w.pay(o, m{})
	w.askAgain(o)
	w.wantSplit(o, models.SplitCompleted, "", 6_25, 3_00)
	w.wantBankShares(o, 6_25, 3_00)
	if n := w.number("SELECT count(*) FROM splits WHERE order_id = ?", o.ID); n != 3 {
		t.Errorf("%d splits, want one for each attempt", n)
	}
}

func TestTheSplitOfAHoldGoesWithTheCapture(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		request      models.CaptureRequest
		luka, mariam models.Tetri
		share        []models.Tetri
	}{
		"all":             {models.CaptureRequest{All: true}, 10_00, 3_00, []models.Tetri{10_00, 3_00}},
		"a missing unit":  {models.CaptureRequest{Lines: []models.LineUnits{{Position: 0, Units: 1}, {Position: 1, Units: 1}}}, 10_00, 1_50, []models.Tetri{10_00, 1_50}},
		"a missing maker": {models.CaptureRequest{Lines: []models.LineUnits{{Position: 0, Units: 1}, {Position: 1, Units: 0}}}, 10_00, 0, []models.Tetri{10_00}},
		"half the price":  {models.CaptureRequest{AmountTetri: 9_58, Reason: "dented"}, 5_00, 1_50, []models.Tetri{5_00, 1_50}},
		"a tetri":         {models.CaptureRequest{AmountTetri: 1, Reason: "dented"}, 0, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := sharing(t, bog.CaptureManual)
			o := w.placeShared(models.ByCard)
			if n := w.number("SELECT count(*) FROM payments WHERE instr(request_body, 'split') > 0"); n != 0 {
				t.Error("the order carries the split of a hold")
			}
			w.pay(o, m{})
			w.askAgain(o)
			w.wantStatus(o, models.OnHold)
			w.wantSplit(o, models.SplitPlanned, "", 10_00, 3_00)
			c.request.OrderID = o.ID
			for i := range c.request.Lines { // the cart decides which of them is first
				c.request.Lines[i].Position = slices.IndexFunc(o.Lines, func(l models.OrderLine) bool { return l.Slug == []string{"honey", "wax"}[i] })
			}
			if _, err := w.desk.Capture(t.Context(), c.request); err != nil {
				t.Fatal(err)
			}
			w.sweep(time.Second)
			w.wantStatus(o, models.Paid)
			if len(c.share) > 0 {
				w.wantSplit(o, models.SplitCompleted, "", c.share...)
				w.wantBankShares(o, int(c.luka), int(c.mariam))
			} else if n := w.number("SELECT count(*) FROM splits"); n != 0 {
				t.Errorf("%d splits of nothing", n)
			}
			w.wantReview()
			w.wantSameMoney()
		})
	}
}

func TestTheSplitOfAReleasedHoldIsCanceled(t *testing.T) {
	t.Parallel()
	w := sharing(t, bog.CaptureManual)
	o := w.paidShared(models.ByCard)
	if _, err := w.desk.Release(t.Context(), models.ReleaseRequest{OrderID: o.ID, Reason: "sold out"}); err != nil {
		t.Fatal(err)
	}
	w.sweep(time.Second)
	w.wantStatus(o, models.Cancelled)
	w.wantSplit(o, models.SplitCanceled, "", 10_00, 3_00)
	w.wantReview()
}

// Less is taken than was asked: what is left of it for the shop is told to staff, and shares that are
// more than what was taken are for them to settle.
func TestASplitOfADiscountedPayment(t *testing.T) {
	t.Parallel()
	for percent, state := range map[int]models.SplitState{80: models.SplitCompleted, 100: models.SplitRejected} {
		w := sharing(t, "")
		campaign := &bog.CampaignConfig{Card: bog.CardVisa, Type: bog.CampaignDiscount}
		w.newDesk(bog.Simulator(w.bankURL), payments.Config{CallTime: 40 * time.Second, Methods: models.Methods(), Campaign: campaign})
		w.exec("UPDATE makers SET percent = ?, amount_tetri = 0 WHERE id = 1", percent)
		w.exec("UPDATE makers SET percent = ?, amount_tetri = 0 WHERE id = 2", percent)
		o := w.paidShared(models.ByCard)
		w.wantStatus(o, models.Paid)
		list, err := w.store.OrderSplits(t.Context(), o.ID)
		if err != nil || len(list) != 1 {
			t.Fatalf("%d splits, %v", len(list), err)
		}
		p := w.order(o).LastPayment()
		if s := list[0]; s.State != state || p.DiscountTetri == 0 || s.OfTetri != p.CapturedTetri {
			t.Errorf("%d %%: the split of %s is %s, want %s of %s", percent, s.OfTetri, s.State, state, p.CapturedTetri)
		}
		w.wantSameMoney()
	}
}

func TestARefundLeavesTheSharesWithTheMakers(t *testing.T) {
	t.Parallel()
	w := sharing(t, bog.CaptureAutomatic)
	o := w.paidShared(models.ByCard)
	if _, err := w.desk.Refund(t.Context(), models.RefundRequest{OrderID: o.ID, All: true, Reason: "gone bad"}); err != nil {
		t.Fatal(err)
	}
	w.sweep(time.Second)
	w.wantStatus(o, models.Refunded)
	w.wantSplit(o, models.SplitCompleted, "", 10_00, 3_00)
	w.wantBankShares(o, 10_00, 3_00)
	w.wantReview()
	w.wantSameMoney()
}

// The request of an automatic charge has no place for a split, so staff see what the makers have
// to get in another way.
func TestAnAutomaticChargeCarriesNoSplit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people()
	parent := w.bought(models.Subscription, goodCard)
	w.store.Split = models.SplitRules{On: true}
	w.made(1, models.Maker{NameKa: "ლუკა", NameEn: "Luka", Percent: 80})
	o, err := w.again(parent)
	if err != nil {
		t.Fatal(err)
	}
	w.sweep(time.Second)
	w.wantStatus(o, models.Paid)
	w.wantSplit(o, models.SplitNotSent, models.SplitByAutomatic, 10_00)
	if got := w.bankShares(o); got != nil {
		t.Errorf("the bank has paid out %v", got)
	}
}
