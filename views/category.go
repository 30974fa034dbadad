package views

import "html/template"

// Category is pages/category.
type Category struct {
	Page
	Slug, Name, Text string
	Picture, Tint    string
	Count            string // "37 products", "1000+ products"
	Filter           Filter
	Applied          []Chip // filters that are set; a click removes one
	ClearURL         string // this category without filters
	Sort             []Option
	Cards            []template.HTML // partials/card
	Pager            Pager
	OutOfRange       bool // the page number is beyond the last page
}

// Filter is the form beside a category's products.
type Filter struct {
	Min, Max        string // as typed, in lari
	MinError        string // what is wrong with Min, "" if nothing is
	MaxError        string
	Lowest, Highest string // whole lari, hints for the two fields
	InStock, OnSale Toggle
	Regions         []Region
}

// Toggle is one checkbox of the filter.
type Toggle struct {
	Checked bool
	Count   string
}

// Region is one value of the region filter.
type Region struct {
	Key, Name, Count string
	Selected         bool
}

// Chip is a filter that is set; URL is the page without it.
type Chip struct {
	Label, URL string
}

// SortOptions lists the orders of a list with the one named current selected.
// Search adds its own first one, by relevance.
func SortOptions(lang, current string, search bool) []Option {
	keys := []string{"popular", "new", "price_asc", "price_desc"}
	if search {
		keys = append([]string{"relevance"}, keys...)
	}
	options := make([]Option, 0, len(keys))
	for _, key := range keys {
		options = append(options, Option{Value: key, Label: T(lang, "sort."+key), Selected: key == current})
	}
	return options
}

// Products writes how many products a list holds; more says that there are more
// than were counted.
func Products(lang string, n int, more bool) string {
	if more {
		return T(lang, "list.count_more", Number(lang, n))
	}
	return N(lang, "list.count", n)
}

// CountText writes the number beside a filter.
func CountText(lang string, n int, more bool) string {
	if more {
		return Number(lang, n) + "+"
	}
	return Number(lang, n)
}
