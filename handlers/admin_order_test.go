package handlers_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"dukani/models"
)

// paidOrderPage has a guest buy something at the simulated bank, and returns the address of the
// order's page in the back office.
func (w *till) paidOrderPage(more url.Values) string {
	w.t.Helper()
	w.buys(w.visitor(), sweet, more)
	var number string
	must(w.t, w.raw.QueryRow("SELECT number FROM orders ORDER BY id DESC LIMIT 1").Scan(&number))
	return "/admin/orders/" + number
}

// orderFigure is an amount of an order's page in tetri, 0 if it is not there.
func orderFigure(doc *goquery.Document, name string) int {
	n, _ := strconv.Atoi(named(doc, "admin-figure-"+name).AttrOr("data-value", "0"))
	return n
}

func TestAnOrderShowsEverythingThatHappened(t *testing.T) {
	t.Parallel()
	w := newTill(t, noSecondFactor)
	page := w.paidOrderPage(url.Values{"name": {"თამარ ღვინიაშვილი"}})
	clerk := w.staff(models.RoleClerk)
	doc := clerk.open(page)
	if status := statusOf(doc); status != "paid" {
		t.Errorf("the order is %q", status)
	}
	total := w.number("SELECT total_tetri FROM orders")
	if orderFigure(doc, "captured") != total || named(doc, "ledger-row").AttrOr("data-value", "") != strconv.Itoa(total) {
		t.Errorf("captured is %d, the ledger has %q, want %d", orderFigure(doc, "captured"), named(doc, "ledger-row").AttrOr("data-value", ""), total)
	}
	attempt := named(doc, "payment-attempt")
	var bankID, mask string
	must(t, w.raw.QueryRow("SELECT bank_order_id, card_mask FROM payments").Scan(&bankID, &mask))
	for _, want := range []string{bankID, mask, "completed", "100"} {
		if !strings.Contains(attempt.Text(), want) {
			t.Errorf("the attempt does not say %q: %s", want, attempt.Text())
		}
	}
	who := map[string]int{}
	last := ""
	for _, e := range named(doc, "order-event").EachIter() {
		who[e.AttrOr("data-status", "")]++
		at := e.Find("time").AttrOr("datetime", "")
		if at < last {
			t.Errorf("%s comes after %s", at, last)
		}
		last = at
	}
	if who["shopper"] < 3 || who["bank"] < 1 || who["shop"] < 2 || who["mail"] < 1 {
		t.Errorf("the timeline has %v", who)
	}
	clerk.shown(clerk.command(page+"/notes", url.Values{"note": {"Called back,\nwants it on Friday"}}))
	doc = clerk.open(page)
	if note := named(doc, "order-note").Text(); !strings.Contains(note, "wants it on Friday") || !strings.Contains(note, "clerk@") {
		t.Errorf("the note is %q", note)
	}
	if n := w.number("SELECT count(*) FROM audit WHERE action = 'note' AND before || after = '' AND order_id IS NOT NULL"); n != 1 {
		t.Errorf("the audit list has %d notes without their text", n)
	}
	r := clerk.command(page+"/notes", url.Values{"note": {"  "}})
	if r.StatusCode != http.StatusUnprocessableEntity || named(r.document(), "field-error").AttrOr("data-field", "") != "note" {
		t.Errorf("an empty note: %d", r.StatusCode)
	}
	if r := clerk.send(request("GET", "/admin/orders/D-999", nil)); r.StatusCode != http.StatusNotFound {
		t.Errorf("an order that there is not: %d", r.StatusCode)
	}
}

