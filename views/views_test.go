package views_test

import (
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"dukani/views"
)

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
