package views

import (
	"strconv"
	"time"
)

// AdminDashboard is admin/dashboard.
type AdminDashboard struct {
	AdminPage
	ToDo     []AdminToDo
	Nothing  bool // nothing is to be done
	Outage   string
	Behind   bool // the figures are still being counted
	Periods  []AdminPeriod
	Sales    AdminChart
	Rate     AdminChart
	Money    []AdminFigure
	Payments []AdminFigure
	Health   []AdminFigure
	Days     []AdminDay // the newest first
	Sum      AdminDay
	Declines []AdminDecline
}

// AdminToDo is something to do first, and a link to where it is done.
type AdminToDo struct {
	Name   string // in the test id
	Path   string
	Value  int
	Count  string
	Label  string
	Note   string
	Urgent bool
}

// AdminPeriod is a choice of how many days are shown.
type AdminPeriod struct {
	Path, Name string
	Current    bool
}

// AdminFigure is a number with what it is.
type AdminFigure struct {
	Name    string // in the test id
	Label   string
	Value   string
	Machine string // the value for programs
	Status  string // in machine words, where the value is one
	Tone    string // good, warn or bad; "" for none
	Note    string
	Path    string // of the page that has more about it; "" for none
}

// AdminDay is a line of the dashboard's tables.
type AdminDay struct {
	Day      string
	Machine  string // of the day
	Orders   string
	Captured string
	Refunded string
	Net      string
	NetTetri int64
	Decided  string
	Paid     string
	Rate     string
	Expired  string
	Late     string
	Missing  string
}

// AdminDecline is why, and how often, the bank said no.
type AdminDecline struct {
	Code   string // the bank's; "" if it gave none
	Reason string
	Count  string
	Value  int
	Bar    string
}

// ShareOf writes a part of a whole in hundredths: "87,5 %" in Georgian, "87.5%" in English.
// Of nothing it is a dash.
func ShareOf(lang string, part, whole int) string {
	if whole <= 0 {
		return "–"
	}
	return perMille(lang, PerMille(part, whole))
}

// PerMille is a part of a whole in thousandths, rounded; 0 of nothing.
func PerMille(part, whole int) int64 {
	if whole <= 0 {
		return 0
	}
	return (int64(part)*2000 + int64(whole)) / (2 * int64(whole))
}

func perMille(lang string, n int64) string {
	text := strconv.FormatInt(n/10, 10)
	if n%10 != 0 {
		point := ","
		if lang == "en" {
			point = "."
		}
		text += point + strconv.FormatInt(n%10, 10)
	}
	if lang == "en" {
		return text + "%"
	}
	return text + nbsp + "%"
}

// Lari writes an amount of tetri without them, for scales.
func Lari(lang string, tetri int64) string {
	sign := ""
	if tetri < 0 {
		sign, tetri = "−", -max(tetri, -9e18)
	}
	return sign + Number(lang, int(tetri/100)) + nbsp + "₾"
}

// Span writes how long something took: "34 წმ", "1 წთ 40 წმ".
func Span(lang string, d time.Duration) string {
	seconds := int(d / time.Second)
	text := T(lang, "admin.dashboard.seconds", strconv.Itoa(seconds%60))
	if seconds < 60 {
		return text
	}
	minutes := T(lang, "admin.dashboard.minutes", Number(lang, seconds/60))
	if seconds%60 == 0 {
		return minutes
	}
	return minutes + nbsp + text
}
