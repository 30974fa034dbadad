package models

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"
)

// StockChange is what a member of staff says about the units of a product that are on hand.
type StockChange struct {
	Reason   string // "delivered", "counted" or "lost"
	Quantity int    // units that came or went; of a count, the units that are there
	Seen     int    // units on hand that the page of a count showed
	Note     string
}

// MaxOnHand bounds the units of one product.
const MaxOnHand = 1_000_000

// maxStockNote bounds the note on a move, in letters.
const maxStockNote = 200

// ChangeStock books what a member of staff did with the units of a product, or counted. Errors:
// NotFound; Invalid and Conflict with Fields. A conflict is that fewer units would be on hand than
// orders have reserved, or that others moved units since the page of a count was shown.
func (s *Store) ChangeStock(ctx context.Context, by Actor, slug string, c StockChange) error {
	c.Note = TidyLine(c.Note)
	if wrong := c.check(); len(wrong) > 0 {
		return &Error{Kind: Invalid, Code: CodeProductInvalid, Fields: wrong}
	}
	return s.inTx(ctx, func(tx *Tx) error {
		var id int64
		if err := query(tx.DB, []any{&id}, "SELECT id FROM products WHERE slug = ?", slug); err != nil {
			return notFound(err, CodeProductNotFound)
		}
		onHand, _, err := tx.lockStock(id)
		if err != nil {
			return err
		}
		to := c.Quantity
		switch moveKind(c.Reason) {
		case unitsDelivered:
			to = onHand + c.Quantity
		case unitsLost:
			to = onHand - c.Quantity
		default:
			if onHand != c.Seen {
				return stockConflict(CodeProductStockChanged, onHand)
			}
		}
		if to > MaxOnHand {
			return &Error{Kind: Invalid, Code: CodeProductInvalid, Fields: map[string]string{"quantity": "product.stock_too_many"}}
		}
		return tx.setOnHand(by, id, moveKind(c.Reason), to, c.Note)
	})
}

// stockConflict is a Conflict about the quantity; the units belong to its words.
func stockConflict(code ErrorCode, units int) error {
	return &Error{Kind: Conflict, Code: code, Fields: map[string]string{"quantity": fmt.Sprint(code, " ", units)}}
}

func (c StockChange) check() map[string]string {
	wrong := map[string]string{}
	switch moveKind(c.Reason) {
	case unitsDelivered, unitsLost:
		if c.Quantity <= 0 {
			wrong["quantity"] = "product.stock_positive"
		}
	case unitsCounted:
		if c.Quantity < 0 {
			wrong["quantity"] = "product.stock_negative"
		}
	default:
		wrong["reason"] = "product.stock_reason"
	}
	if c.Quantity > MaxOnHand {
		wrong["quantity"] = "product.stock_too_many"
	}
	if utf8.RuneCountInString(c.Note) > maxStockNote {
		wrong["note"] = "checkout.error.too_long"
	}
	return wrong
}

// lockStock returns the units of a product that are on hand, and those of them that orders
// have reserved. A product that never had stock gets its row.
func (tx *Tx) lockStock(productID int64) (onHand, reserved int, err error) {
	if err := tx.exec("INSERT INTO stock (product_id, on_hand) VALUES (?, 0) ON CONFLICT DO NOTHING", productID); err != nil {
		return 0, 0, err
	}
	err = query(tx.DB, []any{&onHand, &reserved}, "SELECT on_hand, reserved FROM stock WHERE product_id = ?"+tx.store.dialect.forUpdate, productID)
	return onHand, reserved, err
}

// CountStock books that a member of staff says how many units of a product are on hand. It is
// for changes of many products in one transaction. Errors: Conflict with Fields.
func (tx *Tx) CountStock(by Actor, productID int64, units int, note string) error {
	return tx.setOnHand(by, productID, unitsCounted, units, note)
}

// setOnHand sets how many units are on hand, and writes the stock move and the audit list.
func (tx *Tx) setOnHand(by Actor, productID int64, kind moveKind, to int, note string) error {
	onHand, reserved, err := tx.lockStock(productID)
	if err != nil || onHand == to {
		return err
	}
	if to < reserved {
		return stockConflict(CodeProductStockReserved, reserved)
	}
	if err := tx.exec("UPDATE stock SET on_hand = ? WHERE product_id = ?", to, productID); err != nil {
		return err
	}
	move := stockMove{ProductID: productID, StaffID: by.staffID(), At: tx.now, Kind: kind, Quantity: to - onHand, Note: note}
	if kind == unitsLost {
		move.Quantity = onHand - to
	}
	if err := tx.Create(&move).Error; err != nil {
		return err
	}
	var slug string
	if err := query(tx.DB, []any{&slug}, "SELECT slug FROM products WHERE id = ?", productID); err != nil {
		return err
	}
	after := fmt.Sprintf("%s: %d", kind, to)
	if note != "" {
		after += ", " + note
	}
	return audit(tx, by, "stock", "product "+slug, fmt.Sprint(onHand), after)
}

// StockLine is a move of stock as the back office lists it.
type StockLine struct {
	ID       int64
	At       time.Time
	Kind     string
	Quantity int
	Note     string
	Order    string // number of the order that moved the units; "": staff did
	Who      string // who of the staff did
}

// Change returns by how many units the move changed what is on hand.
func (l StockLine) Change() int {
	switch moveKind(l.Kind) {
	case unitsSold, unitsLost:
		return -l.Quantity
	case unitsReturned, unitsDelivered, unitsCounted:
		return l.Quantity
	}
	return 0 // reserved, released, written off: the units stay where they are, or are no good
}

// StockLinesPage is how many moves StockLines returns.
const StockLinesPage = 50

// StockLines returns the moves of a product before the one with the given id, newest first;
// 0 stands for the newest.
func (s *Store) StockLines(ctx context.Context, productID, before int64) (list []StockLine, err error) {
	if before <= 0 {
		before = 1 << 62
	}
	err = queryAll(s.Read(ctx), &list, `SELECT m.id, m.at, m.kind, m.quantity, m.note, coalesce(o.number, '') AS "order", coalesce(f.email, '') AS who
		FROM stock_moves m LEFT JOIN orders o ON o.id = m.order_id LEFT JOIN staff f ON f.id = m.staff_id
		WHERE m.product_id = ? AND m.id < ? ORDER BY m.id DESC LIMIT ?`, productID, before, StockLinesPage)
	return list, err
}
