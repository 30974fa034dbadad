package views_test

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"dukani/views"
)

func engine(t testing.TB) *views.Engine {
	t.Helper()
	e, err := views.New(func(name string) string { return "/static/" + name })
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// templates is every page and fragment with the struct that it takes.
var templates = map[string]any{
	"pages/home":           &views.Home{},
	"pages/category":       &views.Category{},
	"pages/product":        &views.Product{},
	"pages/search":         &views.Search{},
	"pages/collection":     &views.Collection{},
	"pages/cart":           &views.Cart{},
	"pages/checkout":       &views.Checkout{},
	"pages/order":          &views.Order{},
	"pages/info":           &views.Info{},
	"pages/error":          &views.Error{},
	"pages/mailbox":        &views.Mailbox{},
	"pages/mail":           &views.MailboxMessage{},
	"pages/login":          &views.Entry{},
	"pages/register":       &views.Entry{},
	"pages/account":        &views.AccountHome{},
	"pages/forgot":         &views.Entry{},
	"pages/reset":          &views.Link{},
	"pages/verify":         &views.Link{},
	"pages/link_dead":      &views.Link{},
	"pages/profile":        &views.Profile{},
	"pages/email":          &views.AccountForm{},
	"pages/password":       &views.AccountForm{},
	"pages/confirm":        &views.AccountForm{},
	"pages/addresses":      &views.Addresses{},
	"pages/address":        &views.AddressForm{},
	"pages/sessions":       &views.Sessions{},
	"pages/orders":         &views.Orders{},
	"pages/delete":         &views.AccountForm{},
	"pages/cards":          &views.Cards{},
	"pages/reorder":        &views.Reorder{},
	"admin/login":          &views.AdminLogin{},
	"admin/error":          &views.AdminError{},
	"admin/orders":         &views.AdminOrders{},
	"admin/order":          &views.AdminOrder{},
	"admin/dispute":        &views.AdminDispute{},
	"admin/order_journal":  &views.AdminOrderJournal{},
	"admin/dashboard":      &views.AdminDashboard{},
	"admin/confirm":        &views.AdminProof{},
	"admin/login_code":     &views.AdminProof{},
	"admin/login_setup":    &views.AdminSetup{},
	"admin/recovery_codes": &views.AdminCodes{},
	"admin/me":             &views.AdminMe{},
	"admin/staff":          &views.AdminStaff{},
	"admin/staff_new":      &views.AdminStaffNew{},
	"admin/staff_member":   &views.AdminStaffMember{},
	"admin/staff_password": &views.AdminStaffPassword{},
	"admin/audit":          &views.AdminAudit{},
	"admin/rights":         &views.AdminRights{},
	"admin/methods":        &views.AdminMethods{},
	"admin/password":       &views.AdminPassword{},
	"admin/products":       &views.AdminProducts{},
	"admin/product":        &views.AdminProduct{},
	"admin/stock":          &views.AdminStock{},
	"admin/categories":     &views.AdminCategories{},
	"admin/category":       &views.AdminCategory{},
	"admin/makers":         &views.AdminMakers{},
	"admin/maker":          &views.AdminMaker{},
	"admin/prices":         &views.AdminPrices{},
	"admin/price_list":     &views.AdminPriceList{},
	"partials/card":        &views.Card{},
	"partials/cart_link":   &views.CartLink{},
	"mail/paid":            &views.MailOrder{},
	"mail/declined":        &views.MailOrder{},
	"mail/expired":         &views.MailOrder{},
	"mail/refunding":       &views.MailOrder{},
	"mail/loan_overdue":    &views.MailOrder{},
	"mail/refunded":        &views.MailOrder{},
	"mail/held":            &views.MailOrder{},
	"mail/captured_less":   &views.MailOrder{},
	"mail/released":        &views.MailOrder{},
	"mail/paid_twice":      &views.MailOrder{},
	"mail/sent":            &views.MailOrder{},
	"mail/ready":           &views.MailOrder{},
	"mail/cancelled":       &views.MailOrder{},
	"mail/withdrawal":      &views.MailOrder{},
	"mail/returned":        &views.MailOrder{},
	"pages/withdraw":       &views.Withdraw{},
	"admin/parcel":         &views.AdminParcelForm{},
	"admin/packing":        &views.AdminPacking{},
	"admin/slip":           &views.AdminSlip{},
	"admin/label":          &views.AdminLabel{},
	"admin/returns":        &views.AdminReturns{},
	"admin/return":         &views.AdminReturn{},

	"mail/review":           &views.MailReview{},
	"admin/reviews":         &views.AdminReviews{},
	"admin/review":          &views.AdminReview{},
	"admin/reconciliations": &views.AdminReconciliations{},
	"admin/reconciliation":  &views.AdminReconciliation{},
	"admin/exports":         &views.AdminExports{},
	"partials/admin_sums":   &views.AdminSums{},
	"mail/verify":           &views.MailAccount{},
	"mail/reset":            &views.MailAccount{},
	"mail/password_changed": &views.MailAccount{},
	"mail/address_changed":  &views.MailAccount{},
	"mail/sign_in_changed":  &views.MailAccount{},
	"mail/sign_in_tried":    &views.MailAccount{},
}

// nasty is put into every text. Unescaped, it would open a tag or end an attribute.
const nasty = `<i>"'&amp;</i>`

// fill puts text into every string of v, yes into every bool, and one or two
// elements into every slice.
func fill(v reflect.Value, lang, text string, yes bool) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), lang, text, yes)
	case reflect.Struct:
		for i := range v.NumField() {
			switch name := v.Type().Field(i).Name; {
			case name == "Lang":
				v.Field(i).SetString(lang)
			case name == "Other":
				v.Field(i).SetString("en")
			default:
				fill(v.Field(i), lang, text, yes)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), lang, text, yes)
			number(v.Index(i), text, i)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for _, field := range []string{"name", "email", "phone", "delivery", "region", "city", "street", "note", "terms", "password"} {
			element := reflect.New(v.Type().Elem()).Elem()
			fill(element, lang, text, yes)
			v.SetMapIndex(reflect.ValueOf(field), element)
		}
	case reflect.String:
		if v.Type() == reflect.TypeFor[template.HTML]() {
			v.SetString("<b>kept</b>")
			return
		}
		v.SetString(text)
	case reflect.Bool:
		v.SetBool(yes)
	case reflect.Int, reflect.Int64:
		v.SetInt(3)
	}
}

