package models

import (
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"
)

// hits are the products found, best kind of hit first, no product twice.
type hits struct {
	tiers  []tier
	ids    []int64 // tier by tier, then what is sold out
	out    []int64 // what is sold out; in no tier
	seen   map[int64]bool
	enough int // with so many, no further kind is looked for
}

// tier holds the hits of one kind: the products under a condition that are in no
// tier before.
type tier struct {
	kind
	what   any      // the condition's argument
	words  []string // what, word by word, if it may be put in order by bm25
	before int      // how many hits the tiers before have
	n      int
	more   bool // there may be more than n
}

// kind is where hits come from, and which of them come first.
type kind struct{ from, order string }

var (
	inNames    = kind{"product_names WHERE product_names MATCH ?", "rowid DESC"}
	inTexts    = kind{"product_words WHERE product_words MATCH ?", "rowid DESC"}
	inCategory = kind{"products INDEXED BY products_popular WHERE active = 1 AND category_id = ?", "rank DESC, id DESC"}
)

// find collects hits, kind by kind until there are enough, at most maxRanked:
// products with all the words or, unless all, with one, and those of the
// categories named.
func (q searchQuery) find(db *gorm.DB, named []int64, all bool, enough int) (*hits, error) {
	h := &hits{seen: map[int64]bool{}, enough: enough}
	for _, mode := range []matchMode{wholeWords, beginnings} {
		if err := h.addNames(db, q, mode, all); err != nil {
			return nil, err
		}
	}
	for _, id := range named {
		if err := h.add(db, tier{kind: inCategory, what: id}); err != nil {
			return nil, err
		}
	}
	return h, h.add(db, tier{kind: inTexts, what: q.match("word", beginnings, all)})
}

// present reports for each word whether it is anywhere in the texts, which hold
// the names, too.
func (q searchQuery) present(db *gorm.DB) ([]bool, error) {
	if len(q) == 0 {
		return nil, nil
	}
	exists, is := make([]string, len(q)), make([]bool, len(q))
	args, dest := make([]any, len(q)), make([]any, len(q))
	for i, w := range q {
		exists[i] = "EXISTS (SELECT 1 FROM " + inTexts.from + ")"
		args[i], dest[i] = w.match("word", beginnings), &is[i]
	}
	return is, query(db, dest, "SELECT "+strings.Join(exists, ", "), args...)
}

// addNames adds hits in names; those of one kind are put in order by bm25 if they
// are few.
func (h *hits) addNames(db *gorm.DB, q searchQuery, mode matchMode, all bool) error {
	t := tier{kind: inNames, what: q.match("name", mode, all)}
	for _, w := range q {
		t.words = append(t.words, w.match("name", mode))
	}
	return h.add(db, t)
}

// add appends the hits of t that are new, unless there are enough.
func (h *hits) add(db *gorm.DB, t tier) error {
	if t.before = len(h.ids); t.before >= h.enough {
		return nil
	}
	limit := max(h.enough, maxScored+1)
	ids, err := idList(db, "SELECT rowid AS id FROM "+t.from+" ORDER BY "+t.order+" LIMIT ?", t.what, limit)
	if err != nil {
		return err
	}
	t.more = len(ids) == limit
	for _, id := range ids {
		if !h.seen[id] && len(h.ids) < maxRanked {
			h.seen[id] = true
			h.ids = append(h.ids, id)
		}
	}
	if t.n = len(h.ids) - t.before; t.n == 0 {
		return nil
	}
	if len(h.ids) > maxScored {
		t.words = nil
	}
	h.tiers = append(h.tiers, t)
	return nil
}

