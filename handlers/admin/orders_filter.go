package admin

import (
	"net/url"
	"slices"
	"time"

	"dukani/models"
	"dukani/views"
)

// orderFilterFields are the fields of the filter in the order of the page; q is the search.
var orderFilterFields = []string{"q", "status", "fulfilment", "delivery", "method", "from", "to", "min", "max"}

// ordersForm is what stands in the address of the list.
func (v visit) ordersForm() views.Form {
	form := v.emptyForm(orderFilterFields...)
	for _, name := range orderFilterFields {
		form.Values[name] = models.TidyLine(v.Query(name))
	}
	return form
}

// ordersQuery is what was asked for, as part of an address.
func ordersQuery(form views.Form) url.Values {
	q := url.Values{}
	for _, name := range orderFilterFields {
		if value := form.Values[name]; value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// What can be chosen in the filter.
var (
	orderStatuses = []models.OrderStatus{
		models.AwaitingPayment, models.Confirming, models.OnHold, models.Paid, models.Review, models.Refunding, models.PartlyRefunded, models.Refunded,
		models.Declined, models.Expired, models.Cancelled,
	}
	fulfilments = []models.Fulfilment{
		models.FulfilmentWaiting, models.FulfilmentPacked, models.FulfilmentSent, models.FulfilmentDelivered, models.FulfilmentReady,
		models.FulfilmentHandedOver, models.FulfilmentReturned,
	}
)

// ordersFilter reads the form, and says in it what cannot be read.
func (v visit) ordersFilter(form *views.Form) (f models.OrderListFilter) {
	wrong := func(field, key string) { form.Errors[field] = v.text(key) }
	f.Query = form.Values["q"]
	f.Status = models.OrderStatus(form.Values["status"])
	if f.Status != "" && !slices.Contains(orderStatuses, f.Status) {
		wrong("status", "admin.orders.error.choice")
	}
	f.Fulfilment = models.Fulfilment(form.Values["fulfilment"])
	if f.Fulfilment != "" && !slices.Contains(fulfilments, f.Fulfilment) {
		wrong("fulfilment", "admin.orders.error.choice")
	}
	f.Delivery = models.Delivery(form.Values["delivery"])
	if _, ok := f.Delivery.Option(); f.Delivery != "" && !ok {
		wrong("delivery", "admin.orders.error.choice")
	}
	f.Method = models.Method(form.Values["method"])
	if f.Method != "" && !f.Method.Known() {
		wrong("method", "admin.orders.error.choice")
	}
	day := func(field string, after int) (at time.Time) {
		if form.Values[field] == "" {
			return at
		}
		at, err := time.ParseInLocation(time.DateOnly, form.Values[field], models.Tbilisi)
		if err != nil {
			wrong(field, "admin.orders.error.day")
			return time.Time{}
		}
		return at.AddDate(0, 0, after)
	}
	f.From, f.To = day("from", 0), day("to", 1)
	if !f.From.IsZero() && !f.To.IsZero() && !f.From.Before(f.To) {
		wrong("to", "admin.orders.error.days")
	}
	amount := func(field string) models.Tetri {
		if form.Values[field] == "" {
			return 0
		}
		t, ok := models.ReadTetri(form.Values[field])
		if !ok {
			wrong(field, "admin.orders.error.amount")
		}
		return t
	}
	f.Min, f.Max = amount("min"), amount("max")
	if f.Max > 0 && f.Min > f.Max {
		wrong("max", "admin.orders.error.amounts")
	}
	return f
}

// ordersFields are the fields of the search and of the filter.
func (v visit) ordersFields(form views.Form) (search views.AdminField, filter []views.AdminField) {
	lang := string(v.lang())
	field := func(name, kind, label string) views.AdminField {
		return views.AdminField{Name: name, Label: v.text(label), Type: kind, Value: form.Values[name], Error: form.Errors[name], Optional: true}
	}
	search = field("q", "search", "admin.orders.search")
	search.Hint, search.MaxLength = v.text("admin.orders.search_hint"), 200
	choice := func(name, label string, options ...views.Option) {
		f := field(name, "select", label)
		f.Options = append([]views.Option{{Label: v.text("admin.orders.any")}}, options...)
		for i := range f.Options {
			f.Options[i].Selected = f.Options[i].Value == f.Value
		}
		filter = append(filter, f)
	}
	var options []views.Option
	for _, s := range orderStatuses {
		options = append(options, views.Option{Value: string(s), Label: views.StatusName(lang, string(s))})
	}
	choice("status", "admin.orders.status", options...)
	options = nil
	for _, s := range fulfilments {
		options = append(options, views.Option{Value: string(s), Label: views.FulfilmentState(lang, string(s)).Name})
	}
	choice("fulfilment", "admin.orders.fulfilment", options...)
	options = nil
	for _, d := range models.DeliveryOptions() {
		options = append(options, views.Option{Value: string(d.Delivery), Label: views.DeliveryName(lang, string(d.Delivery))})
	}
	choice("delivery", "admin.orders.delivery", options...)
	options = nil
	for _, m := range models.Methods() {
		options = append(options, views.Option{Value: string(m), Label: views.MethodName(lang, string(m))})
	}
	choice("method", "admin.orders.method", options...)
	filter = append(filter, field("from", "date", "admin.orders.from"), field("to", "date", "admin.orders.to"))
	for _, f := range []views.AdminField{field("min", "text", "admin.orders.min"), field("max", "text", "admin.orders.max")} {
		f.InputMode = "decimal"
		filter = append(filter, f)
	}
	return search, filter
}
