package catalog

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"
)

// fts5 finds products with SQLite's full-text index. The table product_names has the
// words of names, few enough to be ranked by bm25; product_words has all words.
type fts5 struct{}

func (fts5) put(tx *gorm.DB, id int64, t searchText) error {
	if err := tx.Exec("INSERT INTO product_names (rowid, name, key) VALUES (?, ?, ?)", id, t.name, t.nameKey).Error; err != nil {
		return err
	}
	return tx.Exec("INSERT INTO product_words (rowid, word, key) VALUES (?, ?, ?)", id, t.all, t.allKey).Error
}

func (fts5) remove(tx *gorm.DB, id int64) error {
	if err := tx.Exec("DELETE FROM product_names WHERE rowid = ?", id).Error; err != nil {
		return err
	}
	return tx.Exec("DELETE FROM product_words WHERE rowid = ?", id).Error
}

func (fts5) search(db *gorm.DB, r searchRequest) (ids []int64, total int, err error) {
	s := &fts5Search{searchRequest: r, db: db, seen: map[int64]bool{}}
	if err := s.find(); err != nil {
		return nil, 0, err
	}
	if r.sort == SortRelevance {
		ids, err = s.pageByRelevance()
	} else {
		ids, err = s.pageByColumn()
	}
	return ids, len(s.ids), err
}

// fts5Search is one search: its hits, the best kind first, no product twice.
type fts5Search struct {
	searchRequest
	db    *gorm.DB
	ids   []int64
	tiers []tier
	seen  map[int64]bool
}

// tier holds the hits of one kind: from is the first of them in ids, to the end of them.
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

// find collects hits, kind by kind until there are enough.
func (s *fts5Search) find() error {
	const inNames, inTexts = "product_names WHERE product_names MATCH ?", "product_words WHERE product_words MATCH ?"
	if err := s.add(wholeInName, inNames, "rowid", s.words.match("name", wholeWords, s.all)); err != nil {
		return err
	}
	if err := s.add(beginningInName, inNames, "rowid", s.words.match("name", beginnings, s.all)); err != nil {
		return err
	}
	if s.all && len(s.ids) < s.enough {
		categories, err := categoriesNamed(s.db, s.words)
		if err != nil {
			return err
		}
		for _, id := range categories {
			if err := s.add(inCategory, "products INDEXED BY products_popular WHERE active = 1 AND category_id = ?", "rank DESC, id", id); err != nil {
				return err
			}
		}
	}
	return s.add(inText, inTexts, "rowid", s.words.match("word", beginnings, s.all))
}

// add appends the hits of one kind that are new, unless there are enough.
func (s *fts5Search) add(kind hitKind, from, order string, what any) error {
	t := tier{kind: kind, from: len(s.ids)}
	if t.from >= s.enough {
		return nil
	}
	ids, err := numbers(s.db, "SELECT rowid AS n FROM "+from+" ORDER BY "+order+" DESC LIMIT ?", what, max(s.enough, maxRelevantHits))
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !s.seen[id] && len(s.ids) < maxHits {
			s.seen[id] = true
			s.ids = append(s.ids, id)
		}
	}
	t.to = len(s.ids)
	s.tiers = append(s.tiers, t)
	return nil
}

// pageByColumn returns the page in the order of a column of products.
func (s *fts5Search) pageByColumn() ([]int64, error) {
	_, column, direction := s.sort.orderBy()
	return numbers(s.db, "SELECT p.id AS n FROM json_each(?) h CROSS JOIN products p ON p.id = h.value ORDER BY p."+column+" "+direction+
		", p.id "+direction+" LIMIT ? OFFSET ?", jsonList(s.ids), s.limit, s.offset)
}

