package handlers_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"

	"dukani/handlers/admin"
	"dukani/models"
)

// elsewhere are the forms of the back office that stand on none of the pages of staffForms, and
// the test that sends them.
var elsewhere = map[string]string{
	"/admin/login/code":                        "admin_login_test.go",
	"/admin/login/setup":                       "admin_login_test.go",
	"/admin/login/password":                    "admin_login_test.go",
	"/admin/confirm":                           "admin_login_test.go",
	"/admin/orders/:number/capture":            "TestARefusedCaptureKeepsWhatWasTyped",
	"/admin/orders/:number/release":            "TestARefusedReleaseKeepsWhatWasTyped",
	"/admin/orders/:number/captures/:id/retry": "TestACaptureIsRetriedOnlyWhereTheBankHasRejectedIt",
	"/admin/orders/:number/refunds/:id/retry":  "TestARejectedRefundIsAskedForAgain",
	"/admin/orders/:number/refunds/:id/stop":   "TestARefundThatWaitsIsStopped",

	// These take no text.
	"/admin/me/sessions":                              "admin_staff_test.go",
	"/admin/me/codes":                                 "admin_staff_test.go",
	"/admin/staff/:id/device":                         "admin_staff_test.go",
	"/admin/staff/:id/enable":                         "admin_staff_test.go",
	"/admin/orders/:number/contact":                   "admin_order_test.go",
	"/admin/orders/:number/mails/:id/again":           "admin_order_test.go",
	"/admin/prices/:list":                             "admin_prices_test.go",
	"/admin/reconciliation/:day/differences/:id/ask":  "admin_exports_test.go",
	"/admin/reconciliation/:day/differences/:id/take": "admin_exports_test.go",
}

// hostile are texts that no form may choke on.
var hostile = []string{
	`<script>alert(1)</script>"'`, strings.Repeat("ა", 5000), "\u202e\u3164\u200b", "a\xff\xfe", "\U0001f600 a\x00b", "1e9", "-1", "'; DROP TABLE orders; --",
}

// staffForm is a form of the back office as a page shows it.
type staffForm struct {
	page, action string
	sent         url.Values
	texts        []string // names of the fields that take text
}

// staffForms collects the forms of pages, each form once.
func staffForms(manager *visitor, pages []string) (list []staffForm) {
	seen := map[string]bool{}
	for _, page := range pages {
		manager.open(page).Find(`form[method="post"]`).Each(func(_ int, f *goquery.Selection) {
			form := staffForm{page: page, action: f.AttrOr("action", page), sent: url.Values{}}
			f.Find("[formaction]").Each(func(_ int, b *goquery.Selection) { seen[b.AttrOr("formaction", "")] = true })
			if seen[form.action] {
				return
			}
			seen[form.action] = true
			f.Find("input[name], textarea[name], select[name]").Each(func(_ int, s *goquery.Selection) {
				name, kind := s.AttrOr("name", ""), s.AttrOr("type", "text")
				switch {
				case goquery.NodeName(s) == "select":
					form.sent.Set(name, s.Find("option[selected]").AttrOr("value", s.Find("option").First().AttrOr("value", "")))
					return
				case goquery.NodeName(s) == "textarea":
					kind = "text"
				case kind == "file" || (kind == "checkbox" || kind == "radio") && s.AttrOr("checked", "-") == "-":
					return
				}
				form.sent.Set(name, s.AttrOr("value", s.Text()))
				if _, fixed := s.Attr("readonly"); !fixed && name != "username" && kind != "hidden" && kind != "checkbox" && kind != "radio" {
					form.texts = append(form.texts, name)
				}
			})
			list = append(list, form)
		})
	}
	return list
}

