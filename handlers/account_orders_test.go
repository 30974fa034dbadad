package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/riverqueue/river"

	"dukani/models"
	"dukani/views"
)

func TestOrderList(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.member("nino@example.ge")
	s.member("giorgi@example.ge")
	for i := 1; i <= 45; i++ {
		s.order(i, 1, []models.OrderStatus{models.Paid, models.Declined, models.Expired}[i%3], "nino@example.ge")
	}
	s.order(46, 2, models.Paid, "giorgi@example.ge")
	numbers := func(query string) (list []string) {
		named(v.open("/en/account/orders"+query), "order-link").Each(func(_ int, e *goquery.Selection) { list = append(list, e.Text()) })
		return list
	}
	if got := numbers(""); len(got) != 20 || got[0] != "D-100045" || got[19] != "D-100026" {
		t.Errorf("first page: %v", got)
	}
	if got := numbers("?page=3"); len(got) != 5 || got[4] != "D-100001" {
		t.Errorf("last page: %v", got)
	}
	if got := numbers("?page=99"); len(got) != 0 {
		t.Errorf("beyond the last page: %v", got)
	}
	if got := numbers("?show=paid"); len(got) != 15 {
		t.Errorf("paid: %d", len(got))
	}
	for q, want := range map[string]int{
		"100007": 1, "d-100007": 1, "saperavi": 20, "საფერავი": 20, "ᲡᲐᲤᲔᲠᲐᲕᲘ": 20, "saper\u200bavi": 20, "100046": 0, "%": 0, "_": 0, "' OR 1=1 --": 0, "no such thing": 0,
	} {
		if got := numbers("?q=" + url.QueryEscape(q)); len(got) != want {
			t.Errorf("searching for %q: %d orders, want %d", q, len(got), want)
		}
	}
	if got := numbers("?show=open&q=saperavi"); len(got) != 15 {
		t.Errorf("open ones with saperavi: %d", len(got))
	}
	own, guests := v.open("/en/account/orders/D-100003"), v.open("/en/orders/token-3")
	if own.Find("main").Text() != guests.Find("main").Text() {
		t.Error("the order's page is another one than that of the guest's link")
	}
}

func TestClaim(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.order(1, 0, models.Paid, "Nino@Example.ge") // as typed at the checkout
	s.order(2, 0, models.Paid, "giorgi@example.ge")
	v := s.member("nino@example.ge")
	s.member("other@example.ge")
	s.order(3, 2, models.Paid, "nino@example.ge") // bought by another account for her
	offered := func() bool { return named(v.open("/en/account/orders"), "claim-offer").Length() == 1 }
	if offered() {
		t.Error("orders are offered to an address that is not verified")
	}
	if r := v.submit("/en/account/orders/claim", nil); r.StatusCode != http.StatusConflict {
		t.Errorf("claiming them all the same: %d", r.StatusCode)
	}
	v.verify()
	if !offered() {
		t.Fatal("nothing is offered")
	}
	if r := v.submit("/en/account/orders/claim", nil); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("claim: %d", r.StatusCode)
	}
	if offered() || named(v.open("/en/account/orders"), "order-item").Length() != 1 {
		t.Error("the order is not in the list, or still offered")
	}
	if n := s.number("SELECT count(*) FROM orders WHERE id = 2 AND customer_id IS NULL OR id = 3 AND customer_id = 2"); n != 2 {
		t.Error("somebody else's order was claimed")
	}
}

