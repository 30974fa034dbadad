package admin

import (
	"strconv"
	"time"

	"dukani/models"
	"dukani/views"
)

func (v visit) moneyFigures(sum models.DayFigures) []views.AdminFigure {
	average := models.Tetri(0)
	if sum.Orders > 0 {
		average = sum.Captured / models.Tetri(sum.Orders)
	}
	note := v.text("admin.dashboard.sales_net_of", v.price(sum.Captured), v.price(sum.Refunded))
	if sum.Discount > 0 {
		note += ", " + v.text("admin.dashboard.discounts_of", v.price(sum.Discount))
	}
	return []views.AdminFigure{
		{Name: "sales", Label: v.text("admin.dashboard.sales_net"), Value: v.price(sum.Net()), Machine: strconv.FormatInt(int64(sum.Net()), 10),
			Note: note},
		{Name: "orders", Label: v.text("admin.dashboard.orders"), Value: v.number(sum.Orders), Machine: strconv.Itoa(sum.Orders)},
		{Name: "average", Label: v.text("admin.dashboard.average"), Value: v.price(average), Machine: strconv.FormatInt(int64(average), 10)},
	}
}

func (v visit) paymentFigures(d *models.Dashboard) []views.AdminFigure {
	lang, sum := string(v.lang()), d.Sum()
	rate := views.AdminFigure{
		Name: "success_rate", Label: v.text("admin.dashboard.success_rate"), Value: views.ShareOf(lang, sum.Paid, sum.Decided()),
		Machine: strconv.FormatInt(views.PerMille(sum.Paid, sum.Decided()), 10),
		Note:    v.text("admin.dashboard.success_rate_of", v.number(sum.Decided()), v.number(sum.Paid)),
	}
	wait := views.AdminFigure{
		Name: "wait_median", Label: v.text("admin.dashboard.wait"), Value: "–", Machine: strconv.Itoa(int(d.Median / time.Second)),
	}
	slow := views.AdminFigure{
		Name: "wait_p90", Label: v.text("admin.dashboard.wait_p90"), Value: "–", Machine: strconv.Itoa(int(d.P90 / time.Second)),
	}
	if d.Waits > 0 {
		wait.Value, slow.Value = views.Span(lang, d.Median), views.Span(lang, d.P90)
	}
	return []views.AdminFigure{rate, wait, slow, {
		Name: "expired", Label: v.text("admin.dashboard.expired"), Value: v.number(sum.Expired), Machine: strconv.Itoa(sum.Expired),
	}}
}

func (v visit) healthFigures(d *models.Dashboard) []views.AdminFigure {
	sum := d.Sum()
	count := func(name, key string, n int, tone string) views.AdminFigure {
		f := views.AdminFigure{Name: name, Label: v.text(key), Value: v.number(n), Machine: strconv.Itoa(n)}
		if n > 0 {
			f.Tone = tone
		}
		return f
	}
	missing := count("callbacks_missing", "admin.dashboard.callbacks_missing", sum.CallbacksMissed, "warn")
	missing.Note = v.text("admin.dashboard.callbacks_note")
	return []views.AdminFigure{
		v.bankFigure(),
		v.runFigure(d.Run),
		missing,
		count("callbacks_late", "admin.dashboard.callbacks_late", sum.CallbacksLate, "warn"),
		count("mails_waiting", "admin.dashboard.mails_waiting", d.Mails.Waiting, ""),
		count("mails_failing", "admin.dashboard.mails_failing", d.Mails.Failing, "warn"),
		count("mails_given_up", "admin.dashboard.mails_given_up", d.Mails.GivenUp, "warn"),
	}
}

// bankFigure says how the bank can be reached now.
func (v visit) bankFigure() views.AdminFigure {
	f := views.AdminFigure{Name: "bank", Label: v.text("admin.dashboard.bank"), Status: v.bankStatus()}
	switch f.Machine = f.Status; f.Status {
	case bankAnswers:
		f.Value, f.Tone = v.text("admin.dashboard.bank.ok"), "good"
	case bankSilent:
		f.Value, f.Tone = v.text("admin.dashboard.bank.silent"), "bad"
	case bankNoAccess:
		f.Value, f.Tone = v.text("admin.dashboard.bank.no_access"), "bad"
	default:
		f.Value = v.text("admin.dashboard.bank.none")
	}
	return f
}

