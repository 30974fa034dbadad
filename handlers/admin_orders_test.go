package handlers_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"dukani/models"
)

// listed are the numbers of the orders on a page of the list.
func listed(doc *goquery.Document) (numbers []string) {
	for _, row := range named(doc, "admin-order-row").EachIter() {
		numbers = append(numbers, row.AttrOr("data-value", ""))
	}
	return numbers
}

// orders puts n paid orders of guests into the database, a minute apart.
func (s *shop) orders(n int) {
	s.t.Helper()
	for id := 1; id <= n; id++ {
		s.order(id, 0, models.Paid, fmt.Sprintf("guest%d@example.ge", id))
		s.exec("UPDATE orders SET created_at = ? WHERE id = ?", s.store.Now().Add(time.Duration(id-n)*time.Minute), id)
	}
}

// A page of the list stays what it is while orders come in: the next page begins where it ends.
func TestTheListOfOrdersKeepsItsPlace(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	v := s.staff(models.RoleViewer)
	s.orders(120)
	first := v.open("/admin/orders")
	if got := listed(first); len(got) != 50 || got[0] != "D-100120" || got[49] != "D-100071" {
		t.Fatalf("the first page has %q", got)
	}
	if text := textOf(first, "orders-count"); text != "120 orders" {
		t.Errorf("the list says %q", text)
	}
	older := named(first, "orders-older").AttrOr("href", "")
	s.order(121, 0, models.Paid, "new@example.ge")
	second := v.open(older)
	if got := listed(second); len(got) != 50 || got[0] != "D-100070" || got[49] != "D-100021" {
		t.Errorf("the second page has %q", got)
	}
	if got := listed(v.open(named(second, "orders-newer").AttrOr("href", ""))); len(got) != 50 || got[0] != "D-100120" {
		t.Errorf("back from the second page is %q", got)
	}
	last := v.open(named(second, "orders-older").AttrOr("href", ""))
	if got := listed(last); len(got) != 20 || got[19] != "D-100001" || named(last, "orders-older").Length() != 0 {
		t.Errorf("the last page has %q", got)
	}
	order := v.open(second.Find("[data-testid=admin-order-row] a").First().AttrOr("href", ""))
	back := named(order, "orders-back").AttrOr("href", "")
	if got := listed(v.open(back)); len(got) != 50 || got[0] != "D-100070" {
		t.Errorf("from an order of the second page the list is %q, by %s", got, back)
	}
}

func TestOrdersAreFoundByWhatStaffKnow(t *testing.T) {
	t.Parallel()
	w := newTill(t, noSecondFactor)
	guest := w.visitor()
	page := w.buys(guest, sweet, url.Values{"name": {"თამარ ღვინიაშვილი"}, "email": {"Tamar.Gv@example.ge"}, "phone": {"577 65 43 21"}})
	w.buys(w.visitor(), wine, url.Values{"name": {"Giorgi Beridze"}, "email": {"giorgi@example.ge"}, "phone": {"599 00 11 22"}})
	var number, bankID, mask string
	must(t, w.raw.QueryRow(`SELECT o.number, p.bank_order_id, p.card_mask FROM orders o JOIN payments p ON p.order_id = o.id
		WHERE o.token = ?`, page[strings.LastIndexByte(page, '/')+1:]).Scan(&number, &bankID, &mask))
	v := w.staff(models.RoleClerk)
	for what, q := range map[string]string{
		"number": number, "number without its letter": strings.TrimPrefix(number, "D-"), "number in small letters": strings.ToLower(number),
		"name": "თამარ ღვინიაშვილი", "surname first": "ღვინიაშვილი თამარ", "in Latin letters": "tamar ghviniashvili", "beginnings": "თამ ღვინ",
		"address": "tamar.gv@example.ge", "address in capitals": "TAMAR.GV@EXAMPLE.GE", "beginning of the address": "tamar.gv@", "before the @": "tamar.gv",
		"telephone": "577 65 43 21", "telephone with the country": "+995 577 65-43-21", "beginning of the telephone": "57765",
		"the bank's id": bankID, "beginning of the bank's id": bankID[:13],
	} {
		if got := listed(v.open("/admin/orders?q=" + url.QueryEscape(q))); !slices.Equal(got, []string{number}) {
			t.Errorf("by %s, %q: found %q, want %s", what, q, got, number)
		}
	}
	for what, q := range map[string]string{
		"the digits of both cards": mask[len(mask)-4:], "nothing": "",
	} {
		if got := listed(v.open("/admin/orders?q=" + url.QueryEscape(q))); len(got) != 2 {
			t.Errorf("by %s: found %q, want both orders", what, got)
		}
	}
	for _, q := range []string{"nobody", "D-999999", "7777", `"`, `ნინო" OR "თამარ`, "*", "'", "tamar@", strings.Repeat("a ", 300)} {
		doc := v.open("/admin/orders?q=" + url.QueryEscape(q))
		if got := listed(doc); len(got) != 0 || named(doc, "orders-none").Length() != 1 {
			t.Errorf("%q finds %q", q, got)
		}
	}
}

