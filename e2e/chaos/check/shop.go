package check

import (
	"context"
	"database/sql"
	"fmt"
)

// Shop is what a shop has written down.
type Shop struct {
	Orders   []Order
	Lines    []Line
	Payments []Payment
	Actions  []Action
	Cards    []Card
	Ledger   []Entry
	Stock    []Stock
	Moves    []Move
	Mails    []Mail
	Reviews  []Review
	Journal  []Event
	Timeline []Step

	// Seed is how many units of each product there were before the first order; nil if nobody
	// counted.
	Seed map[int64]int64
	// Marks are the journal as it stood earlier.
	Marks []Mark
	// Delivered is how often the mail server has taken each mail, by its id; nil if there was none.
	Delivered map[int64]int
	// Told are what pages have told shoppers.
	Told []Told
}

// The rows of the shop's tables, as far as the rules look at them. Amounts are in tetri, and a
// reference that is not set is 0.
type (
	// Order is a row of orders.
	Order struct {
		ID                   int64
		Number, Token        string
		Status, Email        string
		Items, Delivery, All int64
		Reserves             bool
		PaidPaymentID        int64
		Cancelled            bool
	}
	// Line is a row of order_lines.
	Line struct{ OrderID, ProductID, Quantity, Missing, Unit int64 }
	// Payment is a row of payments.
	Payment struct {
		ID, OrderID, Attempt                                         int64
		Kind, State, Key, BankOrderID, BankStatus                    string
		SaveCardKey, WalletKey                                       string
		BodyBytes                                                    int64
		Requested, Authorized, Captured, Refunded, Discount          int64
		Held                                                         bool
		NextCheck, ExpiresAt, CreatedAt, CheckedAt, BankCode, Wallet string
	}
	// Action is a row of refunds or of captures.
	Action struct {
		ID, PaymentID              int64
		Kind                       string // refund, capture, release
		Key, State, ActionID       string
		Amount, BodyBytes          int64
		ByHand                     bool
		RejectCode, Reason, NextAt string
		Tries                      int64
	}
	// Card is a row of saved_cards.
	Card struct{ State, ParentBankID, RemoveKey string }
	// Entry is a row of the ledger.
	Entry struct {
		OrderID, PaymentID int64
		At, Kind           string
		Amount             int64
	}
	// Stock is a row of stock.
	Stock struct {
		ProductID, OnHand, Reserved int64
		Slug                        string
	}
	// Move is a row of stock_moves.
	Move struct {
		ProductID, OrderID int64
		Kind               string
		Quantity           int64
	}
	// Mail is a row of mails.
	Mail struct {
		ID, OrderID, PaymentID int64
		Kind, About            string
		Sent, GivenUp          bool
	}
	// Review is a row of review_items.
	Review struct {
		OrderID, PaymentID    int64
		Kind, Subject, Detail string
		Open                  bool
	}
	// Event is a row of payment_events, without the bytes.
	Event struct {
		ID, PaymentID            int64
		At, Kind, Cause, Verdict string
		HeaderBytes, BodyBytes   int64
	}
	// Step is a row of order_events.
	Step struct {
		OrderID            int64
		At, Status, Detail string
	}
)

