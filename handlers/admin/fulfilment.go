package admin

import (
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"

	"dukani/models"
	"dukani/views"
)

// goodsForms is what was typed into the forms of the goods of an order, and what is wrong
// with it.
type goodsForms struct {
	views.Form
	units    map[int]string // what was typed, by the position of the line; nil: nothing was
	action   string         // of the form that was sent: "ship", "deliver 2"; "" for none
	announce string         // key of the form that announces a return; "": it gets a new one
}

// goods returns what staff see of the goods of an order, and do with them.
func (a *app) goods(v visit, o *models.Order, f goodsForms) (*views.AdminFulfilment, error) {
	g, err := a.Store.Goods(v.UserContext(), o)
	if err != nil {
		return nil, err
	}
	returns, err := a.Store.Returns(v.UserContext(), o.ID)
	if err != nil {
		return nil, err
	}
	clerk := v.may(models.RoleClerk)
	allowed := func(step models.FulfilmentStep) bool { return clerk && o.RefusesStep(step) == "" }
	part := &views.AdminFulfilment{
		Lang: string(v.lang()), Token: v.session.Token, Number: o.Number, Status: string(o.Fulfilment),
		StatusText: fulfilmentName(v.lang(), o.Fulfilment), Problem: f.Problem, Adult: o.Adult(), Seen: len(g.Parcels),
		CanPack: allowed(models.StepPack), CanReady: allowed(models.StepReady), CanHandOver: allowed(models.StepHandOver),
		CanSend:  allowed(models.StepSend) && g.AnyLeft(),
		Received: v.received(o),
	}
	if code := o.RefusesStep(models.StepSend); code != "" && code != models.CodeFulfilPickup {
		part.Blocked = v.text(string(code))
	}
	a.parcelForms(v, o, g, f, part)
	if part.CanSend {
		if part.Carriers, err = a.Store.Carriers(v.UserContext()); err != nil {
			return part, err
		}
	}
	a.returnForms(v, o, g, returns, f, part)
	part.CanCancel = v.may(models.RoleManager) && o.RefusesCancel() == ""
	part.CancelText = v.text("admin.cancel.money." + string(o.CancelMoney()))
	part.Proof = v.proofPage("/orders/" + o.Number)
	part.Cancel = v.goodsField(f, "cancel", views.AdminField{
		Name: "reason", ID: "cancel-reason", Label: v.text("admin.cancel.reason"), Type: "textarea", Rows: 2, MaxLength: 500,
	})
	return part, nil
}

// proofPage is where staff confirm that it is them, and come back to a page from which they move
// money; "" if they have lately.
func (v visit) proofPage(page string) string {
	if v.proved() {
		return ""
	}
	return Prefix + "/confirm?next=" + url.QueryEscape(Prefix+page)
}

// received says when the last of an order was received, and by whom, "" before.
func (v visit) received(o *models.Order) string {
	switch {
	case o.ReceivedAt == nil:
		return ""
	case o.ReceivedBy == "":
		return v.text("admin.fulfilment.received", v.date(*o.ReceivedAt))
	}
	return v.text("admin.fulfilment.received_by", v.date(*o.ReceivedAt), o.ReceivedBy)
}

// goodsField fills a field with what was typed into the form of that action.
func (v visit) goodsField(f goodsForms, action string, field views.AdminField) views.AdminField {
	if f.action == action {
		field.Value, field.Error = f.Value(field.Name), f.Error(field.Name)
	}
	return field
}

// receiptFields are the fields for the proof that goods were handed to somebody: today, and to
// the recipient, unless something else is typed.
func (v visit) receiptFields(o *models.Order, f goodsForms, action, id string) []views.AdminField {
	day := v.goodsField(f, action, views.AdminField{
		Name: "day", ID: id + "-day", Label: v.text("admin.fulfilment.day"), Type: "date",
	})
	if day.Value == "" && f.action != action {
		day.Value = v.now().In(models.Tbilisi).Format(time.DateOnly)
	}
	to := v.goodsField(f, action, views.AdminField{
		Name: "to", ID: id + "-to", Label: v.text("admin.fulfilment.to"), Type: "text", MaxLength: 100,
	})
	if f.action != action && v.may(models.RoleClerk) {
		to.Value = o.Name
	}
	return []views.AdminField{day, to}
}

// shipFields are the fields for how a parcel travels.
func (v visit) shipFields(value, wrong func(name string) string) []views.AdminField {
	fields := []views.AdminField{
		{Name: "carrier", Label: v.text("admin.parcel.carrier"), Type: "text", MaxLength: 60},
		{Name: "tracking", Label: v.text("admin.parcel.tracking"), Type: "text", MaxLength: 80, Optional: true},
		{Name: "link", Label: v.text("admin.parcel.link"), Type: "url", MaxLength: 300, Optional: true, Hint: v.text("admin.parcel.link_hint")},
	}
	for i := range fields {
		fields[i].Value, fields[i].Error = value(fields[i].Name), wrong(fields[i].Name)
	}
	return fields
}