func TestDownload(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.member("nino@example.ge")
	other := s.member("giorgi@example.ge")
	v.submit("/en/account/addresses", address("Rustaveli 12"))
	other.submit("/en/account/addresses", address("A secret street"))
	s.order(1, 1, models.Paid, "nino@example.ge")
	s.order(2, 2, models.Paid, "giorgi@example.ge")
	s.order(3, 0, models.Paid, "guest@example.ge")
	r := v.send(request("GET", "/en/account/data", nil))
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != "application/json" || !strings.HasPrefix(r.Header.Get("Content-Disposition"), "attachment;") {
		t.Fatalf("%d %v", r.StatusCode, r.Header)
	}
	var got models.Export
	must(t, json.Unmarshal([]byte(r.text), &got))
	if got.Profile.Email != "nino@example.ge" || len(got.Addresses) != 1 || len(got.Orders) != 1 || len(got.Orders[0].Lines) != 1 ||
		got.Orders[0].Total != "24.00" || len(got.Sessions) != 1 {
		t.Errorf("%+v", got)
	}
	for _, secret := range []string{"giorgi", "guest@", "A secret street", "D-100002", "argon2", "token-1", v.cookies[sessionCookie]} {
		if strings.Contains(r.text, secret) {
			t.Errorf("%q is in the download", secret)
		}
	}
}

func TestDeleteAccount(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	now := time.Now().UTC()
	s.store.Now = func() time.Time { return now }
	v := s.member("nino@example.ge")
	other := s.member("giorgi@example.ge")
	s.order(1, 1, models.Paid, "nino@example.ge")
	s.exec("INSERT INTO mails (order_id, kind, lang, recipient, subject, text, html, created_at) VALUES (1, 'paid', 'ka', 'nino@example.ge', 's', 'Nino', 'Nino', ?)", now)
	now = now.Add(20 * 24 * time.Hour)
	v.logIn("nino@example.ge", goodPassword)
	other.logIn("giorgi@example.ge", goodPassword)
	s.order(2, 1, models.AwaitingPayment, "nino@example.ge")
	s.order(3, 2, models.Paid, "giorgi@example.ge")
	s.order(4, 0, models.Paid, "nino@example.ge")
	v.submit("/en/account/addresses", address("Rustaveli 12"))
	v.add(wine, "1")
	del := func(password string) *reply {
		return v.submit("/en/account/delete", url.Values{"password": {password}})
	}
	if r := v.shown(del("wrong wrong")); r.StatusCode != 422 || r.document().Find("[data-field=password]").Length() != 1 {
		t.Errorf("with a wrong password: %d", r.StatusCode)
	}
	if r := v.shown(del(goodPassword)); r.StatusCode != http.StatusConflict || textOf(r.document(), "form-error") != views.T("en", "delete.unsettled") {
		t.Errorf("with an open order: %d, %q", r.StatusCode, textOf(r.document(), "form-error"))
	}
	s.exec("UPDATE orders SET status = 'expired' WHERE id = 2")
	if r := del(goodPassword); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/en" {
		t.Fatalf("delete: %d\n%s", r.StatusCode, r.text)
	}
	if r := v.shown(v.logIn("nino@example.ge", goodPassword)); r.StatusCode != 422 {
		t.Errorf("signing in to a deleted account: %d", r.StatusCode)
	}
	for _, table := range []string{"customers", "sessions", "carts"} {
		if n, want := s.number("SELECT count(*) FROM "+table), map[string]int{"customers": 1, "sessions": 2}[table]; n > want {
			t.Errorf("%d rows in %s, want at most %d", n, table, want)
		}
	}
	for id, name := range map[int]string{1: "Nino Kapanadze", 2: "Nino Kapanadze"} { // as placing does
		words := "INSERT INTO order_words (rowid, words) VALUES (?, ?)"
		if s.store.Postgres() {
			words = "INSERT INTO order_words (rowid, words) VALUES (?, CAST(? AS tsvector))"
		}
		s.exec(words, id, strings.ToLower(name))
		s.exec("INSERT INTO order_notes (order_id, who, at, text) VALUES (?, 'clerk', ?, 'call Nino')", id, now)
		s.exec("INSERT INTO order_accesses (order_id, what, hour, at, address, agent) VALUES (?, 'placed', ?, ?, '192.0.2.7', 'Firefox')", id, now, now)
	}
	person := "SELECT count(*) FROM orders WHERE id = ? AND name <> '' AND email <> '' AND phone <> '' AND street <> ''"
	if s.number("SELECT count(*) FROM orders WHERE id IN (1, 2) AND customer_id IS NULL") != 2 || s.number(person, 1) != 1 {
		t.Error("the orders did not stay, or forgot too early")
	}
	now = now.Add(11 * 24 * time.Hour) // the first is 31 days old, the second 11
	n, err := s.store.ForgetPeople(t.Context())
	if err != nil || n != 1 || s.number(person, 1) != 0 || s.number(person, 2) != 1 {
		t.Errorf("%d orders forgot their person, %v", n, err)
	}
	if n := s.number("SELECT count(*) FROM orders WHERE id = 1 AND (name || email || phone || street || city || note || fingerprint) <> ''"); n != 0 {
		t.Error("something of the person is left in the order")
	}
	if n := s.number("SELECT count(*) FROM mails WHERE text LIKE '%Nino%' AND order_id = 1 OR recipient = 'nino@example.ge' AND order_id = 1"); n != 0 {
		t.Error("a mail about the order still names them")
	}
	words, index := "order_words MATCH 'kapanadze'", "order_words_content WHERE id"
	if s.store.Postgres() {
		words, index = "words @@ 'kapanadze'", "order_words WHERE rowid"
	}
	for what, query := range map[string]string{
		"words to find them by":           "SELECT count(*) FROM order_words WHERE " + words + " AND rowid = %d",
		"their words in the index's file": "SELECT count(*) FROM " + index + " = %d",
		"notes about them":                "SELECT count(*) FROM order_notes WHERE text <> '' AND order_id = %d",
		"where they came from":            "SELECT count(*) FROM order_accesses WHERE order_id = %d",
	} {
		if gone, stays := s.number(fmt.Sprintf(query, 1)), s.number(fmt.Sprintf(query, 2)); gone != 0 || stays != 1 {
			t.Errorf("%s: %d are left of the first order, %d of the second", what, gone, stays)
		}
	}
	for _, id := range []int{3, 4} { // another account's, and the order of a guest who did not ask for anything
		if s.number(person, id) != 1 {
			t.Errorf("order %d forgot its person", id)
		}
	}
	if s.get("/en/orders/token-1").StatusCode != http.StatusOK || !other.isIn() {
		t.Error("the order's page is broken, or the other account is out")
	}
}

