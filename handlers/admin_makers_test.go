package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"dukani/models"
)

// made makes Luka the producer of every product, and enters him as a maker with the share of the form.
func (w *office) made(form url.Values) *reply {
	w.t.Helper()
	w.exec("UPDATE product_texts SET producer = CASE lang WHEN 'ka' THEN 'ლუკა' ELSE 'Luka' END")
	form.Set("name", "ლუკა")
	return w.manager.command("/admin/makers/new", form)
}

func TestAMakerIsAddedAndWhatIsWrongIsSaidAtItsField(t *testing.T) {
	t.Parallel()
	w := newOffice(t)
	for field, wrong := range map[string]url.Values{
		"iban":        {"iban": {"GE30NB0000000101904917"}, "percent": {"80"}},
		"percent":     {"iban": {"GE29NB0000000101904917"}, "percent": {"12.5"}},
		"amount":      {"iban": {"GE29NB0000000101904917"}, "amount": {"much"}},
		"description": {"iban": {"GE29NB0000000101904917"}, "percent": {"80"}, "description": {"თაფლი"}},
	} {
		r := w.made(wrong)
		doc := r.document()
		if r.StatusCode != http.StatusUnprocessableEntity || !slices.Contains(wrongFields(doc), field) {
			t.Errorf("%s: %d, wrong are %q", field, r.StatusCode, wrongFields(doc))
		}
		if got := fieldsOf(t, doc, "maker-save"); got.Get(field) != wrong.Get(field) || got.Get("iban") != wrong.Get("iban") {
			t.Errorf("%s: what was typed is gone: %v", field, got)
		}
	}
	if r := w.made(url.Values{"iban": {"ge29 nb00 0000 0101 9049 17"}, "percent": {"80 %"}}); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d\n%s", r.StatusCode, r.text)
	}
	doc := w.manager.open("/admin/makers")
	if got := named(doc, "maker-account").AttrOr("data-value", ""); got != "GE29NB0000000101904917" {
		t.Errorf("the account is %q", got)
	}
	if named(doc, "split-off").Length() != 1 || named(doc, "maker-share").AttrOr("data-value", "") != "80%" {
		t.Error("the list does not say what is shared, or that it is off")
	}
	page := named(doc, "admin-maker-row").Find("a").AttrOr("href", "")
	form := fieldsOf(t, w.manager.open(page), "maker-save")
	form.Set("percent", "")
	form.Set("amount", "2,50")
	if r := w.manager.command(page, form); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d\n%s", r.StatusCode, r.text)
	}
	if r := w.manager.command(page, form); r.StatusCode != http.StatusConflict {
		t.Errorf("an outdated page: %d", r.StatusCode)
	}
	w.forgetProof()
	if r := w.manager.command(page, form); r.StatusCode != http.StatusSeeOther || !strings.Contains(r.Header.Get("Location"), "/admin/confirm") {
		t.Errorf("an account is changed without a fresh proof: %d", r.StatusCode)
	}
}

func TestStaffSeeTheSharesAndWhatARefundLeavesWithTheMakers(t *testing.T) {
	t.Parallel()
	w := newOffice(t)
	w.store.Split.On = true
	if r := w.made(url.Values{"iban": {"GE29NB0000000101904917"}, "percent": {"50"}}); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d\n%s", r.StatusCode, r.text)
	}
	o := w.boughtBy(plainCard)
	want := o.ItemsTetri / 2
	page := "/admin/orders/" + o.Number
	doc := w.manager.open(page)
	share := named(doc, "split-share")
	if share.AttrOr("data-status", "") != string(models.SplitCompleted) || share.AttrOr("data-value", "") != strconv.Itoa(int(want)) {
		t.Errorf("the share is %s of %s, want %s", share.AttrOr("data-status", ""), share.AttrOr("data-value", ""), strconv.Itoa(int(want)))
	}
	if strings.Contains(share.Text(), "0000000101904917") {
		t.Error("the whole account is on the order's page")
	}
	for form, button := range map[string]string{"refund": "refund-submit", "cancel": "cancel-order"} {
		kept := named(doc, button).Closest("form").Find("[data-testid=kept-shares]")
		if kept.AttrOr("data-value", "") != strconv.Itoa(int(want)) {
			t.Errorf("the form to %s does not say what stays with the maker", form)
		}
	}
	today := string(models.DayOf(w.store.Now()))
	r := w.manager.command("/admin/exports/shares", url.Values{"from": {today}, "to": {today}})
	if lines := strings.Split(strings.TrimSpace(r.text), "\n"); r.StatusCode != http.StatusOK || len(lines) != 2 || !strings.Contains(lines[1], "GE29NB0000000101904917") {
		t.Errorf("%d, the file has %q", r.StatusCode, r.text)
	}
	if n := w.number("SELECT count(*) FROM audit WHERE action = 'export_shares'"); n != 1 {
		t.Errorf("%d lines of the audit list", n)
	}
}
