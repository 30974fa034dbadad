package models

import "time"

// Day is a day of Tbilisi: "2026-11-27".
type Day string

// DayOf returns the day of t in Tbilisi.
func DayOf(t time.Time) Day { return Day(t.In(Tbilisi).Format(time.DateOnly)) }

// ParseDay reads a day as people and date fields write it. Errors: Invalid (field "day").
func ParseDay(text string) (Day, error) {
	t, err := time.ParseInLocation(time.DateOnly, text, Tbilisi)
	if err != nil || t.Year() < 2000 || t.Year() > 2100 {
		return "", &Error{Kind: Invalid, Code: CodeFormUnreadable, Fields: map[string]string{"day": "admin.day.unreadable"}}
	}
	return DayOf(t), nil
}

// Start returns the moment at which the day begins, in UTC.
func (d Day) Start() time.Time {
	t, _ := time.ParseInLocation(time.DateOnly, string(d), Tbilisi) // it was parsed, or made by DayOf
	return t.UTC()
}

// Add returns the day that is n days later.
func (d Day) Add(n int) Day { return DayOf(d.Start().In(Tbilisi).AddDate(0, 0, n)) }

// MonthStart returns the first day of the month that is n months later.
func (d Day) MonthStart(n int) Day {
	t := d.Start().In(Tbilisi)
	return DayOf(time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, Tbilisi))
}

// Month returns the month of the day: "2026-11".
func (d Day) Month() string { return string(d)[:len("2026-11")] }
