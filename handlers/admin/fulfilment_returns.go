package admin

import (
	"strconv"

	"dukani/models"
	"dukani/views"
)

// toneOfReturn is the colour of a return's state.
var toneOfReturn = map[models.ReturnState]string{
	models.ReturnAnnounced: "warn", models.ReturnReceived: "info", models.ReturnRefunded: "good", models.ReturnClosed: "",
}

// returnRow is a return as a list shows it.
func (a *app) returnRow(v visit, o *models.Order, r *models.Return) views.AdminReturnRow {
	row := a.returnState(v, r.State, models.WaitingReturn{AnnouncedAt: r.AnnouncedAt, DueAt: r.DueAt})
	row.ID, row.Number, row.Name = r.ID, o.Number, o.Name
	units := 0
	for _, l := range r.Lines {
		units += l.Quantity
	}
	row.Units = v.count("admin.units", units)
	if r.RefundTetri > 0 {
		row.Amount, row.AmountTetri = v.price(r.RefundTetri), int64(r.RefundTetri)
	}
	return row
}

// returnState is what rows about returns have in common.
func (a *app) returnState(v visit, state models.ReturnState, w models.WaitingReturn) views.AdminReturnRow {
	row := views.AdminReturnRow{
		Status: string(state), StatusText: views.ReturnName(string(v.lang()), string(state)), Tone: toneOfReturn[state],
		Announced: v.date(w.AnnouncedAt), Due: v.date(w.DueAt),
	}
	if state != models.ReturnAnnounced && state != models.ReturnReceived {
		return row
	}
	r := models.Return{DueAt: w.DueAt}
	switch row.Days = r.DaysLeft(v.now()); {
	case row.Days < 0:
		row.DueText = v.count("admin.returns.overdue", -row.Days)
	case row.Days == 0:
		row.DueText = v.text("admin.returns.today")
	default:
		row.DueText = v.count("admin.returns.left", row.Days)
	}
	return row
}

// showReturns handles GET /admin/returns: the returns whose money has not gone back, the first
// due first.
func (a *app) showReturns(v visit) error {
	list, err := a.Store.WaitingReturns(v.UserContext(), 200)
	if err != nil {
		return err
	}
	out := views.AdminReturns{AdminPage: v.page(v.text("admin.nav.returns")), Count: v.count("admin.returns.count", len(list))}
	for _, w := range list {
		row := a.returnState(v, w.State, w)
		row.ID, row.Number, row.Name, row.Units = w.ID, w.OrderNumber, w.Name, v.count("admin.units", w.Units)
		out.List = append(out.List, row)
	}
	return v.Render("admin/returns", out)
}

// returnOfPath is the return that the address names, with its order.
func (a *app) returnOfPath(v visit) (*models.Return, *models.Order, error) {
	id, err := v.id()
	if err != nil {
		return nil, nil, err
	}
	r, err := a.Store.ReturnByID(v.UserContext(), id)
	if err != nil {
		return nil, nil, err
	}
	o, err := a.Store.OrderByID(v.UserContext(), r.OrderID)
	return r, o, err
}

// showReturn handles GET /admin/returns/{id}: what the customer withdraws from and, until it is
// booked, the form for what came back.
func (a *app) showReturn(v visit) error {
	r, o, err := a.returnOfPath(v)
	if err != nil {
		return err
	}
	return a.returnPage(v, o, r, v.emptyForm(), nil, nil)
}

