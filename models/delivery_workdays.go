package models

import "time"

// Tbilisi is Georgia's time: no summer time since 2005.
var Tbilisi = time.FixedZone("Asia/Tbilisi", 4*60*60)

// pickupUntil is the hour until which an order can be picked up the same day.
const pickupUntil = 16

// Arrives returns the first and the last day on which an order that is paid at the given time
// may arrive.
func (o DeliveryOption) Arrives(paid time.Time) (first, last time.Time) {
	day := paid.In(Tbilisi)
	if o.MaxDays == 0 {
		if day.Hour() >= pickupUntil {
			day = day.AddDate(0, 0, 1)
		}
		return day, day
	}
	return workdaysAfter(day, o.MinDays), workdaysAfter(day, o.MaxDays)
}

// DeliveryPeriod returns a number that stays the same while Arrives returns the same days: they
// move at midnight and when the day's pickups close.
func DeliveryPeriod(now time.Time) int64 {
	day := now.In(Tbilisi)
	n := 2 * int64(day.Year()*366+day.YearDay())
	if day.Hour() >= pickupUntil {
		n++
	}
	return n
}

func workdaysAfter(day time.Time, n int) time.Time {
	for n > 0 {
		if day = day.AddDate(0, 0, 1); isWorkday(day) {
			n--
		}
	}
	return day
}

func isWorkday(day time.Time) bool {
	weekday := day.Weekday()
	return weekday != time.Saturday && weekday != time.Sunday && !isHoliday(day)
}

// holidays are the public holidays of Georgia (Labour Code, article 30) that have a
// date of their own.
var holidays = map[time.Month][]int{
	time.January: {1, 2, 7, 19}, time.March: {3, 8}, time.April: {9}, time.May: {9, 12, 17, 26},
	time.August: {28}, time.October: {14}, time.November: {23},
}

// isHoliday reports whether day is a public holiday: one of holidays, or from Good
// Friday to Easter Monday.
func isHoliday(day time.Time) bool {
	year, month, number := day.Date()
	for _, n := range holidays[month] {
		if n == number {
			return true
		}
	}
	fromEaster := day.YearDay() - easter(year).YearDay()
	return fromEaster >= -2 && fromEaster <= 1
}

// easter returns the Orthodox Easter Sunday of a year between 1900 and 2099, by Meeus's
// rule for the Julian calendar, which is 13 days behind.
func easter(year int) time.Time {
	d := (19*(year%19) + 15) % 30
	e := (2*(year%4) + 4*(year%7) - d + 34) % 7
	n := d + e + 114
	return time.Date(year, time.Month(n/31), n%31+1+13, 0, 0, 0, 0, Tbilisi)
}
