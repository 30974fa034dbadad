package catalog

import (
	"cmp"
	"slices"

	"gorm.io/gorm"
)

// ranking is one search: its hits, the best kind first, no product twice.
type ranking struct {
	searchRequest
	db    *gorm.DB
	index searchIndex
	hits  []hit
	tiers []tier
	seen  map[int64]bool
}

type hit struct {
	id, rank int64
	soldOut  bool
}

// tier holds the hits of one kind: those between from and to.
type tier struct {
	kind     hitKind
	from, to int
}

type hitKind int

const (
	wholeInName hitKind = iota
	beginningInName
	inCategory
	inText
)

// search returns a page of the products found and how many are found altogether.
func search(db *gorm.DB, index searchIndex, r searchRequest) (ids []int64, total int, err error) {
	s := &ranking{searchRequest: r, db: db, index: index, seen: map[int64]bool{}}
	if err := s.find(); err != nil {
		return nil, 0, err
	}
	if r.sort == SortRelevance {
		ids, err = s.pageByRelevance()
	} else {
		ids, err = index.page(db, s.hits, r.sort, r.offset, r.limit)
	}
	return ids, len(s.hits), err
}

// find collects hits, kind by kind until there are enough.
func (s *ranking) find() error {
	named := func(mode matchMode) func(int) ([]hit, error) {
		return func(limit int) ([]hit, error) { return s.index.named(s.db, s.words, mode, s.all, limit) }
	}
	if err := s.add(wholeInName, named(wholeWords)); err != nil {
		return err
	}
	if err := s.add(beginningInName, named(beginnings)); err != nil {
		return err
	}
	if s.all && len(s.hits) < s.enough {
		categories, err := categoriesNamed(s.db, s.words)
		if err != nil {
			return err
		}
		for _, id := range categories {
			if err := s.add(inCategory, func(limit int) ([]hit, error) { return s.index.ofCategory(s.db, id, limit) }); err != nil {
				return err
			}
		}
	}
	return s.add(inText, func(limit int) ([]hit, error) { return s.index.mentioned(s.db, s.words, s.all, limit) })
}

// add appends the hits of one kind unless there are enough. A product that was found before is
// not added again.
func (s *ranking) add(kind hitKind, find func(limit int) ([]hit, error)) error {
	t := tier{kind: kind, from: len(s.hits)}
	if t.from >= s.enough {
		return nil
	}
	hits, err := find(max(s.enough, maxRelevantHits))
	if err != nil {
		return err
	}
	for _, h := range hits {
		if !s.seen[h.id] && len(s.hits) < maxHits {
			s.seen[h.id] = true
			s.hits = append(s.hits, h)
		}
	}
	t.to = len(s.hits)
	s.tiers = append(s.tiers, t)
	return nil
}

// pageByRelevance returns the page in the order of the tiers, what is sold out behind
// all of them.
func (s *ranking) pageByRelevance() ([]int64, error) {
	ordered, soldOut := make([]hit, 0, len(s.hits)), []hit(nil)
	for _, t := range s.tiers {
		from := len(ordered)
		for _, h := range s.hits[t.from:t.to] {
			if h.soldOut {
				soldOut = append(soldOut, h)
			} else {
				ordered = append(ordered, h)
			}
		}
		if part := ordered[from:]; len(part) > 1 && from < s.offset+s.limit && len(ordered) > s.offset { // some of it is on the page
			if err := s.order(t, part); err != nil {
				return nil, err
			}
		}
	}
	ordered = append(ordered, soldOut...)
	var ids []int64
	for _, h := range ordered[min(s.offset, len(ordered)):min(s.offset+s.limit, len(ordered))] {
		ids = append(ids, h.id)
	}
	return ids, nil
}

// order puts hits of one tier in order: by their words those in names if they are few, else the
// popular ones first.
func (s *ranking) order(t tier, hits []hit) error {
	if t.kind == inCategory {
		return nil // it is already
	}
	if t.kind != inText && t.to <= maxScored {
		mode := wholeWords
		if t.kind == beginningInName {
			mode = beginnings
		}
		if rare, err := s.rare(mode); err != nil {
			return err
		} else if rare {
			return s.orderByWords(mode, hits)
		}
	}
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Or(cmp.Compare(b.rank, a.rank), cmp.Compare(b.id, a.id)) })
	return nil
}

// maxScored bounds how many hits are put in order by their words, which takes ten times as long
// as finding them.
const maxScored = 100

// rare reports whether each word alone has few enough hits in names to be put in order by words,
// which goes through all hits of every word. Where one word is enough, the hits of each are among
// the few.
func (s *ranking) rare(mode matchMode) (bool, error) {
	if len(s.words) == 1 || !s.all {
		return true, nil
	}
	for _, word := range s.words {
		if many, err := s.index.common(s.db, word, mode); err != nil || many {
			return false, err
		}
	}
	return true, nil
}

func (s *ranking) orderByWords(mode matchMode, hits []hit) error {
	ids, err := s.index.best(s.db, s.words, mode, s.all)
	if err != nil {
		return err
	}
	place := make(map[int64]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	slices.SortFunc(hits, func(a, b hit) int { return place[a.id] - place[b.id] })
	return nil
}
