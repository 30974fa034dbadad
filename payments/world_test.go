package payments_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"dukani/models"
	"dukani/models/storetest"
	"dukani/payments"
	"dukani/payments/bog"
	"dukani/payments/simulator"
	"dukani/payments/simulator/simtest"
)

// world is a shop's desk on a real file beside a simulated bank, joined by real
// HTTP. The shop's clock is the test's.
type world struct {
	t       testing.TB
	desk    *payments.Desk
	store   *models.Store
	raw     *sql.DB
	address string // of the database
	bank    *simulator.Bank
	bankURL string
	offset  atomic.Int64
	begun   atomic.Int64 // callbacks that have come
	ended   atomic.Int64 // callbacks that are answered
	answers atomic.Int64 // callbacks answered with 200
	refused atomic.Int64 // callbacks answered otherwise
	shopURL string
	last    atomic.Pointer[message]
}

// message is a callback as it came.
type message struct {
	body      []byte
	signature string
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, bank: &simulator.Bank{}}
	w.address = storetest.New(t)
	var err error
	if w.store, err = models.Open(t.Context(), w.address); err != nil {
		t.Fatal(err)
	}
	w.store.Now = func() time.Time { return time.Now().UTC().Add(time.Duration(w.offset.Load())) }
	w.store.Log = slog.New(slog.DiscardHandler)
	w.raw = storetest.Raw(t, w.address)
	shop := httptest.NewServer(http.HandlerFunc(w.callback))
	t.Cleanup(func() {
		shop.Close()
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
	})
	w.bankURL = simtest.StartBank(t, w.bank)
	w.shopURL = shop.URL
	w.newDesk(bog.Simulator(w.bankURL), payments.Config{CallTime: 40 * time.Second, ReconcilePause: time.Millisecond})
	w.exec("INSERT INTO categories (id, slug, position, picture, tint) VALUES (1, 'sweets', 1, 'x', 'rose')")
	w.exec(`INSERT INTO products (id, slug, category_id, price_tetri, region, tint, rank, created_at)
		VALUES (1, 'honey', 1, 1250, 'kakheti', 'rose', 1, '2026-10-01 00:00:00')`)
	w.exec("INSERT INTO product_texts (product_id, lang, name, text, producer, measure) VALUES (1, 'ka', 'თაფლი <&>', '', '', ''), (1, 'en', 'Honey', '', '', '')")
	w.exec("INSERT INTO stock (product_id, on_hand) VALUES (1, 10)")
	return w
}

