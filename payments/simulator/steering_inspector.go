package simulator

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// pageSize is how many rows a page of the inspector shows.
const pageSize = 50

// pager is the navigation through the pages of a long list.
type pager struct {
	First, Last, Total   int
	Newer, Older, Status string // query parameters of the links; "" for none
}

// paged returns the part of a list that ?page= asks for.
func paged[T any](r *http.Request, all []T) ([]T, pager) {
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	page = max(0, min(page, (len(all)-1)/pageSize))
	from, to := page*pageSize, min(len(all), (page+1)*pageSize)
	p := pager{First: min(from+1, to), Last: to, Total: len(all), Status: r.URL.Query().Get("status")}
	if page > 0 {
		p.Newer = strconv.Itoa(page - 1)
	}
	if to < len(all) {
		p.Older = strconv.Itoa(page + 1)
	}
	return all[from:to], p
}

func inspectorPage(title string) Page { return Page{Title: title, Lang: "en", Theme: "auto"} }

type inspectorView struct {
	Page
	Orders        []inspectorRow
	Pager         pager
	Statuses      []statusCount
	URL, ClientID string
	Clock         string
}

type statusCount struct {
	Status  string
	Count   int
	Current bool
}

type inspectorRow struct {
	ID, External, Status, Reason, Amount, Created string
	Callbacks                                     []deliveryView
}

// showInspector handles GET /_sim/, the inspector's list of orders, with ?status= and ?page=.
func (b *Bank) showInspector(w http.ResponseWriter, r *http.Request) {
	v := inspectorView{Page: inspectorPage("Orders"), Clock: b.clockText(), URL: b.base(r), ClientID: b.clientID()}
	wanted := r.URL.Query().Get("status")
	var chosen []*order
	counts := map[string]int{}
	for _, o := range b.newest() {
		counts[o.Status]++
		if wanted == "" || o.Status == wanted {
			chosen = append(chosen, o)
		}
	}
	for _, status := range slices.Sorted(maps.Keys(counts)) {
		v.Statuses = append(v.Statuses, statusCount{status, counts[status], status == wanted})
	}
	chosen, v.Pager = paged(r, chosen)
	for _, o := range chosen {
		one := inspectorRow{ID: o.ID, External: o.externalID(), Status: o.Status, Reason: o.Reason, Amount: v.Money(o.Total, o.Currency),
			Created: o.Created.In(tbilisi).Format("2 Jan 15:04:05")}
		one.Callbacks = b.fullView(o).Callbacks
		v.Orders = append(v.Orders, one)
	}
	b.render(w, http.StatusOK, "inspector.html", v, nil)
}

func (b *Bank) clockText() string {
	c := b.clockView()
	text := c.Now.In(tbilisi).Format("2006-01-02 15:04:05")
	if c.Fixed {
		return text + ", stopped"
	}
	return text
}

type requestsView struct {
	Page
	Requests []entry
	Pager    pager
}

// inspectRequests handles GET /_sim/inspect/requests.
func (b *Bank) inspectRequests(w http.ResponseWriter, r *http.Request) {
	v := requestsView{Page: inspectorPage("Requests")}
	v.Requests, v.Pager = paged(r, b.journal.newest(""))
	b.render(w, http.StatusOK, "requests.html", v, nil)
}

type callbacksView struct {
	Page
	Callbacks []callbackRow
	Pager     pager
}

type callbackRow struct {
	deliveryView
	OrderID string
	Order   string // the shop's id or, without one, the bank's
}

// inspectCallbacks handles GET /_sim/inspect/callbacks.
func (b *Bank) inspectCallbacks(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	all := slices.Collect(maps.Values(b.outbox))
	b.mu.Unlock()
	slices.SortFunc(all, func(x, y *delivery) int { return cmp.Compare(y.Number, x.Number) })
	v := callbacksView{Page: inspectorPage("Callbacks")}
	all, v.Pager = paged(r, all)
	for _, d := range all {
		row := callbackRow{deliveryView: d.view(), OrderID: d.OrderID}
		if o := b.currentOrder(d.OrderID); o != nil {
			row.Order = o.externalID()
		}
		row.Order = cmp.Or(row.Order, d.OrderID)
		v.Callbacks = append(v.Callbacks, row)
	}
	b.render(w, http.StatusOK, "callbacks.html", v, nil)
}

type steeringView struct {
	Page
	Faults        []Fault
	Chaos         chaosRequest
	Kinds, Routes []string
	Clock, Now    string
	Fixed         bool
	Settings      string
}

// inspectSteering handles GET /_sim/inspect/steering.
func (b *Bank) inspectSteering(w http.ResponseWriter, _ *http.Request) {
	clock := b.clockView()
	v := steeringView{Page: inspectorPage("Steering"), Faults: b.faults.all(), Chaos: b.faults.currentChaos(), Kinds: faultKinds, Routes: routeNames,
		Clock: b.clockText(), Now: clock.Now.Truncate(time.Second).Format(time.RFC3339), Fixed: clock.Fixed, Settings: pretty(b.currentSettings())}
	b.render(w, http.StatusOK, "steering.html", v, nil)
}

// pretty returns indented JSON for people.
func pretty(value any) string {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err.Error()
	}
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(text))
}

type inspectedView struct {
	Page
	Order    orderView
	Amount   string
	External string
	Receipt  string
	Requests []entry
	Modes    []string
	Payable  bool
	Callback string
	Bookings []bookingRow
	Outcomes []option
	Laters   []option
	Settles  []option
	Faults   []Fault
	Kinds    []string
	Routes   []option
}

type bookingRow struct{ At, What, Amount, Captured, Refunded, Authorized string }

// inspectOrder handles GET /_sim/inspect/{id}.
func (b *Bank) inspectOrder(w http.ResponseWriter, r *http.Request) {
	o := b.currentOrder(strings.ToLower(r.PathValue("id")))
	if o == nil {
		b.showNotFound(w)
		return
	}
	full := b.fullView(o)
	v := inspectedView{Page: Page{Title: "Order", Lang: "en", Theme: "auto", OrderID: o.ID}, Order: full, Requests: b.journal.newest(o.ID), Modes: modes,
		Payable: o.payable() && !o.onShopsPage(), Callback: o.CallbackURL, External: o.externalID()}
	v.Outcomes, v.Settles, v.Laters = outcomeOptions, settleOptions, laterOptions
	v.Faults, v.Kinds, v.Routes = b.faults.ofOrder(o.ID), faultKinds, faultRouteOptions
	for i := range v.Faults {
		v.Faults[i].OrderID = "" // this page is about one order anyway
	}
	v.Amount = v.Money(o.Total, o.Currency)
	v.Receipt = pretty(full.Receipt)
	for _, one := range o.bookings() {
		sum := func(m money) string { return v.Money(m, o.Currency) }
		v.Bookings = append(v.Bookings, bookingRow{one.At.In(tbilisi).Format("2 Jan 15:04:05"), one.What, sum(one.Amount),
			sum(one.Captured), sum(one.Refunded), sum(one.Authorized)})
	}
	b.render(w, http.StatusOK, "inspect.html", v, nil)
}
