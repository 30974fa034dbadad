package catalog

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"dukani/models"
)

// StaffPage is how many products a page of the back office lists.
const StaffPage = 50

// StaffShow says which products staff want to see.
type StaffShow string

// What staff can choose among; "" shows all products.
const (
	ShowOn      StaffShow = "on"
	ShowOff     StaffShow = "off"      // not sold any more
	ShowLow     StaffShow = "low"      // few units left
	ShowSoldOut StaffShow = "sold_out" // none left
	ShowReduced StaffShow = "reduced"
)

// StaffShows are all choices.
var StaffShows = []StaffShow{ShowOn, ShowOff, ShowLow, ShowSoldOut, ShowReduced}

// StaffFilter asks for a page of the products, newest first.
type StaffFilter struct {
	Query    string // words of the names or of the slug; they may be unfinished
	Category string // slug; "": all
	Show     StaffShow
	Before   int64 // products with lower ids
	After    int64 // products with higher ids; with neither, the first page
}

// StaffRow is a product in a list of the back office.
type StaffRow struct {
	ID               int64
	Slug, Name       string
	Category         string // its name
	Price, OldPrice  models.Tetri
	OnHand, Reserved int
	Active           bool
	Picture, Tint    string
}

// Stock returns the stock state that shoppers see.
func (r StaffRow) Stock() StockStatus {
	return ProductCard{Available: r.OnHand - r.Reserved}.Stock().Status
}

// StaffList is a page of products.
type StaffList struct {
	Rows   []StaffRow
	Before int64 // leads to the next page; 0: this is the last
	After  int64 // leads to the page before; 0: this is the first
}

// StaffList lists products for the back office. Errors: NotFound, for a category that is not
// there.
func (c *Catalog) StaffList(ctx context.Context, lang models.Lang, f StaffFilter) (*StaffList, error) {
	return c.staffList(ctx, lang, f, StaffPage)
}

// staffList is StaffList with pages of any size.
func (c *Catalog) staffList(ctx context.Context, lang models.Lang, f StaffFilter, size int) (*StaffList, error) {
	db, s := c.read(ctx), staffSearch{StaffFilter: f, words: parseWords(f.Query), size: size, using: c.store.Using}
	if f.Category != "" {
		category, err := categoryBySlug(db, lang, f.Category)
		if err != nil {
			return nil, err
		}
		s.categoryID = category.ID
	}
	down := f.After == 0
	ids, err := c.staffIDs(db, s, down)
	if err != nil {
		return nil, err
	}
	more := len(ids) > size
	ids = ids[:min(len(ids), size)]
	if !down {
		slices.Reverse(ids)
	}
	list := &StaffList{}
	if len(ids) > 0 {
		if more || !down {
			list.Before = ids[len(ids)-1]
		}
		if more && !down || down && f.Before > 0 {
			list.After = ids[0]
		}
	}
	list.Rows, err = staffRows(db, lang, ids)
	return list, err
}

// staffSearch is a filter whose words and category were looked up.
type staffSearch struct {
	StaffFilter
	words      searchWords
	categoryID int64
	size       int                       // of a page
	using      func(index string) string // see models.Store.Using
}

// query selects the ids of a page and of one product more. The index is named because SQLite,
// which keeps no statistics here, could not tell a rare state from a common one.
func (s staffSearch) query(down bool) (string, []any) {
	index, where := "", "1 = 1"
	switch s.Show {
	case ShowOn:
		where = "active = 1"
	case ShowOff:
		index, where = "products_staff_off", "active = 0"
	case ShowLow:
		index, where = "products_staff_low", "active = 1 AND shelf < 6 AND shelf > 0"
	case ShowSoldOut:
		index, where = "products_staff_low", "active = 1 AND shelf < 6 AND shelf = 0"
	case ShowReduced:
		index, where = "products_staff_reduced", "active = 1 AND old_price_tetri IS NOT NULL"
	}
	var args []any
	if s.categoryID != 0 {
		where, args = where+" AND category_id = ?", append(args, s.categoryID)
		if index == "" {
			index = "products_staff_category"
		}
	}
	order := " ORDER BY id"
	switch {
	case !down:
		where, args = where+" AND id > ?", append(args, s.After)
	case s.Before > 0:
		where, args, order = where+" AND id < ?", append(args, s.Before), " ORDER BY id DESC"
	default:
		order = " ORDER BY id DESC"
	}
	if index != "" {
		index = s.using(index)
	}
	return "SELECT id FROM products" + index + " WHERE " + where + order + " LIMIT ?", append(args, s.size+1)
}

// Products that have the words of a query are looked at in batches until a page is full, but no
// further than this if hardly any of them fit the filter.
const (
	titlesAtOnce = 5_000
	maxTitles    = 50_000
)

// staffIDs returns the ids of a page and of one product more.
func (c *Catalog) staffIDs(db *gorm.DB, s staffSearch, down bool) (ids []int64, err error) {
	query, args := s.query(down)
	if strings.TrimSpace(s.Query) == "" {
		err = db.Raw(query, args...).Scan(&ids).Error
		return ids, err
	}
	if len(s.words) == 0 {
		return nil, nil // nothing but signs
	}
	from := s.After
	if down {
		if from = s.Before; from == 0 {
			from = 1 << 62
		}
	}
	for range maxTitles / titlesAtOnce {
		found, err := c.index.titles(db, s.words, from, down, titlesAtOnce)
		if err != nil || len(found) == 0 {
			return ids, err
		}
		from = found[len(found)-1]
		some, err := s.among(db, found, down, s.size+1-len(ids))
		if err != nil {
			return nil, err
		}
		if ids = append(ids, some...); len(ids) > s.size || len(found) < titlesAtOnce {
			return ids, nil
		}
	}
	return ids, nil
}

// among returns those of the products that fit the filter, in order.
func (s staffSearch) among(db *gorm.DB, found []int64, down bool, limit int) (ids []int64, err error) {
	where, args := "", []any{found}
	switch s.Show {
	case ShowOn:
		where = " AND active = 1"
	case ShowOff:
		where = " AND active = 0"
	case ShowLow:
		where = " AND active = 1 AND shelf BETWEEN 1 AND 5"
	case ShowSoldOut:
		where = " AND active = 1 AND shelf = 0"
	case ShowReduced:
		where = " AND active = 1 AND old_price_tetri IS NOT NULL"
	}
	if s.categoryID != 0 {
		where, args = where+" AND +category_id = ?", append(args, s.categoryID)
	}
	order := " ORDER BY id"
	if down {
		order += " DESC"
	}
	err = db.Raw("SELECT id FROM products WHERE id IN ?"+where+order+" LIMIT ?", append(args, limit)...).Scan(&ids).Error
	return ids, err
}

func staffRows(db *gorm.DB, lang models.Lang, ids []int64) (rows []StaffRow, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = db.Raw(`SELECT p.id, p.slug, t.name, ct.name AS category, p.price_tetri AS price, coalesce(p.old_price_tetri, 0) AS old_price,
			coalesce(s.on_hand, 0) AS on_hand, coalesce(s.reserved, 0) AS reserved, p.active, coalesce(g.name, '') AS picture, p.tint
		FROM products p JOIN product_texts t ON t.product_id = p.id AND t.lang = ?
		JOIN category_texts ct ON ct.category_id = p.category_id AND ct.lang = t.lang
		LEFT JOIN stock s ON s.product_id = p.id
		LEFT JOIN product_pictures g ON g.product_id = p.id AND g.position = 0
		WHERE p.id IN ? ORDER BY p.id DESC`, lang, ids).Scan(&rows).Error
	return rows, err
}