// idList reads ids as one JSON value: reading thousands of rows costs more than
// finding them, and so does encoding/json.
func idList(db *gorm.DB, rows string, args ...any) ([]int64, error) {
	var list string
	if err := query(db, []any{&list}, "SELECT json_group_array(id) FROM ("+rows+")", args...); err != nil {
		return nil, err
	}
	parts := strings.Split(strings.Trim(list, "[]"), ",")
	ids := make([]int64, 0, len(parts))
	for _, part := range parts {
		if id, err := strconv.ParseInt(part, 10, 64); err == nil { // only no id at all is none
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// order returns limit ids from offset on, by sort.
func (h *hits) order(db *gorm.DB, sort Sort, offset, limit int) (ids []int64, err error) {
	if !byRelevance(sort) {
		return idList(db, sorted(listed, sort), jsonList(h.ids), limit, offset)
	}
	if err := h.soldOutLast(db); err != nil {
		return nil, err
	}
	for _, t := range h.tiers {
		if limit == 0 {
			break
		}
		if offset >= t.n {
			offset -= t.n
			continue
		}
		part, err := h.page(db, t, limit, offset)
		if err != nil {
			return nil, err
		}
		ids = append(ids, part...)
		offset, limit = 0, limit-len(part)
	}
	out := h.out[min(offset, len(h.out)):]
	return append(ids, out[:min(limit, len(out))]...), nil
}

// soldOutLast moves what is sold out behind all tiers.
func (h *hits) soldOutLast(db *gorm.DB) (err error) {
	h.out, err = idList(db, `SELECT p.id FROM json_each(?) j CROSS JOIN products p ON p.id = j.value
		WHERE p.in_stock = 0 ORDER BY j.key`, jsonList(h.ids))
	if err != nil || len(h.out) == 0 {
		return err
	}
	out, ids := map[int64]bool{}, make([]int64, 0, len(h.ids))
	for _, id := range h.out {
		out[id] = true
	}
	for i := range h.tiers {
		t := &h.tiers[i]
		from := h.ids[t.before : t.before+t.n]
		t.before = len(ids)
		for _, id := range from {
			if !out[id] {
				ids = append(ids, id)
			}
		}
		t.n = len(ids) - t.before
	}
	h.ids = append(ids, h.out...)
	return nil
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

// page returns ids of one tier in order of relevance.
func (h *hits) page(db *gorm.DB, t tier, limit, offset int) ([]int64, error) {
	rows := "SELECT rowid AS id FROM " + t.from + " AND rowid NOT IN (SELECT value FROM json_each(?)) ORDER BY "
	before := jsonList(slices.Concat(h.ids[:t.before], h.out))
	score, err := t.narrow(db)
	switch {
	case err != nil:
		return nil, err
	case score:
		return idList(db, rows+"bm25(product_names, 1.0, 0.9), rowid DESC LIMIT ? OFFSET ?", t.what, before, limit, offset)
	case t.kind == inCategory:
		return idList(db, rows+t.order+" LIMIT ? OFFSET ?", t.what, before, limit, offset)
	case t.more:
		return idList(db, popular(rows+t.order+" LIMIT ?"), t.what, before, maxRanked-t.before, limit, offset)
	}
	return idList(db, popular(listed), jsonList(h.ids[t.before:t.before+t.n]), limit, offset)
}

const listed = "SELECT value AS id FROM json_each(?)"

// sorted puts the ids that rows selects in order; its last arguments are limit
// and offset.
func sorted(rows string, sort Sort) string {
	_, column, direction := sort.order()
	return "SELECT p.id FROM (" + rows + ") h CROSS JOIN products p ON p.id = h.id ORDER BY p." + column + " " + direction +
		", p.id " + direction + " LIMIT ? OFFSET ?"
}

// popular is sorted with what is popular first and, among what nobody has looked at
// yet, what is sold out last.
func popular(rows string) string {
	return "SELECT p.id FROM (" + rows + ") h CROSS JOIN products p ON p.id = h.id ORDER BY p.in_stock DESC, p.rank DESC, p.id DESC LIMIT ? OFFSET ?"
}

// narrow reports whether each word alone has few enough hits in names for bm25,
// which goes through all hits of every word.
func (t tier) narrow(db *gorm.DB) (bool, error) {
	switch {
	case len(t.words) == 0 || t.n == 1:
		return false, nil
	case len(t.words) == 1:
		return true, nil // add has counted
	}
	for _, word := range t.words {
		var n int
		err := query(db, []any{&n}, "SELECT count(*) FROM (SELECT 1 FROM product_names WHERE product_names MATCH ? LIMIT ?)", word, maxRanked)
		if err != nil || n == maxRanked {
			return false, err
		}
	}
	return true, nil
}
