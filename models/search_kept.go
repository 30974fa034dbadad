package models

import (
	"sync"

	"gorm.io/gorm"
)

// maxSearches bounds how many pages of results are kept, at some 10 KB each.
const maxSearches = 200

// searchKey names a page of results by the words that matter: what is typed
// differs more than what is found.
type searchKey struct {
	lang  Lang
	words string
	any   bool
	sort  Sort
	page  int
}

// maxPresent bounds the words that are known to be there.
const maxPresent = 5000

// keptSearches keeps what searches have in common for one version of the
// catalogue. It is safe for concurrent use.
type keptSearches struct {
	mu         sync.Mutex
	version    int64
	found      map[searchKey]*SearchPage
	present    map[string]bool // words, or beginnings of words, that are somewhere in the texts
	categories []heardCategory
}

// narrow leaves out the words that are nowhere, and reports whether there were
// any: most such words are misspellings, and what remains is looked for often. Without
// it a word that is nowhere would cost a search for all words, in vain, before
// the search for some.
func (k *keptSearches) narrow(db *gorm.DB, version int64, q searchQuery, categories []heardCategory) (searchQuery, bool, error) {
	known, open := k.split(version, q)
	is, err := open.present(db)
	if err != nil {
		return nil, false, err
	}
	for i, w := range open {
		known[w.word] = is[i]
	}
	var there searchQuery
	for _, w := range q {
		if known[w.word] {
			there = append(there, w)
		}
	}
	k.note(version, there)
	if len(there) == len(q) || len(q.categories(categories)) > 0 { // a category's name may be heard where its products' texts are not
		return q, false, nil
	}
	return there, len(there) > 0, nil
}

// split returns the words of q that are known to be there, and the other ones.
func (k *keptSearches) split(version int64, q searchQuery) (known map[string]bool, open searchQuery) {
	k.mu.Lock()
	defer k.mu.Unlock()
	known = map[string]bool{}
	for _, w := range q {
		if k.version == version && k.present[w.word] {
			known[w.word] = true
		} else {
			open = append(open, w)
		}
	}
	return known, open
}

// note keeps that words are there. Those that are not are too many to keep.
func (k *keptSearches) note(version int64, there searchQuery) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.turn(version) {
		return
	}
	for _, w := range there {
		if len(k.present) >= maxPresent {
			clear(k.present)
		}
		k.present[w.word] = true
	}
}

// heard returns the categories by their sounds.
func (k *keptSearches) heard(db *gorm.DB, version int64) ([]heardCategory, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.version == version && k.categories != nil {
		return k.categories, nil
	}
	all, err := hearCategories(db)
	if err == nil && k.turn(version) {
		k.categories = all
	}
	return all, err
}

// turn drops what is kept for an earlier version, and reports whether something
// may be kept for this one: who was slower than the catalogue must not.
func (k *keptSearches) turn(version int64) bool {
	if k.version < version {
		k.version, k.categories = version, nil
		k.found, k.present = map[searchKey]*SearchPage{}, map[string]bool{}
	}
	return k.version == version
}

func (k *keptSearches) get(key searchKey, version int64) *SearchPage {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.version != version {
		return nil
	}
	return k.found[key]
}

func (k *keptSearches) put(key searchKey, version int64, found *SearchPage) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.turn(version) {
		return
	}
	if len(k.found) >= maxSearches { // what is asked for often is soon there again
		clear(k.found)
	}
	k.found[key] = found
}