// parcelForms fills in the parcels of an order and the forms for the next one and for handing over.
func (a *app) parcelForms(v visit, o *models.Order, g *models.Goods, f goodsForms, part *views.AdminFulfilment) {
	typed := func(from func(string) string) func(string) string {
		return func(name string) string {
			if f.action == "ship" {
				return from(name)
			}
			return ""
		}
	}
	part.Ship = v.shipFields(typed(f.Value), typed(f.Error))
	if f.action != "ship" { // the usual one, so that a parcel can leave at one press
		part.Ship[0].Value = v.text("admin.parcel.own_courier")
		if len(part.Carriers) > 0 {
			part.Ship[0].Value = part.Carriers[0]
		}
	}
	part.LeftBad = typed(f.Error)("units")
	part.HandOver = v.receiptFields(o, f, "handover", "handover")
	for _, l := range o.Lines {
		left := g.Left[l.Position]
		if left == 0 {
			continue
		}
		units := v.units(l, left)
		units.Value = strconv.Itoa(left)
		if f.action == "ship" && f.units != nil {
			units.Value = f.units[l.Position]
		}
		part.Left = append(part.Left, units)
	}
	for _, p := range g.Parcels {
		part.Parcels = append(part.Parcels, a.parcel(v, o, p, f))
	}
}

func (v visit) units(l models.OrderLine, most int) views.AdminUnits {
	return views.AdminUnits{Position: l.Position, Name: l.Name(v.lang()), Measure: l.Measure(v.lang()), Quantity: l.Quantity, Max: most}
}

func (a *app) parcel(v visit, o *models.Order, p models.Parcel, f goodsForms) views.AdminParcel {
	out := views.AdminParcel{
		Number: p.Number, Status: string(p.State()), StatusText: fulfilmentName(v.lang(), p.State()), Tone: "info",
		Carrier: p.Carrier, Tracking: p.Tracking, Link: p.Link, Sent: v.text("admin.parcel.sent", v.dateTime(p.SentAt)),
		CanMove: p.State() == models.FulfilmentSent && v.may(models.RoleClerk),
	}
	for _, l := range p.Lines {
		for _, line := range o.Lines {
			if line.Position == l.Position {
				out.Lines = append(out.Lines, strconv.Itoa(l.Quantity)+" × "+line.Name(v.lang()))
			}
		}
	}
	switch {
	case p.DeliveredAt != nil:
		out.Tone, out.Delivered = "good", v.text("admin.parcel.delivered_to", v.date(*p.DeliveredAt), p.DeliveredTo)
	case p.ReturnedAt != nil:
		out.Tone, out.Delivered = "warn", v.text("admin.parcel.returned_on", v.date(*p.ReturnedAt))
	}
	number := strconv.Itoa(p.Number)
	out.Deliver = v.receiptFields(o, f, "deliver "+number, "deliver-"+number)
	return out
}

// fulfilmentName says in a word or two where goods are.
func fulfilmentName(l models.Lang, is models.Fulfilment) string {
	return views.FulfilmentName(string(l), string(is))
}

// returnForms fills in the returns of an order and the form with which staff enter one.
func (a *app) returnForms(v visit, o *models.Order, g *models.Goods, returns []models.Return, f goodsForms, part *views.AdminFulfilment) {
	for _, r := range returns {
		part.Returns = append(part.Returns, a.returnRow(v, o, &r))
	}
	may := models.ReturnableUnits(o, g, returns)
	for _, l := range o.Lines {
		if may[l.Position] == 0 {
			continue
		}
		units := v.units(l, may[l.Position])
		units.Value = "0"
		if f.action == "announce" && f.units != nil {
			units.Value = f.units[l.Position]
		}
		if !l.Withdrawable() {
			units.Note = v.text("admin.return.exception")
		}
		part.Announce = append(part.Announce, units)
	}
	part.CanReturn = v.may(models.RoleClerk) && o.RefusesReturn() == "" && len(part.Announce) > 0
	if part.AnnounceID = f.announce; part.AnnounceID == "" {
		part.AnnounceID = uuid.NewString()
	}
	part.AnnounceBy = v.goodsField(f, "announce", views.AdminField{
		Name: "reason", ID: "announce-reason", Label: v.text("admin.return.reason"), Type: "textarea", Rows: 2, MaxLength: 1000, Optional: true,
	})
	if f.action == "announce" && f.Error("units") != "" {
		part.AnnounceBy.Error = f.Error("units")
	}
}
