package catalog

import "gorm.io/gorm"

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

// found selects the hits among the rows of a query, whose rowids are products.
func (fts5) found(db *gorm.DB, query string, args ...any) ([]hit, error) {
	return hitPairs(db, "SELECT p.id AS a, p.rank * 2 + p.in_stock AS b FROM ("+query+") h CROSS JOIN products p ON p.id = h.rowid", args...)
}

func (f fts5) named(db *gorm.DB, words searchWords, mode matchMode, all bool, limit int) ([]hit, error) {
	return f.found(db, "SELECT rowid FROM product_names WHERE product_names MATCH ? ORDER BY rowid DESC LIMIT ?", words.match("name", mode, all), limit)
}

func (f fts5) mentioned(db *gorm.DB, words searchWords, all bool, limit int) ([]hit, error) {
	return f.found(db, "SELECT rowid FROM product_words WHERE product_words MATCH ? ORDER BY rowid DESC LIMIT ?", words.match("word", beginnings, all), limit)
}

func (f fts5) ofCategory(db *gorm.DB, id int64, limit int) ([]hit, error) {
	return f.found(db, `SELECT id AS rowid FROM products INDEXED BY products_popular
		WHERE active = 1 AND category_id = ? ORDER BY rank DESC, id DESC LIMIT ?`, id, limit)
}

func (fts5) page(db *gorm.DB, hits []hit, sort Sort, offset, limit int) ([]int64, error) {
	_, column, direction := sort.orderBy()
	return numbers(db, "SELECT p.id AS n FROM json_each(?) h CROSS JOIN products p ON p.id = h.value ORDER BY p."+column+" "+direction+
		", p.id "+direction+" LIMIT ? OFFSET ?", "["+idList(hits)+"]", limit, offset)
}

func (fts5) common(db *gorm.DB, word searchWord, mode matchMode) (bool, error) {
	n, err := numbers(db, "SELECT count(*) AS n FROM (SELECT 1 FROM product_names WHERE product_names MATCH ? LIMIT ?)", word.match("name", mode), maxHits)
	return err == nil && n[0] == maxHits, err
}

func (fts5) best(db *gorm.DB, words searchWords, mode matchMode, all bool) ([]int64, error) {
	return numbers(db, `SELECT rowid AS n FROM product_names WHERE product_names MATCH ?
		ORDER BY bm25(product_names, 1.0, 0.9), rowid DESC`, words.match("name", mode, all))
}

// numbers reads the column n of a query as one JSON value: reading thousands of rows
// costs more than finding them, and so does encoding/json.
func numbers(db *gorm.DB, query string, args ...any) ([]int64, error) {
	var list string
	err := db.Raw("SELECT json_group_array(n) FROM ("+query+")", args...).Row().Scan(&list)
	return parseList(list), err
}

// hitPairs reads hits in the same way: a is a product, b its rank, doubled, and whether it
// is in stock.
func hitPairs(db *gorm.DB, query string, args ...any) ([]hit, error) {
	var ids, ranks string
	if err := db.Raw("SELECT json_group_array(a), json_group_array(b) FROM ("+query+")", args...).Row().Scan(&ids, &ranks); err != nil {
		return nil, err
	}
	return parseHits(ids, ranks), nil
}