// number gives the i-th element of a list its own id, number or slug.
func number(v reflect.Value, text string, i int) {
	if v.Kind() != reflect.Struct {
		return
	}
	for _, name := range []string{"ID", "Slug", "Number", "Position"} { // templates make ids of elements from these
		switch id := v.FieldByName(name); id.Kind() {
		case reflect.String:
			id.SetString(fmt.Sprint(text, i))
		case reflect.Int, reflect.Int64:
			id.SetInt(int64(i) + 1)
		}
	}
}

func sample(page any, lang, text string, yes bool) any {
	v := reflect.New(reflect.TypeOf(page).Elem())
	fill(v.Elem(), lang, text, yes)
	return v.Elem().Interface()
}

func render(t *testing.T, e *views.Engine, name string, data any) string {
	t.Helper()
	var b bytes.Buffer
	if err := e.Render(&b, name, data); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return b.String()
}

func TestTemplatesEscapeEveryText(t *testing.T) {
	t.Parallel()
	e := engine(t)
	for name, page := range templates {
		for _, lang := range views.Languages {
			for _, yes := range []bool{true, false} {
				out := render(t, e, name, sample(page, lang, nasty, yes))
				if strings.Contains(out, "<i>") || strings.Contains(out, `"'`) {
					t.Errorf("%s %s: markup in a text is not escaped", name, lang)
				}
				if strings.Contains(out, "%!") || strings.Contains(out, "ZgotmplZ") {
					t.Errorf("%s %s: broken placeholder or address:\n%s", name, lang, out)
				}
				if strings.HasPrefix(name, "pages/") && !strings.Contains(out, `<html lang="`+lang+`">`) {
					t.Errorf("%s: not in %s", name, lang)
				}
			}
			render(t, e, name, reflect.New(reflect.TypeOf(page).Elem()).Elem().Interface()) // nothing filled in
		}
	}
}

