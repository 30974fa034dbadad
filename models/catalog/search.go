package catalog

import (
	"context"

	"gorm.io/gorm"

	"dukani/models"
)

// searchIndex is how a database finds products by words.
type searchIndex interface {
	// put and remove change what a product is found by.
	put(tx *gorm.DB, id int64, text searchText) error
	remove(tx *gorm.DB, id int64) error
	// putTitle changes what staff find a product by, sold or not.
	putTitle(tx *gorm.DB, id int64, text string) error
	// titles returns the products with all the words in their title: those with ids
	// below from, the highest first, or unless down those above it, the lowest first.
	titles(db *gorm.DB, words searchWords, from int64, down bool, limit int) ([]int64, error)
	// compact makes searching fast again after much was put.
	compact(tx *gorm.DB) error

	// named, mentioned and ofCategory return at most limit products that have all the words, or
	// one of them, in their names, the newest first; anywhere; or that are in a category, the most
	// popular first.
	named(db *gorm.DB, words searchWords, mode matchMode, all bool, limit int) ([]hit, error)
	mentioned(db *gorm.DB, words searchWords, all bool, limit int) ([]hit, error)
	ofCategory(db *gorm.DB, id int64, limit int) ([]hit, error)
	// page returns a page of the hits in the order of a column of products.
	page(db *gorm.DB, hits []hit, sort Sort, offset, limit int) ([]int64, error)
	// common reports whether at least maxHits products have a word in their names.
	common(db *gorm.DB, word searchWord, mode matchMode) (bool, error)
	// best returns the products with the words in their names, the shortest names with most of
	// them first.
	best(db *gorm.DB, words searchWords, mode matchMode, all bool) ([]int64, error)
}

// matchMode says how closely words must be met.
type matchMode int

const (
	wholeWords matchMode = iota
	beginnings           // a word may go on; Georgian words in other cases count
)

// searchRequest asks for a page of the products that have all the words or, unless all,
// at least one.
type searchRequest struct {
	words         searchWords
	all           bool
	sort          Sort
	offset, limit int
	enough        int // hits, beyond which no further ones are looked for
}

// Of a word that is everywhere only so many hits are put in order, the newest products.
// By relevance they are as many as fill the pages that can be opened.
const (
	maxHits         = 2000
	maxRelevantHits = (maxCount/PageSize + 1) * PageSize
)

// suggestions is how many products are suggested while a query is being typed.
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
// names, then the products of a category so named, then hits in the other texts; what is
// sold out comes last.
func (c *Catalog) Search(ctx context.Context, lang models.Lang, query string, sort Sort, page int) (*SearchPage, error) {
	db, found := c.read(ctx), &SearchPage{Page: max(page, 1)}
	r := searchRequest{words: parseWords(query), all: true, sort: ParseSort(string(sort), SortRelevance), limit: PageSize, enough: maxHits}
	if r.offset = (found.Page - 1) * PageSize; len(r.words) == 0 {
		return found, nil
	}
	if r.sort == SortRelevance {
		r.enough = maxRelevantHits
	}
	ids, total, err := search(db, c.index, r)
	if err == nil && total == 0 && len(r.words) > 1 {
		r.all, found.Any = false, true
		ids, total, err = search(db, c.index, r)
	}
	if err != nil {
		return nil, err
	}
	found.Total = countOf(total)
	if found.Pages = found.Total.pages(); found.Page <= found.Pages {
		found.Cards, err = c.cards(db, lang, ids)
	}
	return found, err
}

// Suggest returns at most six products for a query that is still being typed,
// names only unless no name fits.
func (c *Catalog) Suggest(ctx context.Context, lang models.Lang, query string) ([]ProductCard, error) {
	db, words := c.read(ctx), parseWords(query)
	if len(words) == 0 {
		return nil, nil
	}
	ids, _, err := search(db, c.index, searchRequest{words: words, all: true, sort: SortRelevance, limit: suggestions, enough: suggestions})
	if err != nil {
		return nil, err
	}
	return c.cards(db, lang, ids)
}
