package admin

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// goodsDone answers a form about the goods of an order: with the order's page or, if err
// refuses it, with the form as it was typed.
func (a *app) goodsDone(v visit, o *models.Order, f goodsForms, err error, key string) error {
	if err == nil {
		return v.done(orderPath(o), key)
	}
	if err := v.refuse(&f.Form, err); err != nil {
		return err
	}
	now, err := a.Store.OrderByID(v.UserContext(), o.ID) // it may have moved on
	if err != nil {
		return err
	}
	forms := v.orderForms()
	forms.goods = f
	return a.orderPage(v, now, forms)
}

// goodsForm reads the order that a form is about, and what was typed into it.
func (a *app) goodsForm(v visit, action string, names ...string) (*models.Order, goodsForms, error) {
	o, err := a.order(v)
	if err != nil {
		return nil, goodsForms{}, err
	}
	form, err := v.form(names...)
	return o, goodsForms{Form: form, action: action}, err
}

// chosenUnits reads the fields units_0, units_1… of the lines of an order. What is no number
// counts as one that no line has, so that the rules refuse it.
func (v visit) chosenUnits(o *models.Order, prefix string) (units map[int]int, typed map[int]string, err error) {
	units, typed = map[int]int{}, map[int]string{}
	for _, l := range o.Lines {
		text, err := v.value(prefix + strconv.Itoa(l.Position))
		if err != nil {
			return nil, nil, err
		}
		typed[l.Position] = text
		n, wrong := strconv.Atoi(text)
		switch {
		case text == "":
			n = 0
		case wrong != nil:
			n = -1
		}
		units[l.Position] = n
	}
	return units, typed, nil
}

// receipt reads the fields of receiptFields. A day that is none stays zero, which is refused.
func (v visit) receipt(f goodsForms) models.Receipt {
	day, err := time.ParseInLocation(time.DateOnly, f.Value("day"), models.Tbilisi)
	if err != nil {
		day = time.Time{}
	}
	return models.Receipt{Day: day, To: f.Value("to")}
}

// packOrder handles POST /admin/orders/{number}/pack.
func (a *app) packOrder(v visit) error {
	o, f, err := a.goodsForm(v, "pack")
	if err != nil {
		return err
	}
	return a.goodsDone(v, o, f, a.Store.Pack(v.UserContext(), v.by(), o.ID), "admin.fulfilment.done.packed")
}

// shipOrder handles POST /admin/orders/{number}/ship: one more parcel has left the shop.
func (a *app) shipOrder(v visit) error {
	o, f, err := a.goodsForm(v, "ship", "carrier", "tracking", "link", "seen")
	if err != nil {
		return err
	}
	units, typed, err := v.chosenUnits(o, "units_")
	if err != nil {
		return err
	}
	f.units = typed
	seen, err := strconv.Atoi(f.Value("seen"))
	if err != nil {
		seen = -1
	}
	_, err = a.Store.SendParcel(v.UserContext(), v.by(), o.ID, models.Shipment{
		Carrier: f.Value("carrier"), Tracking: f.Value("tracking"), Link: f.Value("link"), Units: units, Seen: seen,
	})
	return a.goodsDone(v, o, f, err, "admin.fulfilment.done.sent")
}

// readyOrder handles POST /admin/orders/{number}/ready.
func (a *app) readyOrder(v visit) error {
	o, f, err := a.goodsForm(v, "ready")
	if err != nil {
		return err
	}
	return a.goodsDone(v, o, f, a.Store.ReadyForPickup(v.UserContext(), v.by(), o.ID), "admin.fulfilment.done.ready")
}

// handOverOrder handles POST /admin/orders/{number}/handover.
func (a *app) handOverOrder(v visit) error {
	o, f, err := a.goodsForm(v, "handover", "day", "to")
	if err != nil {
		return err
	}
	return a.goodsDone(v, o, f, a.Store.HandOver(v.UserContext(), v.by(), o.ID, v.receipt(f)), "admin.fulfilment.done.handed_over")
}

// parcelNumber is the number of the parcel that the address names, 0 for none.
func (v visit) parcelNumber() int {
	n, err := strconv.Atoi(v.param("parcel"))
	if err != nil {
		return 0
	}
	return n
}

// deliverParcel handles POST /admin/orders/{number}/parcels/{parcel}/deliver.
func (a *app) deliverParcel(v visit) error {
	n := v.parcelNumber()
	o, f, err := a.goodsForm(v, "deliver "+strconv.Itoa(n), "day", "to")
	if err != nil {
		return err
	}
	err = a.Store.DeliverParcel(v.UserContext(), v.by(), o.ID, n, v.receipt(f))
	return a.goodsDone(v, o, f, err, "admin.fulfilment.done.delivered")
}

// parcelReturned handles POST /admin/orders/{number}/parcels/{parcel}/returned.
func (a *app) parcelReturned(v visit) error {
	o, f, err := a.goodsForm(v, "returned")
	if err != nil {
		return err
	}
	err = a.Store.ParcelReturned(v.UserContext(), v.by(), o.ID, v.parcelNumber())
	return a.goodsDone(v, o, f, err, "admin.fulfilment.done.returned")
}

// showParcel handles GET /admin/orders/{number}/parcels/{parcel}: the form that corrects it.
func (a *app) showParcel(v visit) error {
	o, err := a.order(v)
	if err != nil {
		return err
	}
	g, err := a.Store.Goods(v.UserContext(), o)
	if err != nil {
		return err
	}
	n := v.parcelNumber()
	if n < 1 || n > len(g.Parcels) {
		return &models.Error{Kind: models.NotFound, Code: models.CodeParcelNotFound}
	}
	form, p := v.emptyForm("carrier", "tracking", "link"), g.Parcels[n-1]
	form.Values["carrier"], form.Values["tracking"], form.Values["link"] = p.Carrier, p.Tracking, p.Link
	return a.parcelPage(v, o, form)
}

