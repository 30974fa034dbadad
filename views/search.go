package views

import "html/template"

// Search is pages/search. Page.Query is what was searched for; with an empty one
// the page invites to search.
type Search struct {
	Page
	Count      string // "12 products"
	SomeWords  bool   // nothing has all the words; these have at least one
	Sort       []Option
	Cards      []template.HTML // partials/card
	Pager      Pager
	OutOfRange bool            // the page number is beyond the last page
	Popular    []template.HTML // shown when nothing was found
}
