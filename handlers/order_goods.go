package handlers

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"dukani/models"
	"dukani/views"
)

// addGoods puts into the page of an order where its goods are, and what its customer can still
// do about them.
func (a *app) addGoods(c visit, o *models.Order, v *views.Order) error {
	g, err := a.Store.Goods(c.UserContext(), o)
	if err != nil {
		return err
	}
	returns, err := a.Store.Returns(c.UserContext(), o.ID)
	if err != nil {
		return err
	}
	l := string(c.lang)
	out := views.OrderGoods{Lang: l, OrderToken: o.Token, Status: string(o.Fulfilment)}
	if c.who != nil {
		out.Token = c.who.token
	}
	if underway(o) {
		out.Steps = views.GoodsSteps(l, string(o.Fulfilment), o.Delivery == models.Pickup, o.Status == models.OnHold)
		out.Received = receivedText(c.lang, o)
	}
	if o.Fulfilment == models.FulfilmentReady && underway(o) {
		out.Pickup = views.T(l, "fulfilment.pickup", a.Seller.In(c.lang).Address)
	}
	for _, p := range g.Parcels {
		out.Parcels = append(out.Parcels, orderParcel(c.lang, o, p, len(g.Parcels)))
	}
	for _, r := range returns {
		out.Returns = append(out.Returns, orderReturn(c.lang, o, r))
	}
	a.offerWayBack(c, o, g, returns, &out)
	v.Goods = out
	return nil
}

// offerWayBack offers to cancel an order or, once it has left the shop, to withdraw from it.
func (a *app) offerWayBack(c visit, o *models.Order, g *models.Goods, returns []models.Return, out *views.OrderGoods) {
	mayCancel := o.RefusesCancel() == ""
	mayWithdraw := o.RefusesWithdrawal(a.Store.Now()) == "" && anyToWithdraw(o, g, returns)
	if o.CustomerID != nil && !c.owns(o) {
		out.SignIn = c.who == nil && (mayCancel || mayWithdraw)
		return
	}
	if mayCancel {
		out.CancelText = c.text("cancel.money." + string(o.CancelMoney()))
	}
	if mayWithdraw {
		out.Withdraw = withdrawUntil(c.lang, o, a.Store.Now())
	}
}

// withdrawUntil says until when a customer may withdraw.
func withdrawUntil(l models.Lang, o *models.Order, now time.Time) string {
	until := o.WithdrawUntil()
	if until == nil {
		return views.T(string(l), "withdraw.not_begun")
	}
	days := o.WithdrawDaysLeft(now)
	if days == 0 {
		return views.T(string(l), "withdraw.last_day")
	}
	return views.N(string(l), "withdraw.until", days, views.Date(string(l), until.Add(-time.Minute)))
}

// underway reports whether the goods of an order are, or were, on the way to its customer.
func underway(o *models.Order) bool {
	switch o.Status {
	case models.OnHold, models.Paid, models.PartlyRefunded:
		return true
	case models.Refunding, models.Refunded, models.Review:
		return o.Dispatched()
	}
	return false
}

// receivedText says when an order was received, and by whom, "" before.
func receivedText(l models.Lang, o *models.Order) string {
	switch {
	case o.ReceivedAt == nil:
		return ""
	case o.ReceivedBy == "":
		return views.T(string(l), "fulfilment.received", views.Date(string(l), *o.ReceivedAt))
	}
	return views.T(string(l), "fulfilment.received_by", views.Date(string(l), *o.ReceivedAt), o.ReceivedBy)
}

// orderParcel is one of n parcels of an order.
func orderParcel(l models.Lang, o *models.Order, p models.Parcel, n int) views.OrderParcel {
	lang := string(l)
	out := views.OrderParcel{
		Number: p.Number, Name: views.T(lang, "fulfilment.parcel"), Status: string(p.State()), StatusText: views.FulfilmentName(lang, string(p.State())),
		Carrier: p.Carrier, Tracking: p.Tracking, Link: p.Link, When: views.T(lang, "fulfilment.sent_on", views.Date(lang, p.SentAt)),
	}
	if n > 1 {
		out.Name = views.T(lang, "fulfilment.parcel_of", p.Number, n)
	}
	if p.DeliveredAt != nil {
		out.When = views.T(lang, "fulfilment.received_by", views.Date(lang, *p.DeliveredAt), p.DeliveredTo)
	}
	for _, line := range p.Lines {
		out.Lines = append(out.Lines, unitsOf(l, o, line.Position, line.Quantity))
	}
	return out
}

