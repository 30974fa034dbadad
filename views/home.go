package views

import "html/template"

// Home is pages/home.
type Home struct {
	Page
	Tiles    []Tile
	Groups   []Group // without those that have no products
	Makers   []Maker // who made some of the products on the page
	FreeFrom string  // value of goods from which delivery is free, formatted
}

// Tile is a category on the home page.
type Tile struct {
	Slug, Name, Text string
	Picture, Tint    string
}

// Group is a titled row of product cards.
type Group struct {
	Key, Name, Text string
	Cards           []template.HTML // partials/card
	AllURL          string          // the page with all of them; "" if these are all
}

// CollectionWords names and describes a collection that the shop fills by itself: "sale" or "new".
func CollectionWords(lang, key string) (name, text string) {
	if key == "sale" {
		return T(lang, "home.sale"), T(lang, "home.sale_text")
	}
	return T(lang, "home.new"), T(lang, "home.new_text")
}

// Maker is somebody whose products the shop sells; URL is the page that finds them.
type Maker struct {
	Name, URL string
}

// Collection is pages/collection: a list that goes through all categories.
type Collection struct {
	Page
	Name, Text string
	Count      string
	Cards      []template.HTML // partials/card
	Pager      Pager
	OutOfRange bool   // the page number is beyond the last page
	FirstURL   string // its first page
}