// returnPage shows a return. restock and writeOff are what was typed, by the position of the
// line; nil: everything is offered to go back on the shelf.
func (a *app) returnPage(v visit, o *models.Order, r *models.Return, form views.Form, restock, writeOff map[int]string) error {
	out := views.AdminReturn{
		AdminPage: v.page(v.text("admin.return.title", o.Number)), Return: a.returnRow(v, o, r), Form: form, Reason: r.Reason,
		ByStaff: r.StaffID != nil, Waiting: r.Waiting() && v.may(models.RoleManager), Bad: form.Error("units"), WhyRejected: r.Note,
		Proof: v.proofPage("/returns/" + strconv.FormatInt(r.ID, 10)),
		Note: views.AdminField{
			Name: "note", Label: v.text("admin.return.note"), Hint: v.text("admin.return.note_hint"), Type: "textarea", Rows: 2, MaxLength: 1000,
			Optional: true, Value: form.Value("note"), Error: form.Error("note"),
		},
	}
	var goods models.Tetri
	for _, l := range r.Lines {
		for _, line := range o.Lines {
			if line.Position != l.Position {
				continue
			}
			goods += line.UnitTetri * models.Tetri(l.Quantity)
			row := views.AdminReturnLine{
				Position: l.Position, Name: line.Name(v.lang()), Measure: line.Measure(v.lang()), Quantity: l.Quantity, Price: v.price(line.UnitTetri),
				Restock: strconv.Itoa(l.Quantity), WriteOff: "0", Rejected: l.Rejected(),
			}
			switch {
			case !r.Waiting():
				row.Restock, row.WriteOff = strconv.Itoa(l.Restocked), strconv.Itoa(l.WrittenOff)
			case restock != nil:
				row.Restock, row.WriteOff = restock[l.Position], writeOff[l.Position]
			}
			out.Lines = append(out.Lines, row)
		}
	}
	delivery, err := a.Store.DeliveryGoesBack(v.UserContext(), o, r)
	if err != nil {
		return err
	}
	splits, err := a.Store.OrderSplits(v.UserContext(), o.ID)
	if err != nil {
		return err
	}
	out.Kept = v.kept(splits)
	out.Refund = v.text("admin.return.goods", v.price(goods))
	switch {
	case delivery > 0:
		out.Whole = v.text("admin.return.with_delivery", v.price(delivery))
	case o.DeliveryTetri > 0:
		out.Whole = v.text("admin.return.without_delivery")
	}
	return v.Render("admin/return", out)
}

// bookReturn handles POST /admin/returns/{id}: what came back goes on the shelf or is written
// off, and exactly its money goes back.
func (a *app) bookReturn(v visit) error {
	r, o, err := a.returnOfPath(v)
	if err != nil {
		return err
	}
	form, err := v.form("note")
	if err != nil {
		return err
	}
	restock, typed, err := v.chosenUnits(o, "restock_")
	if err != nil {
		return err
	}
	writeOff, typedOff, err := v.chosenUnits(o, "write_off_")
	if err != nil {
		return err
	}
	booked, err := a.Store.BookReturn(v.UserContext(), v.by(), r.ID, models.ReturnBooking{Restocked: restock, WrittenOff: writeOff, Note: form.Value("note")})
	if err == nil {
		key := "admin.return.done"
		if booked.State == models.ReturnClosed {
			key = "admin.return.done_closed"
		}
		return v.done("/returns", key, o.Number)
	}
	if err := v.refuse(&form, err); err != nil {
		return err
	}
	if r, err = a.Store.ReturnByID(v.UserContext(), r.ID); err != nil {
		return err
	}
	return a.returnPage(v, o, r, form, typed, typedOff)
}

// announceReturn handles POST /admin/orders/{number}/returns: a customer has called or written
// that they withdraw.
func (a *app) announceReturn(v visit) error {
	o, f, err := a.goodsForm(v, "announce", "reason", "key")
	if err != nil {
		return err
	}
	units, typed, err := v.chosenUnits(o, "units_")
	if err != nil {
		return err
	}
	f.units, f.announce = typed, f.Value("key")
	if f.announce == "" || len(f.announce) > 60 {
		return &models.Error{Kind: models.Invalid, Code: models.CodeFormUnreadable}
	}
	_, err = a.Store.AnnounceReturn(v.UserContext(), v.by(), o.ID, models.Announcement{Key: f.announce, Units: units, Reason: f.Value("reason")})
	return a.goodsDone(v, o, f, err, "admin.return.entered")
}

// cancelOrder handles POST /admin/orders/{number}/cancel.
func (a *app) cancelOrder(v visit) error {
	o, f, err := a.goodsForm(v, "cancel", "reason")
	if err != nil {
		return err
	}
	_, err = a.Store.CancelByStaff(v.UserContext(), v.by(), o.ID, f.Value("reason"))
	return a.goodsDone(v, o, f, err, "admin.cancel.done")
}
