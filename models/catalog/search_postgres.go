package catalog

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"gorm.io/gorm"
)

// tsvectors finds products with PostgreSQL's full-text index. The words are put there as they are,
// without the server's dictionaries, which know no Georgian.
type tsvectors struct{}

func (tsvectors) put(tx *gorm.DB, id int64, t searchText) error {
	return tx.Exec(`INSERT INTO product_search (product_id, names, words) VALUES (?, CAST(? AS tsvector), CAST(? AS tsvector))
		ON CONFLICT (product_id) DO UPDATE SET names = excluded.names, words = excluded.words`,
		id, tsvector(t.name, t.nameKey), tsvector(t.all, t.allKey)).Error
}

func (tsvectors) remove(tx *gorm.DB, id int64) error {
	return tx.Exec("DELETE FROM product_search WHERE product_id = ?", id).Error
}

func (tsvectors) putTitle(tx *gorm.DB, id int64, text string) error {
	return tx.Exec(`INSERT INTO product_titles (product_id, title) VALUES (?, CAST(? AS tsvector))
		ON CONFLICT (product_id) DO UPDATE SET title = excluded.title`, id, tsvector(text, "")).Error
}

func (tsvectors) titles(db *gorm.DB, words searchWords, from int64, down bool, limit int) ([]int64, error) {
	const query = "SELECT product_id AS n FROM product_titles WHERE title @@ CAST(? AS tsquery) AND "
	if down {
		return arrayOf(db, query+"product_id < ? ORDER BY product_id DESC LIMIT ?", words.titleQuery(), from, limit)
	}
	return arrayOf(db, query+"product_id > ? ORDER BY product_id LIMIT ?", words.titleQuery(), from, limit)
}

// compact leaves it to the server's autovacuum.
func (tsvectors) compact(*gorm.DB) error { return nil }

func (f tsvectors) named(db *gorm.DB, words searchWords, mode matchMode, all bool, limit int) ([]hit, error) {
	return f.found(db, "SELECT product_id FROM product_search WHERE names @@ CAST(? AS tsquery) ORDER BY product_id DESC LIMIT ?",
		words.query(mode, all), limit)
}

func (f tsvectors) mentioned(db *gorm.DB, words searchWords, all bool, limit int) ([]hit, error) {
	return f.found(db, "SELECT product_id FROM product_search WHERE words @@ CAST(? AS tsquery) ORDER BY product_id DESC LIMIT ?",
		words.query(beginnings, all), limit)
}

func (f tsvectors) ofCategory(db *gorm.DB, id int64, limit int) ([]hit, error) {
	return f.found(db, "SELECT id AS product_id FROM products WHERE active = 1 AND category_id = ? ORDER BY rank DESC, id DESC LIMIT ?", id, limit)
}

// found reads the hits among the products of a query, in its order.
func (tsvectors) found(db *gorm.DB, query string, args ...any) ([]hit, error) {
	var ids, ranks string
	err := db.Raw(`SELECT coalesce(array_agg(p.id ORDER BY h.n), '{}')::text, coalesce(array_agg(p.rank * 2 + p.in_stock ORDER BY h.n), '{}')::text
		FROM (SELECT product_id, row_number() OVER () AS n FROM (`+query+`) q) h JOIN products p ON p.id = h.product_id`, args...).Row().Scan(&ids, &ranks)
	if err != nil {
		return nil, err
	}
	return parseHits(ids, ranks), nil
}

func (tsvectors) page(db *gorm.DB, hits []hit, sort Sort, offset, limit int) ([]int64, error) {
	_, column, direction := sort.orderBy()
	return arrayOf(db, "SELECT p.id AS n FROM products p WHERE p.id = ANY (CAST(? AS bigint[])) ORDER BY p."+column+" "+direction+
		", p.id "+direction+" LIMIT ? OFFSET ?", "{"+idList(hits)+"}", limit, offset)
}