// The policy of the pages allows neither inline scripts nor inline styles, and
// forms and links carry what the tests and readers look for.
func TestPagesFitThePolicyAndTheContract(t *testing.T) {
	t.Parallel()
	e := engine(t)
	inline := regexp.MustCompile(`(?i)<style|<script(?:[^>]*)>[^<]|\sstyle=|\son[a-z]+=|javascript:`)
	var all strings.Builder
	for name, page := range templates {
		for _, yes := range []bool{true, false} {
			out := render(t, e, name, sample(page, "ka", "text", yes))
			if !strings.HasPrefix(name, "mail/") && inline.MatchString(out) {
				t.Errorf("%s: %q", name, inline.FindString(out))
			}
			all.WriteString(out)
		}
	}
	all.WriteString(render(t, e, "pages/cart", views.Cart{}))
	all.WriteString(render(t, e, "pages/search", views.Search{}))
	for _, id := range strings.Fields(`product-card product-price add-to-cart cart-count cart-line cart-total go-to-checkout
		place-order order-number order-total order-status retry-payment cart-empty line-quantity line-remove cart-notice
		search-input search-results facet-form facet-count sort-select page-next page-prev result-count stock-state old-price
		lowest-price delivery-cost free-delivery-left error-summary field-error order-line order-vat order-address
		order-timeline decline-reason print-receipt mail-item mail-body language-switch related-product gallery
		delivery-estimate`) {
		if !strings.Contains(all.String(), `data-testid="`+id+`"`) {
			t.Errorf("no element is called %q", id)
		}
	}
}

// A part of a page may be in another language than the page.
func TestPartsKeepTheirOwnLanguage(t *testing.T) {
	t.Parallel()
	e := engine(t)
	order := views.Order{Page: views.Page{Lang: "ka"}, ReorderButton: &views.ReorderButton{Lang: "en", OrderToken: "TOKEN"}}
	if out := render(t, e, "pages/order", order); !strings.Contains(out, `href="/en/orders/TOKEN/again"`) {
		t.Error("an order placed in English leads to a page in Georgian")
	}
	failed := views.Error{Page: views.Page{Lang: "ka"}, Also: &views.ErrorText{Lang: "en", Heading: "Sorry"}}
	if out := render(t, e, "pages/error", failed); !strings.Contains(out, `<div lang="en"`) {
		t.Error("English words are marked as Georgian")
	}
}

// A page must not name two elements alike, or labels and links miss.
func TestPagesHaveNoIDTwice(t *testing.T) {
	t.Parallel()
	e := engine(t)
	for name, page := range templates {
		if name == "pages/home" || name == "admin/order" {
			continue // its groups' keys, or the ids of its fields, are all alike in the sample
		}
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(render(t, e, name, sample(page, "en", "text", true))))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
			id := s.AttrOr("id", "")
			if seen[id] && s.Closest(".loan-months").Length() == 0 { // the loans of the sample have fields of one name
				t.Errorf("%s: two elements have the id %q", name, id)
			}
			seen[id] = true
		})
		doc.Find("input[id], select[id], textarea[id]").Each(func(_ int, s *goquery.Selection) {
			id := s.AttrOr("id", "")
			if doc.Find(`label[for="`+id+`"]`).Length() == 0 && s.ParentsFiltered("label").Length() == 0 && s.AttrOr("aria-label", "") == "" {
				t.Errorf("%s: %q has no label", name, id)
			}
		})
	}
}

