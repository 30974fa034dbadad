package models_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dukani/models"
)

// bigOrders makes the benchmarks of the staff's list run at a million orders. Making them
// takes a minute or two; with -orders.file they are there the next time.
var (
	bigOrders     = flag.Bool("orders.big", false, "benchmark the list of 1,000,000 orders")
	bigOrdersFile = flag.String("orders.file", "", "where to keep the shop with 1,000,000 orders")
)

// ordersUntil is when the newest of the orders was placed.
var ordersUntil = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// manyOrders opens a shop with n orders of three years.
func manyOrders(b *testing.B, n int) (*models.Store, *sql.DB) {
	b.Helper()
	path := filepath.Join(b.TempDir(), "shop.db")
	if n == 1_000_000 && *bigOrdersFile != "" {
		path = *bigOrdersFile
	}
	_, missing := os.Stat(path)
	store, err := models.Open(context.Background(), path)
	if err != nil {
		b.Fatal(err)
	}
	store.Now = func() time.Time { return ordersUntil }
	raw, err := sql.Open("sqlite", "file:"+path+"?_pragma=synchronous(0)&_pragma=cache_size(-200000)")
	if err != nil {
		b.Fatal(err)
	}
	raw.SetMaxOpenConns(1)
	b.Cleanup(func() {
		raw.Close()
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	})
	if missing != nil {
		fillOrders(b, raw, n)
	}
	return store, raw
}

// fillOrders stores n orders in one transaction. The indexes are made afterwards, which is
// quicker than adding to them.
func fillOrders(b *testing.B, db *sql.DB, n int) {
	b.Helper()
	exec := func(query string, args ...any) {
		if _, err := db.Exec(query, args...); err != nil {
			b.Fatalf("%s: %v", query, err)
		}
	}
	exec("BEGIN IMMEDIATE")
	var indexes []string
	rows, err := db.Query("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> '' AND tbl_name IN ('orders', 'payments')")
	if err != nil {
		b.Fatal(err)
	}
	var names []string
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			b.Fatal(err)
		}
		names, indexes = append(names, name), append(indexes, text)
	}
	rows.Close()
	for _, name := range names {
		exec("DROP INDEX " + name)
	}
	orders := newBulk(b, db, `INSERT INTO orders (id, number, token, checkout_key, fingerprint, lang, theme, status, name, email, phone, delivery, region,
		city, street, note, items_tetri, delivery_tetri, total_tetri, vat_tetri, terms_version, terms_at, reserves_stock, reserved_until,
		paid_payment_id, fulfilment, created_at, updated_at, used_method) VALUES `, 29)
	payments := newBulk(b, db, `INSERT INTO payments (id, order_id, attempt, kind, idempotency_key, request_body, bank_order_id, state, requested_tetri,
		captured_tetri, card_mask, card_last4, card_brand, expires_at, created_at, updated_at, method) VALUES `, 17)
	words := newBulk(b, db, "INSERT INTO order_words (rowid, words) VALUES ", 2)
	r := rand.New(rand.NewPCG(1, uint64(n)))
	for id := 1; id <= n; id++ {
		o := someOrder(r, id, n)
		at := o.at.Format(time.DateTime) + "+00:00"
		paid := any(nil)
		if o.state == "paid" {
			paid = id
		}
		orders.add(id, o.number, fmt.Sprint("t", id), fmt.Sprint("k", id), "f", "ka", "", o.status, o.name, o.email, o.phone, o.delivery, "tbilisi",
			"თბილისი", "რუსთაველის 1", "", o.total, 0, o.total, 0, "2026", at, 0, at, paid, o.fulfilment, at, at, o.method)
		payments.add(id, id, 1, "page", fmt.Sprint("i", id), "{}", o.bankID, o.state, o.total, 0, "516899******"+o.last4, o.last4, "mc", at, at, at, o.method)
		words.add(id, models.OrderWords(o.name, o.email, o.phone))
	}
	for _, bulk := range []*bulk{orders, payments, words} {
		bulk.flush()
	}
	for _, text := range indexes {
		exec(text)
	}
	exec("INSERT INTO order_words (order_words) VALUES ('optimize')")
	exec("COMMIT")
	exec("PRAGMA wal_checkpoint(TRUNCATE)")
}

// bulk inserts many rows with one statement.
type bulk struct {
	b        *testing.B
	db       *sql.DB
	text     string
	one      string
	columns  int
	args     []any
	prepared *sql.Stmt
}

const rowsAtOnce = 50

func newBulk(b *testing.B, db *sql.DB, text string, columns int) *bulk {
	b.Helper()
	u := &bulk{b: b, db: db, text: text, columns: columns, one: "(?" + strings.Repeat(", ?", columns-1) + ")"}
	var err error
	if u.prepared, err = db.Prepare(text + u.one + strings.Repeat(", "+u.one, rowsAtOnce-1)); err != nil {
		b.Fatal(err)
	}
	return u
}

