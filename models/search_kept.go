package models

import (
	"sync"

	"gorm.io/gorm"
)

// maxSearches bounds how many pages of results are kept, at some 10 KB each.
const maxSearches = 300

// searchKey names a page of results by the words that matter: what is typed
// differs more than what is found.
type searchKey struct {
	lang  Lang
	words string
	any   bool
	sort  Sort
	page  int
}

// keptSearches keeps pages of results, and the categories' names, for one version
// of the catalogue. It is safe for concurrent use.
type keptSearches struct {
	mu         sync.Mutex
	version    int64
	found      map[searchKey]*SearchPage
	categories []heardCategory
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
		k.version, k.found, k.categories = version, map[searchKey]*SearchPage{}, nil
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