// newDesk gives the world a desk that finds the bank at the address at.
func (w *world) newDesk(at bog.Endpoints, c payments.Config) {
	w.t.Helper()
	perTry := 20 * time.Second
	if c.CallTime > 0 {
		perTry = min(perTry, c.CallTime)
	}
	client, err := bog.New(bog.Config{
		Endpoints: at, ClientID: simulator.DefaultClientID, ClientSecret: simulator.DefaultClientSecret,
		CallbackKeys: []string{w.bank.PublicKeyPEM()},
		Retry:        bog.Retry{Attempts: 2, PerTry: perTry, Total: 40 * time.Second, BaseDelay: time.Millisecond},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	c.Store, c.Bank, c.BaseURL, c.TTL = w.store, client, w.shopURL, 15*time.Minute
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if w.desk, err = payments.New(c); err != nil {
		w.t.Fatal(err)
	}
}

// callback answers at the shop's callback address.
func (w *world) callback(rw http.ResponseWriter, r *http.Request) {
	w.begun.Add(1)
	defer w.ended.Add(1)
	body, err := io.ReadAll(r.Body)
	if err == nil {
		w.last.Store(&message{body, r.Header.Get(bog.SignatureHeader)})
		err = w.desk.ReceiveCallback(r.Context(), body, r.Header.Get(bog.SignatureHeader), nil)
	}
	switch {
	case errors.Is(err, bog.ErrSignature):
		w.refused.Add(1)
		rw.WriteHeader(http.StatusUnauthorized)
	case err != nil:
		w.refused.Add(1)
		rw.WriteHeader(http.StatusInternalServerError)
	default:
		w.answers.Add(1)
	}
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	if _, err := w.raw.Exec(query, args...); err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
}

func (w *world) number(query string, args ...any) (n int) {
	w.t.Helper()
	if err := w.raw.QueryRow(query, args...).Scan(&n); err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// steer posts to the bank's steering API.
func (w *world) steer(path string, body any) {
	w.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	answer, err := http.Post(w.bankURL+"/_sim/"+path, "application/json", bytes.NewReader(b))
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(answer.Body)
		w.t.Fatalf("steer %s: %s %s", path, answer.Status, said)
	}
}

// heal ends the bank's faults.
func (w *world) heal() {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodDelete, w.bankURL+"/_sim/faults", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	answer.Body.Close()
}

type m = map[string]any

// seen is the form of a page that showed the cart as it is.
func (w *world) seen(cart string, c models.Checkout) models.Checkout {
	w.t.Helper()
	now, err := w.store.Cart(w.t.Context(), c.Lang, cart)
	if err != nil {
		w.t.Fatal(err)
	}
	c.Shown = now.Shown(c.Lang, c.CustomerID)
	return c
}

// place puts one honey into a new cart and orders it.
func (w *world) place() (*models.Order, payments.PayResult) {
	w.t.Helper()
	cart := uuid.NewString()
	if _, err := w.store.AddToCart(w.t.Context(), cart, "honey", 1); err != nil {
		w.t.Fatal(err)
	}
	o, payAt, err := w.desk.PlaceOrder(w.t.Context(), cart, w.seen(cart, models.Checkout{
		Key: uuid.NewString(), ExpectedTotal: 12_50, Lang: models.Ka, Name: "ნინო კაპანაძე", Email: "nino@example.ge",
		Phone: "+995599123456", Delivery: models.Pickup, AcceptsTerms: true,
	}))
	if err != nil {
		w.t.Fatal(err)
	}
	return o, payAt
}

func (w *world) order(o *models.Order) *models.Order {
	w.t.Helper()
	now, err := w.store.OrderByID(w.t.Context(), o.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return now
}

// pay pays an order's newest attempt at the bank, without a browser.
func (w *world) pay(o *models.Order, how m) {
	w.t.Helper()
	w.steer("orders/"+*w.order(o).LastPayment().BankOrderID+"/pay", how)
}

// ask settles an order's newest attempt once the bank may be asked about it again.
func (w *world) ask(o *models.Order, cause models.Cause) (*models.Order, error) {
	w.t.Helper()
	w.offset.Add(int64(2 * time.Second))
	return w.desk.Settle(w.t.Context(), w.order(o).LastPayment().ID, cause)
}

// sweep lets time pass and then sweeps as the worker does.
func (w *world) sweep(after time.Duration) {
	w.t.Helper()
	w.offset.Add(int64(after))
	// A callback that comes meanwhile makes its payment due a moment after this sweep has
	// looked for what is due. In the shop the callback starts another sweep.
	for quiet := false; !quiet; {
		begun := w.begun.Load()
		quiet = w.ended.Load() == begun
		if _, err := w.desk.Sweep(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
		quiet = quiet && w.begun.Load() == begun
	}
}

// expire lets the time to pay run out, at the bank and here, and ends when the bank's
// callback about it has been answered: one that came later would have an attempt looked
// at in the middle of what is tested.
func (w *world) expire() {
	w.t.Helper()
	before := w.ended.Load()
	w.steer("clock", m{"offset_seconds": 3600})
	for w.ended.Load() == before && w.t.Context().Err() == nil {
		runtime.Gosched()
	}
	w.sweep(time.Hour)
	w.steer("clock", m{"offset_seconds": 0})
}

// calledBack waits until so many callbacks of the bank have been answered in all: it sends them
// when it likes, and what they bring is not there before.
func (w *world) calledBack(n int64) {
	w.t.Helper()
	for w.ended.Load() < n && w.t.Context().Err() == nil {
		runtime.Gosched()
	}
}

func (w *world) wantStatus(o *models.Order, want models.OrderStatus) {
	w.t.Helper()
	if got := w.order(o); got.Status != want {
		w.t.Errorf("order %s is %s, want %s", got.Number, got.Status, want)
	}
}

// wantSameMoney compares the shop's ledger with the bank's (I3).
func (w *world) wantSameMoney() {
	w.t.Helper()
	answer, err := http.Get(w.bankURL + "/_sim/ledger")
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	var bank struct {
		Totals map[string]struct{ Taken, Refunded int }
	}
	if err := json.NewDecoder(answer.Body).Decode(&bank); err != nil {
		w.t.Fatal(err)
	}
	taken := w.number("SELECT coalesce(sum(amount_tetri), 0) FROM ledger WHERE kind = 'captured'")
	refunded := w.number("SELECT coalesce(sum(amount_tetri), 0) FROM ledger WHERE kind = 'refunded'")
	if theirs := bank.Totals["GEL"]; taken-refunded != theirs.Taken-theirs.Refunded {
		w.t.Errorf("the shop has %d - %d tetri, the bank %d - %d", taken, refunded, theirs.Taken, theirs.Refunded)
	}
}

// get reads from the bank's steering API: GET /_sim/{path}.
func (w *world) get(path string, into any) {
	w.t.Helper()
	answer, err := http.Get(w.bankURL + "/_sim/" + path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		w.t.Fatal(err)
	}
}