func (u *bulk) add(row ...any) {
	u.args = append(u.args, row...)
	if len(u.args) < rowsAtOnce*u.columns {
		return
	}
	if _, err := u.prepared.Exec(u.args...); err != nil {
		u.b.Fatal(err)
	}
	u.args = u.args[:0]
}

func (u *bulk) flush() {
	if rows := len(u.args) / u.columns; rows > 0 {
		if _, err := u.db.Exec(u.text+u.one+strings.Repeat(", "+u.one, rows-1), u.args...); err != nil {
			u.b.Fatal(err)
		}
	}
	u.prepared.Close()
}

type bulkOrder struct {
	number, name, email, phone, delivery, status, fulfilment, state, last4, bankID, method string
	total                                                                                  int
	at                                                                                     time.Time
}

var (
	firstNames = strings.Fields("ნინო გიორგი მარიამ დავით ანა ლუკა თამარ ნიკა ეკა ირაკლი ქეთევან ზურაბ სალომე ლევან ნათია Nino Giorgi Mariam David Ana Luka Tamar")
	stems      = strings.Fields("კაპან ბერ მაისურ გელაშ ლომ ხვედელ ჯაფარ წიკლა ღვინ ყიფ ჩხეი შენგელ ფირცხალ ქარ ტაბატ რამიშ ონიან ნიკოლა მელაძ Kapan Ber Lom Japar")
	endings    = strings.Fields("აძე იძე ძე შვილი ვილი ია უა ელი აია iani shvili dze")
	deliveries = []string{"tbilisi", "tbilisi", "tbilisi", "tbilisi", "tbilisi", "city", "city", "mountain", "pickup", "pickup"}
)

// method is what somebody pays with: mostly a card.
func method(r *rand.Rand) models.Method {
	all := models.Methods()
	return all[max(r.IntN(40)-40+len(all), 0)]
}

// someOrder is the order with this id of n. Common names are common; old orders are over.
func someOrder(r *rand.Rand, id, n int) bulkOrder {
	zipf := func(words []string) string { return words[int(float64(len(words))*r.Float64()*r.Float64())] }
	first, last := zipf(firstNames), zipf(stems)+zipf(endings)
	person := r.IntN(max(n/3, 1))
	age := time.Duration(float64(3*365*24*time.Hour) * float64(n-id) / float64(n))
	o := bulkOrder{
		number: fmt.Sprint("D-", 100_000+id), name: first + " " + last,
		email: fmt.Sprintf("%s.%d@example.ge", strings.ToLower(first), person), phone: fmt.Sprintf("+9955%08d", person*31%100_000_000),
		delivery: deliveries[r.IntN(len(deliveries))], total: 5_00 + int(float64(200_00)*r.ExpFloat64()/3),
		last4: fmt.Sprintf("%04d", r.IntN(10_000)), bankID: fmt.Sprintf("%08x-1a2b-4c3d-9e8f-%012x", r.Uint32(), id),
		at: ordersUntil.Add(-age), status: "paid", state: "paid", fulfilment: "waiting",
	}
	switch dice := r.IntN(1000); {
	case dice < 140:
		o.status, o.state = "expired", "expired"
	case dice < 210:
		o.status, o.state = "declined", "declined"
	case dice < 300:
		o.status, o.state = "cancelled", "expired"
	case dice < 330:
		o.status, o.fulfilment = "refunded", []string{"waiting", "returned"}[r.IntN(2)]
	case dice < 350:
		o.status = "partly_refunded"
	case dice < 352 && age < 30*24*time.Hour:
		o.status, o.state = "on_hold", "held"
	case dice == 352 && age < 30*24*time.Hour:
		o.status, o.state = "review", "mismatch"
	case dice < 360 && age < time.Hour:
		o.status, o.state = "awaiting_payment", "open"
	}
	if o.state == "paid" || o.state == "declined" {
		o.method = string(method(r))
	}
	if age < 2*365*24*time.Hour { // there are ways to deliver and to pay that were given up
		if o.delivery == "city" {
			o.delivery = "tbilisi"
		}
		if o.method == string(models.ByGiftCard) {
			o.method = string(models.ByCard)
		}
	}
	if o.status != "paid" && o.status != "partly_refunded" {
		return o
	}
	over, way := "delivered", []string{"waiting", "waiting", "packed", "sent", "sent"}
	if o.delivery == "pickup" {
		over, way = "handed_over", []string{"waiting", "ready", "ready"}
	}
	if o.fulfilment = over; age < 4*24*time.Hour {
		o.fulfilment = way[r.IntN(len(way))]
	}
	return o
}

