package simulator

import (
	"encoding/json"
	"net/http"
	"strings"
)

type inspectorView struct {
	Page
	Now                    string
	Offset                 int64
	Orders                 []inspectorRow
	Requests               []entry
	Faults                 []Fault
	Kinds, Routes          []string
	URL, ClientID, Timeout string
}

type inspectorRow struct {
	ID, External, Status, Reason, Amount, Created string
	Callbacks                                     string
}

// showInspector handles GET /_sim/, the way in for people.
func (b *Bank) showInspector(w http.ResponseWriter, r *http.Request) {
	v := inspectorView{Page: Page{Title: "Inspector", Lang: "en", Theme: "auto"}, Now: b.now().In(tbilisi).Format("2006-01-02 15:04:05"),
		Offset: b.clockView().Offset, Faults: b.faults.all(), Kinds: faultKinds, Routes: routeNames,
		URL: b.base(r), ClientID: b.clientID()}
	for i, o := range b.newest() {
		if i == 100 {
			break
		}
		one := inspectorRow{ID: o.ID, Status: o.Status, Reason: o.Reason, Amount: v.Money(o.Total, o.Currency), Created: o.Created.In(tbilisi).Format("2 Jan 15:04:05")}
		if o.ExternalID != nil {
			one.External = *o.ExternalID
		}
		var states []string
		for _, d := range b.fullView(o).Callbacks {
			states = append(states, d.State)
		}
		one.Callbacks = strings.Join(states, ", ")
		v.Orders = append(v.Orders, one)
	}
	if v.Requests = b.journal.newest(""); len(v.Requests) > 50 {
		v.Requests = v.Requests[:50]
	}
	b.render(w, http.StatusOK, "inspector.html", v, nil)
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
}

// inspectOrder handles GET /_sim/inspect/{id}.
func (b *Bank) inspectOrder(w http.ResponseWriter, r *http.Request) {
	o := b.view(strings.ToLower(r.PathValue("id")))
	if o == nil {
		b.showMissing(w)
		return
	}
	full := b.fullView(o)
	v := inspectedView{Page: Page{Title: "Order", Lang: "en", Theme: "auto", OrderID: o.ID}, Order: full, Requests: b.journal.newest(o.ID), Modes: modes,
		Payable: o.payable() && !o.onShopsPage(), Callback: o.CallbackURL}
	v.Amount = v.Money(o.Total, o.Currency)
	if o.ExternalID != nil {
		v.External = *o.ExternalID
	}
	// The pretty form is for reading; the raw bytes stand with each callback.
	pretty, err := json.MarshalIndent(full.Receipt, "", "  ")
	if err == nil {
		v.Receipt = strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(pretty))
	}
	b.render(w, http.StatusOK, "inspect.html", v, nil)
}
