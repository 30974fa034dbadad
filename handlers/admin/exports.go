package admin

import (
	"context"
	"time"

	"dukani/models"
	"dukani/views"
)

// showExports handles GET /admin/exports: the sums of a period, the last month unless another is
// asked for, to look at or to print.
func (a *app) showExports(v visit) error {
	form := v.emptyForm("from", "to")
	period := models.LastMonth(v.now())
	if v.Query("from") != "" || v.Query("to") != "" {
		form.Values["from"], form.Values["to"] = v.Query("from"), v.Query("to")
		var err error
		if period, err = models.ParsePeriod(v.Query("from"), v.Query("to")); err != nil {
			return a.exportsRefused(v, form, err)
		}
	}
	form.Values["from"], form.Values["to"] = string(period.From), string(period.To)
	days, months, all, err := a.Store.BookingSums(v.UserContext(), period)
	if err != nil {
		return err
	}
	makers, err := a.Store.Makers(v.UserContext())
	if err != nil {
		return err
	}
	page := views.AdminExports{
		AdminPage: v.page(v.text("admin.nav.exports")), Form: form, Period: v.date(period.From.Start()) + " – " + v.date(period.To.Start()),
		From: string(period.From), To: string(period.To), Seller: a.Seller(v.lang()), All: v.sum(v.text("admin.exports.sum"), "", all),
		Shares: len(makers) > 0,
	}
	for _, s := range days {
		page.Days = append(page.Days, v.sum(v.date(s.Day.Start()), string(s.Day), s))
	}
	for _, s := range months {
		page.Months = append(page.Months, v.sum(views.Month(string(v.lang()), s.Day.Start()), s.Day.Month(), s))
	}
	return v.Render("admin/exports", page)
}

func (a *app) exportsRefused(v visit, form views.Form, err error) error {
	if err := v.refuse(&form, err); err != nil {
		return err
	}
	return v.Render("admin/exports", views.AdminExports{AdminPage: v.page(v.text("admin.nav.exports")), Form: form})
}

func (v visit) sum(name, value string, s models.BookingSum) views.AdminBookingSum {
	return views.AdminBookingSum{
		Name: name, Value: value, Payments: s.Payments, Refunds: s.Refunds,
		Captured: v.price(s.Captured), Refunded: v.price(s.Refunded), Net: v.price(s.Net()), VAT: v.price(s.VAT),
		Discount: v.price(s.Discount), DiscountValue: int64(s.Discount),
		CapturedValue: int64(s.Captured), RefundedValue: int64(s.Refunded), NetValue: int64(s.Net()), VATValue: int64(s.VAT),
	}
}

// exportBookings handles POST /admin/exports: the bookings of a period as a file, a line for each
// time that money came or went.
func (a *app) exportBookings(v visit) error {
	head := []string{
		v.text("admin.exports.date"), v.text("admin.exports.time"), v.text("admin.exports.order"), v.text("admin.exports.placed"), v.text("admin.exports.total"),
		v.text("admin.exports.bank_order"), v.text("admin.exports.method"), v.text("admin.exports.scheme"), v.text("admin.exports.card"),
		v.text("admin.exports.captured"), v.text("admin.exports.refunded"), v.text("admin.exports.net"), v.text("admin.exports.vat"),
		v.text("admin.exports.fee"), v.text("admin.exports.currency"), v.text("admin.exports.discount"),
		v.text("admin.exports.payer"),
	}
	return a.exportPeriod(v, "bookings", head, a.Store.NoteExport, func(ctx context.Context, period models.Period, line func(...string) error) error {
		return a.Store.EachBooking(ctx, period, func(b models.Booking) error { return line(append(bookingRow(b), models.CellText(paidBy(v, b)))...) })
	})
}

// exportPeriod answers a form that names a period with a file about it: its head, and the lines that
// write hands over one by one. note enters the export into the audit list.
func (a *app) exportPeriod(v visit, name string, head []string, note func(context.Context, models.Actor, models.Period) error,
	write func(context.Context, models.Period, func(...string) error) error) error {
	form, err := v.form("from", "to")
	if err != nil {
		return err
	}
	period, err := models.ParsePeriod(form.Value("from"), form.Value("to"))
	if err != nil {
		return a.exportsRefused(v, form, err)
	}
	if err := note(v.UserContext(), v.by(), period); err != nil {
		return err
	}
	file := name + "-" + string(period.From) + "-" + string(period.To)
	return v.sendCSV(file, head, func(ctx context.Context, line func(...string) error) error { return write(ctx, period, line) })
}

// paidBy names what the money of a line was paid with.
func paidBy(v visit, b models.Booking) string {
	return views.PaidBy(string(v.lang()), views.Payer{
		Method: b.Method, Kind: string(models.Method(b.Method).Rules().Payer), Brand: b.CardBrand, Mask: b.CardMask, Name: b.Payer,
	})
}

// bookingRow is a line of the file. What the bank charges for it is not known to the shop: that
// column is for the accountant.
func bookingRow(b models.Booking) []string {
	at := b.At.In(models.Tbilisi)
	return []string{
		at.Format(time.DateOnly), at.Format(time.TimeOnly), models.CellText(b.OrderNumber), b.Placed.In(models.Tbilisi).Format(time.DateOnly), csvAmount(b.OrderTotal),
		models.CellText(b.BankOrderID), models.CellText(b.Method), models.CellText(b.CardBrand), models.CellText(b.CardMask), csvAmount(b.Captured), csvAmount(b.Refunded),
		csvAmount(b.Captured - b.Refunded), csvAmount(b.VAT()), "", "GEL", csvAmount(b.Discount),
	}
}
