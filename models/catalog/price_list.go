package catalog

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"dukani/models"
)

// A price list is read, kept, and shown as what it would change; nothing is changed before
// that is confirmed, and then all of it or nothing.

// PriceList is what a price list would change now.
type PriceList struct {
	Key      string
	Seen     string // of what is shown; goes with the confirmation
	Changes  []PriceChange
	Same     int // products that would stay as they are
	Mistakes []PriceMistake
}

// PriceChange is what a line changes about a product.
type PriceChange struct {
	Line               int
	ID                 int64
	Slug, Name         string
	Price, NewPrice    models.Tetri
	Old, NewOld        models.Tetri // struck out; 0: none
	OnHand, NewOnHand  int
	Reserved, Revision int // Revision is the product's count of changes by staff
}

// pricesChange reports whether the price or the old price is another.
func (c PriceChange) pricesChange() bool { return c.Price != c.NewPrice || c.Old != c.NewOld }

type storedPriceList struct {
	Key       string
	StaffID   int64
	Lines     []PriceLine `gorm:"serializer:json"`
	CreatedAt time.Time
}

// priceListKept is how long a price list waits to be confirmed.
const priceListKept = 24 * time.Hour

// DraftPriceList reads a price list and keeps it until it is confirmed. If there are mistakes
// in it, it is not kept and its key is empty.
func (c *Catalog) DraftPriceList(ctx context.Context, by models.Actor, lang models.Lang, text []byte) (*PriceList, error) {
	lines, mistakes := ReadPriceList(text)
	list, err := planPriceList(c.read(ctx), c.store.Now(), lang, lines)
	if err != nil {
		return nil, err
	}
	if mistakes = append(mistakes, list.Mistakes...); len(mistakes) > 0 { // all of them at once
		slices.SortStableFunc(mistakes, func(a, b PriceMistake) int { return cmp.Compare(a.Line, b.Line) })
		return &PriceList{Mistakes: mistakes}, nil
	}
	list.Key = rand.Text()
	return list, c.store.WriteTx(ctx, func(tx *models.Tx) error {
		if err := tx.Exec("DELETE FROM price_lists WHERE created_at < ?", tx.Now().Add(-priceListKept)).Error; err != nil {
			return err
		}
		return tx.Table("price_lists").Create(&storedPriceList{list.Key, by.StaffID, lines, tx.Now()}).Error
	})
}

// PriceList returns what a kept price list would change by now. Errors: NotFound, also for
// somebody else's.
func (c *Catalog) PriceList(ctx context.Context, by models.Actor, lang models.Lang, key string) (*PriceList, error) {
	return storedList(c.read(ctx), c.store.Now(), by, lang, key)
}

func storedList(db *gorm.DB, now time.Time, by models.Actor, lang models.Lang, key string) (*PriceList, error) {
	var stored storedPriceList
	if err := db.Table("price_lists").Where("key = ? AND staff_id = ?", key, by.StaffID).Take(&stored).Error; err != nil {
		return nil, notFound(err, models.CodePriceListNotFound)
	}
	list, err := planPriceList(db, now, lang, stored.Lines)
	if err == nil {
		list.Key = key
	}
	return list, err
}

// ConfirmPriceList does what a price list says, in one transaction, and returns how many
// products it changed. seen is what the confirmed page showed. Errors: NotFound; Conflict, if
// the list would change something else by now.
func (c *Catalog) ConfirmPriceList(ctx context.Context, by models.Actor, lang models.Lang, key, seen string) (changed int, err error) {
	err = c.store.WriteTx(ctx, func(tx *models.Tx) error {
		list, err := storedList(tx.DB, tx.Now(), by, lang, key)
		if err != nil {
			return err
		}
		if list.Seen != seen || len(list.Mistakes) > 0 {
			return &models.Error{Kind: models.Conflict, Code: models.CodePriceListChanged}
		}
		for _, change := range list.Changes {
			if err := change.apply(tx, by); err != nil {
				return err
			}
		}
		changed = len(list.Changes)
		return tx.Exec("DELETE FROM price_lists WHERE key = ?", key).Error
	})
	return changed, err
}

// priceListNote stands in the book of stock beside what a price list changed.
const priceListNote = "CSV"

func (c PriceChange) apply(tx *models.Tx, by models.Actor) error {
	if c.OnHand != c.NewOnHand {
		if err := tx.CountStock(by, c.ID, c.NewOnHand, priceListNote); err != nil {
			return err
		}
	}
	if !c.pricesChange() {
		return nil
	}
	if err := bump(tx, by, c.ID, c.Revision); err != nil {
		return err
	}
	if err := setPrice(tx.DB, c.ID, c.NewPrice, nilIfZero(c.NewOld), tx.Now()); err != nil {
		return err
	}
	var prices changes
	prices.add("price", c.Price, c.NewPrice)
	prices.add("old price", c.Old, c.NewOld)
	return prices.audit(tx, by, "price", "product "+c.Slug)
}

