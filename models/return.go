package models

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"
)

// WithdrawDays is how many days after receiving the goods a customer may withdraw from their
// purchase, and within how many days of that their money has to go back.
const WithdrawDays = 14

// maxReturnNote is how many characters a reason may have.
const maxReturnNote = 1000

// ReturnState is where a return stands.
type ReturnState string

// The states of a return.
const (
	ReturnAnnounced ReturnState = "announced" // the customer has withdrawn; the goods are not back
	ReturnReceived  ReturnState = "received"  // staff have booked what came back; the money is on its way
	ReturnRefunded  ReturnState = "refunded"
	ReturnClosed    ReturnState = "closed" // nothing was taken back, so nothing is refunded
)

// Return is units that a customer withdraws from, and what became of them.
type Return struct {
	ID          int64
	OrderID     int64
	FormKey     string // of the form it was announced with: sent twice, it is one return
	State       ReturnState
	Reason      string // the customer's; they need not give one
	StaffID     *int64 // who entered it for the customer; nil: they did themselves
	AnnouncedAt time.Time
	DueAt       time.Time // until when the money has to go back
	ReceivedAt  *time.Time
	Note        string // why units were not taken back
	RefundID    *int64
	RefundTetri Tetri
	ClosedAt    *time.Time
	Lines       []ReturnLine `gorm:"-"`
	ByHand      bool         `gorm:"-"` // staff make its refund by hand
}

// ReturnLine is how many units of an order's line a return is about.
type ReturnLine struct {
	ReturnID   int64
	Position   int
	Quantity   int
	Restocked  int
	WrittenOff int
}

// Rejected is how many units of a line were not taken back, once a return is received.
func (l ReturnLine) Rejected() int { return l.Quantity - l.Restocked - l.WrittenOff }

// Waiting reports whether staff have still to book what came back.
func (r *Return) Waiting() bool { return r.State == ReturnAnnounced }

// DaysLeft is how many days there are until the money has to have gone back, negative
// when it is overdue.
func (r *Return) DaysLeft(now time.Time) int {
	return int(noon(r.DueAt).Sub(noon(now)).Round(day) / day)
}

func returnSubject(id int64) string { return fmt.Sprint("return ", id) }

// WithdrawUntil returns the moment until which the customer of an order may withdraw: the end
// of the last day in Georgia. It is nil while the days have not begun, because not
// everything was received.
func (o *Order) WithdrawUntil() *time.Time {
	if o.ReceivedAt == nil {
		return nil
	}
	year, month, day := o.ReceivedAt.In(Tbilisi).Date()
	until := time.Date(year, month, day+WithdrawDays+1, 0, 0, 0, 0, Tbilisi).UTC()
	return &until
}

// WithdrawDaysLeft is how many days there are after today in which the customer of an order may
// withdraw: 0 on the last day. The days must have begun.
func (o *Order) WithdrawDaysLeft(now time.Time) int {
	return int(noon(*o.ReceivedAt).AddDate(0, 0, WithdrawDays).Sub(noon(now)).Round(day) / day)
}

// RefusesReturn says why nothing of the order can be sent back, "" if it can.
func (o *Order) RefusesReturn() ErrorCode {
	switch o.Status {
	case Paid, PartlyRefunded, Refunding, Review:
	case Refunded:
		return CodeReturnRefunded
	case Cancelled:
		return CodeOrderCancelled
	default:
		return CodeReturnNotSent
	}
	if !o.Dispatched() {
		return CodeReturnNotSent
	}
	return ""
}

// RefusesWithdrawal says why the order's customer cannot withdraw any more, or not yet, ""
// if they can.
func (o *Order) RefusesWithdrawal(now time.Time) ErrorCode {
	if code := o.RefusesReturn(); code != "" {
		return code
	}
	if until := o.WithdrawUntil(); until != nil && !now.Before(*until) {
		return CodeWithdrawTooLate
	}
	return ""
}

// Withdrawable reports whether the law lets the customer withdraw from a line. What is sealed can
// be sent back while the seal is unbroken, which staff see when it comes.
func (l OrderLine) Withdrawable() bool {
	return l.Withdrawal != WithdrawalPerishable && l.Withdrawal != WithdrawalCustom
}

// ReturnableUnits returns how many units of each line the customer can still withdraw from, by the
// position of the line: those that have left the shop and are in no return yet.
func ReturnableUnits(o *Order, g *Goods, returns []Return) map[int]int {
	left := map[int]int{}
	for _, l := range o.Lines {
		left[l.Position] = g.Gone[l.Position]
	}
	for _, r := range returns {
		for _, l := range r.Lines {
			left[l.Position] = max(left[l.Position]-l.Quantity, 0)
		}
	}
	return left
}

// Returns lists the returns of an order, oldest first.
func (s *Store) Returns(ctx context.Context, orderID int64) ([]Return, error) {
	return returnsOf(s.Read(ctx), orderID)
}

func returnsOf(db *gorm.DB, orderID int64) (list []Return, err error) {
	if err := db.Where("order_id = ?", orderID).Order("id").Find(&list).Error; err != nil {
		return nil, err
	}
	return list, addReturnLines(db, list)
}

