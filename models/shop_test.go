package models_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"dukani/models"
	"dukani/models/storetest"
)

// shop is a store on a real file with a clock that the test moves, and a plain connection to
// the same file.
type shop struct {
	*models.Store
	t       testing.TB
	address string
	raw     *sql.DB
	now     time.Time
}

func openShop(t testing.TB) *shop {
	t.Helper()
	address := storetest.New(t)
	store, err := models.Open(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	raw := storetest.Raw(t, address)
	s := &shop{Store: store, t: t, address: address, raw: raw, now: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
	store.Now = func() time.Time { return s.now }
	store.Log = slog.New(slog.DiscardHandler)
	store.PasswordMemory = 64 // KiB: quick to hash
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	s.exec("INSERT INTO categories (id, slug, position, picture, tint) VALUES (1, 'sweets', 1, 'x', 'rose')")
	return s
}

func (s *shop) exec(query string, args ...any) {
	s.t.Helper()
	if _, err := s.raw.Exec(query, args...); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
}

// number is the single integer that query yields.
func (s *shop) number(query string, args ...any) (n int) {
	s.t.Helper()
	if err := s.raw.QueryRow(query, args...).Scan(&n); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// text is the single text that query yields.
func (s *shop) text(query string, args ...any) (text string) {
	s.t.Helper()
	if err := s.raw.QueryRow(query, args...).Scan(&text); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
	return text
}

func (s *shop) product(slug string, price models.Tetri, stock int) {
	s.t.Helper()
	s.exec(`INSERT INTO products (slug, category_id, price_tetri, region, tint, rank, created_at)
		VALUES (?, 1, ?, 'kakheti', 'rose', 1, '2026-10-01 00:00:00')`, slug, price)
	for _, lang := range []string{"ka", "en"} {
		s.exec(`INSERT INTO product_texts (product_id, lang, name, text, producer, measure)
			SELECT id, ?, ? || ' ' || slug, 'text', 'producer', '100 g' FROM products WHERE slug = ?`, lang, lang, slug)
	}
	s.exec("INSERT INTO stock (product_id, on_hand) SELECT id, ? FROM products WHERE slug = ?", stock, slug)
}

func (s *shop) add(cart, slug string, quantity int) {
	s.t.Helper()
	if _, err := s.AddToCart(s.t.Context(), cart, slug, quantity); err != nil {
		s.t.Fatal(err)
	}
}

func checkout(total models.Tetri) models.Checkout {
	return models.Checkout{
		Key: uuid.NewString(), ExpectedTotal: total, Lang: models.En,
		Name: "Nino Kapanadze", Email: "nino@example.ge", Phone: "599 12 34 56",
		Delivery: models.Pickup, AcceptsTerms: true,
	}
}

// request stands for the bank's request body; the store must not care.
func (s *shop) request(o *models.Order, _ models.PaymentKind) (models.NewPayment, error) {
	return models.NewPayment{
		IdempotencyKey: uuid.NewString(), RequestBody: []byte(o.Number), ExpiresAt: s.now.Add(15 * time.Minute),
	}, nil
}

// seen is the form of a page that showed the cart as it is.
func (s *shop) seen(cart string, c models.Checkout) models.Checkout {
	s.t.Helper()
	now, err := s.Cart(s.t.Context(), c.Lang, cart)
	if err != nil {
		s.t.Fatal(err)
	}
	c.Shown = now.Shown(c.Lang, c.CustomerID)
	return c
}

// place orders what the page showed, which is what the cart holds unless c says so.
func (s *shop) place(cart string, c models.Checkout) *models.Order {
	s.t.Helper()
	if c.Shown == "" {
		c = s.seen(cart, c)
	}
	o, err := s.PlaceOrder(s.t.Context(), cart, c, s.request)
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

// opened places an order and has the bank open its payment.
func (s *shop) opened(cart string, c models.Checkout) *models.Order {
	s.t.Helper()
	o := s.place(cart, c)
	s.answer(o)
	return s.order(o.ID)
}

func bankID(p *models.Payment) string { return fmt.Sprintf("bank-%d", p.ID) }

func (s *shop) answer(o *models.Order) {
	s.t.Helper()
	p := s.order(o.ID).LastPayment()
	if err := s.StartAnswered(s.t.Context(), p.ID, bankID(p), "https://bank.example/?order_id=1"); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) order(id int64) *models.Order {
	s.t.Helper()
	o, err := s.OrderByID(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

// report is what the bank would say about an order's attempt p.
func report(o *models.Order, p *models.Payment, state models.PaymentState) models.Report {
	r := models.Report{
		PaymentID: p.ID, Cause: "test", State: state, BankOrderID: bankID(p), OrderNumber: o.Number,
		Currency: "GEL", Requested: p.RequestedTetri, Status: "verbatim " + string(state), Life: 15 * time.Minute,
	}
	switch state {
	case models.PaymentPaid:
		r.Transferred = p.RequestedTetri
	case models.PaymentRefunded:
		r.Refunded = p.RequestedTetri
	}
	return r
}

func (s *shop) settle(r models.Report) *models.Order {
	s.t.Helper()
	shown, err := s.Settle(s.t.Context(), r)
	if err != nil {
		s.t.Fatal(err)
	}
	o := s.order(int64(s.number("SELECT order_id FROM payments WHERE id = ?", r.PaymentID)))
	if n := len(shown.Events); n != len(o.Events) || n > 0 && shown.Events[n-1].Detail != o.Events[n-1].Detail {
		s.t.Errorf("a shopper who comes back from the bank sees the timeline %+v, want %+v", shown.Events, o.Events)
	}
	return o
}

// stock returns what lies on the shelf of a product and what of it is reserved.
func (s *shop) stock(slug string) (onHand, reserved int) {
	s.t.Helper()
	if err := s.raw.QueryRow("SELECT on_hand, reserved FROM stock JOIN products ON id = product_id WHERE slug = ?", slug).
		Scan(&onHand, &reserved); err != nil {
		s.t.Fatal(err)
	}
	return onHand, reserved
}

func (s *shop) wantStock(slug string, onHand, reserved int) {
	s.t.Helper()
	if h, r := s.stock(slug); h != onHand || r != reserved {
		s.t.Errorf("stock of %s: %d on hand, %d reserved; want %d, %d", slug, h, r, onHand, reserved)
	}
}

func (s *shop) wantStatus(id int64, want models.OrderStatus) {
	s.t.Helper()
	if got := s.order(id).Status; got != want {
		s.t.Errorf("order status %s, want %s", got, want)
	}
}

// wantSound checks what must be true after every scenario: paid once, no unit lost
// or sold twice, one ledger row and one mail for each move.
func (s *shop) wantSound() {
	s.t.Helper()
	for rule, query := range map[string]string{
		"an order is paid at most once": `SELECT count(*) FROM (SELECT order_id FROM stock_moves WHERE kind = 'sold'
			GROUP BY order_id, product_id HAVING count(*) > 1) twice`,
		"what is reserved is what open orders hold": `SELECT count(*) FROM stock s WHERE reserved <>
			(SELECT coalesce(sum(l.quantity), 0) FROM order_lines l JOIN orders o ON o.id = l.order_id
			 WHERE o.reserves_stock = 1 AND l.product_id = s.product_id)`,
		"moves add up to what is reserved": `SELECT count(*) FROM stock s WHERE reserved <>
			(SELECT coalesce(sum(CASE kind WHEN 'reserved' THEN quantity WHEN 'released' THEN -quantity WHEN 'sold' THEN -quantity ELSE 0 END), 0)
			 FROM stock_moves m WHERE m.product_id = s.product_id)`,
		"a paid order has its money in the ledger": `SELECT count(*) FROM orders o WHERE paid_payment_id IS NOT NULL AND
			NOT EXISTS (SELECT 1 FROM ledger l WHERE l.payment_id = o.paid_payment_id AND l.kind = 'captured' AND (o.total_tetri = l.amount_tetri +
				(SELECT coalesce(sum(amount_tetri), 0) FROM ledger d WHERE d.payment_id = l.payment_id AND d.kind IN ('discount', 'discount_correction'))
			OR l.amount_tetri = (SELECT max(amount_tetri) FROM captures c WHERE c.payment_id = l.payment_id AND c.kind = 'capture' AND c.state = 'completed')))`,
		"each mail has its job": `SELECT abs((SELECT count(*) FROM mails) - (SELECT count(*) FROM river_job WHERE kind = 'send_mail'))`,
	} {
		if n := s.number(query); n != 0 {
			s.t.Errorf("broken: %s (%d)", rule, n)
		}
	}
}

func TestTransactionsShareCommitsAndKeepApart(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 10_00, 5)
	const buyers = 64
	var wg sync.WaitGroup
	var mu sync.Mutex
	sold, refused := 0, 0
	for i := range buyers {
		cart := fmt.Sprintf("cart-%d", i)
		hash := fmt.Sprintf("%x", sha256.Sum256([]byte(cart)))
		s.exec("INSERT INTO carts (id, updated_at) VALUES (?, '2026-11-23 00:00:00')", i+1)
		s.exec("INSERT INTO cart_keys (key_hash, cart_id) VALUES (?, ?)", hash, i+1)
		s.exec(`INSERT INTO cart_items (cart_id, product_id, quantity, seen_tetri, added_at)
			SELECT ?, id, 1, 1000, '2026-11-23 00:00:00' FROM products`, i+1)
		form := s.seen(cart, checkout(10_00))
		wg.Go(func() {
			_, err := s.PlaceOrder(t.Context(), cart, form, s.request)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				sold++
			case models.IsKind(err, models.Conflict):
				refused++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if sold != 5 || refused != buyers-5 {
		t.Errorf("%d sold, %d refused; want 5, %d", sold, refused, buyers-5)
	}
	s.wantStock("honey", 5, 5)
	s.wantSound()
}

func TestPlaceOrder(t *testing.T) {
	t.Parallel()
	t.Run("freezes prices, delivery and VAT and sets units aside", func(t *testing.T) {
		s := openShop(t)
		s.product("honey", 12_50, 10)
		s.add("a", "honey", 2)
		c := checkout(30_00)
		c.Delivery, c.Street = models.Courier, "რუსთაველის 1"
		o := s.place("a", c)
		s.exec("UPDATE products SET price_tetri = 1")
		o = s.order(o.ID)
		if o.TotalTetri != 30_00 || o.VatTetri != 4_58 || o.DeliveryTetri != 5_00 || o.Lines[0].UnitTetri != 12_50 {
			t.Errorf("total %v, VAT %v, delivery %v, unit %v", o.TotalTetri, o.VatTetri, o.DeliveryTetri, o.Lines[0].UnitTetri)
		}
		if o.Number != "D-100001" || o.Phone != "+995599123456" || o.Status != models.AwaitingPayment {
			t.Errorf("number %s, phone %s, status %s", o.Number, o.Phone, o.Status)
		}
		if p := o.LastPayment(); p.State != models.PaymentStarting || string(p.RequestBody) != o.Number {
			t.Errorf("first payment %+v", p)
		}
		s.wantStock("honey", 10, 2)
		s.wantSound()
	})
	t.Run("asks again when the total moved", func(t *testing.T) {
		s := openShop(t)
		s.product("honey", 12_50, 10)
		s.add("a", "honey", 1)
		form := s.seen("a", checkout(12_50))
		s.exec("UPDATE products SET price_tetri = 1300")
		_, err := s.PlaceOrder(t.Context(), "a", form, s.request)
		changed, ok := errors.AsType[*models.CheckoutChanged](err)
		if !ok || changed.Now != 13_00 || changed.Cart.Lines[0].Seen != 12_50 {
			t.Fatalf("error %v, want the move from 12.50 to 13.00", err)
		}
		s.wantStock("honey", 10, 0)
	})
	t.Run("placing the same twice makes one order", func(t *testing.T) {
		s := openShop(t)
		s.product("honey", 12_50, 1) // the last unit: the second try must not miss it
		s.add("a", "honey", 1)
		c := checkout(12_50)
		first := s.place("a", c)
		again := s.place("a", c)
		fresh := c
		fresh.Key = uuid.NewString() // the form fetched anew after Back
		third := s.place("a", fresh)
		if again.ID != first.ID || third.ID != first.ID {
			t.Errorf("orders %d, %d, %d; want one", first.ID, again.ID, third.ID)
		}
		s.answer(first)
		s.settle(report(first, s.order(first.ID).LastPayment(), models.PaymentPaid))
		for _, form := range []models.Checkout{c, fresh} {
			if late := s.place("a", form); late.ID != first.ID || late.Status != models.Paid {
				t.Errorf("the form sent again after payment gave order %d %s", late.ID, late.Status)
			}
		}
		s.wantSound()
	})
	t.Run("a changed form replaces the unpaid order", func(t *testing.T) {
		s := openShop(t)
		s.product("honey", 12_50, 1)
		s.add("a", "honey", 1)
		c := checkout(12_50)
		first := s.place("a", c)
		c.Name = "Nino Beridze"
		second := s.place("a", c)
		if second.ID == first.ID {
			t.Fatal("the old name was kept")
		}
		s.wantStatus(first.ID, models.Cancelled)
		s.wantStock("honey", 1, 1)
		s.wantSound()
	})
	t.Run("an empty cart and missing units are refused", func(t *testing.T) {
		s := openShop(t)
		s.product("honey", 12_50, 3)
		if _, err := s.PlaceOrder(t.Context(), "a", checkout(12_50), s.request); !models.IsKind(err, models.Conflict) {
			t.Errorf("empty cart: %v", err)
		}
		s.add("a", "honey", 3)
		s.exec("UPDATE stock SET on_hand = 2")
		if _, err := s.PlaceOrder(t.Context(), "a", checkout(37_50), s.request); !models.IsKind(err, models.Conflict) {
			t.Errorf("missing units: %v", err)
		}
		s.wantStock("honey", 2, 0)
	})
}
