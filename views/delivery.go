package views

import (
	"strings"
	"time"
)

// DeliveryName names a way of delivery ("tbilisi", "pickup").
func DeliveryName(lang, delivery string) string { return T(lang, "delivery."+delivery) }

// DeliveryEstimate says how many working days a delivery takes; two zeros mean
// that the order is ready the same day.
func DeliveryEstimate(lang string, minDays, maxDays int) string {
	switch {
	case maxDays == 0:
		return T(lang, "delivery.same_day")
	case minDays == maxDays:
		return N(lang, "delivery.days", maxDays)
	}
	return T(lang, "delivery.between", minDays, maxDays)
}

// DeliveryDays says on which days an order is handed over, or ready to be picked up.
func DeliveryDays(lang string, pickup bool, first, last time.Time) string {
	if pickup {
		return T(lang, "delivery.ready", Days(lang, first, last))
	}
	return T(lang, "delivery.arrives", Days(lang, first, last))
}

// DeliveryCost writes the price of a delivery in tetri, "free" for none.
func DeliveryCost(lang string, tetri int64) string {
	if tetri == 0 {
		return T(lang, "delivery.free")
	}
	return Price(lang, tetri)
}

// RegionName names a region of an address ("kvemo_kartli").
func RegionName(lang, region string) string { return T(lang, "region."+region) }

// RegionOptions lists regions for a select, the one named current selected.
func RegionOptions(lang, current string, regions []string) []Option {
	options := make([]Option, 0, len(regions))
	for _, key := range regions {
		options = append(options, Option{Value: key, Label: RegionName(lang, key), Selected: key == current})
	}
	return options
}

// Address writes an address in one line, region first as Georgians do. A city
// that is its own region is not said twice, in whichever language it was typed.
func Address(lang, region, city, street string) string {
	var parts []string
	for _, l := range Languages {
		if region != "" && RegionName(l, region) == city {
			city, region = RegionName(lang, region), ""
		}
	}
	if region != "" {
		parts = append(parts, RegionName(lang, region))
	}
	for _, part := range []string{city, street} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}
