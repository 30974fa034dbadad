package models

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"
)

// OrdersPage is how many orders a page of a customer's list has.
const OrdersPage = 20

// OrderGroup is a choice of orders that a customer can look at.
type OrderGroup string

// The groups; an unknown one is all.
const (
	AllOrders  OrderGroup = ""
	OpenOrders OrderGroup = "open" // something is still to be done or decided
	PaidOrders OrderGroup = "paid"
	PastOrders OrderGroup = "past" // came to nothing, or the money went back
)

var statusesOf = map[OrderGroup][]OrderStatus{
	OpenOrders: {AwaitingPayment, Confirming, Declined, OnHold, Review, Refunding},
	PaidOrders: {Paid, PartlyRefunded},
	PastOrders: {Expired, Cancelled, Refunded},
}

// OrderGroups lists the groups in the order they are offered.
func OrderGroups() []OrderGroup { return []OrderGroup{AllOrders, OpenOrders, PaidOrders, PastOrders} }

// OrderFilter chooses among a customer's orders.
type OrderFilter struct {
	Group OrderGroup
	Words string // part of a number or of a product's name; "": any
	Page  int    // from 1
}

// OrderList is one page of a customer's orders, newest first.
type OrderList struct {
	Orders []OrderSummary
	Total  int // on all pages
	Pages  int
}

// OrderSummary is an order as a list shows it.
type OrderSummary struct {
	ID         int64
	Number     string
	Token      string
	Status     OrderStatus
	Fulfilment Fulfilment
	TotalTetri Tetri
	CreatedAt  time.Time
	PaidID     *int64      // the attempt that paid it
	Paid       *Payment    `gorm:"-"`
	Root       int64       // see Order.Root
	Lines      []OrderLine `gorm:"-"`
}

// CustomerOrders returns a page of a customer's orders. An index finds them by customer,
// so that a page costs the same however many orders the shop has.
func (s *Store) CustomerOrders(ctx context.Context, customerID int64, f OrderFilter) (*OrderList, error) {
	db := s.Read(ctx)
	find := func() *gorm.DB {
		q := db.Table("orders").Where("customer_id = ?", customerID)
		if list, ok := statusesOf[f.Group]; ok {
			q = q.Where("status IN ?", list)
		}
		// SQLite's LIKE minds case beyond ASCII; names are in everyday Georgian letters, not in capitals.
		if words := strings.ToLower(TidyLine(f.Words)); words != "" {
			part := "%" + likeEscaper.Replace(words) + "%"
			like := s.dialect.like + ` ? ESCAPE '\'`
			q = q.Where(`(number `+like+` OR EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = orders.id
				AND (l.name_ka `+like+` OR l.name_en `+like+`)))`, part, part, part)
		}
		return q
	}
	list := &OrderList{}
	var total int64
	if err := find().Count(&total).Error; err != nil {
		return nil, err
	}
	list.Total, list.Pages = int(total), (int(total)+OrdersPage-1)/OrdersPage
	err := find().Select("id, number, token, status, fulfilment, total_tetri, created_at, paid_payment_id AS paid_id, coalesce(root_id, id) AS root").Order("id DESC").
		Limit(OrdersPage).Offset((max(f.Page, 1) - 1) * OrdersPage).Scan(&list.Orders).Error
	if err != nil {
		return nil, err
	}
	if err := addPayments(db, list.Orders); err != nil {
		return nil, err
	}
	return list, addLines(db, list.Orders)
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// addPayments adds the attempts that paid the orders.
func addPayments(db *gorm.DB, orders []OrderSummary) error {
	at := map[int64]int{}
	var ids []int64
	for i, o := range orders {
		if o.PaidID != nil {
			at[*o.PaidID] = i
			ids = append(ids, *o.PaidID)
		}
	}
	var payments []Payment
	if err := db.Select("id, method, card_mask, card_brand, payer_name").Where("id IN ?", ids).Find(&payments).Error; err != nil {
		return err
	}
	for i := range payments {
		orders[at[payments[i].ID]].Paid = &payments[i]
	}
	return nil
}

func addLines(db *gorm.DB, orders []OrderSummary) error {
	at := map[int64]int{}
	var ids []int64
	for i, o := range orders {
		at[o.ID] = i
		ids = append(ids, o.ID)
	}
	var lines []OrderLine
	if err := db.Where("order_id IN ?", ids).Order("order_id, position").Find(&lines).Error; err != nil {
		return err
	}
	for _, l := range lines {
		o := &orders[at[l.OrderID]]
		o.Lines = append(o.Lines, l)
	}
	return nil
}

// CustomerOrder returns an order of the customer with lines, payments and events.
// Errors: NotFound, also for somebody else's.
func (s *Store) CustomerOrder(ctx context.Context, customerID int64, number string) (*Order, error) {
	o, err := loadOrder(s.Read(ctx), "number = ?", number)
	if err == nil && (o.CustomerID == nil || *o.CustomerID != customerID) {
		return nil, &Error{Kind: NotFound, Code: CodeOrderNotFound}
	}
	return o, err
}

// ClaimableOrders counts the orders that were placed without an account with the
// customer's address, which has to be verified.
func (s *Store) ClaimableOrders(ctx context.Context, c *Customer) (n int, err error) {
	if c.VerifiedAt == nil {
		return 0, nil
	}
	err = query(s.Read(ctx), []any{&n}, "SELECT count(*) FROM orders WHERE customer_id IS NULL AND lower(email) = ?", c.Email)
	return n, err
}

// PlacedByCustomer reports whether the order's customer placed it, signed in or in the
// cart that became theirs, and did not only claim it later: anybody can have typed what
// stands in such an order.
func (s *Store) PlacedByCustomer(ctx context.Context, o *Order) (own bool, err error) {
	if o.CustomerID == nil || o.ReorderOf != nil {
		return o.CustomerID != nil, nil
	}
	err = query(s.Read(ctx), []any{&own}, "SELECT EXISTS (SELECT 1 FROM carts WHERE id = ? AND customer_id = ?)", o.CartID, *o.CustomerID)
	return own, err
}

// ClaimOrders takes those orders into the customer's account and returns their number. It
// loads the account anew, because its address may have changed since the caller read it.
// Errors: Conflict "orders.unverified".
func (s *Store) ClaimOrders(ctx context.Context, customerID int64) (n int64, err error) {
	err = s.inTx(ctx, func(tx *Tx) error {
		c, err := tx.lockCustomer("id = ?", customerID)
		if err != nil {
			return err
		}
		if c.VerifiedAt == nil {
			return &Error{Kind: Conflict, Code: CodeOrdersUnverified}
		}
		n, err = tx.execRows("UPDATE orders SET customer_id = ?, forget_at = NULL WHERE customer_id IS NULL AND lower(email) = ?", c.ID, c.Email)
		return err
	})
	return n, err
}
