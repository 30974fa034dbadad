package views

import "html/template"

// Search is pages/search. Page.Query is what was searched for; if it is empty, the page
// invites the visitor to search.
type Search struct {
	Page
	Count      string // "12 products"
	SomeWords  bool   // no product has all the words; those shown have at least one
	Sort       []Option
	Cards      []template.HTML // partials/card
	Pager      Pager
	OutOfRange bool            // the page number is beyond the last page
	Popular    []template.HTML // shown when nothing was found
}
