package views

import "html/template"

// Page is what every page has; each view struct embeds it.
type Page struct {
	Lang, Other string // "ka" or "en", and the other one
	Path        string // path and query without the language, "/c/wine?sort=new"; "" for home
	SwitchForm  string // id of the form whose fields must survive a change of language; "" if there is none
	Title       string
	Description string
	Canonical   string // absolute address of this page; "" leaves the link out
	Alternate   string // absolute address of this page in the other language
	Image       string // absolute address of a picture for links shared elsewhere
	Nav         []NavItem
	CartLink    template.HTML // partials/cart_link, or its placeholder in a cached page
	Query       string        // text in the search field
	Flash       string        // translated
	Refresh     int           // seconds until the page reloads itself; 0: never
	NoIndex     bool
	Simulated   bool // the page says that this is a demo shop, which takes no money
	Seller      Seller
	MailboxURL  string // where a shop without a mail server shows its mails; "" if it sends them
	Paying      bool   // the page is a step towards paying: only the way back leads away from it
}

// HeadTitle is the page's title, which a screen reader reads first. Pages with a form
// have their own, which says whether something is wrong with what was sent.
func (p Page) HeadTitle() string { return p.Title }

func (p Page) titleOf(wrong bool) string {
	if wrong {
		return T(p.Lang, "error.in_title", p.Title)
	}
	return p.Title
}

func (p Page) language() string { return p.Lang }

// Foot is the end of a page, the same on all pages of a shop: partials/foot.
type Foot struct {
	Seller     Seller
	Simulated  bool
	MailboxURL string
}

// Foot returns the end of the page.
func (p Page) Foot() Foot { return Foot{p.Seller, p.Simulated, p.MailboxURL} }

// NavItem is a category in the navigation.
type NavItem struct {
	Slug, Name string
	Current    bool
}

// CartLink is the link to the cart, the visitor's own part of the header: partials/cart_link.
type CartLink struct {
	Lang  string
	Count int // units in the cart
}

func (c CartLink) language() string { return c.Lang }

// Option is one entry of a select or one radio button.
type Option struct {
	Value, Label string
	Selected     bool
}

// Notice is a message about something that happened. Kind is "info", "warn" or
// "good"; it decides the colour only.
type Notice struct {
	Kind, Text string
}

// Money is a labelled amount.
type Money struct {
	Label, Amount string
}
