package views

import "html/template"

// Home is pages/home.
type Home struct {
	Page
	Tiles    []Tile
	Groups   []Group // hand-picked, those that have products
	Newest   []template.HTML
	OnSale   []template.HTML
	FreeFrom string // value of goods from which delivery is free, formatted
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
}