// runFigure says what the reconciliation that ended last has come to.
func (v visit) runFigure(run *models.Reconciliation) views.AdminFigure {
	f := views.AdminFigure{Name: "reconciliation", Label: v.text("admin.dashboard.run"), Value: v.text("admin.dashboard.run.never"), Status: "none"}
	if run == nil {
		return f
	}
	f.Machine, f.Status, f.Path = string(run.Day), string(run.Result), Prefix+"/reconciliation/"+string(run.Day)
	f.Note = v.text("admin.dashboard.run.of", v.dayMonth(run.Day), v.dateTime(*run.FinishedAt))
	switch {
	case run.Result == models.ReconciliationAgrees:
		f.Value, f.Tone = v.text("admin.dashboard.run.agrees"), "good"
	case run.Result == models.ReconciliationDiffers && run.Open == 0:
		f.Value, f.Tone = v.text("admin.dashboard.run.resolved"), "good"
	case run.Result == models.ReconciliationDiffers:
		f.Value, f.Tone = v.count("admin.dashboard.run.differs", run.Open), "bad"
	default:
		f.Value, f.Tone = v.text("admin.dashboard.run.incomplete"), "warn"
	}
	return f
}

// dayMonth writes a day without its year.
func (v visit) dayMonth(d models.Day) string {
	return views.Days(string(v.lang()), d.Start(), d.Start())
}

// declines puts the bank's codes into words. The bars are as long as a decline is frequent.
func (v visit) declines(list []models.Decline) (lines []views.AdminDecline) {
	for _, d := range list {
		reason, _ := views.DeclineText(string(v.lang()), d.Code)
		switch {
		case d.Refused && d.Code == "":
			reason = v.text("admin.dashboard.refused")
		case d.Refused:
			reason = v.text("admin.dashboard.refused_because", reason)
		case d.Code == "":
			reason = v.text("admin.dashboard.no_reason")
		}
		code := d.Code
		if code == models.DeclinedByShopper {
			code = ""
		}
		lines = append(lines, views.AdminDecline{
			Code: code, Reason: reason, Count: v.number(d.Count), Value: d.Count, Bar: views.ShareBar(d.Count, list[0].Count),
		})
	}
	return lines
}

// salesChart draws the money that came less what went back, by day.
func (v visit) salesChart(days []models.DayFigures) views.AdminChart {
	lang := string(v.lang())
	var points []views.ChartPoint
	best := models.DayFigures{}
	for _, d := range days {
		day := v.dayMonth(d.Day)
		points = append(points, views.ChartPoint{Value: int64(d.Net()), Label: day, Title: day + ": " + v.price(d.Net())})
		if d.Net() > best.Net() {
			best = d
		}
	}
	c := views.BarChart(points, 100, func(tetri int64) string { return views.Lari(lang, tetri) })
	c.Title, c.Desc = v.text("admin.dashboard.sales_chart"), v.text("admin.dashboard.sales_chart.none")
	if best.Net() > 0 {
		c.Desc = v.text("admin.dashboard.sales_chart.best", v.dayMonth(best.Day), v.price(best.Net()))
	}
	return c
}

// rateChart draws by day how many of the attempts to pay the bank let through.
func (v visit) rateChart(days []models.DayFigures) views.AdminChart {
	lang := string(v.lang())
	var points []views.ChartPoint
	sum := models.DayFigures{}
	for _, d := range days {
		points = append(points, views.ChartPoint{
			Value: views.PerMille(d.Paid, d.Decided()), None: d.Decided() == 0, Label: v.dayMonth(d.Day),
		})
		sum.Paid, sum.Declined, sum.Refused = sum.Paid+d.Paid, sum.Declined+d.Declined, sum.Refused+d.Refused
	}
	c := views.LineChart(points, 1000, func(n int64) string { return views.ShareOf(lang, int(n), 1000) })
	c.Title = v.text("admin.dashboard.rate_chart")
	c.Desc = v.text("admin.dashboard.rate_chart.sum", views.ShareOf(lang, sum.Paid, sum.Decided()))
	return c
}
