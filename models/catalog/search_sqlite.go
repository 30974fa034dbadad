package catalog

import (
	"cmp"
	"fmt"
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

func (fts5) putTitle(tx *gorm.DB, id int64, text string) error {
	return tx.Exec("INSERT OR REPLACE INTO product_titles (rowid, name) VALUES (?, ?)", id, text).Error
}

func (fts5) titles(db *gorm.DB, words searchWords, from int64, down bool, limit int) ([]int64, error) {
	const query = "SELECT rowid AS n FROM product_titles WHERE product_titles MATCH ? AND "
	if down {
		return numbers(db, query+"rowid < ? ORDER BY rowid DESC LIMIT ?", words.titleMatch(), from, limit)
	}
	return numbers(db, query+"rowid > ? ORDER BY rowid LIMIT ?", words.titleMatch(), from, limit)
}

// compact merges the pieces that an index grows by, which every search goes through.
func (fts5) compact(tx *gorm.DB) error {
	for _, table := range []string{"product_names", "product_words", "product_titles"} {
		if err := tx.Exec("INSERT INTO " + table + " (" + table + ") VALUES ('optimize')").Error; err != nil {
			return err
		}
	}
	return nil
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
	return ids, len(s.hits), err
}

// fts5Search is one search: its hits, the best kind first, no product twice.
type fts5Search struct {
	searchRequest
	db    *gorm.DB
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

// find collects hits, kind by kind until there are enough.
func (s *fts5Search) find() error {
	const (
		names    = "SELECT rowid FROM product_names WHERE product_names MATCH ? ORDER BY rowid DESC LIMIT ?"
		texts    = "SELECT rowid FROM product_words WHERE product_words MATCH ? ORDER BY rowid DESC LIMIT ?"
		category = `SELECT id AS rowid FROM products INDEXED BY products_popular
			WHERE active = 1 AND category_id = ? ORDER BY rank DESC, id DESC LIMIT ?`
	)
	if err := s.add(wholeInName, names, s.words.match("name", wholeWords, s.all)); err != nil {
		return err
	}
	if err := s.add(beginningInName, names, s.words.match("name", beginnings, s.all)); err != nil {
		return err
	}
	if s.all && len(s.hits) < s.enough {
		categories, err := categoriesNamed(s.db, s.words)
		if err != nil {
			return err
		}
		for _, id := range categories {
			if err := s.add(inCategory, category, id); err != nil {
				return err
			}
		}
	}
	return s.add(inText, texts, s.words.match("word", beginnings, s.all))
}

// add appends the hits of one kind, which the query selects, unless there are enough. A
// product that was found before is not added again.
func (s *fts5Search) add(kind hitKind, query string, what any) error {
	t := tier{kind: kind, from: len(s.hits)}
	if t.from >= s.enough {
		return nil
	}
	const rankAndStock = "SELECT p.id AS a, p.rank * 2 + p.in_stock AS b FROM (%s) h CROSS JOIN products p ON p.id = h.rowid"
	ids, ranks, err := numberPairs(s.db, fmt.Sprintf(rankAndStock, query), what, max(s.enough, maxRelevantHits))
	if err != nil {
		return err
	}
	for i, id := range ids {
		if !s.seen[id] && len(s.hits) < maxHits {
			s.seen[id] = true
			s.hits = append(s.hits, hit{id: id, rank: ranks[i] >> 1, soldOut: ranks[i]&1 == 0})
		}
	}
	t.to = len(s.hits)
	s.tiers = append(s.tiers, t)
	return nil
}

// pageByColumn returns the page in the order of a column of products.
func (s *fts5Search) pageByColumn() ([]int64, error) {
	_, column, direction := s.sort.orderBy()
	return numbers(s.db, "SELECT p.id AS n FROM json_each(?) h CROSS JOIN products p ON p.id = h.value ORDER BY p."+column+" "+direction+
		", p.id "+direction+" LIMIT ? OFFSET ?", jsonList(s.hits), s.limit, s.offset)
}

// pageByRelevance returns the page in the order of the tiers, what is sold out behind
// all of them.
func (s *fts5Search) pageByRelevance() ([]int64, error) {
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

// order puts hits of one tier in order: by bm25 those in names if they are few, else the
// popular ones first.
func (s *fts5Search) order(t tier, hits []hit) error {
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
			return s.orderByBM25(mode, hits)
		}
	}
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Or(cmp.Compare(b.rank, a.rank), cmp.Compare(b.id, a.id)) })
	return nil
}

// maxScored bounds how many hits are put in order by bm25, which takes ten times as long
// as finding them.
const maxScored = 100

// rare reports whether each word alone has few enough hits in names for bm25, which goes
// through all hits of every word. Where one word is enough, the hits of each are among
// the few.
func (s *fts5Search) rare(mode matchMode) (bool, error) {
	if len(s.words) == 1 || !s.all {
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

func (s *fts5Search) orderByBM25(mode matchMode, hits []hit) error {
	ids, err := numbers(s.db, `SELECT rowid AS n FROM product_names WHERE product_names MATCH ?
		ORDER BY bm25(product_names, 1.0, 0.9), rowid DESC`, s.words.match("name", mode, s.all))
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

// numbers reads the column n of a query as one JSON value: reading thousands of rows
// costs more than finding them, and so does encoding/json.
func numbers(db *gorm.DB, query string, args ...any) ([]int64, error) {
	var list string
	err := db.Raw("SELECT json_group_array(n) FROM ("+query+")", args...).Row().Scan(&list)
	return parseList(list), err
}

// numberPairs is numbers for two columns, a and b, side by side.
func numberPairs(db *gorm.DB, query string, args ...any) (a, b []int64, err error) {
	var listA, listB string
	err = db.Raw("SELECT json_group_array(a), json_group_array(b) FROM ("+query+")", args...).Row().Scan(&listA, &listB)
	return parseList(listA), parseList(listB), err
}

func parseList(list string) (numbers []int64) {
	for part := range strings.SplitSeq(strings.Trim(list, "[]"), ",") {
		if n, err := strconv.ParseInt(part, 10, 64); err == nil { // an empty list has one part that is none
			numbers = append(numbers, n)
		}
	}
	return numbers
}

func jsonList(hits []hit) string {
	list := []byte("[")
	for i, h := range hits {
		if i > 0 {
			list = append(list, ',')
		}
		list = strconv.AppendInt(list, h.id, 10)
	}
	return string(append(list, ']'))
}
