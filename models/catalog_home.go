package models

import (
	"context"

	"gorm.io/gorm"
)

// How many cards the lists of the home page show.
const (
	groupCards = 8
	homeCards  = 8
)

// Home is what the home page shows, in one language. Sold-out products are left
// out.
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
}

// Featured returns the home page's products.
func (s *Store) Featured(ctx context.Context, lang Lang) (*Home, error) {
	db := s.read.WithContext(ctx)
	groups, err := groups(db, lang)
	if err != nil {
		return nil, err
	}
	home := &Home{}
	for _, g := range groups {
		g.Cards, err = cardsOf(db, lang, `SELECT id FROM products INDEXED BY products_home_featured
			WHERE featured = ? AND active = 1 AND in_stock = 1 ORDER BY rank DESC, id DESC LIMIT ?`, g.Key, groupCards)
		if err != nil {
			return nil, err
		}
		if len(g.Cards) > 0 {
			home.Groups = append(home.Groups, g)
		}
	}
	home.Newest, err = cardsOf(db, lang, `SELECT id FROM products INDEXED BY products_home_new
		WHERE active = 1 AND in_stock = 1 ORDER BY created_at DESC, id DESC LIMIT ?`, homeCards)
	if err != nil {
		return nil, err
	}
	home.OnSale, err = cardsOf(db, lang, `SELECT id FROM products INDEXED BY products_home_sale
		WHERE active = 1 AND in_stock = 1 AND old_price_tetri IS NOT NULL ORDER BY rank DESC, id DESC LIMIT ?`, homeCards)
	return home, err
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