// What was said to and heard from the bank is shown byte for byte, but for secrets and persons.
func TestTheJournalShowsNoSecretsAndNobody(t *testing.T) {
	t.Parallel()
	w := newTill(t, noSecondFactor)
	page := w.paidOrderPage(url.Values{"name": {"თამარ ღვინიაშვილი"}, "email": {"tamar.gv@example.ge"}, "phone": {"577 65 43 21"}})
	var token string
	must(t, w.raw.QueryRow("SELECT token FROM orders").Scan(&token))
	w.exec(`INSERT INTO payment_events (payment_id, at, kind, cause, verdict, headers, body) VALUES (1, ?, 'callback', 'order_payment', 'accepted', ?, ?)`,
		w.store.Now(), `{"Authorization":"Bearer abcdef123456","X-Api-Key":"topsecret","Content-Type":"application/json"}`,
		[]byte(`{"body":{"buyer":{"full_name":"Somebody Else","email":"some.body@mail.ge","phone_number":"+995599111222"},
			"client":{"access_token":"eyJhbGciOi.eyJzdWIiOi.c2ln"},"amount":12.50,"note":"written to third.person@mail.ge from +995 555 12 34 56","name":""}}`))
	viewer := w.staff(models.RoleViewer)
	var texts strings.Builder
	links := viewer.open(page).Find("[data-testid=order-event] a")
	if links.Length() < 3 {
		t.Fatalf("%d records are linked", links.Length())
	}
	for _, link := range links.EachIter() {
		doc := viewer.open(link.AttrOr("href", ""))
		texts.WriteString(doc.Find("main").Text())
	}
	for _, secret := range []string{
		token, "თამარ", "ღვინიაშვილი", "tamar.gv", "577654321", "577 65 43 21", "abcdef123456", "topsecret", "Somebody Else", "some.body", "599111222",
		"eyJhbGciOi", "third.person", "555 12 34 56",
	} {
		if strings.Contains(texts.String(), secret) {
			t.Errorf("the journal shows %q", secret)
		}
	}
	for _, fact := range []string{`"amount": 12.50`, `"Content-Type": "application/json"`, `"external_order_id": "D-1`, "order_payment"} {
		if !strings.Contains(texts.String(), fact) {
			t.Errorf("the journal does not show %q", fact)
		}
	}
	w.order(77, 0, models.Paid, "other@example.ge")
	if r := viewer.send(request("GET", "/admin/orders/D-100077/journal/1", nil)); r.StatusCode != http.StatusNotFound {
		t.Errorf("the record of another order: %d", r.StatusCode)
	}
}

// Staff see of a person what their task needs.
func TestContactDetailsAreForThoseWhoShip(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	s.order(1, 0, models.Paid, "nino.k@example.ge")
	viewer, clerk := s.staff(models.RoleViewer), s.staff(models.RoleClerk)
	const page = "/admin/orders/D-100001"
	shows := func(v *visitor) bool {
		t.Helper()
		text := v.open(page).Find("main").Text()
		all, none := true, true
		for _, detail := range []string{"nino.k@example.ge", "+995", "Hidden lane 12", "a note", "Kapanadze"} {
			has := strings.Contains(text, detail)
			all, none = all && has, none && !has
		}
		if all == none {
			t.Errorf("some of it is shown and some not: %s", text)
		}
		return all
	}
	if shows(viewer) || strings.Contains(viewer.open("/admin/orders").Find("main").Text(), "Kapanadze") {
		t.Error("a viewer sees who it is")
	}
	if !shows(clerk) {
		t.Error("a clerk does not see where it goes")
	}
	s.exec("UPDATE orders SET fulfilment = 'delivered', received_at = ?", s.store.Now().Add(-29*24*time.Hour))
	if !shows(clerk) {
		t.Error("a clerk does not see where it may come back from")
	}
	s.exec("UPDATE orders SET received_at = ?", s.store.Now().Add(-31*24*time.Hour))
	if shows(clerk) {
		t.Error("a clerk still sees it a month after")
	}
	clerk.command(page+"/contact", nil)
	if !shows(clerk) {
		t.Error("what was asked for is not shown")
	}
	if n := s.number("SELECT count(*) FROM audit WHERE action = 'show_contact' AND order_id = 1 AND who LIKE 'clerk@%'"); n != 1 {
		t.Errorf("the audit list has it %d times", n)
	}
	s.later(16 * time.Minute)
	if shows(clerk) {
		t.Error("it stays open")
	}
	if r := viewer.command(page+"/contact", nil); r.StatusCode != http.StatusForbidden {
		t.Errorf("a viewer asks for it: %d", r.StatusCode)
	}
}

