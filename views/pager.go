package views

import "strconv"

// Pager leads through the pages of a list; it is shown when there are several.
type Pager struct {
	Text       string // "page 2 of 7"
	Prev, Next string // addresses, "" at the ends
	Pages      []PageLink
}

// PageLink is one number in a Pager; Gap stands for numbers left out.
type PageLink struct {
	Number       string
	URL          string
	Current, Gap bool
}

// NewPager makes the pager of a list with the given number of pages, of which
// page is shown. url returns the address of a page. A single page has no pager.
func NewPager(lang string, page, pages int, url func(page int) string) Pager {
	if pages < 2 {
		return Pager{}
	}
	p := Pager{Text: T(lang, "pager.text", page, pages)}
	if page > 1 && page <= pages {
		p.Prev = url(page - 1)
	}
	if page < pages {
		p.Next = url(page + 1)
	}
	last := 0
	for n := 1; n <= pages; n++ {
		if n != 1 && n != pages && (n < page-1 || n > page+1) {
			continue
		}
		if n > last+1 {
			p.Pages = append(p.Pages, PageLink{Gap: true})
		}
		p.Pages = append(p.Pages, PageLink{Number: strconv.Itoa(n), URL: url(n), Current: n == page})
		last = n
	}
	return p
}