func TestTheListOfOrdersIsFiltered(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	v := s.staff(models.RoleClerk)
	s.order(1, 0, models.Paid, "one@example.ge")
	s.order(2, 0, models.Declined, "two@example.ge")
	s.order(3, 0, models.Paid, "three@example.ge")
	s.order(4, 0, models.OnHold, "four@example.ge")
	s.exec("UPDATE orders SET delivery = 'pickup', fulfilment = 'ready' WHERE id = 3")
	s.exec("UPDATE orders SET items_tetri = 9500, total_tetri = 10000 WHERE id = 1")
	// Midnight in Tbilisi is eight in the evening of the day before in UTC.
	for id, at := range map[int]time.Time{
		1: time.Date(2026, 11, 1, 19, 59, 0, 0, time.UTC), 2: time.Date(2026, 11, 1, 20, 1, 0, 0, time.UTC),
		3: time.Date(2026, 11, 2, 19, 59, 0, 0, time.UTC), 4: time.Date(2026, 11, 2, 20, 1, 0, 0, time.UTC),
	} {
		s.exec("UPDATE orders SET created_at = ? WHERE id = ?", at, id)
	}
	s.exec("UPDATE payments SET method = 'apple_pay' WHERE order_id = 3")
	s.exec("UPDATE orders SET paid_payment_id = (SELECT id FROM payments WHERE order_id = orders.id) WHERE status = 'paid'")
	for query, want := range map[string]string{
		"": "4 3 2 1", "status=paid": "3 1", "status=on_hold": "4", "status=review": "", "fulfilment=ready": "3", "fulfilment=waiting": "4 1",
		"status=paid&fulfilment=waiting": "1", "delivery=pickup": "3", "min=100": "1", "max=99,99": "4 3 2", "min=24&max=24.00": "4 3 2",
		"from=2026-11-02&to=2026-11-02": "3 2", "from=2026-11-03": "4", "to=2026-11-01": "1", "from=2027-01-01": "", "to=2020-01-01": "",
		"status=paid&from=2026-11-02": "3", "method=apple_pay": "3", "method=apple_pay&status=paid": "3", "method=apple_pay&delivery=tbilisi": "",
		"q=kapanadze&status=declined": "", "status=paid&min=50&from=2026-11-01&to=2026-11-01&delivery=tbilisi": "1",
	} {
		var numbers []string
		for _, n := range strings.Fields(want) {
			numbers = append(numbers, "D-10000"+n)
		}
		if got := listed(v.open("/admin/orders?" + query)); !slices.Equal(got, numbers) {
			t.Errorf("%s: %q, want %q", query, got, numbers)
		}
	}
	for query, field := range map[string]string{
		"min=much": "min", "max=1,234": "", "min=20&max=10": "max", "from=yesterday": "from", "to=2026-02-30": "to", "from=2026-11-03&to=2026-11-01": "to",
		"status=happy": "status", "delivery=drone": "delivery", "fulfilment=lost": "fulfilment", "method=gold": "method",
	} {
		r := v.send(request("GET", "/admin/orders?"+query, nil))
		wrong := r.document().Find("[data-testid=field-error]").AttrOr("data-field", "")
		if field != "" && (r.StatusCode != http.StatusUnprocessableEntity || wrong != field) {
			t.Errorf("%s: %d, wrong is %q, want %q", query, r.StatusCode, wrong, field)
		}
		if name, value, _ := strings.Cut(query, "="); field == name && r.document().Find("input[name="+name+"]").AttrOr("value", value) != value {
			t.Errorf("%s: what was typed is gone", query)
		}
	}
}

// The download has what the list has, and nothing in it is a formula.
func TestOrdersAreDownloaded(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	v := s.staff(models.RoleClerk)
	for id, name := range []string{"=HYPERLINK(\"https://evil.example\")", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "Nino, \"Nini\"", "ნინო"} {
		s.order(id+1, 0, models.Paid, "x@example.ge")
		s.exec("UPDATE orders SET name = ? WHERE id = ?", name, id+1)
	}
	s.order(99, 0, models.Declined, "x@example.ge")
	r := v.send(request("GET", "/admin/orders.csv?status=paid", nil))
	text, marked := strings.CutPrefix(r.text, "\uFEFF")
	if r.StatusCode != http.StatusOK || !marked || !strings.Contains(r.Header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("%d, %q: %q", r.StatusCode, r.Header.Get("Content-Disposition"), r.text)
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	must(t, err)
	if len(rows) != 9 || rows[1][0] != "D-100008" || rows[1][5] != "ნინო" || rows[1][7] != "24.00" || rows[2][5] != `Nino, "Nini"` {
		t.Errorf("the list is %q", rows)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Errorf("%q is a formula", cell)
			}
		}
	}
	if strings.Contains(text, "@example.ge") || strings.Contains(text, "+995") {
		t.Error("addresses and telephones are in the list")
	}
	if n := s.number("SELECT count(*) FROM audit WHERE action = 'export_orders' AND after = 'status=paid' AND who LIKE 'clerk@%'"); n != 1 {
		t.Errorf("the audit list has it %d times", n)
	}
	viewer := s.staff(models.RoleViewer)
	if named(viewer.open("/admin/orders"), "orders-csv").Length() != 0 {
		t.Error("a viewer is offered the download")
	}
}