// The list has to answer within 50 ms at a million orders, whatever a member of staff looks for:
// each filter by itself, the combinations of them, and each kind of search, with values drawn
// from all orders. What is reported is the slowest of the draws, in processor time.
func BenchmarkOrderList(b *testing.B) {
	n := 20_000
	if *bigOrders {
		n = 1_000_000
	}
	store, raw := manyOrders(b, n)
	r := rand.New(rand.NewPCG(2, 3))
	for name, draws := range orderListDraws(b, raw, r, n) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				var took []time.Duration
				for _, f := range draws {
					took = append(took, listTime(b, store, f))
				}
				reportTimes(b, took)
			}
		})
	}
}

// orderListDraws are filters by what they have in common, with values of orders drawn from all.
func orderListDraws(b *testing.B, raw *sql.DB, r *rand.Rand, n int) map[string][]models.OrderListFilter {
	b.Helper()
	draws := map[string][]models.OrderListFilter{"everything": {{}}}
	for range 40 {
		var o bulkOrder
		var at string
		if err := raw.QueryRow(`SELECT o.number, o.name, o.email, o.phone, o.delivery, o.status, o.fulfilment, o.total_tetri, p.card_last4, p.bank_order_id,
			CAST(o.created_at AS TEXT) FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.id = ?`, 1+r.IntN(n)).Scan(&o.number, &o.name, &o.email, &o.phone,
			&o.delivery, &o.status, &o.fulfilment, &o.total, &o.last4, &o.bankID, &at); err != nil {
			b.Fatal(err)
		}
		placed, err := time.Parse(time.DateOnly, at[:10])
		if err != nil {
			b.Fatal(err)
		}
		amount := models.Tetri(o.total)
		status, fulfilment, delivery := models.OrderStatus(o.status), models.Fulfilment(o.fulfilment), models.Delivery(o.delivery)
		for name, f := range map[string]models.OrderListFilter{
			"status":                 {Status: status},
			"fulfilment":             {Fulfilment: fulfilment},
			"delivery":               {Delivery: delivery},
			"day":                    {From: placed, To: placed.AddDate(0, 0, 1)},
			"month":                  {From: placed, To: placed.AddDate(0, 1, 0)},
			"amount":                 {Min: amount, Max: amount},
			"amounts":                {Min: amount - amount/10, Max: amount + amount/10},
			"amount from":            {Min: amount},
			"method":                 {Method: method(r)},
			"method+status":          {Method: method(r), Status: status},
			"status+day":             {Status: status, From: placed, To: placed.AddDate(0, 0, 1)},
			"status+month+delivery":  {Status: status, From: placed, To: placed.AddDate(0, 1, 0), Delivery: delivery},
			"status+amounts":         {Status: status, Min: amount - amount/10, Max: amount + amount/10},
			"status+delivery":        {Status: status, Delivery: delivery},
			"status+fulfilment":      {Status: status, Fulfilment: fulfilment},
			"fulfilment+delivery":    {Fulfilment: fulfilment, Delivery: delivery},
			"amounts+delivery":       {Min: amount - amount/20, Max: amount + amount/20, Delivery: delivery},
			"amounts+month":          {Min: amount - amount/20, Max: amount + amount/20, From: placed, To: placed.AddDate(0, 1, 0)},
			"all":                    {Status: status, Fulfilment: fulfilment, Delivery: delivery, Min: amount / 2, Max: amount * 2, From: placed, To: placed.AddDate(0, 6, 0)},
			"search number":          {Query: o.number},
			"search name":            {Query: o.name},
			"search first name":      {Query: strings.Fields(o.name)[0]},
			"search surname":         {Query: strings.Fields(o.name)[1]},
			"search beginning":       {Query: string([]rune(o.name)[:2])},
			"search e-mail":          {Query: o.email},
			"search before the @":    {Query: o.email[:strings.IndexByte(o.email, '@')+1]},
			"search phone":           {Query: o.phone},
			"search phone beginning": {Query: o.phone[4:8]},
			"search bank id":         {Query: o.bankID},
			"search last four":       {Query: o.last4},
			"search name+status":     {Query: o.name, Status: status},
			"search first+review":    {Query: strings.Fields(o.name)[0], Status: models.Review},
			"search first+day":       {Query: strings.Fields(o.name)[0], From: placed, To: placed.AddDate(0, 0, 1)},
		} {
			draws[name] = append(draws[name], f)
		}
	}
	for _, f := range []models.Fulfilment{models.FulfilmentWaiting, models.FulfilmentPacked, models.FulfilmentReady, models.FulfilmentSent} {
		draws["to do"] = append(draws["to do"], models.OrderListFilter{Fulfilment: f}, models.OrderListFilter{Fulfilment: f, Status: models.Paid})
	}
	for _, status := range []models.OrderStatus{models.Review, models.OnHold, models.AwaitingPayment, models.Refunding} {
		draws["rare status"] = append(draws["rare status"], models.OrderListFilter{Status: status})
	}
	return draws
}
