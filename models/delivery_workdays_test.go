package models_test

import (
	"testing"
	"time"

	"dukani/models"
)

func TestDeliveryArrives(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		delivery    models.Delivery
		paid        string // in Tbilisi
		first, last string
	}{
		"within a week":               {models.Courier, "2026-12-01 10:00", "2026-12-02", "2026-12-03"},
		"over a weekend":              {models.Courier, "2026-11-27 10:00", "2026-11-30", "2026-12-01"},
		"paid on a Sunday":            {models.Courier, "2026-11-29 10:00", "2026-11-30", "2026-12-01"},
		"a holiday on a Monday":       {models.City, "2026-11-20 10:00", "2026-11-25", "2026-11-27"},
		"over New Year and Christmas": {models.Mountain, "2026-12-30 10:00", "2027-01-06", "2027-01-12"},
		"over Easter":                 {models.Courier, "2026-04-08 23:00", "2026-04-14", "2026-04-15"},
		"late in UTC is tomorrow":     {models.Courier, "2026-12-02 00:30", "2026-12-03", "2026-12-04"},
		"picked up the same day":      {models.Pickup, "2026-11-28 15:59", "2026-11-28", "2026-11-28"},
		"picked up the next day":      {models.Pickup, "2026-11-28 16:00", "2026-11-29", "2026-11-29"},
	} {
		paid, err := time.ParseInLocation("2006-01-02 15:04", c.paid, models.Tbilisi)
		if err != nil {
			t.Fatal(err)
		}
		option, _ := c.delivery.Option()
		first, last := option.Arrives(paid.UTC())
		if got, want := first.Format(time.DateOnly)+" "+last.Format(time.DateOnly), c.first+" "+c.last; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// A page that was made in one period shows the same days as one that is made now.
func TestDeliveryPeriod(t *testing.T) {
	t.Parallel()
	days := func(at time.Time) (list [8]string) {
		for i, o := range models.DeliveryOptions() {
			first, last := o.Arrives(at)
			list[2*i], list[2*i+1] = first.Format(time.DateOnly), last.Format(time.DateOnly)
		}
		return list
	}
	at := time.Date(2026, 12, 28, 0, 0, 0, 0, time.UTC)
	for range 24 * 14 {
		next := at.Add(time.Hour)
		if days(at) != days(next) && models.DeliveryPeriod(at) >= models.DeliveryPeriod(next) {
			t.Errorf("the days moved between %s and %s, the period did not", at, next)
		}
		at = next
	}
}
