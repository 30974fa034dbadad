package admin

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// showOrders handles GET /admin/orders: the orders that staff look for, newest first. What
// they look for and where they are in the list stands in the address.
func (a *app) showOrders(v visit) error {
	form := v.ordersForm()
	filter := v.ordersFilter(&form)
	p := views.AdminOrders{AdminPage: v.page(v.text("admin.orders.title")), Wrong: len(form.Errors) > 0}
	p.Search, p.Fields = v.ordersFields(form)
	query := ordersQuery(form)
	p.Filtered = len(query) > 0
	if p.Wrong {
		v.Status(fiber.StatusUnprocessableEntity)
		return v.Render("admin/orders", p)
	}
	list, err := a.Store.OrderList(v.UserContext(), filter, v.ordersPlace())
	if err != nil {
		return err
	}
	at := func(name string, id int64) string {
		if id == 0 {
			return ""
		}
		return ordersAddress(query, name, strconv.FormatInt(id, 10))
	}
	p.Newer, p.Older = at("above", list.Newer), at("below", list.Older)
	if p.Newer != "" {
		p.Newest = ordersAddress(query, "", "")
	}
	if v.may(models.RoleClerk) {
		p.CSV = Prefix + "/orders.csv"
		if len(query) > 0 {
			p.CSV += "?" + query.Encode()
		}
	}
	switch {
	case v.ordersPlace() != (models.OrderListPlace{}):
	case list.More:
		p.Count = v.text("admin.orders.count_more", views.Number(string(v.lang()), list.Count))
	default:
		p.Count = v.count("admin.orders.count", list.Count)
	}
	here := string(v.Request().URI().QueryString())
	for _, row := range list.Rows {
		p.Rows = append(p.Rows, v.orderRow(row, here))
	}
	return v.Render("admin/orders", p)
}

// ordersPlace is where in the list the page begins.
func (v visit) ordersPlace() (at models.OrderListPlace) {
	if id, err := strconv.ParseInt(v.Query("below"), 10, 64); err == nil && id > 0 {
		return models.OrderListPlace{Below: id}
	}
	if id, err := strconv.ParseInt(v.Query("above"), 10, 64); err == nil && id > 0 {
		return models.OrderListPlace{Above: id}
	}
	return at
}

// ordersAddress is the list with a filter, from some place on.
func ordersAddress(query url.Values, name, value string) string {
	q := url.Values{}
	for key, values := range query {
		q[key] = values
	}
	if name != "" {
		q.Set(name, value)
	}
	if len(q) == 0 {
		return Prefix + "/orders"
	}
	return Prefix + "/orders?" + q.Encode()
}

// orderRow is an order as the list shows it; list is the query of the list's page, to which the
// order's page leads back.
func (v visit) orderRow(o models.OrderListRow, list string) views.AdminOrderRow {
	lang := string(v.lang())
	row := views.AdminOrderRow{
		Number: o.Number, URL: Prefix + "/orders/" + url.PathEscape(o.Number), Time: v.dateTime(o.CreatedAt), Machine: o.CreatedAt.UTC().Format(time.RFC3339),
		Customer: v.listedName(o.Name), Amount: v.price(o.TotalTetri), AmountTetri: int64(o.TotalTetri),
		Status: views.OrderState(lang, string(o.Status)), Card: lastDigits(o.CardMask), Delivery: views.DeliveryName(lang, string(o.Delivery)),
		UnderReview: o.UnderReview,
	}
	if list != "" {
		row.URL += "?list=" + url.QueryEscape(list)
	}
	if o.Captured > 0 && (o.Refunded > 0 || o.Captured != o.TotalTetri) {
		row.Money = v.text("admin.orders.kept", v.price(o.Captured-o.Refunded))
	}
	switch {
	case o.CancelledAt != nil && o.Status != models.Cancelled:
		row.Fulfilment = views.AdminState{Status: "cancelled", Name: v.text("admin.orders.cancelled")}
	case o.Status.Delivers() || o.Fulfilment != models.FulfilmentWaiting:
		row.Fulfilment = views.FulfilmentState(lang, string(o.Fulfilment))
	}
	if o.Notes > 0 {
		row.Notes = v.count("admin.orders.notes", o.Notes)
	}
	return row
}

// listedName is the name of an order's person in lists. Viewers get a masked one: they need to tell
// people apart, not to know them.
func (v visit) listedName(name string) string {
	switch {
	case name == "":
		return v.text("admin.orders.forgotten")
	case v.may(models.RoleClerk):
		return name
	}
	return maskName(name)
}

// lastDigits is the end of a masked card number, "" if it has none.
func lastDigits(mask string) string {
	if len(mask) < 4 || strings.Trim(mask[len(mask)-4:], "0123456789") != "" {
		return ""
	}
	return "•• " + mask[len(mask)-4:]
}

// ordersCSV handles GET /admin/orders.csv: all orders of the filter. It has no e-mail
// addresses and telephone numbers: nobody needs them to count orders.
func (a *app) ordersCSV(v visit) error {
	form := v.ordersForm()
	filter := v.ordersFilter(&form)
	if len(form.Errors) > 0 {
		return v.goTo("/orders?" + ordersQuery(form).Encode())
	}
	if err := a.Store.OrdersExported(v.UserContext(), v.by(), ordersQuery(form).Encode()); err != nil {
		return err
	}
	lang, text := string(v.lang()), v.text
	head := []string{
		text("admin.orders.number"), text("admin.orders.placed"), text("admin.orders.status"), text("admin.orders.fulfilment"), text("admin.orders.delivery"),
		text("admin.orders.customer"), text("admin.orders.city"), text("admin.orders.amount"), text("admin.orders.captured"),
		text("admin.orders.refunded"), text("admin.orders.method"), text("admin.orders.card"),
	}
	return v.sendCSV("orders-"+v.now().In(models.Tbilisi).Format("2006-01-02-1504"), head, func(ctx context.Context, line func(...string) error) error {
		return a.Store.EachOrder(ctx, filter, func(o models.OrderListRow) error { return line(csvRow(lang, o)...) })
	})
}

func csvRow(lang string, o models.OrderListRow) []string {
	return []string{
		models.CellText(o.Number), o.CreatedAt.In(models.Tbilisi).Format("2006-01-02 15:04:05"), views.StatusName(lang, string(o.Status)),
		views.FulfilmentState(lang, string(o.Fulfilment)).Name, views.DeliveryName(lang, string(o.Delivery)), models.CellText(o.Name), models.CellText(o.City),
		csvAmount(o.TotalTetri), csvAmount(o.Captured), csvAmount(o.Refunded), models.CellText(string(o.Method)), models.CellText(o.CardMask),
	}
}
