package models

import (
	"context"
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"
)

// MaxQuantity is the most units of one product that a cart line can hold.
const MaxQuantity = 99

// maxCartLines bounds a cart, so that no visitor can make pages of any length.
const maxCartLines = 50

// Cart is what a visitor means to buy, at today's prices.
type Cart struct {
	ID    int64
	Lines []CartLine
	Items Tetri // sum of the lines that can be bought
}

// CartLine is one product in a cart.
type CartLine struct {
	ProductID int64
	Slug      string
	Name      string
	Measure   string
	Picture   string
	Alt       string
	Tint      string
	Price     Tetri
	Seen      Tetri // the price when it was put in or last shown
	Quantity  int
	Free      int  // units this visitor can have now, at most MaxQuantity
	Gone      bool // no longer sold
	Adult     bool // for people of 18 and older

	Withdrawal Withdrawal
}

// Buyable returns how many units of the line can be bought now.
func (l CartLine) Buyable() int {
	if l.Gone {
		return 0
	}
	return min(l.Quantity, l.Free)
}

// Total returns the price of the units that can be bought now.
func (l CartLine) Total() Tetri { return l.Price * Tetri(l.Buyable()) }

// Count returns how many units lie in the cart.
func (c *Cart) Count() int {
	n := 0
	for _, l := range c.Lines {
		n += l.Quantity
	}
	return n
}

// Adult reports whether something in the cart is for adults only.
func (c *Cart) Adult() bool {
	return slices.ContainsFunc(c.Lines, func(l CartLine) bool { return l.Adult && !l.Gone })
}

// Orderable reports whether the cart can be ordered exactly as it lies there.
func (c *Cart) Orderable() bool {
	for _, l := range c.Lines {
		if l.Buyable() != l.Quantity {
			return false
		}
	}
	return len(c.Lines) > 0
}

// CartChange is the outcome of adding or changing a line.
type CartChange struct {
	Quantity int  // units of the product in the cart now
	Capped   bool // fewer than requested, because no more are free
	Count    int  // units in the whole cart now
	Had      int  // units in the line before, 0 if the product is no longer sold
}

// cartHash is what is stored of a cart's key; the key itself is only in the
// visitor's cookie.
func cartHash(key string) string { return digest([]byte(key)) }

// CartCount returns the number of units in the cart with the given key; an
// unknown key has none.
func (s *Store) CartCount(ctx context.Context, key string) (int, error) {
	return cartCount(s.Read(ctx), cartHash(key))
}

func cartCount(db *gorm.DB, hash string) (n int, err error) {
	err = query(db, []any{&n}, `SELECT coalesce(sum(i.quantity), 0) FROM cart_items i JOIN cart_keys k ON k.cart_id = i.cart_id
		WHERE k.key_hash = ?`, hash)
	return n, err
}

// Cart returns the cart with the given key in language lang. An unknown key has
// an empty cart with ID 0.
func (s *Store) Cart(ctx context.Context, lang Lang, key string) (*Cart, error) {
	var id int64
	err := query(s.Read(ctx), []any{&id}, "SELECT cart_id FROM cart_keys WHERE key_hash = ?", cartHash(key))
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, err
	}
	return loadCart(s.Read(ctx), lang, id)
}

func loadCart(db *gorm.DB, lang Lang, id int64) (*Cart, error) {
	cart := &Cart{ID: id}
	if id == 0 {
		return cart, nil
	}
	alt := "alt_ka"
	if lang == En {
		alt = "alt_en"
	}
	err := queryAll(db, &cart.Lines, `
		SELECT p.id AS product_id, p.slug, t.name, t.measure, coalesce(g.name, '') AS picture, coalesce(g.`+alt+`, '') AS alt, p.tint,
		       p.price_tetri AS price, i.seen_tetri AS seen, i.quantity, coalesce(s.on_hand - s.reserved, 0) + `+ownReserved+` AS free,
		       p.active = 0 AS gone, p.adult, p.withdrawal
		FROM cart_items i
		JOIN products p ON p.id = i.product_id
		JOIN product_texts t ON t.product_id = p.id AND t.lang = ?
		LEFT JOIN product_pictures g ON g.product_id = p.id AND g.position = 0
		LEFT JOIN stock s ON s.product_id = p.id
		JOIN `+ofCart+` ON true
		WHERE i.cart_id = w.cart_id ORDER BY i.added_at, p.id`, lang, id)
	for i := range cart.Lines {
		l := &cart.Lines[i]
		l.Free = min(l.Free, MaxQuantity)
		cart.Items += l.Total()
	}
	return cart, err
}