func (tsvectors) common(db *gorm.DB, word searchWord, mode matchMode) (many bool, err error) {
	err = db.Raw("SELECT count(*) = ? FROM (SELECT 1 FROM product_search WHERE names @@ CAST(? AS tsquery) LIMIT ?) q",
		maxHits, word.query(mode), maxHits).Row().Scan(&many)
	return many, err
}

// best weighs words as they are written a little more than those that sound alike, and divides by
// the length of the name.
func (tsvectors) best(db *gorm.DB, words searchWords, mode matchMode, all bool) ([]int64, error) {
	q := words.query(mode, all)
	return arrayOf(db, `SELECT product_id AS n FROM product_search WHERE names @@ CAST(? AS tsquery)
		ORDER BY ts_rank('{0, 0, 0.9, 1}', names, CAST(? AS tsquery), 2) DESC, product_id DESC`, q, q)
}

// arrayOf reads the column n of a query.
func arrayOf(db *gorm.DB, query string, args ...any) ([]int64, error) {
	var list string
	err := db.Raw("SELECT coalesce(array_agg(n), '{}')::text FROM ("+query+") q", args...).Row().Scan(&list)
	return parseList(list), err
}

// Bounds of a tsvector: it keeps no further places than this, and no longer words.
const (
	maxPlaces    = 16383
	maxWordBytes = 1000
)

// tsvector returns the words of a text, with weight A, and those of its phonetic key, with
// weight B, as PostgreSQL writes them.
func tsvector(text, key string) string {
	var b strings.Builder
	place := 0
	for _, part := range []struct{ text, weight string }{{text, "A"}, {key, "B"}} {
		for _, word := range folded(part.text) {
			if place++; len(word) <= maxWordBytes {
				b.WriteString("'" + word + "':" + strconv.Itoa(min(place, maxPlaces)) + part.weight + " ")
			}
		}
	}
	return b.String()
}

// folded returns the words of s in small letters without accents. Nothing but letters and digits
// gets through, so that nothing means something to the index.
func folded(s string) []string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(strings.ToLower(strings.ToValidUTF8(s, " "))))
	return strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// query returns the tsquery for the words, as they are written or as they sound. Unless
// all, one word is enough.
func (words searchWords) query(mode matchMode, all bool) string {
	parts := make([]string, len(words))
	for i, w := range words {
		parts[i] = w.query(mode)
	}
	if all {
		return strings.Join(parts, " & ")
	}
	return strings.Join(parts, " | ")
}

func (w searchWord) query(mode matchMode) string {
	var written []string
	for _, part := range w.written {
		if mode == beginnings {
			part = stem(part, "ის", "ით", "ი", "ა")
		}
		written = append(written, lexemes(part, mode, "A"))
	}
	q := "((" + strings.Join(written, " & ") + ")"
	for _, key := range w.keys {
		if mode == beginnings {
			key = stemKey(key)
		}
		q += " | " + lexemes(key, mode, "B")
	}
	return q + ")"
}

// titleQuery returns the tsquery for titles that have all the words, which may go on.
func (words searchWords) titleQuery() string {
	var parts []string
	for _, w := range words {
		for _, part := range w.written {
			parts = append(parts, lexemes(stem(part, "ის", "ით", "ი", "ა"), beginnings, ""))
		}
	}
	return strings.Join(parts, " & ")
}

// lexemes returns the tsquery for a word, which may have become several. They have to follow
// one another, and only the last may go on.
func lexemes(word string, mode matchMode, weight string) string {
	words := folded(word)
	for i, w := range words {
		words[i] = "'" + w + "'"
		if mode == beginnings && i == len(words)-1 {
			words[i] += ":*" + weight
		} else if weight != "" {
			words[i] += ":" + weight
		}
	}
	if len(words) == 0 {
		return "''" // finds nothing
	}
	return "(" + strings.Join(words, " <-> ") + ")"
}