// backOfficePages makes something for every kind of page, and returns their addresses.
func (w *till) backOfficePages(manager *visitor) []string {
	w.t.Helper()
	customer := w.visitor()
	waits, sent, back := w.byCourier(customer), w.byCourier(w.visitor()), w.byCourier(customer)
	w.sends(sent)
	w.deliveredNow(back)
	customer.post(back+"/withdraw", customer.withdrawal(back))
	pickedUp := w.buys(w.visitor(), sweet, nil)
	m, err := w.store.MailByID(w.t.Context(), int64(w.number("SELECT max(id) FROM mails WHERE kind = 'paid'")))
	must(w.t, err)
	must(w.t, w.store.MailFailed(w.t.Context(), m, "550 no such mailbox", true))
	must(w.t, w.store.StoreCallback(w.t.Context(), models.Callback{Body: []byte(`{"event":"x"}`), BankOrderID: "b9", OrderNumber: "D-9"}))
	clerk := w.hire("clerk", models.RoleClerk)
	var producer string
	must(w.t, w.raw.QueryRow("SELECT min(producer) FROM product_texts WHERE lang = 'ka' AND producer <> ''").Scan(&producer))
	must(w.t, w.store.SaveMaker(w.t.Context(), models.Actor{Email: "test"}, models.Maker{NameKa: producer, IBAN: "GE29NB0000000101904917", Percent: 50}))
	pages := []string{
		"/admin", "/admin/me", "/admin/me/password", "/admin/me/device", "/admin/staff/new", fmt.Sprint("/admin/staff/", clerk.ID),
		"/admin/products/new", "/admin/products/" + sweet, "/admin/products/" + sweet + "/stock", "/admin/categories", "/admin/categories/new",
		"/admin/prices", "/admin/reconciliation/" + string(models.DayOf(w.store.Now())), "/admin/exports", "/admin/methods", "/admin/makers/new", "/admin/makers/1", "/admin/returns/1", "/admin/review/1", "/admin/review/2",
	}
	manager.open("/admin/categories").Find(`a[href^="/admin/categories/"]`).EachWithBreak(func(_ int, a *goquery.Selection) bool {
		pages = append(pages, a.AttrOr("href", ""))
		return len(pages) < 22
	})
	for _, page := range []string{waits, sent, back, pickedUp} {
		pages = append(pages, w.backOffice(page))
	}
	return append(pages, w.backOffice(sent)+"/parcels/1")
}

// Whatever is typed into any field of any form of the back office is refused with everything still
// there, or taken and tidied; it is never a program error, and never part of a page's markup.
func TestEveryStaffFormTakesAnyText(t *testing.T) {
	t.Parallel()
	w := openedForStaff(t)
	manager := w.staff(models.RoleManager)
	pages := w.backOfficePages(manager)
	forms := append(staffForms(w.visitor(), []string{"/admin/login"}), staffForms(manager, pages)...)
	missing := map[string]bool{}
	for _, right := range admin.Rights() {
		missing[right.Path] = missing[right.Path] || right.Method == http.MethodPost
	}
	for _, f := range forms {
		missing[routeOf(f.action)] = false
	}
	for path, is := range missing {
		if covered := elsewhere[path] != ""; is && !covered && path != "/admin/review/:id/money" { // a button of the form beside it
			t.Errorf("the form of %s is on none of the pages", path)
		} else if !is && covered {
			t.Errorf("%s is sent here: it needs no other test", path)
		}
	}
	refused := 0
	for _, f := range forms {
		for _, field := range f.texts {
			for _, text := range hostile {
				send := maps.Clone(f.sent)
				send.Set(field, text)
				r := manager.command(f.action, send)
				what := fmt.Sprintf("%s, %s %.20q", f.action, field, text)
				if r.StatusCode >= http.StatusInternalServerError || strings.Contains(r.text, "<script>alert(1)") {
					t.Errorf("%s: %d\n%s", what, r.StatusCode, clip(r.text))
				}
				if r.StatusCode == http.StatusUnprocessableEntity {
					refused++
				}
				if r.StatusCode == http.StatusUnprocessableEntity && utf8.ValidString(text) && !strings.Contains(text, "\x00") && !strings.Contains(field, "password") {
					wantTyped(t, what, r.document(), f.action, field, text)
				}
			}
		}
	}
	if refused < 100 {
		t.Errorf("only %d texts were refused", refused)
	}
	for _, page := range pages {
		if r := manager.get(page); r.StatusCode >= http.StatusInternalServerError || strings.Contains(r.text, "<script>alert(1)") {
			t.Errorf("%s afterwards: %d", page, r.StatusCode)
		}
	}
	for name, text := range map[string]string{"a filler": "\u3164", "a change of direction": "\u202e", "a space of no width": "\u200b"} {
		if n := w.number("SELECT count(*) FROM audit WHERE after LIKE ? OR before LIKE ?", "%"+text+"%", "%"+text+"%"); n != 0 {
			t.Errorf("%d lines of the audit list have %s", n, name)
		}
	}
}

// wantTyped checks that a refused form still has what was typed.
func wantTyped(t *testing.T, what string, doc *goquery.Document, action, field, text string) {
	t.Helper()
	input := doc.Find(`form[action="` + action + `"] [name="` + field + `"]`).First()
	got := input.AttrOr("value", strings.TrimPrefix(input.Text(), "\n"))
	if input.Length() == 1 && input.AttrOr("type", "") != "number" && got != text {
		t.Errorf("%s: the field has %.40q now", what, got)
	}
}

// routeOf is the line of the table of rights that an address belongs to.
func routeOf(address string) string {
	for _, right := range admin.Rights() {
		pattern := "^" + parameter.ReplaceAllString(regexp.QuoteMeta(right.Path), "[^/]+") + "$"
		if right.Method == http.MethodPost && regexp.MustCompile(pattern).MatchString(address) {
			return right.Path
		}
	}
	return ""
}