// Whatever somebody types into an order is text on the pages of the back office.
func TestNastyOrdersAreOnlyText(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	s.order(1, 0, models.Paid, `"><img src=x onerror=alert(1)>@example.ge`)
	const nasty = `"'><script>alert(1)</script><img src=x onerror=alert(2)>`
	s.exec("UPDATE orders SET name = ?, phone = ?, street = ?, city = ?, note = ?", nasty, nasty, nasty, nasty, nasty)
	s.exec("UPDATE order_lines SET name_en = ?, measure_en = ?", nasty, nasty)
	s.exec("UPDATE payments SET card_mask = ?, bank_code = ?, bank_status = ?, reject_reason = ?, bank_order_id = ?", nasty, nasty, nasty, nasty, nasty)
	s.exec("INSERT INTO mails (order_id, kind, lang, recipient, subject, text, created_at, given_up_at, last_error) VALUES (1, 'paid', 'en', ?, ?, ?, ?, ?, ?)",
		nasty, nasty, nasty, s.store.Now(), s.store.Now(), nasty)
	s.exec("INSERT INTO payment_events (payment_id, at, kind, cause, verdict, headers, body) VALUES (1, ?, 'call', ?, ?, ?, ?)",
		s.store.Now(), nasty, nasty, nasty, nasty)
	s.exec("INSERT INTO order_accesses (order_id, what, hour, at, address, agent) VALUES (1, 'viewed', ?, ?, ?, ?)", s.store.Now(), s.store.Now(), nasty, nasty)
	v := s.staff(models.RoleManager)
	v.command("/admin/orders/D-100001/notes", url.Values{"note": {nasty}})
	for _, path := range []string{
		"/admin/orders", "/admin/orders?q=" + url.QueryEscape(nasty), "/admin/orders?min=" + url.QueryEscape(nasty), "/admin/orders/D-100001",
		"/admin/orders/D-100001?list=" + url.QueryEscape("q="+nasty), "/admin/orders/D-100001/journal/1", "/admin/orders/D-100001/dispute",
	} {
		doc := v.send(request("GET", path, nil)).document()
		if n := doc.Find("main script, main img").Length(); n > 0 {
			t.Errorf("%s has %d elements of the shopper's", path, n)
		}
	}
}

func TestAMailIsSentAgain(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	s.order(1, 0, models.Paid, "nino@example.ge")
	s.exec(`INSERT INTO mails (id, order_id, payment_id, kind, lang, recipient, subject, text, html, created_at, given_up_at, last_error)
		VALUES (5, 1, 1, 'paid', 'en', 'nino@example.ge', 'Thanks', 'the text', 'the html', ?, ?, 'mailbox full')`, s.store.Now(), s.store.Now())
	v := s.staff(models.RoleClerk)
	const page = "/admin/orders/D-100001"
	mail := named(v.open(page), "order-mail")
	if mail.AttrOr("data-status", "") != "failed" || !strings.Contains(mail.Text(), "mailbox full") {
		t.Errorf("the mail says %q", mail.Text())
	}
	for range 2 {
		v.shown(v.command(page+"/mails/5/again", nil))
	}
	if n := s.number(`SELECT count(*) FROM mails WHERE id <> 5 AND order_id = 1 AND recipient = 'nino@example.ge' AND subject = 'Thanks' AND text = 'the text'
		AND html = 'the html' AND sent_at IS NULL AND given_up_at IS NULL`); n != 2 {
		t.Errorf("%d mails wait to be sent", n)
	}
	if n := s.number("SELECT count(*) FROM river_job WHERE kind = 'send_mail'"); n != 2 {
		t.Errorf("%d mails are queued", n)
	}
	s.exec("UPDATE mails SET recipient = '' WHERE id = 5")
	if r := v.command(page+"/mails/5/again", nil); r.StatusCode != http.StatusConflict {
		t.Errorf("to somebody who is forgotten: %d", r.StatusCode)
	}
}