// planPriceList holds the lines against the products.
func planPriceList(db *gorm.DB, now time.Time, lang models.Lang, lines []PriceLine) (*PriceList, error) {
	list := &PriceList{}
	products := map[string]PriceChange{}
	for some := range slices.Chunk(lines, indexedAtOnce) {
		var slugs []string
		for _, l := range some {
			slugs = append(slugs, l.Slug)
		}
		var rows []PriceChange
		if err := db.Raw(`SELECT p.id, p.slug, t.name, p.price_tetri AS price, coalesce(p.old_price_tetri, 0) AS old,
				coalesce(s.on_hand, 0) AS on_hand, coalesce(s.reserved, 0) AS reserved, p.edited AS revision
			FROM products p JOIN product_texts t ON t.product_id = p.id AND t.lang = ? LEFT JOIN stock s ON s.product_id = p.id
			WHERE p.slug IN ?`, lang, slugs).Scan(&rows).Error; err != nil {
			return nil, err
		}
		for _, r := range rows {
			products[r.Slug] = r
		}
	}
	for _, l := range lines {
		change, there := products[l.Slug]
		if !there {
			list.Mistakes = append(list.Mistakes, PriceMistake{l.Line, "slug", "price_list.slug_unknown"})
			continue
		}
		change.Line, change.NewPrice, change.NewOld, change.NewOnHand = l.Line, change.Price, change.Old, change.OnHand
		setIf(&change.NewPrice, l.Price)
		setIf(&change.NewOld, l.OldPrice)
		setIf(&change.NewOnHand, l.Stock)
		mistakes, err := change.check(db, now)
		if err != nil {
			return nil, err
		}
		list.Mistakes = append(list.Mistakes, mistakes...)
		if !change.pricesChange() && change.OnHand == change.NewOnHand {
			list.Same++
			continue
		}
		list.Changes = append(list.Changes, change)
	}
	list.Mistakes = list.Mistakes[:min(len(list.Mistakes), maxPriceMistakes)]
	text, err := json.Marshal(list.Changes)
	sum := sha256.Sum256(text)
	list.Seen = hex.EncodeToString(sum[:])
	return list, err
}

func setIf[T any](to *T, value *T) {
	if value != nil {
		*to = *value
	}
}

// check returns what speaks against a change.
func (c PriceChange) check(db *gorm.DB, now time.Time) (list []PriceMistake, err error) {
	if c.NewOnHand != c.OnHand && c.NewOnHand < c.Reserved {
		list = append(list, PriceMistake{c.Line, "stock", withArgument("product.stock_reserved", c.Reserved)})
	}
	if !c.pricesChange() || c.NewOld == 0 {
		return list, nil
	}
	if c.NewOld <= c.NewPrice {
		return append(list, PriceMistake{c.Line, "old_price", "product.old_price_higher"}), nil
	}
	e := Edited{Data: ProductData{Price: c.Price, OldPrice: c.Old}}
	history, err := priceHistory(db, c.ID)
	if err != nil {
		return nil, err
	}
	if len(history) > 0 {
		e.Lowest = lowestUntil(history[1:], history[0].FromAt)
	}
	e.LowestNow = lowestUntil(history, now)
	if key := e.checkOld(c.NewPrice, c.NewOld); key != "" {
		list = append(list, PriceMistake{c.Line, "old_price", key})
	}
	return list, nil
}

// exportedAtOnce is how many products are read together.
const exportedAtOnce = 1000

// ExportPrices writes the products that fit the filter as a price list that spreadsheets open
// and ReadPriceList reads. In Georgian, semicolons separate and amounts have commas, as
// spreadsheets there have it; in English, commas and points.
func (c *Catalog) ExportPrices(ctx context.Context, lang models.Lang, f StaffFilter, to io.Writer) error {
	if _, err := to.Write(byteOrderMark); err != nil {
		return err
	}
	w := csv.NewWriter(to)
	point := "."
	if lang == models.Ka {
		w.Comma, point = ';', ","
	}
	if err := w.Write(exportedColumns); err != nil {
		return err
	}
	amount := func(t models.Tetri) string { return strings.Replace(t.String(), ".", point, 1) }
	f.Before, f.After = 0, 0
	for {
		list, err := c.staffList(ctx, lang, f, exportedAtOnce)
		if err != nil {
			return err
		}
		for _, p := range list.Rows {
			old := ""
			if p.OldPrice != 0 {
				old = amount(p.OldPrice)
			}
			if err := w.Write([]string{models.CellText(p.Slug), models.CellText(p.Name), amount(p.Price), old, strconv.Itoa(p.OnHand), strconv.Itoa(p.Reserved)}); err != nil {
				return err
			}
		}
		if f.Before = list.Before; f.Before == 0 {
			w.Flush()
			return w.Error()
		}
	}
}