// ReadShop reads the tables of a shop's database. The queries use nothing that only one of the
// databases has.
func ReadShop(ctx context.Context, db *sql.DB) (*Shop, error) {
	s := &Shop{}
	r := reader{ctx: ctx, db: db}
	load(&r, &s.Orders, func(o *Order) []any {
		return []any{&o.ID, &o.Number, &o.Token, &o.Status, &o.Email, &o.Items, &o.Delivery, &o.All, &o.Reserves, &o.PaidPaymentID, &o.Cancelled}
	}, `SELECT id, number, token, status, email, items_tetri, delivery_tetri, total_tetri, reserves_stock, coalesce(paid_payment_id, 0),
		cancelled_at IS NOT NULL FROM orders ORDER BY id`)
	load(&r, &s.Lines, func(l *Line) []any { return []any{&l.OrderID, &l.ProductID, &l.Quantity, &l.Missing, &l.Unit} },
		`SELECT order_id, product_id, quantity, missing, unit_tetri FROM order_lines ORDER BY order_id, position`)
	load(&r, &s.Payments, func(p *Payment) []any {
		return []any{
			&p.ID, &p.OrderID, &p.Attempt, &p.Kind, &p.State, &p.Key, &p.BankOrderID, &p.BankStatus, &p.BankCode, &p.Wallet, &p.SaveCardKey, &p.WalletKey,
			&p.BodyBytes, &p.Requested, &p.Authorized, &p.Captured, &p.Refunded, &p.Discount, &p.Held, &p.NextCheck, &p.ExpiresAt, &p.CreatedAt, &p.CheckedAt,
		}
	}, `SELECT id, order_id, attempt, kind, state, idempotency_key, coalesce(bank_order_id, ''), bank_status, bank_code, wallet_state,
		coalesce(save_card_key, ''), coalesce(wallet_key, ''), length(request_body), requested_tetri, authorized_tetri, captured_tetri, refunded_tetri,
		discount_tetri, held_at IS NOT NULL, coalesce(CAST(next_check_at AS TEXT), ''), CAST(expires_at AS TEXT), CAST(created_at AS TEXT),
		coalesce(CAST(checked_at AS TEXT), '') FROM payments ORDER BY id`)
	for _, table := range []struct{ name, kind, byHand string }{{"refunds", "'refund'", "by_hand"}, {"captures", "kind", "0"}} {
		load(&r, &s.Actions, func(a *Action) []any {
			return []any{&a.ID, &a.PaymentID, &a.Kind, &a.Key, &a.State, &a.ActionID, &a.Amount, &a.BodyBytes, &a.ByHand, &a.RejectCode, &a.Reason, &a.Tries, &a.NextAt}
		}, `SELECT id, payment_id, `+table.kind+`, idempotency_key, state, coalesce(action_id, ''), amount_tetri, coalesce(length(request_body), 0),
			`+table.byHand+`, reject_code, reason, tries, CAST(next_try_at AS TEXT) FROM `+table.name+` ORDER BY id`)
	}
	load(&r, &s.Cards, func(c *Card) []any { return []any{&c.State, &c.ParentBankID, &c.RemoveKey} },
		`SELECT state, parent_bank_id, coalesce(remove_key, '') FROM saved_cards`)
	load(&r, &s.Ledger, func(e *Entry) []any { return []any{&e.OrderID, &e.PaymentID, &e.At, &e.Kind, &e.Amount} },
		`SELECT order_id, payment_id, CAST(at AS TEXT), kind, amount_tetri FROM ledger ORDER BY id`)
	load(&r, &s.Stock, func(k *Stock) []any { return []any{&k.ProductID, &k.Slug, &k.OnHand, &k.Reserved} },
		`SELECT s.product_id, p.slug, s.on_hand, s.reserved FROM stock s JOIN products p ON p.id = s.product_id ORDER BY s.product_id`)
	load(&r, &s.Moves, func(m *Move) []any { return []any{&m.ProductID, &m.OrderID, &m.Kind, &m.Quantity} },
		`SELECT product_id, coalesce(order_id, 0), kind, quantity FROM stock_moves ORDER BY id`)
	load(&r, &s.Mails, func(m *Mail) []any {
		return []any{&m.ID, &m.OrderID, &m.PaymentID, &m.Kind, &m.About, &m.Sent, &m.GivenUp}
	},
		`SELECT id, coalesce(order_id, 0), coalesce(payment_id, 0), kind, about, sent_at IS NOT NULL, given_up_at IS NOT NULL FROM mails ORDER BY id`)
	load(&r, &s.Reviews, func(v *Review) []any { return []any{&v.OrderID, &v.PaymentID, &v.Kind, &v.Subject, &v.Detail, &v.Open} },
		`SELECT coalesce(order_id, 0), coalesce(payment_id, 0), kind, subject, detail, resolved_at IS NULL FROM review_items ORDER BY id`)
	readJournal(&r, s)
	load(&r, &s.Timeline, func(t *Step) []any { return []any{&t.OrderID, &t.At, &t.Status, &t.Detail} },
		`SELECT order_id, CAST(at AS TEXT), status, detail FROM order_events ORDER BY id`)
	return s, r.err
}

func readJournal(r *reader, s *Shop) {
	load(r, &s.Journal, func(e *Event) []any {
		return []any{&e.ID, &e.PaymentID, &e.At, &e.Kind, &e.Cause, &e.Verdict, &e.HeaderBytes, &e.BodyBytes}
	}, `SELECT id, coalesce(payment_id, 0), CAST(at AS TEXT), kind, cause, verdict, length(headers), coalesce(length(body), 0) FROM payment_events ORDER BY id`)
}

// SeedOf reads how many units there are of each product, before the first order.
func SeedOf(ctx context.Context, db *sql.DB) (map[int64]int64, error) {
	var rows []Stock
	r := reader{ctx: ctx, db: db}
	load(&r, &rows, func(k *Stock) []any { return []any{&k.ProductID, &k.OnHand} }, `SELECT product_id, on_hand FROM stock`)
	seed := map[int64]int64{}
	for _, k := range rows {
		seed[k.ProductID] = k.OnHand
	}
	return seed, r.err
}

// reader reads tables until the first error.
type reader struct {
	ctx context.Context
	db  *sql.DB
	err error
}

// load appends the rows of a query; fields are where the columns of a row go.
func load[T any](r *reader, into *[]T, fields func(*T) []any, query string) {
	if r.err != nil {
		return
	}
	r.err = func() error {
		rows, err := r.db.QueryContext(r.ctx, query)
		if err != nil {
			return fmt.Errorf("%w\n%s", err, query)
		}
		defer rows.Close()
		for rows.Next() {
			var one T
			if err := rows.Scan(fields(&one)...); err != nil {
				return fmt.Errorf("%w\n%s", err, query)
			}
			*into = append(*into, one)
		}
		return rows.Err()
	}()
}