func (a *app) parcelPage(v visit, o *models.Order, form views.Form) error {
	n := v.parcelNumber()
	return v.Render("admin/parcel", views.AdminParcelForm{
		AdminPage: v.page(v.text("admin.parcel.title", n, o.Number)), Number: o.Number, Parcel: n, Form: form,
		Fields: v.shipFields(form.Value, form.Error),
	})
}

// correctParcel handles POST /admin/orders/{number}/parcels/{parcel}.
func (a *app) correctParcel(v visit) error {
	o, err := a.order(v)
	if err != nil {
		return err
	}
	form, err := v.form("carrier", "tracking", "link")
	if err != nil {
		return err
	}
	err = a.Store.CorrectParcel(v.UserContext(), v.by(), o.ID, v.parcelNumber(), models.Shipment{
		Carrier: form.Value("carrier"), Tracking: form.Value("tracking"), Link: form.Value("link"),
	})
	if err == nil {
		return v.done(orderPath(o), "admin.fulfilment.done.corrected")
	}
	if err := v.refuse(&form, err); err != nil {
		return err
	}
	return a.parcelPage(v, o, form)
}

// showPacking handles GET /admin/packing: what is to be packed, oldest first.
func (a *app) showPacking(v visit) error {
	const page = 50
	after, err := strconv.ParseInt(v.Query("after", "0"), 10, 64)
	if err != nil {
		return fiber.ErrNotFound
	}
	waiting, err := a.Store.PackingList(v.UserContext(), models.FulfilmentWaiting, after, page+1)
	if err != nil {
		return err
	}
	packed, err := a.Store.PackingList(v.UserContext(), models.FulfilmentPacked, 0, page)
	if err != nil {
		return err
	}
	n, _, err := a.Store.CountToPack(v.UserContext())
	if err != nil {
		return err
	}
	out := views.AdminPacking{AdminPage: v.page(v.text("admin.nav.packing")), Count: v.count("admin.packing.count", n)}
	if len(waiting) > page {
		waiting = waiting[:page]
		out.More = Prefix + "/packing?after=" + strconv.FormatInt(waiting[page-1].ID, 10)
	}
	for _, o := range waiting {
		out.Waiting = append(out.Waiting, v.packingOrder(&o))
	}
	for _, o := range packed {
		out.Packed = append(out.Packed, v.packingOrder(&o))
	}
	return v.Render("admin/packing", out)
}

func (v visit) packingOrder(o *models.PackingOrder) views.AdminPackingOrder {
	return views.AdminPackingOrder{
		Number: o.Number, Name: o.Name, Delivery: views.DeliveryName(string(v.lang()), string(o.Delivery)), City: o.City,
		Placed: v.dateTime(o.CreatedAt), Note: o.Note, OnHold: o.Status == models.OnHold, Adult: o.Adult(), Lines: v.packingLines(o.Lines, o.Left),
		CanPrint: v.may(models.RoleClerk),
	}
}

// packingLines are the units that go into a box.
func (v visit) packingLines(lines []models.OrderLine, units map[int]int) []views.AdminPackingLine {
	var list []views.AdminPackingLine
	for _, l := range lines {
		if n := units[l.Position]; n > 0 {
			list = append(list, views.AdminPackingLine{
				Name: l.Name(v.lang()), Measure: l.Measure(v.lang()), Picture: l.Picture, Tint: l.Tint, Units: n,
			})
		}
	}
	return list
}

// showSlip handles GET /admin/orders/{number}/slip: what lies in the box, in the customer's
// language. Of an order that has left the shop it is what left.
func (a *app) showSlip(v visit) error {
	o, err := a.order(v)
	if err != nil {
		return err
	}
	g, err := a.Store.Goods(v.UserContext(), o)
	if err != nil {
		return err
	}
	units := g.Left
	if !g.AnyLeft() {
		units = g.Gone
	}
	return v.Render("admin/slip", views.AdminSlip{
		AdminPage: v.page(v.text("admin.slip.title_of", o.Number)), Number: o.Number, Placed: v.date(o.CreatedAt),
		Delivery: views.DeliveryName(string(v.lang()), string(o.Delivery)), Recipient: o.Name, Phone: views.Phone(o.Phone),
		Address: views.Address(string(v.lang()), o.Region, o.City, o.Street), Note: o.Note, Adult: o.Adult(),
		Lines: v.packingLines(o.Lines, units), Seller: a.Seller(v.lang()),
	})
}

// showLabel handles GET /admin/orders/{number}/label: the address on the box.
func (a *app) showLabel(v visit) error {
	o, err := a.order(v)
	if err != nil {
		return err
	}
	l := string(v.lang())
	out := views.AdminLabel{
		AdminPage: v.page(v.text("admin.label.title_of", o.Number)), Number: o.Number, Delivery: views.DeliveryName(l, string(o.Delivery)),
		Recipient: o.Name, Phone: views.Phone(o.Phone), City: o.City, Street: o.Street, Adult: o.Adult(), Seller: a.Seller(v.lang()),
	}
	if o.Region != "" && views.RegionName(l, o.Region) != o.City {
		out.Region = views.RegionName(l, o.Region)
	}
	return v.Render("admin/label", out)
}