// A mail to an account that is deleted before it is sent is dropped.
func TestMailOfADeletedAccount(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.member("nino@example.ge")
	list, err := s.store.Mails(t.Context(), 1)
	must(t, err)
	v.submit("/en/account/delete", url.Values{"password": {goodPassword}})
	if err := s.mailer("").Work(t.Context(), &river.Job[models.MailJob]{Args: models.MailJob{MailID: list[0].ID}}); err != nil {
		t.Error(err)
	}
}

func TestCartsJoinOnSigningIn(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.member("nino@example.ge")
	v.add(wine, "2")
	v.submit("/en/logout", nil)
	if _, ok := v.cookies["__Host-cart"]; ok || named(v.open("/en/cart"), "cart-line").Length() != 0 {
		t.Error("the cart stays with the browser after signing out")
	}
	v.add(wine, "1")
	v.add("churchkhela-saperavi", "1")
	s.exec("UPDATE stock SET on_hand = 2, reserved = 0 WHERE product_id = (SELECT id FROM products WHERE slug = ?)", wine)
	v.logIn("nino@example.ge", goodPassword)
	doc := v.open("/en/account")
	if got := doc.Find(".notice").First().Text(); !strings.Contains(got, "(2)") {
		t.Errorf("what was capped is not said: %q", got)
	}
	if got := textOf(v.open("/en/cart"), "cart-count"); got != "3" {
		t.Errorf("%s units in the joined cart, want 3", got)
	}
}
