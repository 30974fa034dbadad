package catalog

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"dukani/models"
)

// homeCards is how many cards each list of the home page shows.
const homeCards = 8

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
	Cards []ProductCard `gorm:"-"`
	More  bool          `gorm:"-"` // there are others
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

// collectionQuery returns FROM and WHERE, and the order, of the products of a
// collection that can be had.
func (c *Catalog) collectionQuery(key string) (from, order string, args []any) {
	const available = " WHERE active = 1 AND in_stock = 1"
	switch key {
	case CollectionSale:
		return "products" + c.store.Using("products_home_sale") + available + " AND old_price_tetri IS NOT NULL", "rank DESC, id DESC", nil
	case CollectionNew:
		return "products" + c.store.Using("products_home_new") + available, "created_at DESC, id DESC", nil
	}
	return "products" + c.store.Using("products_home_featured") + available + " AND featured = ?", "rank DESC, id DESC", []any{key}
}

// collectionCards returns at most limit cards of a collection from offset on.
func (c *Catalog) collectionCards(db *gorm.DB, lang models.Lang, key string, limit, offset int) ([]ProductCard, error) {
	from, order, args := c.collectionQuery(key)
	return c.cardsOf(db, lang, "SELECT id FROM "+from+" ORDER BY "+order+" LIMIT ? OFFSET ?", append(args, limit, offset)...)
}

// Home returns the home page's products.
func (c *Catalog) Home(ctx context.Context, lang models.Lang) (*Home, error) {
	db := c.read(ctx)
	groups, err := groups(db, lang)
	if err != nil {
		return nil, err
	}
	home, shown := &Home{}, map[int64]bool{}
	unseen := func(key string) (list []ProductCard, more bool, err error) {
		list, err = c.collectionCards(db, lang, key, homeCards+len(shown)+1, 0)
		list = slices.DeleteFunc(list, func(p ProductCard) bool { return shown[p.ID] })
		if more = len(list) > homeCards; more {
			list = list[:homeCards]
		}
		for _, p := range list {
			shown[p.ID] = true
		}
		return list, more, err
	}
	for _, g := range groups {
		if g.Cards, g.More, err = unseen(g.Key); err != nil {
			return nil, err
		}
		if len(g.Cards) > 0 {
			home.Groups = append(home.Groups, g)
		}
	}
	if home.OnSale, _, err = unseen(CollectionSale); err != nil {
		return nil, err
	}
	home.Newest, _, err = unseen(CollectionNew)
	return home, err
}

// Collection returns a page of a collection, or NotFound when there is none with this
// key. A page number beyond the last is no error: Cards is empty.
func (c *Catalog) Collection(ctx context.Context, lang models.Lang, key string, page int) (*Collection, error) {
	db := c.read(ctx)
	found := &Collection{Group: Group{Key: key}, Page: max(page, 1)}
	if key != CollectionSale && key != CollectionNew {
		all, err := groups(db, lang)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(all, func(g Group) bool { return g.Key == key })
		if i < 0 {
			return nil, &models.Error{Kind: models.NotFound, Code: models.CodeCategoryNotFound}
		}
		found.Group = all[i]
	}
	from, _, args := c.collectionQuery(key)
	var err error
	if found.Total, err = countUpTo(db, from, args...); err != nil {
		return nil, err
	}
	if found.Pages = found.Total.pages(); found.Page <= found.Pages {
		found.Cards, err = c.collectionCards(db, lang, key, PageSize, (found.Page-1)*PageSize)
	}
	return found, err
}

// countUpTo counts the rows of a FROM with its WHERE, to maxCount and no further.
func countUpTo(db *gorm.DB, from string, args ...any) (Count, error) {
	var n int
	err := db.Raw("SELECT count(*) FROM (SELECT 1 FROM "+from+" LIMIT ?) AS part", append(args, maxCount+1)...).Row().Scan(&n)
	return countOf(n), err
}

func groups(db *gorm.DB, lang models.Lang) (list []Group, err error) {
	err = db.Raw(`SELECT key, CASE WHEN ? = 'ka' THEN name_ka ELSE name_en END AS name, CASE WHEN ? = 'ka' THEN text_ka ELSE text_en END AS text
		FROM product_groups ORDER BY position, key`, lang, lang).Scan(&list).Error
	return list, err
}