// AddToCart puts quantity more units of the product into the cart with the
// given key, making the cart if there is none. A quantity beyond what is free is
// capped, and the change says so. Errors: Invalid (quantity), NotFound (product), Conflict (sold out,
// or the cart is full).
func (s *Store) AddToCart(ctx context.Context, key, slug string, quantity int) (change CartChange, err error) {
	if quantity < 1 || quantity > MaxQuantity {
		return change, &Error{Kind: Invalid, Code: CodeCartBadQuantity}
	}
	err = s.inTx(ctx, func(tx *Tx) error {
		change, err = addToCart(tx, cartHash(key), slug, quantity)
		return err
	})
	return change, err
}

// CanAdd reports why a visitor without a cart cannot put a product into one. Errors:
// those of AddToCart.
func (s *Store) CanAdd(ctx context.Context, slug string, quantity int) error {
	if quantity < 1 || quantity > MaxQuantity {
		return &Error{Kind: Invalid, Code: CodeCartBadQuantity}
	}
	product, err := cartProduct(s.Read(ctx), 0, slug)
	if err == nil && product.Free < 1 {
		err = &Error{Kind: Conflict, Code: CodeCartSoldOut}
	}
	return err
}

// StartCart makes the cart with the given key and puts its first product in. A cart
// that exists stays as it is, because the same request may come twice. Errors: those
// of AddToCart.
func (s *Store) StartCart(ctx context.Context, key, slug string, quantity int) (change CartChange, err error) {
	err = s.inTx(ctx, func(tx *Tx) error {
		cart, err := tx.lockCart(cartHash(key))
		if err != nil || cart.ID != 0 {
			return err
		}
		change, err = addToCart(tx, cartHash(key), slug, quantity)
		return err
	})
	return change, err
}

func addToCart(tx *Tx, hash, slug string, quantity int) (CartChange, error) {
	var change CartChange
	cartID, err := lockOrMakeCart(tx, hash)
	if err != nil {
		return change, err
	}
	product, err := cartProduct(tx.DB, cartID, slug)
	if err != nil {
		return change, err
	}
	var had, units, lines int
	if err := query(tx.DB, []any{&had, &units, &lines}, `SELECT coalesce(sum(quantity) FILTER (WHERE product_id = ?), 0),
		coalesce(sum(quantity), 0), count(*) FROM cart_items WHERE cart_id = ?`, product.ID, cartID); err != nil {
		return change, err
	}
	want := had + quantity
	switch change.Quantity = min(want, product.Free); {
	case change.Quantity < 1:
		return change, &Error{Kind: Conflict, Code: CodeCartSoldOut}
	case had == 0 && lines >= maxCartLines:
		return change, &Error{Kind: Conflict, Code: CodeCartFull}
	}
	change.Capped = change.Quantity < want
	change.Count = units - had + change.Quantity
	return change, putCartLine(tx, cartID, product, change.Quantity)
}

// SetCartQuantity makes the cart hold quantity units of the product; 0 takes
// the line out. A quantity beyond what is free is capped, and the change says so. The
// price that the shopper was shown counts as seen. Errors: Invalid (quantity), NotFound (no such line).
func (s *Store) SetCartQuantity(ctx context.Context, key, slug string, quantity int) (change CartChange, err error) {
	if quantity < 0 || quantity > MaxQuantity {
		return change, &Error{Kind: Invalid, Code: CodeCartBadQuantity}
	}
	err = s.inTx(ctx, func(tx *Tx) error {
		change, err = setCartQuantity(tx, cartHash(key), slug, quantity)
		return err
	})
	return change, err
}

func setCartQuantity(tx *Tx, hash string, slug string, quantity int) (CartChange, error) {
	var change CartChange
	cart, err := tx.lockCart(hash)
	if err != nil {
		return change, err
	}
	var productID int64
	if err := query(tx.DB, []any{&productID, &change.Had}, `SELECT p.id, CASE WHEN p.active = 1 THEN i.quantity ELSE 0 END
		FROM cart_items i JOIN products p ON p.id = i.product_id WHERE i.cart_id = ? AND p.slug = ?`, cart.ID, slug); err != nil {
		return change, notFound(err, CodeNotInCart)
	}
	if quantity > 0 {
		product, err := cartProduct(tx.DB, cart.ID, slug)
		if err != nil && !IsKind(err, NotFound) {
			return change, err
		}
		change.Quantity = min(quantity, product.Free)
		change.Capped = change.Quantity < quantity
		if change.Quantity > 0 {
			if err := putCartLine(tx, cart.ID, product, change.Quantity); err != nil {
				return change, err
			}
		}
	}
	if change.Quantity == 0 {
		if err := tx.exec("DELETE FROM cart_items WHERE cart_id = ? AND product_id = ?", cart.ID, productID); err != nil {
			return change, err
		}
	}
	change.Count, err = cartCount(tx.DB, hash)
	return change, err
}

