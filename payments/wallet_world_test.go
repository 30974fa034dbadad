package payments_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
)

// The tokens of a wallet's sheet. The simulated bank finds a test card in them; secretPart is what
// may be found nowhere else.
const (
	secretPart  = "c2VjcmV0LXdhbGxldC10b2tlbg"
	payingToken = `{"signature":"MEUC\/` + secretPart + `","card":"4000000000000010"}`
	asking3DS   = `{"signature":"` + secretPart + `","authMethod":"PAN_ONLY","card":"4000000000000001"}`
	poorToken   = `{"signature":"` + secretPart + `","card":"4000000000000002"}`
)

// withWallets gives the world a desk that offers the wallets and whose log is kept.
func (w *world) withWallets() *logged {
	w.t.Helper()
	log := &logged{}
	w.newDesk(bog.Simulator(w.bankURL), payments.Config{
		CallTime: 5 * time.Second, Methods: []models.Method{models.ByCard, models.ByApplePay, models.ByGooglePay},
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	return log
}

type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// form is a checkout form for one honey in a new cart.
func (w *world) form(m models.Method) (cart string, c models.Checkout) {
	w.t.Helper()
	cart = uuid.NewString()
	if _, err := w.store.AddToCart(w.t.Context(), cart, "honey", 1); err != nil {
		w.t.Fatal(err)
	}
	return cart, w.seen(cart, models.Checkout{
		Key: uuid.NewString(), ExpectedTotal: 12_50, Lang: models.Ka, Name: "ნინო კაპანაძე", Email: "nino@example.ge",
		Phone: "+995599123456", Delivery: models.Pickup, AcceptsTerms: true, Method: m,
	})
}

// byGoogle orders one honey with a token of Google Pay.
func (w *world) byGoogle(token string) (*models.Order, payments.PayResult) {
	w.t.Helper()
	cart, c := w.form(models.ByGooglePay)
	o, result, err := w.desk.PlaceOrderByWallet(w.t.Context(), cart, c, payments.WalletButton{Token: token})
	if err != nil {
		w.t.Fatal(err)
	}
	return o, result
}

// byApple orders one honey up to Apple Pay's sheet.
func (w *world) byApple() (*models.Order, payments.PayResult) {
	w.t.Helper()
	cart, c := w.form(models.ByApplePay)
	o, result, err := w.desk.PlaceOrderByWallet(w.t.Context(), cart, c, payments.WalletButton{})
	if err != nil {
		w.t.Fatal(err)
	}
	if result.Outcome != payments.InSheet || !strings.Contains(result.Session, "merchantSessionIdentifier") {
		w.t.Fatalf("the sheet was given %+v", result)
	}
	return o, result
}

// complete hands over Apple Pay's token.
func (w *world) complete(o *models.Order, sheet payments.PayResult, token string) payments.PayResult {
	w.t.Helper()
	result, err := w.desk.CompleteApplePay(w.t.Context(), o, sheet.Attempt, token)
	if err != nil {
		w.t.Fatal(err)
	}
	return result
}

// confirm3DS confirms a payment at the card's issuer, where address leads.
func (w *world) confirm3DS(address string) {
	w.t.Helper()
	page, err := http.Get(address)
	if err != nil {
		w.t.Fatal(err)
	}
	page.Body.Close()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	done, err := client.PostForm(page.Request.URL.String(), url.Values{"action": {"confirm"}})
	if err != nil {
		w.t.Fatal(err)
	}
	done.Body.Close()
	if done.StatusCode != http.StatusSeeOther {
		w.t.Fatalf("3-D Secure answered %s", done.Status)
	}
}

// wantInNoTable looks for a token in all rows of PostgreSQL's tables, whose files are not ours.
func (w *world) wantInNoTable() {
	w.t.Helper()
	rows, err := w.raw.Query("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			w.t.Fatal(err)
		}
		if n := w.number("SELECT count(*) FROM "+table+" x WHERE strpos(x::text, ?1) > 0 OR strpos(x::text, encode(convert_to(?1, 'UTF8'), 'hex')) > 0", secretPart); n != 0 {
			w.t.Errorf("%d rows of %s have the wallet's token", n, table)
		}
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
}

// wantNowhere looks for a token in the shop's database, in all its files, and in its log.
func (w *world) wantNowhere(log *logged) {
	w.t.Helper()
	if w.store.Postgres() {
		w.wantInNoTable()
	}
	searched := 0
	for _, name := range []string{w.address, w.address + "-wal"} {
		b, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			w.t.Fatal(err)
		}
		searched += len(b)
		if bytes.Contains(b, []byte(secretPart)) {
			w.t.Errorf("%s has the wallet's token", name)
		}
	}
	if n := w.number("SELECT count(*) FROM payment_events WHERE instr(headers || verdict || cause, 'pay_token') > 0 OR instr(body, 'pay_token') > 0"); n == 0 || searched == 0 && !w.store.Postgres() {
		w.t.Errorf("the journal shows %d calls with a token; %d bytes were searched", n, searched)
	}
	if strings.Contains(log.String(), secretPart) {
		w.t.Error("the log has the wallet's token")
	}
}

// wantOnce says how many orders, captures and orders at the bank there are.
func (w *world) wantOnce(captured int) {
	w.t.Helper()
	var atBank []m
	w.get("orders", &atBank)
	if n := w.number("SELECT count(*) FROM ledger WHERE kind = 'captured'"); n != captured || len(atBank) > 1 {
		w.t.Errorf("captured %d times, want %d; the bank has %d orders", n, captured, len(atBank))
	}
	w.wantSameMoney()
}