// unitsOf names units of a line: "2 × honey".
func unitsOf(l models.Lang, o *models.Order, position, n int) string {
	i := slices.IndexFunc(o.Lines, func(line models.OrderLine) bool { return line.Position == position })
	if i < 0 {
		return ""
	}
	return strconv.Itoa(n) + " × " + o.Lines[i].Name(l)
}

func orderReturn(l models.Lang, o *models.Order, r models.Return) views.OrderReturn {
	out := views.OrderReturn{
		Status: string(r.State), StatusText: views.ReturnName(string(l), string(r.State)), Announced: views.Date(string(l), r.AnnouncedAt),
		Text: views.ReturnText(string(l), returnMoney(&r, r.State), price(l, r.RefundTetri), r.DueAt), Note: r.Note,
	}
	for _, line := range r.Lines {
		out.Lines = append(out.Lines, unitsOf(l, o, line.Position, line.Quantity))
	}
	return out
}

// returnMoney is the word of ReturnText for a return that stands, or stood, in a state.
func returnMoney(r *models.Return, state models.ReturnState) string {
	if state == models.ReturnReceived && r.ByHand {
		return "by_hand"
	}
	return string(state)
}

// anyToWithdraw reports whether the law lets the customer withdraw from any unit.
func anyToWithdraw(o *models.Order, g *models.Goods, returns []models.Return) bool {
	may := models.ReturnableUnits(o, g, returns)
	return slices.ContainsFunc(o.Lines, func(l models.OrderLine) bool { return may[l.Position] > 0 && l.Withdrawable() })
}

// cancelOrder handles POST /{lang}/orders/{token}/cancel: one press of its customer.
func (a *app) cancelOrder(c visit) error {
	o, err := a.ownGoods(c)
	if errors.Is(err, errSignIn) {
		return c.goTo(c.path("/login" + nextQuery(c.path("/orders/"+c.Params("token")))))
	}
	if err != nil {
		return err
	}
	page := "/orders/" + o.Token
	form, err := a.readForm(c)
	if err != nil {
		return err
	}
	if _, err := a.Store.CancelByCustomer(c.UserContext(), o.ID); err != nil {
		return a.backToForm(c, page, form, err, func(c visit, form views.Form) error { return a.orderRefused(c, o.ID, form) })
	}
	return c.goTo(c.path(page))
}

// ownGoods is the order whose customer sends a form about its goods: an account's customer who has
// signed in (else the error is errSignIn or NotFound), or anybody with the link of a guest's order.
func (a *app) ownGoods(c visit) (*models.Order, error) {
	o, err := a.reorderable(c)
	if err == nil && c.who != nil && c.Method() != "GET" {
		err = checkToken(c.Ctx, c.who)
	}
	return o, err
}

// orderRefused shows the page of an order with what was refused, to a browser without cookies.
func (a *app) orderRefused(c visit, id int64, form views.Form) error {
	o, err := a.Store.OrderByID(c.UserContext(), id)
	if err != nil {
		return err
	}
	v, err := a.wholeOrderView(c, o, answered)
	if err != nil {
		return err
	}
	v.Goods.Problem = form.Problem
	return c.Render("pages/order", v)
}

// showWithdraw handles GET /{lang}/orders/{token}/withdraw: what the customer can withdraw
// from, everything chosen.
func (a *app) showWithdraw(c visit) error {
	o, err := a.ownGoods(c)
	if errors.Is(err, errSignIn) {
		return a.toSignIn(c.Ctx)
	}
	if err != nil {
		return err
	}
	form := a.newForm(c, "units", "key", "reason")
	a.fillRefused(c.Ctx, &form)
	if form.Values["key"] == "" {
		form.Values["key"] = uuid.NewString()
	}
	return a.withdrawPage(c, o, form)
}

