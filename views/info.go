package views

import "slices"

// InfoVersion is the day on which the texts of the information pages came into
// force; the terms of sale and the withdrawal notice carry it as their version.
const InfoVersion = "2026-11-27"

// InfoKinds names the information pages, as in their addresses /ka/info/terms.
var InfoKinds = []string{"delivery", "returns", "terms", "privacy", "contact"}

// Info is pages/info.
type Info struct {
	Page
	Kind       string // one of InfoKinds
	Updated    string // date; "" for a page that is in force without one
	Deliveries []DeliveryRow
	FreeFrom   string
}

// IsInfo reports whether there is an information page of that kind.
func IsInfo(kind string) bool { return slices.Contains(InfoKinds, kind) }

// InfoTitle returns the heading of an information page.
func InfoTitle(lang, kind string) string { return T(lang, "info."+kind) }
