package main

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"unicode"

	"github.com/valyala/fasthttp"
)

// How a scenario chooses among all pages of a kind. In turn, every page is asked for
// once, in no order, before any is asked for again: what was cached is of no use. By
// Zipf's law few pages are asked for often and most of them hardly ever, as in a shop.
type choice bool

const (
	inTurn choice = false
	zipf   choice = true
)

// zipfDraws are more than a measurement takes.
const zipfDraws = 1 << 17

// anyOf asks for the pages that list returns.
func anyOf(list func(context.Context, *sql.DB) ([]string, error), how choice, withCart bool) prepare {
	return func(ctx context.Context, w *world) (requester, error) {
		db, err := w.open("?mode=ro")
		if err != nil {
			return nil, err
		}
		defer db.Close()
		paths, err := list(ctx, db)
		if err != nil || len(paths) == 0 {
			return nil, cmp.Or(err, fmt.Errorf("the catalogue is empty"))
		}
		cookies := ""
		if withCart {
			if cookies, err = w.newCart("churchkhela-saperavi"); err != nil {
				return nil, err
			}
		}
		rand.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
		if how == zipf {
			draw := rand.NewZipf(rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), 1.1, 1, uint64(len(paths)-1))
			drawn := make([]string, zipfDraws)
			for i := range drawn {
				drawn[i] = paths[draw.Uint64()]
			}
			paths = drawn
		}
		return func(n int64, r *fasthttp.Request) { get(r, paths[n%int64(len(paths))], cookies) }, nil
	}
}

func products(ctx context.Context, db *sql.DB) ([]string, error) {
	return column(ctx, db, "SELECT '/ka/p/' || slug FROM products WHERE active = 1")
}

// categoryPages are all pages of all categories in every order of sorting.
func categoryPages(ctx context.Context, db *sql.DB) ([]string, error) {
	return column(ctx, db, `
		WITH RECURSIVE size(slug, pages) AS (
			SELECT c.slug, CASE WHEN count(*) > 99 * 24 THEN 100 ELSE (count(*) + 23) / 24 END
			FROM categories c JOIN products p ON p.category_id = c.id AND p.active = 1 GROUP BY c.id),
		page(slug, n) AS (SELECT slug, 1 FROM size UNION ALL SELECT page.slug, n + 1 FROM page JOIN size ON size.slug = page.slug WHERE n < pages)
		SELECT '/ka/c/' || slug || '?page=' || n || sort FROM page,
			(SELECT '' AS sort UNION ALL SELECT '&sort=new' UNION ALL SELECT '&sort=price_asc' UNION ALL SELECT '&sort=price_desc')`)
}

// searches are searches for each word of the catalogue's names and texts, and for each
// beginning of one that has three letters at least.
func searches(ctx context.Context, db *sql.DB) ([]string, error) {
	texts, err := column(ctx, db, "SELECT DISTINCT name || ' ' || producer || ' ' || text FROM product_texts")
	if err != nil {
		return nil, err
	}
	seen, list := map[string]bool{}, []string(nil)
	for _, text := range texts {
		for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
			letters := []rune(word)
			for end := min(3, len(letters)); end <= len(letters); end++ {
				if part := string(letters[:end]); part != "" && !seen[part] {
					seen[part] = true
					list = append(list, "/ka/search?q="+url.QueryEscape(part))
				}
			}
		}
	}
	return list, nil
}

func column(ctx context.Context, db *sql.DB, query string) (list []string, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}
