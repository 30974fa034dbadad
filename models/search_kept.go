package models

import "sync"

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

// keptSearches keeps pages of results for one version of the catalogue. It is
// safe for concurrent use.
type keptSearches struct {
	mu      sync.Mutex
	version int64
	found   map[searchKey]*SearchPage
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
	if k.version > version {
		return // slower than the catalogue
	}
	if k.version < version || len(k.found) >= maxSearches { // what is asked for often is soon there again
		k.version, k.found = version, map[searchKey]*SearchPage{}
	}
	k.found[key] = found
}
