package handlers_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"dukani/models"
)

// book enters money into the ledger as if it had come or gone at that time.
func (w *office) book(o *models.Order, at, kind string, tetri int) {
	w.t.Helper()
	w.exec("INSERT INTO ledger (order_id, payment_id, at, kind, amount_tetri) VALUES (?, ?, ?, ?, ?)", o.ID, o.LastPayment().ID, at, kind, tetri)
}

// tetri reads an amount of a file.
func tetri(t *testing.T, text string) (n int) {
	t.Helper()
	n, err := strconv.Atoi(strings.Replace(text, ".", "", 1))
	must(t, err)
	return n
}

// What was captured and refunded in a period is what the ledger has, to the tetri, whatever has
// happened to the orders; and tax goes with the money.
func TestTheAccountingExportIsTheLedger(t *testing.T) {
	t.Parallel()
	w := newOffice(t)
	whole, part, twice, unpaid := w.places(), w.places(), w.places(), w.places()
	w.exec("UPDATE orders SET status = 'cancelled' WHERE id = ?", unpaid.ID)
	w.book(whole, "2026-09-30 20:30:00+00:00", "captured", 9_99) // in Tbilisi that is October
	w.book(whole, "2026-10-05 10:00:00+00:00", "refunded", 3_33)
	w.book(whole, "2026-11-02 10:00:00+00:00", "refunded", 6_66) // all of it is back, in another month
	w.book(part, "2026-10-31 19:59:59+00:00", "captured", 5_01)  // less than was ordered
	w.book(twice, "2026-10-31 20:00:00+00:00", "captured", 9_00) // that is November
	w.exec(`INSERT INTO payments (order_id, attempt, kind, idempotency_key, request_body, state, requested_tetri, method, expires_at, created_at, updated_at)
		VALUES (?, 2, 'page', 'k', '', 'paid', 900, '=1+1', '2026-11-01', '2026-11-01', '2026-11-01')`, twice.ID)
	w.exec(`INSERT INTO ledger (order_id, payment_id, at, kind, amount_tetri)
		SELECT order_id, id, '2026-11-03 10:00:00+00:00', 'captured', 900 FROM payments WHERE attempt = 2`)
	w.book(part, "2026-11-04 10:00:00+00:00", "captured_correction", -1)

	figures := func(doc *goquery.Document) (all []int) {
		for _, cell := range named(doc, "export-sum").First().Find("[data-value]").EachIter() {
			n, err := strconv.Atoi(cell.AttrOr("data-value", ""))
			must(t, err)
			all = append(all, n)
		}
		return all
	}
	for _, c := range []struct {
		from, to                     string
		lines                        int
		captured, refunded, net, vat int
	}{
		{"2026-09-01", "2026-09-30", 0, 0, 0, 0, 0},
		{"2026-10-01", "2026-10-31", 3, 15_00, 3_33, 11_67, 1_78},
		{"2026-11-01", "2026-11-30", 4, 17_99, 6_66, 11_33, 1_73},
		{"2026-10-01", "2026-11-30", 7, 32_99, 9_99, 23_00, 3_51},
	} {
		doc := w.manager.open("/admin/exports?from=" + c.from + "&to=" + c.to)
		if got := figures(doc); c.lines > 0 && (len(got) != 4 || got[0] != c.captured || got[1] != c.refunded || got[2] != c.net || got[3] != c.vat) {
			t.Errorf("%s: the page has %v, want %d %d %d %d", c.from, got, c.captured, c.refunded, c.net, c.vat)
		}
		r := w.manager.command("/admin/exports", url.Values{"from": {c.from}, "to": {c.to}})
		if r.StatusCode != http.StatusOK || !strings.HasPrefix(r.text, "\uFEFF") {
			t.Fatalf("%d\n%s", r.StatusCode, r.text)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(r.text, "\uFEFF"))).ReadAll()
		must(t, err)
		captured, refunded, vat := 0, 0, 0
		for _, row := range rows[1:] {
			captured, refunded, vat = captured+tetri(t, row[9]), refunded+tetri(t, row[10]), vat+tetri(t, row[12])
			if row[13] != "" {
				t.Errorf("the bank's fee is %q", row[13])
			}
		}
		if len(rows)-1 != c.lines || captured != c.captured || refunded != c.refunded || vat != c.vat {
			t.Errorf("%s: the file has %d lines, %d captured, %d refunded, %d tax", c.from, len(rows)-1, captured, refunded, vat)
		}
		if strings.Contains(r.text, ",=1+1") {
			t.Error("a spreadsheet would take a cell for a formula")
		}
	}
	if n := w.number("SELECT count(*) FROM audit WHERE action = 'export_bookings'"); n != 4 {
		t.Errorf("the audit list has %d exports", n)
	}
	// Tax of all lines together is the tax inside what is left: 5.00 and 18.00.
	if got, want := 3_51, int(models.Tetri(5_00).VATInside()+models.Tetri(18_00).VATInside()); got != want {
		t.Errorf("the tax is %d, want %d", got, want)
	}
}

