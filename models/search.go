package models

import (
	"context"

	"gorm.io/gorm"
)

// maxRanked bounds how many hits are put in order: of a word that is everywhere
// only the newest products are looked at.
const maxRanked = 2000

// maxScored bounds how many hits are put in order by bm25, word by word; more
// than this, and what is popular comes first.
const maxScored = 500

// suggestions is how many products are suggested while typing.
const suggestions = 6

// SearchPage is one page of what was found.
type SearchPage struct {
	Cards []ProductCard // empty when nothing was found or Page is beyond Pages
	Total Count
	Page  int
	Pages int
	Any   bool // nothing has all the words; these have at least one
}

// Search looks for products by their texts in both languages, Georgian also by
// its sound in Latin letters, and shows them in lang. Words may be unfinished.
// By SortRelevance, whole words in names come first, then beginnings of words in
// names, then the products of a category so named, then hits in the other texts.
// The caller must not change what is returned: it is kept for others.
func (s *Store) Search(ctx context.Context, lang Lang, query string, sort Sort, page int) (*SearchPage, error) {
	// A context that can end costs the driver more than a small query.
	small := context.WithoutCancel(ctx)
	version, err := s.CatalogVersion(small) // before anything else is read: what is kept is never older than it says
	if err != nil {
		return nil, err
	}
	categories, err := s.searches.heard(s.read.WithContext(small), version)
	if err != nil {
		return nil, err
	}
	q, any, err := s.searches.narrow(s.read.WithContext(small), version, parseQuery(query), categories)
	if err != nil {
		return nil, err
	}
	page = max(page, 1)
	key := searchKey{lang, q.String(), any, sort, page}
	if found := s.searches.get(key, version); found != nil {
		return found, nil
	}
	found, err := q.search(s.read.WithContext(ctx), categories, lang, any, sort, page)
	if err == nil {
		s.searches.put(key, version, found)
	}
	return found, err
}

// search looks for products with all the words of q, or with one at least if
// there is none with all, or any says so.
func (q searchQuery) search(db *gorm.DB, categories []heardCategory, lang Lang, any bool, sort Sort, page int) (*SearchPage, error) {
	found := &SearchPage{Page: page, Any: any}
	if len(q) == 0 {
		return found, nil
	}
	enough := maxRanked
	if byRelevance(sort) {
		enough = (maxCount/PageSize + 1) * PageSize // the count is settled and every page full
	}
	h, err := q.find(db, q.categories(categories), !any || len(q) == 1, enough)
	if err != nil {
		return nil, err
	}
	if len(h.ids) == 0 && len(q) > 1 && !any {
		found.Any = true
		if h, err = q.find(db, nil, false, enough); err != nil {
			return nil, err
		}
	}
	n := len(h.ids)
	found.Total = Count{N: min(n, maxCount), More: n > maxCount}
	if found.Pages = pages(found.Total); found.Page > found.Pages {
		return found, nil
	}
	ids, err := h.order(db, sort, (found.Page-1)*PageSize, PageSize)
	if err != nil {
		return nil, err
	}
	found.Cards, err = cards(db, lang, ids)
	return found, err
}

// Suggest returns at most six products for a query that is still being typed,
// names only unless no name fits.
func (s *Store) Suggest(ctx context.Context, lang Lang, query string) ([]ProductCard, error) {
	db := s.read.WithContext(ctx)
	q := parseQuery(query)
	if len(q) == 0 {
		return nil, nil
	}
	version, err := s.CatalogVersion(ctx)
	if err != nil {
		return nil, err
	}
	categories, err := s.searches.heard(db, version)
	if err != nil {
		return nil, err
	}
	h, err := q.find(db, q.categories(categories), true, suggestions)
	if err != nil {
		return nil, err
	}
	ids, err := h.order(db, SortRelevance, 0, suggestions)
	if err != nil {
		return nil, err
	}
	return cards(db, lang, ids)
}

func byRelevance(sort Sort) bool { return ParseSort(string(sort), SortRelevance) == SortRelevance }
