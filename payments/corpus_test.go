package payments_test

import (
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
)

// updateCorpus writes the receipts anew: go test ./payments -run Corpus -update-corpus
var updateCorpus = flag.Bool("update-corpus", false, "write the receipts of the client's fuzz corpus anew")

// The client's fuzz corpus begins with a receipt of each method, and of all that can stand in one: a
// hold, a discount, a split, a refund. The simulated bank wrote them, and each still says what it
// would say today.
func TestTheCorpusHasAReceiptOfEveryMethod(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exec("UPDATE stock SET on_hand = 100")
	w.steer("settings", m{"loans": true})
	campaign := &bog.CampaignConfig{Card: bog.CardVisa, Type: bog.CampaignDiscount}
	desk := func(c payments.Config) {
		c.CallTime, c.Methods = 40*time.Second, models.Methods()
		w.newDesk(bog.Simulator(w.bankURL), c)
	}
	paidBy := func(method models.Method) *models.Order {
		t.Helper()
		o, err := w.placeBy(method)
		if err != nil {
			t.Fatal(err)
		}
		w.pay(o, m{"method": method})
		return w.settle(o)
	}
	for _, method := range models.Methods() {
		desk(payments.Config{})
		w.corpus("by_"+string(method), paidBy(method), func(r *bog.Receipt) bool {
			return r.PaymentDetail.TransferMethod.Key == bog.Method(method) && r.Status() == bog.StatusCompleted
		})
	}
	desk(payments.Config{Capture: bog.CaptureManual})
	w.corpus("of_hold", paidBy(models.ByCard), func(r *bog.Receipt) bool { return r.Status() == bog.StatusBlocked })
	desk(payments.Config{Campaign: campaign})
	w.corpus("with_discount", paidBy(models.ByCard), func(r *bog.Receipt) bool { return r.Discount != nil && r.Captured() == r.Due() })
	desk(payments.Config{})
	refunded := paidBy(models.ByGooglePay)
	w.refund(models.RefundRequest{OrderID: refunded.ID, AmountTetri: 5_00, Reason: "test"})
	w.corpus("with_refund", refunded, func(r *bog.Receipt) bool {
		return r.Status() == bog.StatusRefundedPartially && len(r.Actions) == 1
	})
	w.corpusOfSplit()
}

// corpusOfSplit orders past the shop, with a share for somebody else.
func (w *world) corpusOfSplit() {
	w.t.Helper()
	client, err := bog.New(bog.Config{Endpoints: bog.Simulator(w.bankURL), ClientID: "dukani", ClientSecret: "dukani-demo-secret", CallbackKeys: []string{w.bank.PublicKeyPEM()}})
	if err != nil {
		w.t.Fatal(err)
	}
	o, err := client.CreateOrder(w.t.Context(), bog.OrderRequest{
		CallbackURL: w.shopURL, PaymentMethods: []bog.Method{"card"},
		PurchaseUnits: bog.PurchaseUnits{Currency: bog.GEL, TotalAmount: 12_50, Basket: []bog.BasketItem{{ProductID: "honey", Quantity: 1, UnitPrice: 12_50}}},
		Config:        &bog.OrderConfig{Split: &bog.Split{Payments: []bog.SplitPayment{{IBAN: "GE29NB0000000101904917", Percent: 80, Description: "honey"}}}},
	}, bog.CallOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	w.steer("orders/"+o.ID+"/pay", m{})
	w.corpusFile("with_split", o.ID, func(r *bog.Receipt) bool { return r.Split != nil && len(r.Split.Payments) == 1 })
}

func (w *world) corpus(name string, o *models.Order, is func(*bog.Receipt) bool) {
	w.t.Helper()
	w.corpusFile(name, *w.order(o).LastPayment().BankOrderID, is)
}

// corpusFile compares a file of the corpus, and what the bank says today, with what it stands for.
func (w *world) corpusFile(name, bankID string, is func(*bog.Receipt) bool) {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.bankURL+"/payments/v1/receipt/"+bankID, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+w.token())
	request.Header.Set("Accept", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	today, err := io.ReadAll(answer.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	path := filepath.Join("bog", "testdata", "receipt_"+name+".json")
	if *updateCorpus {
		if err := os.WriteFile(path, today, 0o644); err != nil {
			w.t.Fatal(err)
		}
	}
	stored, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	for from, raw := range map[string][]byte{"the bank": today, path: stored} {
		r, err := bog.DecodeReceipt(raw)
		if err != nil || !is(r) {
			w.t.Errorf("%s has another receipt: %v\n%s", from, err, raw)
		}
	}
}
