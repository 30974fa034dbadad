package models

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"
)

// bulkRows is how many products one statement writes, and bulkChunk how many one
// transaction does: 3 columns of it must fit SQLite's 32,766 parameters.
const (
	bulkRows  = 500
	bulkChunk = 10_000
)

// AddProducts adds many products that do not exist yet, a chunk per transaction;
// an error leaves the chunks before it in place. It is meant for filling shops
// to measure: earlier prices (History) are left out, and while a chunk is
// written the triggers are put aside and their work is done in one go.
func (s *Store) AddProducts(ctx context.Context, products iter.Seq[ProductData]) (err error) {
	next, stop := iter.Pull(products)
	defer stop()
	cache := -256_000
	if err := s.bulkSettings(ctx, &cache, 64<<20); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.bulkSettings(ctx, &cache, 1<<20)) }()
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.Write(ctx, func(tx *gorm.DB) error {
			return withoutTriggers(tx, func() (err error) {
				more, err = addChunk(tx, next, s.Now())
				return err
			})
		}); err != nil {
			return err
		}
	}
	return nil
}

// bulkSettings sets how much memory the writing connection keeps, in pages or, if
// negative, KiB, and puts what it kept before into cache; gather is how many bytes
// search collects before it writes them.
func (s *Store) bulkSettings(ctx context.Context, cache *int, gather int) error {
	return s.Write(context.WithoutCancel(ctx), func(tx *gorm.DB) error {
		want := strconv.Itoa(*cache)
		if err := tx.Raw("PRAGMA cache_size").Row().Scan(cache); err != nil {
			return err
		}
		if err := tx.Exec("PRAGMA cache_size = " + want).Error; err != nil {
			return err
		}
		for _, table := range []string{"product_names", "product_words"} {
			if err := tx.Exec("INSERT INTO "+table+" ("+table+", rank) VALUES ('hashsize', ?)", gather).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// withoutTriggers runs fn while the triggers of what fn writes do not exist. SQLite
// undoes that too when the transaction fails.
func withoutTriggers(tx *gorm.DB, fn func() error) error {
	var triggers []struct{ Name, SQL string }
	if err := tx.Raw(`SELECT name, sql FROM sqlite_master WHERE type = 'trigger'
		AND tbl_name IN ('products', 'product_texts', 'product_pictures', 'stock')`).Scan(&triggers).Error; err != nil {
		return err
	}
	for _, t := range triggers {
		if err := tx.Exec("DROP TRIGGER " + t.Name).Error; err != nil {
			return err
		}
	}
	if err := fn(); err != nil {
		return err
	}
	for _, t := range triggers {
		if err := tx.Exec(t.SQL).Error; err != nil {
			return err
		}
	}
	return nil
}

func addChunk(tx *gorm.DB, next func() (ProductData, bool), now time.Time) (more bool, err error) {
	b := bulk{tx: tx, now: now, categories: map[string]int64{}, counts: map[countKey]int{}, shelves: map[shelfKey]string{}}
	if err := b.loadShelves(); err != nil {
		return false, err
	}
	if err := tx.Raw("SELECT coalesce(max(id), 0) + 1 FROM products").Row().Scan(&b.next); err != nil {
		return false, err
	}
	if err := tx.Raw("UPDATE catalog_version SET version = version + 1 RETURNING version").Row().Scan(&b.version); err != nil {
		return false, err
	}
	for range bulkChunk {
		p, ok := next()
		if !ok {
			return false, b.end()
		}
		if err := b.add(p); err != nil {
			return false, fmt.Errorf("product %s: %w", p.Slug, err)
		}
	}
	return true, b.end()
}

// bulk gathers rows for statements that write many.
type bulk struct {
	tx         *gorm.DB
	now        time.Time
	next       int64 // id
	version    int64
	gathered   int
	categories map[string]int64
	counts     map[countKey]int
	shelves    map[shelfKey]string // names of categories and regions

	products, prices, texts, pictures, stock, names, words []any
}

// shelfKey is a category's id or a region's key, in a language.
type shelfKey struct {
	lang Lang
	key  string
}

// countKey is the key of category_counts.
type countKey struct {
	category        int64
	region          string
	inStock, onSale bool
}

func (b *bulk) loadShelves() error {
	rows, err := b.tx.Raw(`SELECT lang, category_id, name FROM category_texts UNION ALL
		SELECT 'ka', key, name_ka FROM regions UNION ALL SELECT 'en', key, name_en FROM regions`).Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var k shelfKey
		var name string
		if err := rows.Scan(&k.lang, &k.key, &name); err != nil {
			return err
		}
		b.shelves[k] = name
	}
	return rows.Err()
}

func (b *bulk) add(p ProductData) (err error) {
	if err := p.check(); err != nil {
		return err
	}
	category, ok := b.categories[p.Category]
	if !ok {
		if category, err = categoryID(b.tx, p.Category); err != nil {
			return err
		}
		b.categories[p.Category] = category
	}
	if p.Created.IsZero() {
		p.Created = b.now
	}
	id := b.next
	b.next++
	var old, featured any
	if p.OldPrice > 0 {
		old = p.OldPrice
	}
	if p.Featured != "" {
		featured = p.Featured
	}
	b.products = append(b.products, id, p.Slug, category, p.Price, old, p.Region, p.Tint, p.Adult, !p.Withdrawn,
		featured, p.Rank, p.Created.UTC(), b.version, min(p.Stock, LowStock+1), p.Stock > 0)
	b.prices = append(b.prices, id, b.now, p.Price)
	b.stock = append(b.stock, id, p.Stock)
	for i, g := range p.Pictures {
		b.pictures = append(b.pictures, id, i, g.Name, g.Alt[Ka], g.Alt[En])
	}
	if err := b.addTexts(id, category, p); err != nil {
		return err
	}
	if !p.Withdrawn {
		b.counts[countKey{category, p.Region, p.Stock > 0, p.OldPrice > 0}]++
	}
	if b.gathered++; b.gathered == bulkRows {
		return b.flush()
	}
	return nil
}

// addTexts gathers the texts and what the view product_search makes of them.
func (b *bulk) addTexts(id, category int64, p ProductData) error {
	var name, rest []string
	var nameKey, restKey string
	for _, lang := range []Lang{En, Ka} { // the order of the primary key; the keys are the last one's
		t := p.Texts[lang]
		attributes, err := attributesJSON(t.Attributes)
		if err != nil {
			return err
		}
		b.texts = append(b.texts, id, lang, t.Name, t.Text, t.Producer, t.Measure, attributes)
		name = append(name, t.Name)
		rest = append(rest, strings.Join([]string{
			t.Producer, b.shelves[shelfKey{lang, strconv.FormatInt(category, 10)}], b.shelves[shelfKey{lang, p.Region}],
			t.Text, jsonWords.Replace(attributes),
		}, " "))
		nameKey, restKey = sound(asciiLower(name[len(name)-1])), sound(asciiLower(rest[len(rest)-1]))
	}
	if !p.Withdrawn {
		b.names = append(b.names, id, strings.Join(name, " "), nameKey)
		b.words = append(b.words, id, strings.Join(append(name, rest...), " "), nameKey+" "+restKey)
	}
	return nil
}

// jsonWords takes the names of the fields out of attributes.
var jsonWords = strings.NewReplacer(`"key"`, "", `"value"`, "")

// asciiLower is SQLite's lower().
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// flush writes the rows gathered so far.
func (b *bulk) flush() error {
	b.gathered = 0
	for _, t := range []struct {
		into    string
		columns int
		values  *[]any
	}{
		{`products (id, slug, category_id, price_tetri, old_price_tetri, region, tint, adult, active,
			featured, rank, created_at, revision, shelf, in_stock)`, 15, &b.products},
		{"price_history (product_id, from_at, price_tetri)", 3, &b.prices},
		{"product_texts (product_id, lang, name, text, producer, measure, attributes)", 7, &b.texts},
		{"product_pictures (product_id, position, name, alt_ka, alt_en)", 5, &b.pictures},
		{"stock (product_id, on_hand)", 2, &b.stock},
	} {
		if err := insertRows(b.tx, t.into, t.columns, t.values); err != nil {
			return err
		}
	}
	return nil
}

func insertRows(tx *gorm.DB, into string, columns int, values *[]any) error {
	rows := len(*values) / columns
	if rows == 0 {
		return nil
	}
	row := ", (" + strings.TrimPrefix(strings.Repeat(", ?", columns), ", ") + ")"
	err := tx.Exec("INSERT INTO "+into+" VALUES "+strings.Repeat(row, rows)[2:], *values...).Error
	*values = (*values)[:0]
	return err
}

// end writes what is left, the counts, and what search reads: every statement
// that writes to FTS5 costs it a segment, so the whole chunk goes in one.
func (b *bulk) end() error {
	if err := b.flush(); err != nil {
		return err
	}
	if err := insertRows(b.tx, "product_names (rowid, name, key)", 3, &b.names); err != nil {
		return err
	}
	if err := insertRows(b.tx, "product_words (rowid, word, key)", 3, &b.words); err != nil {
		return err
	}
	for k, n := range b.counts {
		if err := b.tx.Exec(`INSERT INTO category_counts (category_id, region, in_stock, on_sale, n) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET n = n + excluded.n`, k.category, k.region, k.inStock, k.onSale, n).Error; err != nil {
			return err
		}
	}
	return nil
}