func TestAPeriodThatCannotBeReadIsRefused(t *testing.T) {
	t.Parallel()
	w := newOffice(t)
	for query, field := range map[string]string{
		"from=2026-11-01&to=2026-10-01": "to", "from=x&to=2026-10-01": "from", "from=2010-01-01&to=2026-10-01": "to",
	} {
		r := w.manager.send(request("GET", "/admin/exports?"+query, nil))
		if got := named(r.document(), "field-error").AttrOr("data-field", ""); r.StatusCode != http.StatusUnprocessableEntity || got != field {
			t.Errorf("%s: %d, field %q", query, r.StatusCode, got)
		}
	}
}

// A day is compared from its page, in the background, and each difference has its button.
func TestADayIsReconciledFromItsPage(t *testing.T) {
	t.Parallel()
	w := newOffice(t)
	o := w.boughtBy(plainCard)
	w.exec("DELETE FROM ledger")
	today := models.DayOf(w.store.Now())
	page := "/admin/reconciliation/" + string(today)
	action, form := button(w.manager.open(page), "reconcile-submit")
	if r := w.manager.command(action, form); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d\n%s", r.StatusCode, r.text)
	}
	doc := w.manager.open(page)
	if got := named(doc, "reconciliation-state").AttrOr("data-status", ""); got != "running" || doc.Find(`meta[http-equiv="refresh"]`).Length() != 1 {
		t.Errorf("while it is under way the page says %q", got)
	}
	if r := w.manager.command(action, form); r.StatusCode != http.StatusConflict {
		t.Errorf("a second run beside it: %d", r.StatusCode)
	}
	run, err := w.store.ReconciliationOf(t.Context(), today)
	must(t, err)
	if _, err := w.desk.ReconcileDay(t.Context(), run); err != nil { // as its job does
		t.Fatal(err)
	}
	doc = w.manager.open(page)
	difference := named(doc, "reconciliation-difference")
	if difference.Length() != 1 || difference.AttrOr("data-status", "") != "paid_there" {
		t.Fatalf("%d differences\n%s", difference.Length(), doc.Find("main").Text())
	}
	action, form = button(doc, "difference-take")
	if r := w.manager.command(action, form); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d\n%s", r.StatusCode, r.text)
	}
	if w.money() != int(o.TotalTetri) || w.openItem(models.ReviewReconciliation) != 0 {
		t.Errorf("the ledger has %d, want %d", w.money(), o.TotalTetri)
	}
	doc = w.manager.open(page)
	if got := named(doc, "admin-figure-net").AttrOr("data-value", ""); got != strconv.Itoa(int(o.TotalTetri)) {
		t.Errorf("the day's net is %s", got)
	}
	if r := w.manager.command(action, form); r.StatusCode != http.StatusConflict {
		t.Errorf("taken twice: %d", r.StatusCode)
	}
}