// withdrawPage shows the form, or leads to the order's page, which says why there is none.
func (a *app) withdrawPage(c visit, o *models.Order, form views.Form) error {
	g, err := a.Store.Goods(c.UserContext(), o)
	if err != nil {
		return err
	}
	returns, err := a.Store.Returns(c.UserContext(), o.ID)
	if err != nil {
		return err
	}
	code := o.RefusesWithdrawal(a.Store.Now())
	if code == "" && !anyToWithdraw(o, g, returns) {
		code = models.CodeWithdrawNothing
	}
	if code != "" {
		err := &models.Error{Kind: models.Conflict, Code: code}
		return a.backToForm(c, "/orders/"+o.Token, form, err, func(c visit, form views.Form) error { return a.orderRefused(c, o.ID, form) })
	}
	l := c.lang
	v := views.Withdraw{
		Page: a.page(c.Ctx, c.text("withdraw.title")), Number: o.Number, OrderToken: o.Token, Form: form, Until: withdrawUntil(l, o, a.Store.Now()),
	}
	v.SwitchForm = "withdraw-form"
	if c.who != nil {
		v.Token = c.who.token
	}
	if o.DeliveryTetri > 0 {
		v.Returned = c.text("withdraw.delivery", price(l, o.DeliveryTetri))
	}
	may := models.ReturnableUnits(o, g, returns)
	lines := orderLines(l, o.Lines)
	for i, line := range o.Lines {
		if may[line.Position] == 0 {
			continue
		}
		v.Lines = append(v.Lines, withdrawLine(l, line, lines[i], may[line.Position], form))
	}
	return c.Render("pages/withdraw", v)
}

func withdrawLine(l models.Lang, line models.OrderLine, shown views.OrderLine, most int, form views.Form) views.WithdrawLine {
	out := views.WithdrawLine{OrderLine: shown, Position: line.Position}
	chosen := strconv.Itoa(most)
	if typed, ok := form.Values[unitsField(line)]; ok {
		chosen = typed
	}
	out.Units = views.UnitOptions(string(l), most, chosen)
	switch line.Withdrawal {
	case models.WithdrawalSealed:
		out.Hint = translate(l, "withdraw.sealed")
	case models.WithdrawalPerishable:
		out.Refused = translate(l, "withdraw.perishable")
	case models.WithdrawalCustom:
		out.Refused = translate(l, "withdraw.custom")
	}
	return out
}

func unitsField(l models.OrderLine) string { return "units_" + strconv.Itoa(l.Position) }

// withdraw handles POST /{lang}/orders/{token}/withdraw. Whoever sends the form has withdrawn: the
// receipt comes by mail, and the order's page shows it.
func (a *app) withdraw(c visit) error {
	o, err := a.ownGoods(c)
	if errors.Is(err, errSignIn) {
		return c.goTo(c.path("/login" + nextQuery(c.path("/orders/"+c.Params("token")+"/withdraw"))))
	}
	if err != nil {
		return err
	}
	names := []string{"key", "reason"}
	for _, l := range o.Lines {
		names = append(names, unitsField(l))
	}
	form, err := a.readForm(c, names...)
	if err != nil {
		return err
	}
	key := form.Values["key"]
	if _, wrong := uuid.Parse(key); wrong != nil {
		return &models.Error{Kind: models.Invalid, Code: models.CodeFormUnreadable}
	}
	units := map[int]int{}
	for _, l := range o.Lines {
		text := form.Values[unitsField(l)]
		n, wrong := strconv.Atoi(text)
		if wrong != nil && text != "" {
			n = -1 // which the rules refuse
		}
		units[l.Position] = n
	}
	announcement := models.Announcement{Key: key, Units: units, Reason: form.Values["reason"]}
	if _, err := a.Store.Withdraw(c.UserContext(), o.ID, announcement); err != nil {
		page := "/orders/" + o.Token
		if models.IsKind(err, models.Invalid) {
			return a.backToForm(c, page+"/withdraw", form, err, func(c visit, form views.Form) error { return a.withdrawPage(c, o, form) })
		}
		return a.backToForm(c, page, form, err, func(c visit, form views.Form) error { return a.orderRefused(c, o.ID, form) })
	}
	return c.goTo(c.path("/orders/" + o.Token))
}