// SeeCartPrices records that the shopper has been shown today's prices, so that
// the notice about a changed price appears once.
func (s *Store) SeeCartPrices(ctx context.Context, cartID int64) error {
	return s.inTx(ctx, func(tx *Tx) error {
		return tx.Exec(`UPDATE cart_items SET seen_tetri = (SELECT price_tetri FROM products WHERE id = product_id)
			WHERE cart_id = ?`, cartID).Error
	})
}

// storedCart is the row of a cart.
type storedCart struct {
	ID                   int64
	CustomerID           *int64 // nil: a guest's
	CreatedAt, UpdatedAt time.Time
}

// TableName is the table of carts.
func (storedCart) TableName() string { return "carts" }

// cartKey is a key by which a browser opens a cart.
type cartKey struct {
	KeyHash string
	CartID  int64
}

type soldProduct struct {
	ID    int64
	Price Tetri
	Free  int
}

func cartProduct(db *gorm.DB, cartID int64, slug string) (soldProduct, error) {
	var p soldProduct
	err := query(db, []any{&p.ID, &p.Price, &p.Free}, `SELECT p.id, p.price_tetri, coalesce(s.on_hand - s.reserved, 0) + `+ownReserved+` FROM products p
		LEFT JOIN stock s ON s.product_id = p.id LEFT JOIN `+ofCart+` ON true WHERE p.slug = ? AND p.active = 1`,
		cartID, slug)
	p.Free = min(p.Free, MaxQuantity)
	return p, notFound(err, CodeProductNotFound)
}

// cartUsedWithin is the precision with which a cart's last use is known: noting every use
// would cost more than the use itself.
const cartUsedWithin = 24 * time.Hour

// lockOrMakeCart locks the cart with the key that hash is of, and makes it if there is none.
func lockOrMakeCart(tx *Tx, hash string) (id int64, err error) {
	cart, err := tx.lockCart(hash)
	switch {
	case err != nil:
	case cart.ID == 0:
		cart = storedCart{CreatedAt: tx.now, UpdatedAt: tx.now}
		if err = tx.Create(&cart).Error; err == nil {
			err = tx.Create(&cartKey{hash, cart.ID}).Error
		}
	case tx.now.Sub(cart.UpdatedAt) > cartUsedWithin:
		cart.UpdatedAt = tx.now
		err = tx.save(&cart, "UpdatedAt")
	}
	return cart.ID, err
}

func putCartLine(tx *Tx, cartID int64, p soldProduct, quantity int) error {
	return tx.exec(`INSERT INTO cart_items (cart_id, product_id, quantity, seen_tetri, added_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (cart_id, product_id) DO UPDATE SET quantity = excluded.quantity, seen_tetri = excluded.seen_tetri`,
		cartID, p.ID, quantity, p.Price, tx.now)
}

// How long carts are kept.
const (
	CartKept     = 180 * 24 * time.Hour // after the last use
	cartUsedOnce = 30 * 24 * time.Hour  // a guest's that was used on one day only
)

// ForgetCarts deletes the carts that nobody has used for long enough, some at a time so
// that others can write in between, and returns their number.
func (s *Store) ForgetCarts(ctx context.Context) (forgotten int64, err error) {
	const atOnce = 500
	for {
		var n int64
		err := s.inTx(ctx, func(tx *Tx) (err error) {
			n, err = tx.execRows(`DELETE FROM carts WHERE id IN (SELECT id FROM carts
				WHERE updated_at < ? OR updated_at < ? AND updated_at = created_at AND customer_id IS NULL LIMIT ?)`,
				tx.now.Add(-CartKept), tx.now.Add(-cartUsedOnce), atOnce)
			return err
		})
		forgotten += n
		if err != nil || n < atOnce {
			return forgotten, err
		}
	}
}