func addReturnLines(db *gorm.DB, list []Return) error {
	at := map[int64]int{}
	var ids []int64
	for i, r := range list {
		at[r.ID] = i
		ids = append(ids, r.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	var byHand []int64
	if err := queryAll(db, &byHand, "SELECT r.id FROM returns r JOIN refunds f ON f.id = r.refund_id WHERE r.id IN ? AND f.by_hand = 1", ids); err != nil {
		return err
	}
	for _, id := range byHand {
		list[at[id]].ByHand = true
	}
	var lines []ReturnLine
	if err := db.Where("return_id IN ?", ids).Order("return_id, position").Find(&lines).Error; err != nil {
		return err
	}
	for _, l := range lines {
		r := &list[at[l.ReturnID]]
		r.Lines = append(r.Lines, l)
	}
	return nil
}

// Announcement is what a customer withdraws from, as they, or staff for them, choose it.
type Announcement struct {
	Key    string      // of the form
	Units  map[int]int // by the position of the line
	Reason string
}

// Withdraw stores that the customer of an order withdraws from units of it, and mails them
// the receipt. The same form sent again returns the return that it made.
//
// Errors: NotFound; Conflict, see Order.RefusesWithdrawal; Invalid with Fields ("units",
// "reason").
func (s *Store) Withdraw(ctx context.Context, orderID int64, a Announcement) (*Return, error) {
	return s.announce(ctx, orderID, a, nil)
}

// AnnounceReturn is Withdraw by staff, for a customer who has called or written. Staff may accept
// what the law does not oblige them to take back, and after the time is over.
func (s *Store) AnnounceReturn(ctx context.Context, by Actor, orderID int64, a Announcement) (*Return, error) {
	return s.announce(ctx, orderID, a, &by)
}

func (s *Store) announce(ctx context.Context, orderID int64, a Announcement, by *Actor) (*Return, error) {
	a.Reason = TidyNote(a.Reason)
	var announced *Return
	err := s.inTx(ctx, func(tx *Tx) error {
		announced = nil
		o, err := tx.lockOrder("id = ?", orderID)
		if err != nil {
			return err
		}
		returns, err := returnsOf(tx.DB, o.ID)
		if err != nil {
			return err
		}
		for i := range returns {
			if returns[i].FormKey == a.Key {
				announced = &returns[i]
				return nil
			}
		}
		if announced, err = newReturn(tx, o, returns, a, by); err != nil {
			return err
		}
		return storeReturn(tx, o, announced, by)
	})
	return announced, err
}

// newReturn makes a return that the rules allow; it is not stored yet.
func newReturn(tx *Tx, o *Order, returns []Return, a Announcement, by *Actor) (*Return, error) {
	code := o.RefusesWithdrawal(tx.now)
	if by != nil {
		code = o.RefusesReturn()
	}
	if code != "" {
		return nil, &Error{Kind: Conflict, Code: code}
	}
	if utf8.RuneCountInString(a.Reason) > maxReturnNote {
		return nil, invalidFields(map[string]string{"reason": "withdraw.error.long"})
	}
	g, err := goodsOf(tx.DB, o)
	if err != nil {
		return nil, err
	}
	may := ReturnableUnits(o, g, returns)
	r := &Return{OrderID: o.ID, FormKey: a.Key, State: ReturnAnnounced, Reason: a.Reason, AnnouncedAt: tx.now, DueAt: tx.now.AddDate(0, 0, WithdrawDays)}
	if by != nil {
		r.StaffID = by.staffID()
	}
	for _, l := range o.Lines {
		n := a.Units[l.Position]
		if n < 0 || n > may[l.Position] || n > 0 && by == nil && !l.Withdrawable() {
			return nil, invalidFields(map[string]string{"units": "withdraw.error.units"})
		}
		if n > 0 {
			r.Lines = append(r.Lines, ReturnLine{Position: l.Position, Quantity: n})
		}
	}
	if len(r.Lines) == 0 {
		return nil, invalidFields(map[string]string{"units": "withdraw.error.none"})
	}
	return r, nil
}

func storeReturn(tx *Tx, o *Order, r *Return, by *Actor) error {
	if err := tx.Create(r).Error; err != nil {
		return err
	}
	for i := range r.Lines {
		r.Lines[i].ReturnID = r.ID
	}
	if err := tx.Create(&r.Lines).Error; err != nil {
		return err
	}
	if err := addOrderEvent(tx, o, o.Status, "withdrawn"); err != nil {
		return err
	}
	if by != nil {
		if err := auditOrder(tx, *by, o, "return_announced", "", returnSubject(r.ID)); err != nil {
			return err
		}
	}
	return queueMailAbout(tx, o, o.ShownPayment(), MailWithdrawal, returnSubject(r.ID))
}

// Return is the id of the return that a mail is about, 0 for none.
func (m *Mail) Return() (id int64) {
	if _, err := fmt.Sscanf(m.About, "return %d", &id); err != nil {
		return 0
	}
	return id
}

// ReturnByID returns a return. Errors: NotFound.
func (s *Store) ReturnByID(ctx context.Context, id int64) (*Return, error) {
	return returnByID(s.Read(ctx), id)
}

func returnByID(db *gorm.DB, id int64) (*Return, error) {
	list := make([]Return, 1)
	if err := db.Where("id = ?", id).Take(&list[0]).Error; err != nil {
		return nil, notFound(err, CodeReturnNotFound)
	}
	return &list[0], addReturnLines(db, list)
}

// WaitingReturn is a return in the list of staff.
type WaitingReturn struct {
	ID          int64
	OrderNumber string
	Name        string
	State       ReturnState
	Units       int
	AnnouncedAt time.Time
	DueAt       time.Time
}

// WaitingReturns lists the returns whose money has not gone back, the first due first.
func (s *Store) WaitingReturns(ctx context.Context, limit int) (list []WaitingReturn, err error) {
	err = queryAll(s.Read(ctx), &list, `SELECT r.id, o.number AS order_number, o.name, r.state, r.announced_at, r.due_at,
			(SELECT coalesce(sum(quantity), 0) FROM return_lines l WHERE l.return_id = r.id) AS units
		FROM returns r JOIN orders o ON o.id = r.order_id
		WHERE r.state IN ('announced', 'received') ORDER BY r.due_at, r.id LIMIT ?`, limit)
	return list, err
}
