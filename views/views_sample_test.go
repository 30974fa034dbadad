package views_test

import (
	"bytes"
	"fmt"
	"html/template"
	"reflect"
	"testing"

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