// pageByRelevance returns the page in the order of the tiers, what is sold out behind
// all of them.
func (s *fts5Search) pageByRelevance() ([]int64, error) {
	ranks, soldOut, err := s.ranks()
	if err != nil {
		return nil, err
	}
	available, last := make([]int64, 0, len(s.ids)), []int64(nil)
	for _, t := range s.tiers {
		from := len(available)
		for _, id := range s.ids[t.from:t.to] {
			if soldOut[id] {
				last = append(last, id)
			} else {
				available = append(available, id)
			}
		}
		part := available[from:]
		if len(part) < 2 || from >= s.offset+s.limit || len(available) <= s.offset {
			continue // nothing of it is on the page, or there is nothing to put in order
		}
		if err := s.order(t, part, ranks); err != nil {
			return nil, err
		}
	}
	all := append(available, last...)
	return all[min(s.offset, len(all)):min(s.offset+s.limit, len(all))], nil
}

// ranks returns the popularity of the hits, and which of them are sold out.
func (s *fts5Search) ranks() (ranks map[int64]int64, soldOut map[int64]bool, err error) {
	both, err := numbers(s.db, `SELECT coalesce(p.rank * 2 + p.in_stock, 0) AS n
		FROM json_each(?) h LEFT JOIN products p ON p.id = h.value ORDER BY h.key`, jsonList(s.ids))
	if err != nil {
		return nil, nil, err
	}
	ranks, soldOut = make(map[int64]int64, len(s.ids)), map[int64]bool{}
	for i, id := range s.ids {
		ranks[id] = both[i] >> 1
		if both[i]&1 == 0 {
			soldOut[id] = true
		}
	}
	return ranks, soldOut, nil
}

// order puts hits of one tier in order: by bm25 those in names if they are few, else the
// popular ones first.
func (s *fts5Search) order(t tier, ids []int64, ranks map[int64]int64) error {
	if t.kind == inCategory {
		return nil // it is already
	}
	if t.kind != inText && t.to <= maxScored {
		mode := matchMode(t.kind)
		if rare, err := s.rare(mode); err != nil {
			return err
		} else if rare {
			return s.orderByBM25(mode, ids)
		}
	}
	slices.SortStableFunc(ids, func(a, b int64) int { return cmp.Compare(ranks[b], ranks[a]) })
	return nil
}

// maxScored bounds how many hits are put in order by bm25.
const maxScored = 500

// rare reports whether each word alone has few enough hits in names for bm25, which goes
// through all hits of every word.
func (s *fts5Search) rare(mode matchMode) (bool, error) {
	if len(s.words) == 1 {
		return true, nil
	}
	for _, word := range s.words {
		n, err := numbers(s.db, "SELECT count(*) AS n FROM (SELECT 1 FROM product_names WHERE product_names MATCH ? LIMIT ?)",
			word.match("name", mode), maxHits)
		if err != nil || n[0] == maxHits {
			return false, err
		}
	}
	return true, nil
}

func (s *fts5Search) orderByBM25(mode matchMode, ids []int64) error {
	ordered, err := numbers(s.db, `SELECT rowid AS n FROM product_names WHERE product_names MATCH ?
		ORDER BY bm25(product_names, 1.0, 0.9), rowid DESC`, s.words.match("name", mode, s.all))
	if err != nil {
		return err
	}
	place := make(map[int64]int, len(ordered))
	for i, id := range ordered {
		place[id] = i
	}
	slices.SortFunc(ids, func(a, b int64) int { return place[a] - place[b] })
	return nil
}

// numbers reads the column n of a query as one JSON value: reading thousands of rows
// costs more than finding them, and so does encoding/json.
func numbers(db *gorm.DB, query string, args ...any) ([]int64, error) {
	var list string
	if err := db.Raw("SELECT json_group_array(n) FROM ("+query+")", args...).Row().Scan(&list); err != nil {
		return nil, err
	}
	parts := strings.Split(strings.Trim(list, "[]"), ",")
	numbers := make([]int64, 0, len(parts))
	for _, part := range parts {
		if n, err := strconv.ParseInt(part, 10, 64); err == nil { // an empty list has one part that is none
			numbers = append(numbers, n)
		}
	}
	return numbers, nil
}

func jsonList(ids []int64) string {
	list := []byte("[")
	for i, id := range ids {
		if i > 0 {
			list = append(list, ',')
		}
		list = strconv.AppendInt(list, id, 10)
	}
	return string(append(list, ']'))
}