func TestStaffAskTheBank(t *testing.T) {
	t.Parallel()
	w := newTill(t, noSecondFactor)
	page := w.paidOrderPage(nil)
	clerk := w.staff(models.RoleClerk)
	flash := func() string {
		t.Helper()
		return textOf(clerk.shown(clerk.command(page+"/ask", nil)).document(), "flash")
	}
	if text := flash(); text != "The bank says the same: nothing has changed." {
		t.Errorf("of the same it says %q", text)
	}
	w.later(time.Minute)
	var bankID string
	must(t, w.raw.QueryRow("SELECT bank_order_id FROM payments").Scan(&bankID))
	w.steer("orders/"+bankID+"/console", map[string]any{"action": "refund", "amount_minor": 2_50})
	if text := flash(); text != "The bank’s answer changed the order: Partly refunded." {
		t.Errorf("of a refund in the bank's console it says %q", text)
	}
	w.later(time.Minute)
	w.steer("faults", map[string]any{"kind": "500_before", "route": "receipt"})
	if text := flash(); !strings.HasPrefix(text, "The bank is out of reach.") {
		t.Errorf("of a silent bank it says %q", text)
	}
	if status := statusOf(clerk.open(page)); status != "partly_refunded" {
		t.Errorf("the order is %q now", status)
	}
}

// The dispute pack has on one page what a bank asks for, and the audit list says who opened it.
func TestTheDisputePackHasAllThatABankAsksFor(t *testing.T) {
	t.Parallel()
	w := newTill(t, noSecondFactor)
	guest := w.visitor()
	w.buys(guest, wine, url.Values{"name": {"თამარ ღვინიაშვილი"}})
	var number, token string
	must(t, w.raw.QueryRow("SELECT number, token FROM orders").Scan(&number, &token))
	for range 3 { // one row for an hour
		guest.open("/ka/orders/" + token)
	}
	w.exec("UPDATE order_accesses SET agent = 'Firefox of the test'")
	w.exec(`INSERT INTO parcels (order_id, number, carrier, tracking, link, sent_at, delivered_at, delivered_to)
		VALUES (1, 1, 'Post', 'RR123', '', ?, ?, 'her neighbour')`,
		w.store.Now(), w.store.Now())
	v := w.staff(models.RoleManager)
	doc := v.open("/admin/orders/" + number + "/dispute")
	for id, want := range map[string][]string{
		"dispute-person":   {"თამარ ღვინიაშვილი", "nino@example.ge"},
		"dispute-consents": {models.TermsVersion, "adult", "Placed the order"},
		"dispute-delivery": {"RR123", "her neighbour"},
		"dispute-payment":  {"completed", "400000"},
		"dispute-ledger":   {"Captured"},
		"dispute-messages": {"Payment received"},
		"dispute-accesses": {"0.0.0.0", "Placed the order", "Firefox of the test"},
	} {
		for _, text := range want {
			if got := named(doc, id).Text(); !strings.Contains(got, text) {
				t.Errorf("%s does not say %q: %s", id, text, got)
			}
		}
	}
	if n := w.number("SELECT count(*) FROM order_accesses WHERE what = 'viewed'"); n != 1 {
		t.Errorf("%d views are noted, want one of the hour", n)
	}
	if n := w.number("SELECT count(*) FROM audit WHERE action = 'dispute' AND order_id = 1"); n != 1 {
		t.Errorf("the audit list has it %d times", n)
	}
	if r := w.staff(models.RoleClerk).send(request("GET", "/admin/orders/"+number+"/dispute", nil)); r.StatusCode != http.StatusForbidden {
		t.Errorf("a clerk opens it: %d", r.StatusCode)
	}
}
