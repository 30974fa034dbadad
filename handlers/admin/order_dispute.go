package admin

import (
	"dukani/models"
	"dukani/views"
)

// showDispute handles GET /admin/orders/:number/dispute: on one sheet of paper, what a bank asks for
// when a payer says that it was not them or that nothing came. It names the person and their network
// addresses, so the audit list records who has opened it.
func (a *app) showDispute(v visit) error {
	o, err := a.order(v)
	if err != nil {
		return err
	}
	ctx := v.UserContext()
	if err := a.Store.DisputeOpened(ctx, v.by(), o.Number); err != nil {
		return err
	}
	history, err := a.Store.OrderHistory(ctx, o)
	if err != nil {
		return err
	}
	accesses, err := a.Store.OrderAccesses(ctx, o.ID)
	if err != nil {
		return err
	}
	money, err := a.Store.OrderMoney(ctx, o)
	if err != nil {
		return err
	}
	goods, err := a.Store.Goods(ctx, o)
	if err != nil {
		return err
	}
	lang := string(v.lang())
	p := views.AdminDispute{
		AdminPage: v.page(v.text("admin.dispute.title", o.Number)), URL: Prefix + orderPath(o), Made: v.dateTime(v.now()), Seller: a.Seller(v.lang()),
		Status: views.StatusName(lang, string(o.Status)), Contact: v.disputedPerson(o), Money: v.orderMoney(o, money, v.orderForms()),
		Consents: v.consentRows(o), Delivery: v.deliveryRows(o, goods),
	}
	a.orderParts(v, o, history, v.orderForms(), &p.Order)
	for _, access := range accesses {
		p.Accesses = append(p.Accesses, views.AdminAccessRow{
			Time: v.dateTime(access.At), What: v.text("admin.order.access." + string(access.What)), Address: access.Address, Agent: access.Agent,
		})
	}
	return v.Render("admin/dispute", p)
}

// disputedPerson is who ordered, with everything that the shop knows of them.
func (v visit) disputedPerson(o *models.Order) views.AdminContact {
	if o.Email == "" {
		return views.AdminContact{Name: v.text("admin.orders.forgotten")}
	}
	return views.AdminContact{
		Name: o.Name, Email: o.Email, Phone: views.Phone(o.Phone), Note: o.Note, Delivery: views.DeliveryName(string(v.lang()), string(o.Delivery)),
		Address: views.Address(string(v.lang()), o.Region, o.City, o.Street),
	}
}

// consentRows are what the shopper agreed to, and when.
func (v visit) consentRows(o *models.Order) []views.AdminOrderFact {
	t := &timeline{v: v, lang: string(v.lang())}
	t.consents(o)
	rows := []views.AdminOrderFact{{Label: v.dateTime(o.CreatedAt), Text: v.text("admin.dispute.placed")}}
	for _, e := range t.events {
		rows = append(rows, views.AdminOrderFact{Label: e.Time, Text: e.Text})
	}
	return rows
}

// deliveryRows prove that the goods arrived.
func (v visit) deliveryRows(o *models.Order, g *models.Goods) (rows []views.AdminOrderFact) {
	add := func(at, text string) { rows = append(rows, views.AdminOrderFact{Label: at, Text: text}) }
	for _, parcel := range g.Parcels {
		name := v.text("admin.dispute.parcel", parcel.Number)
		add(v.dateTime(parcel.SentAt), joined(name, v.text("admin.dispute.sent", parcel.Carrier), parcel.Tracking, parcel.Link))
		if parcel.DeliveredAt != nil {
			add(v.dateTime(*parcel.DeliveredAt), joined(name, v.text("admin.orders.fulfilment.delivered"), parcel.DeliveredTo))
		}
		if parcel.ReturnedAt != nil {
			add(v.dateTime(*parcel.ReturnedAt), joined(name, v.text("admin.orders.fulfilment.returned")))
		}
	}
	if len(g.Parcels) == 0 && o.ReceivedAt != nil {
		add(v.dateTime(*o.ReceivedAt), joined(v.text("admin.orders.fulfilment."+string(o.Fulfilment)), o.ReceivedBy))
	}
	if len(rows) == 0 {
		add("", v.text("admin.dispute.not_delivered"))
	}
	return rows
}
