package catalog_test

import (
	"slices"
	"testing"

	"dukani/models"
	"dukani/models/catalog"
)

// TestVersionFollowsWhatAShopperSees makes changes with plain SQL, as another
// program would, and looks whether version and revision move.
func TestVersionFollowsWhatAShopperSees(t *testing.T) {
	t.Parallel()
	const (
		none = iota
		version
		both // version and the product's revision
	)
	for name, test := range map[string]struct {
		onHand, reserved int // before
		query            string
		want             int
	}{
		"price":                         {100, 0, "UPDATE products SET price_tetri = 1900", both},
		"the same price":                {100, 0, "UPDATE products SET price_tetri = price_tetri", none},
		"earlier price":                 {100, 0, "UPDATE products SET old_price_tetri = 2500", both},
		"text":                          {100, 0, "UPDATE product_texts SET text = 'x' WHERE lang = 'en'", both},
		"text taken away":               {100, 0, "DELETE FROM product_texts WHERE lang = 'en'", both},
		"picture":                       {100, 0, "UPDATE product_pictures SET alt_ka = 'x' WHERE position = 0", both},
		"picture added":                 {100, 0, "INSERT INTO product_pictures VALUES (1, 9, 'a', 'b', 'c')", both},
		"withdrawn":                     {100, 0, "UPDATE products SET active = 0", both},
		"rank":                          {100, 0, "UPDATE products SET rank = rank + 1", both},
		"category renamed":              {100, 0, "UPDATE category_texts SET name = 'x'", version},
		"categories reordered":          {100, 0, "UPDATE categories SET position = position + 1", version},
		"region renamed":                {100, 0, "UPDATE regions SET name_ka = 'x'", version},
		"group added":                   {100, 0, "INSERT INTO product_groups VALUES ('x', 1, 'x', 'x', 'x', 'x')", version},
		"new product":                   {100, 0, "INSERT INTO products (slug, category_id, price_tetri, region, tint, rank, created_at) SELECT 'x', category_id, 1, '', '', 1, created_at FROM products", version},
		"one of a hundred reserved":     {100, 0, "UPDATE stock SET reserved = 1", none},
		"reserved and sold":             {100, 1, "UPDATE stock SET on_hand = 99, reserved = 0", none},
		"plenty to still plenty":        {7, 0, "UPDATE stock SET reserved = 1", none},
		"plenty to five left":           {6, 0, "UPDATE stock SET reserved = 1", both},
		"five to four left":             {5, 0, "UPDATE stock SET reserved = 1", both},
		"few left, reserved ones sold":  {6, 2, "UPDATE stock SET on_hand = 4, reserved = 0", none},
		"last one reserved":             {1, 0, "UPDATE stock SET reserved = 1", both},
		"sold out, reserved one sold":   {1, 1, "UPDATE stock SET on_hand = 0, reserved = 0", none},
		"sold out, reserved one freed":  {1, 1, "UPDATE stock SET reserved = 0", both},
		"few to plenty":                 {2, 0, "UPDATE stock SET on_hand = 50", both},
		"sold out to plenty":            {0, 0, "UPDATE stock SET on_hand = 50", both},
		"stock row taken away":          {3, 0, "DELETE FROM stock", both},
		"sold-out stock row taken away": {0, 0, "DELETE FROM stock", none},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			s.put(bottle("kisi"))
			s.exec("UPDATE stock SET on_hand = ?, reserved = ?", test.onHand, test.reserved)
			versionBefore, revisionBefore := s.version(), s.number("SELECT revision FROM products WHERE slug = 'kisi'")
			s.exec(test.query)
			moved := none
			if s.version() > versionBefore {
				moved = version
			}
			revision := s.number("SELECT revision FROM products WHERE slug = 'kisi'")
			if revision > revisionBefore {
				moved = both
			}
			if moved != test.want {
				t.Errorf("moved %d, want %d (0 nothing, 1 version, 2 revision too)", moved, test.want)
			}
		})
	}
}

func (s *shop) version() int64 {
	s.t.Helper()
	v, err := s.Version(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

func TestStockStateSeenByShoppers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		onHand, reserved int
		want             catalog.StockState
	}{
		{100, 0, catalog.StockState{Status: catalog.InStock}},
		{6, 0, catalog.StockState{Status: catalog.InStock}},
		{6, 1, catalog.StockState{Status: catalog.FewLeft, Left: 5}},
		{catalog.LowStock, 0, catalog.StockState{Status: catalog.FewLeft, Left: catalog.LowStock}},
		{10, 9, catalog.StockState{Status: catalog.FewLeft, Left: 1}},
		{10, 10, catalog.StockState{Status: catalog.SoldOut}},
		{0, 0, catalog.StockState{Status: catalog.SoldOut}},
	} {
		s := open(t)
		s.put(bottle("kisi"))
		s.exec("UPDATE stock SET on_hand = ?, reserved = ?", test.onHand, test.reserved)
		p, err := s.Product(t.Context(), models.Ka, "kisi")
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Stock(); got != test.want {
			t.Errorf("%d on hand, %d reserved: %v, want %v", test.onHand, test.reserved, got, test.want)
		}
		inStock := s.number("SELECT in_stock FROM products WHERE slug = 'kisi'") == 1
		if inStock != (test.want.Status != catalog.SoldOut) {
			t.Errorf("%d on hand, %d reserved: in_stock %v", test.onHand, test.reserved, inStock)
		}
	}
}

func TestPriceHistoryIsKeptWhoeverChangesThePrice(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.put(bottle("kisi"))
	s.now = s.now.AddDate(0, 0, 1)
	if err := s.SetPrice(t.Context(), "kisi", 18_00, 20_00); err != nil {
		t.Fatal(err)
	}
	if err := s.SetPrice(t.Context(), "kisi", 18_00, 0); err != nil { // not a change of price
		t.Fatal(err)
	}
	s.now = s.now.AddDate(0, 0, 1)
	p := bottle("kisi")
	p.Price = 19_00
	s.put(p)
	s.exec("UPDATE price_history SET from_at = '2020-01-01 00:00:00+00:00' WHERE price_tetri = 2000") // before the machine's clock
	s.exec("UPDATE price_history SET from_at = '2020-01-02 00:00:00+00:00' WHERE price_tetri = 1800")
	s.exec("UPDATE price_history SET from_at = '2020-01-03 00:00:00+00:00' WHERE price_tetri = 1900")
	s.exec("UPDATE products SET price_tetri = 2100")
	rows, err := s.raw.Query("SELECT price_tetri FROM price_history ORDER BY from_at")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []int
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		got = append(got, n)
	}
	if want := []int{20_00, 18_00, 19_00, 21_00}; !slices.Equal(got, want) {
		t.Errorf("history %v, want %v", got, want)
	}
}
