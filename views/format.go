package views

import (
	"strconv"
	"strings"
	"time"
)

// nbsp keeps a number and its unit on one line.
const nbsp = "\u00a0"

// Price writes an amount of tetri as people read it: "1 234,50 ₾" in Georgian,
// "1,234.50 ₾" in English, the spaces non-breaking.
func Price(lang string, tetri int64) string {
	sign := ""
	if tetri < 0 {
		sign, tetri = "−", -tetri
	}
	thousands, decimal := nbsp, ","
	if lang == "en" {
		thousands, decimal = ",", "."
	}
	cents := strconv.FormatInt(100+tetri%100, 10)[1:]
	return sign + groupThousands(strconv.FormatInt(tetri/100, 10), thousands) + decimal + cents + nbsp + "₾"
}

// Number writes a whole number with its thousands apart.
func Number(lang string, n int) string {
	if lang == "en" {
		return groupThousands(strconv.Itoa(n), ",")
	}
	return groupThousands(strconv.Itoa(n), nbsp)
}

func groupThousands(digits, separator string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + separator + digits[i:]
	}
	return digits
}

// tbilisi is Georgia's time: no summer time since 2005.
var tbilisi = time.FixedZone("Asia/Tbilisi", 4*60*60)

var months = map[string][]string{
	"ka": {"იანვარი", "თებერვალი", "მარტი", "აპრილი", "მაისი", "ივნისი", "ივლისი", "აგვისტო", "სექტემბერი", "ოქტომბერი", "ნოემბერი", "დეკემბერი"},
	"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

// Date writes the day of t in Georgia: "23 ნოემბერი 2026", "23 November 2026".
func Date(lang string, t time.Time) string {
	names, ok := months[lang]
	if !ok {
		names = months[Languages[0]]
	}
	t = t.In(tbilisi)
	return strconv.Itoa(t.Day()) + nbsp + names[t.Month()-1] + " " + strconv.Itoa(t.Year())
}

// Days writes a day, or from which to which day: "1–2 December",
// "30 November – 2 December".
func Days(lang string, first, last time.Time) string {
	names, ok := months[lang]
	if !ok {
		names = months[Languages[0]]
	}
	first, last = first.In(tbilisi), last.In(tbilisi)
	day := func(t time.Time) string { return strconv.Itoa(t.Day()) + nbsp + names[t.Month()-1] }
	switch {
	case first.YearDay() == last.YearDay():
		return day(last)
	case first.Month() == last.Month():
		return strconv.Itoa(first.Day()) + "–" + day(last)
	}
	return day(first) + " – " + day(last)
}

// DateTime is Date and the time of day: "23 ნოემბერი 2026, 14:05".
func DateTime(lang string, t time.Time) string {
	return Date(lang, t) + ", " + Clock(t)
}

// Clock writes the time of day in Georgia: "15:04".
func Clock(t time.Time) string { return t.In(tbilisi).Format("15:04") }

// Phone writes a number stored as + and digits in the way it is read out:
// "+995 599 12 34 56". Numbers of other countries stay as they are.
func Phone(number string) string {
	digits, georgian := strings.CutPrefix(number, "+995")
	if !georgian || len(digits) != 9 {
		return number
	}
	return strings.Join([]string{"+995", digits[:3], digits[3:5], digits[5:7], digits[7:]}, nbsp)
}

// Month writes the month of t in Georgia: "ნოემბერი 2026".
func Month(lang string, t time.Time) string {
	names, ok := months[lang]
	if !ok {
		names = months[Languages[0]]
	}
	t = t.In(tbilisi)
	return names[t.Month()-1] + nbsp + strconv.Itoa(t.Year())
}