func TestCheckoutFormCarriesWhatWasTyped(t *testing.T) {
	t.Parallel()
	c := views.Checkout{
		Page: views.Page{Lang: "en"}, Key: "K", ExpectedTotal: 15950, Shown: "en;0;1:1:15950:x", Name: "Nino", Email: "nino@", Phone: "599", City: "Kutaisi",
		Street: "Rustaveli 3", Note: "two\nlines", Terms: true, Errors: map[string]string{"email": "wrong"},
		Regions:    views.RegionOptions("en", "imereti", []string{"tbilisi", "imereti"}),
		Deliveries: []views.DeliveryChoice{{Value: "city", Checked: true, TotalTetri: 15950}, {Value: "pickup"}},
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(render(t, engine(t), "pages/checkout", c)))
	if err != nil {
		t.Fatal(err)
	}
	form := doc.Find("form[data-checkout]")
	for field, want := range map[string]string{
		"checkout_key": "K", "expected_total": "15950", "shown": "en;0;1:1:15950:x", "name": "Nino", "email": "nino@", "phone": "599", "city": "Kutaisi",
	} {
		if got := form.Find(`[name="`+field+`"]`).AttrOr("value", ""); got != want {
			t.Errorf("%s: got %q, want %q", field, got, want)
		}
	}
	for field, want := range map[string]string{
		"name": "name", "email": "email", "phone": "tel", "region": "address-level1", "city": "address-level2", "street": "street-address",
	} {
		if got := form.Find(`[name="`+field+`"]`).AttrOr("autocomplete", ""); got != want {
			t.Errorf("%s: autocomplete %q, want %q", field, got, want)
		}
	}
	if got := form.Find("#note").Text(); got != "two\nlines" {
		t.Errorf("note: %q", got)
	}
	if got := form.Find("#street").Text(); got != "Rustaveli 3" {
		t.Errorf("street: %q", got)
	}
	if form.Find("[name=terms][checked], option[selected][value=imereti], [value=city][checked]").Length() != 3 {
		t.Error("a choice is lost")
	}
	if got := form.Find("#email").AttrOr("aria-describedby", ""); got != "email-error email-hint" {
		t.Errorf("the field's message is not tied to it: %q", got)
	}
	if doc.Find(`[data-testid=error-summary] a[href="#email"]`).Length() != 1 {
		t.Error("the summary does not lead to the field")
	}
	// Enter in a field must order, not recalculate.
	if got := form.Find("button[type=submit]").First().AttrOr("data-testid", ""); got != "place-order" {
		t.Errorf("first button: %q", got)
	}
}

func TestMails(t *testing.T) {
	t.Parallel()
	e := engine(t)
	for _, lang := range views.Languages {
		for _, kind := range []string{"paid", "declined", "expired", "refunding", "refunded", "paid_twice", "held", "captured_less", "released", "loan_overdue"} {
			m := sample(&views.MailOrder{}, lang, nasty, true).(views.MailOrder)
			m.Number, m.URL = "D-100042", "https://example.ge/ka/orders/TOKEN"
			subject, text, page, err := e.Mail(kind, m)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(subject, "D-100042") || strings.Contains(subject+text, "mail.") {
				t.Errorf("%s %s: subject %q, text %q", kind, lang, subject, text)
			}
			// Plain text is not escaped, HTML is; both carry the link.
			if !strings.Contains(text, nasty) || strings.Contains(page, "<i>") {
				t.Errorf("%s %s: wrong escaping", kind, lang)
			}
			if !strings.Contains(text, m.URL) || !strings.Contains(page, `href="`+m.URL+`"`) {
				t.Errorf("%s %s: no link to the order", kind, lang)
			}
		}
	}
	if _, _, _, err := e.Mail("unheard of", views.MailOrder{Lang: "ka"}); err == nil {
		t.Error("a mail of an unknown kind was written")
	}
}

func TestUnknownTemplateIsAnError(t *testing.T) {
	t.Parallel()
	if err := engine(t).Render(io.Discard, "pages/none", views.Home{}); err == nil {
		t.Error("no error")
	}
}

func BenchmarkCategoryPage(b *testing.B) {
	e := engine(b)
	page := sample(&views.Category{}, "ka", "ტექსტი", true).(views.Category)
	card, err := e.Fragment("partials/card", sample(&views.Card{}, "ka", "ტექსტი", true))
	if err != nil {
		b.Fatal(err)
	}
	page.Cards = nil
	for range 24 {
		page.Cards = append(page.Cards, card)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := e.Render(io.Discard, "pages/category", page); err != nil {
			b.Fatal(err)
		}
	}
}

// A field of a page with the name of one that every page has would hide that from the layout.
func TestNoPageHidesWhatTheLayoutShows(t *testing.T) {
	t.Parallel()
	for name, view := range templates {
		of := reflect.Indirect(reflect.ValueOf(view)).Type()
		if of.Kind() != reflect.Struct {
			continue
		}
		for _, base := range []reflect.Type{reflect.TypeFor[views.Page](), reflect.TypeFor[views.AdminPage]()} {
			if embedded, has := of.FieldByName(base.Name()); !has || !embedded.Anonymous {
				continue
			}
			for i := range of.NumField() {
				if _, hides := base.FieldByName(of.Field(i).Name); hides {
					t.Errorf("%s: %s.%s hides that of %s", name, of.Name(), of.Field(i).Name, base.Name())
				}
			}
		}
	}
}
