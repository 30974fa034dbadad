package models

import (
	"context"
	"slices"

	"gorm.io/gorm"
)

// How many cards the lists of the home page show.
const (
	groupCards = 8
	homeCards  = 8
)

// Home is what the home page shows, in one language. Sold-out products are left
// out, and no product is shown twice.
type Home struct {
	Groups []Group // those that have products
	Newest []ProductCard
	OnSale []ProductCard
}

// Group is a hand-picked group of products.
type Group struct {
	Key   string
	Name  string
	Text  string
	Cards []ProductCard
	More  bool // there are others
}

// Collection is one page of a list that goes through all categories.
type Collection struct {
	Group // Name and Text only of hand-picked ones
	Total Count
	Page  int
	Pages int
}

// The collections that nobody picks by hand.
const (
	CollectionSale = "sale"
	CollectionNew  = "new"
)

// shelfOf returns FROM and WHERE, and the order, of the products in a collection that
// can be had.
func shelfOf(key string) (from, order string, args []any) {
	const active = " WHERE active = 1 AND in_stock = 1"
	switch key {
	case CollectionSale:
		return "products INDEXED BY products_home_sale" + active + " AND old_price_tetri IS NOT NULL", "rank DESC, id DESC", nil
	case CollectionNew:
		return "products INDEXED BY products_home_new" + active, "created_at DESC, id DESC", nil
	}
	return "products INDEXED BY products_home_featured" + active + " AND featured = ?", "rank DESC, id DESC", []any{key}
}

// shelfCards returns at most limit cards of a collection from offset on.
func shelfCards(db *gorm.DB, lang Lang, key string, limit, offset int) ([]ProductCard, error) {
	from, order, args := shelfOf(key)
	return cardsOf(db, lang, "SELECT id FROM "+from+" ORDER BY "+order+" LIMIT ? OFFSET ?", append(args, limit, offset)...)
}

// Featured returns the home page's products.
func (s *Store) Featured(ctx context.Context, lang Lang) (*Home, error) {
	db := s.read.WithContext(ctx)
	groups, err := groups(db, lang)
	if err != nil {
		return nil, err
	}
	home, shown := &Home{}, map[int64]bool{}
	unseen := func(key string, n int) (list []ProductCard, more bool, err error) {
		list, err = shelfCards(db, lang, key, n+len(shown)+1, 0)
		list = slices.DeleteFunc(list, func(p ProductCard) bool { return shown[p.ID] })
		if more = len(list) > n; more {
			list = list[:n]
		}
		for _, p := range list {
			shown[p.ID] = true
		}
		return list, more, err
	}
	for _, g := range groups {
		if g.Cards, g.More, err = unseen(g.Key, groupCards); err != nil {
			return nil, err
		}
		if len(g.Cards) > 0 {
			home.Groups = append(home.Groups, g)
		}
	}
	if home.OnSale, _, err = unseen(CollectionSale, homeCards); err != nil {
		return nil, err
	}
	home.Newest, _, err = unseen(CollectionNew, homeCards)
	return home, err
}

// Collection returns a page of a collection, or NotFound when there is none with this
// key. A page number beyond the last is no error: Cards is empty.
func (s *Store) Collection(ctx context.Context, lang Lang, key string, page int) (*Collection, error) {
	db := s.read.WithContext(ctx)
	c := &Collection{Group: Group{Key: key}, Page: max(page, 1)}
	if key != CollectionSale && key != CollectionNew {
		all, err := groups(db, lang)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(all, func(g Group) bool { return g.Key == key })
		if i < 0 {
			return nil, &Error{Kind: NotFound, Message: "category.not_found"}
		}
		c.Group = all[i]
	}
	from, _, args := shelfOf(key)
	if err := query(db, []any{&c.Total.N}, "SELECT count(*) FROM (SELECT 1 FROM "+from+" LIMIT ?)", append(args, maxCount+1)...); err != nil {
		return nil, err
	}
	c.Total = Count{N: min(c.Total.N, maxCount), More: c.Total.N > maxCount}
	if c.Pages = pages(c.Total); c.Page > c.Pages {
		return c, nil
	}
	var err error
	c.Cards, err = shelfCards(db, lang, key, PageSize, (c.Page-1)*PageSize)
	return c, err
}

func groups(db *gorm.DB, lang Lang) (list []Group, err error) {
	rows, err := db.Raw(`SELECT key, iif(? = 'ka', name_ka, name_en), iif(? = 'ka', text_ka, text_en)
		FROM product_groups ORDER BY position, key`, lang, lang).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var g Group
		if err := rows.Scan(&g.Key, &g.Name, &g.Text); err != nil {
			return nil, err
		}
		list = append(list, g)
	}
	return list, rows.Err()
}
