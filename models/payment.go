package models

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
)

// PaymentState is where one attempt to pay stands, in the shop's words. The
// payment desk translates the bank's statuses into these.
type PaymentState string

// The states of an attempt.
const (
	PaymentStarting     PaymentState = "starting"   // stored; the bank has not answered yet
	PaymentOpen         PaymentState = "open"       // the bank waits for the shopper
	PaymentProcessing   PaymentState = "processing" // the bank is deciding
	PaymentHeld         PaymentState = "held"       // authorized: the money is held, not captured
	PaymentReleased     PaymentState = "released"   // the hold was released: nothing was captured
	PaymentPaid         PaymentState = "paid"
	PaymentDeclined     PaymentState = "declined"
	PaymentExpired      PaymentState = "expired"
	PaymentRefused      PaymentState = "refused"  // the bank refused to open it
	PaymentMismatch     PaymentState = "mismatch" // the bank's facts are not ours; staff decide
	PaymentRefunding    PaymentState = "refund_requested"
	PaymentPartRefunded PaymentState = "partly_refunded"
	PaymentRefunded     PaymentState = "refunded"
)

// paymentMoves is every move an attempt can make. A later success wins over a
// decline or an expiry, because the money is real; a late failure never undoes a
// success. What is not listed is recorded and not done.
var paymentMoves = map[PaymentState][]PaymentState{
	PaymentStarting:     {PaymentOpen, PaymentProcessing, PaymentHeld, PaymentPaid, PaymentDeclined, PaymentExpired, PaymentRefused, PaymentMismatch},
	PaymentOpen:         {PaymentProcessing, PaymentHeld, PaymentPaid, PaymentDeclined, PaymentExpired, PaymentMismatch},
	PaymentProcessing:   {PaymentHeld, PaymentPaid, PaymentDeclined, PaymentExpired, PaymentMismatch},
	PaymentHeld:         {PaymentPaid, PaymentReleased, PaymentMismatch},
	PaymentReleased:     {PaymentPaid, PaymentMismatch},
	PaymentDeclined:     {PaymentHeld, PaymentPaid, PaymentExpired, PaymentMismatch},
	PaymentExpired:      {PaymentHeld, PaymentPaid, PaymentDeclined, PaymentMismatch},
	PaymentRefused:      {PaymentHeld, PaymentPaid, PaymentDeclined, PaymentExpired, PaymentMismatch},
	PaymentPaid:         {PaymentRefunding, PaymentPartRefunded, PaymentRefunded, PaymentMismatch},
	PaymentRefunding:    {PaymentPaid, PaymentPartRefunded, PaymentRefunded, PaymentMismatch},
	PaymentPartRefunded: {PaymentRefunding, PaymentRefunded, PaymentMismatch},
	PaymentRefunded:     {},
	PaymentMismatch:     {},
}

// canBecome reports whether an attempt may move from s to to.
func (s PaymentState) canBecome(to PaymentState) bool { return slices.Contains(paymentMoves[s], to) }

// orderStatus returns what an order is while the attempt that decides about it is in state
// s. A state that this program does not know is for staff.
func (s PaymentState) orderStatus() OrderStatus {
	switch s {
	case PaymentStarting, PaymentOpen:
		return AwaitingPayment
	case PaymentProcessing:
		return Confirming
	case PaymentHeld:
		return OnHold
	case PaymentReleased:
		return Cancelled
	case PaymentDeclined, PaymentRefused:
		return Declined
	case PaymentExpired:
		return Expired
	case PaymentPaid:
		return Paid
	case PaymentRefunding:
		return Refunding
	case PaymentPartRefunded:
		return PartlyRefunded
	case PaymentRefunded:
		return Refunded
	}
	return Review // PaymentMismatch
}

// open reports whether the attempt may still be paid by the shopper.
func (s PaymentState) open() bool {
	return s == PaymentStarting || s == PaymentOpen || s == PaymentProcessing
}

// captured reports whether the bank has, or had, the shopper's money.
func (s PaymentState) captured() bool {
	switch s {
	case PaymentPaid, PaymentRefunding, PaymentPartRefunded, PaymentRefunded:
		return true
	}
	return false
}

// PaymentKind is how an attempt is paid.
type PaymentKind string

// The ways to pay.
const (
	ByPage      PaymentKind = "page"            // the card is typed on the bank's page
	BySavedCard PaymentKind = "saved_card_page" // a saved card, on the bank's page
	Automatic   PaymentKind = "automatic"       // a saved card, without the shopper
)

// Payment is one attempt to pay an order.
type Payment struct {
	ID              int64
	OrderID         int64
	Attempt         int
	Kind            PaymentKind
	CardID          *int64 // the saved card; nil with ByPage
	IdempotencyKey  string
	RequestBody     []byte
	BankOrderID     *string
	RedirectURL     string
	BankStatus      string
	BankCode        string
	RejectReason    string
	State           PaymentState
	ChosenMethod    Method // the way to pay that the shopper chose; the bank's page may offer a card beside it
	Method          Method // what it was paid with, verbatim; "" if not known
	RequestedTetri  Tetri
	AuthorizedTetri Tetri // of a hold, also after it has ended
	CapturedTetri   Tetri
	RefundedTetri   Tetri
	DiscountTetri   Tetri // what the bank took off by a campaign: of what was captured or, until then, of the hold
	Currency        string
	CardMask        string
	CardLast4       string `gorm:"column:card_last4"` // the last four digits of CardMask
	CardBrand       string
	PayerName       string   // whoever paid without a card, as the bank names them; see Payer
	SaveCard        CardKind // how the bank is to save the card it is paid with; "": not at all
	SaveCardKey     *string  // idempotency key of that call
	SaveCardState   SaveCardState
	WalletState     WalletState // of an attempt by a wallet's button on the shop's page; "": it is not one
	WalletKey       *string     // idempotency key of the call that hands over Apple Pay's token
	ExpiresAt       time.Time
	HeldAt          *time.Time // when its hold began; nil: it never was one
	DecideUntil     *time.Time // until when its units are reserved while the bank decides on a loan; nil: none was applied for
	Checks          int
	CheckedAt       *time.Time
	NextCheckAt     *time.Time
	Accepted        string // what a manager has accepted in the bank's facts although ours are others, one line each
	CreatedAt       time.Time
	UpdatedAt       time.Time
}

// PaidBy is the method that the attempt was paid by or, while no receipt has said so, is to be: what
// can be done with it follows from that.
func (p *Payment) PaidBy() Method { return cmp.Or(p.Method, p.ChosenMethod) }

// PayPage returns the bank's page where the shopper can pay this attempt, or "" if
// there is none. While the bank is deciding, its page stays open: a shopper who left it
// during 3-D Secure finds the question there again. Only the bank says when the time to pay
// is over; no clock of ours withdraws the page.
func (p *Payment) PayPage() string {
	if p.State != PaymentOpen && p.State != PaymentProcessing || p.Kind == Automatic {
		return ""
	}
	return p.RedirectURL
}

// Unopened reports whether the bank has still to open the page on which the attempt is
// paid: nobody can have paid it.
func (p *Payment) Unopened() bool {
	return p.State == PaymentStarting && p.Kind != Automatic && !p.TokenLess()
}

// SaveCardState is where the request that the bank save the card of an attempt stands.
type SaveCardState string

// The states of a save-card request.
const (
	SaveCardRequested SaveCardState = "requested" // has to reach the bank before the shopper does
	SaveCardAccepted  SaveCardState = "accepted"  // the receipt will say whether the bank saved the card
	SaveCardFailed    SaveCardState = "failed"    // the bank refused, or somebody else may pay: the card is not saved
)

// newPayment makes one more attempt to pay o, by card unless that is nil, by the button of the
// order's wallet if button is true, and has the order reserve its units for as long. Neither is
// stored yet. Its first check is due soon, so that the worker finishes what a crash interrupts.
func newPayment(tx *Tx, o *Order, card *SavedCard, button bool, build BuildPayment) (*Payment, error) {
	due := tx.now.Add(StartGrace)
	p := &Payment{
		OrderID: o.ID, Attempt: len(o.Payments) + 1, Kind: ByPage,
		ChosenMethod: o.Method, State: PaymentStarting, RequestedTetri: o.TotalTetri, Currency: "GEL",
		NextCheckAt: &due, CreatedAt: tx.now, UpdatedAt: tx.now,
	}
	switch {
	case card == nil && o.SaveCard != "" && o.Method.Rules().SaveCard:
		key := uuid.NewString()
		p.SaveCard, p.SaveCardKey, p.SaveCardState = o.SaveCard, &key, SaveCardRequested
	case card != nil && card.Kind == Subscription:
		p.Kind, p.CardID = Automatic, &card.ID
	case card != nil:
		p.Kind, p.CardID = BySavedCard, &card.ID
	case button:
		p.WalletState = o.Method.firstWalletState()
	}
	var err error
	if o.Split, err = planSplit(tx, o, p); err != nil {
		return nil, err
	}
	request, err := build(o, p.Kind)
	if err != nil {
		return nil, err
	}
	if request.Splits {
		o.Split.set(SplitSent)
	}
	p.IdempotencyKey, p.RequestBody, p.ExpiresAt = request.IdempotencyKey, request.RequestBody, request.ExpiresAt.UTC()
	o.ReservedUntil = p.ExpiresAt.Add(ReservationGrace)
	return p, nil
}

// createPayment stores an attempt to pay o.
func createPayment(tx *Tx, o *Order, p *Payment) error {
	if err := tx.Create(p).Error; err != nil {
		return err
	}
	o.Payments = append(o.Payments, *p)
	if o.Split == nil {
		return nil
	}
	o.Split.OrderID, o.Split.PaymentID = o.ID, p.ID
	return storeSplit(tx, o.Split)
}

// StartGrace is how long the request that placed an order has for its own call
// to the bank before the worker takes over.
const StartGrace = 12 * time.Second

// PaymentByID returns one attempt. Errors: NotFound.
func (s *Store) PaymentByID(ctx context.Context, id int64) (*Payment, error) {
	var p Payment
	err := s.Read(ctx).Where("id = ?", id).Take(&p).Error
	return &p, notFound(err, CodePaymentNotFound)
}

// findPayment returns the attempt that a message of the bank is about, nil if there is none:
// the one with the bank's order id or, while no answer has told us that id, the newest
// attempt without one of the order with this number. That attempt gets the id from the
// message, unless it still waits for the answer that brings the page to pay on.
func findPayment(tx *Tx, bankOrderID, orderNumber string) (*int64, error) {
	var id int64
	err := query(tx.DB, []any{&id}, "SELECT id FROM payments WHERE bank_order_id = ?", bankOrderID)
	if !errors.Is(err, gorm.ErrRecordNotFound) {
		return &id, err
	}
	if bankOrderID == "" {
		return nil, nil
	}
	o, err := orNil(tx.lockOrder("number = ?", orderNumber))
	if o == nil {
		return nil, err
	}
	for _, p := range slices.Backward(o.Payments) {
		if p.BankOrderID != nil && *p.BankOrderID == bankOrderID {
			return &p.ID, nil // the bank's answer was stored while the order was waited for
		}
	}
	for _, p := range slices.Backward(o.Payments) {
		if p.BankOrderID == nil {
			if p.State != PaymentStarting || p.Kind == Automatic || p.Consented() {
				p.BankOrderID = &bankOrderID
				err = tx.save(&p, "BankOrderID")
			}
			return &p.ID, err
		}
	}
	return nil, nil
}

// StartAnswered stores the bank's answer to the creation of the attempt; calls are the
// exchanges it took, for the journal. Repeating it changes nothing else. An attempt that
// was refused or given up in the meantime stays so, but becomes due for a check: a shopper
// may have been sent to its page.
func (s *Store) StartAnswered(ctx context.Context, paymentID int64, bankOrderID, redirectURL string, calls ...Event) error {
	return s.inTx(ctx, func(tx *Tx) error {
		p, o, err := tx.lockPayment(paymentID)
		if err != nil {
			return err
		}
		if err := journalCalls(tx, p.ID, calls); err != nil || p.BankOrderID != nil && p.State != PaymentStarting {
			return err
		}
		messageCame := p.BankOrderID != nil
		if !messageCame {
			p.BankOrderID, p.RedirectURL, p.UpdatedAt = &bankOrderID, redirectURL, tx.now
			if late := tx.now.Sub(p.CreatedAt); late > StartGrace { // its time to pay begins only now
				p.ExpiresAt = p.ExpiresAt.UTC().Add(late)
				o.ReservedUntil = p.ExpiresAt.Add(ReservationGrace)
				if err := tx.save(o, "ReservedUntil"); err != nil {
					return err
				}
			}
			if err := tx.save(p, "BankOrderID", "RedirectURL", "ExpiresAt", "UpdatedAt"); err != nil {
				return err
			}
		}
		if p.State != PaymentStarting {
			return checkAt(tx, p, &tx.now)
		}
		to := PaymentOpen
		if p.Kind == Automatic || p.Consented() {
			to = PaymentProcessing // nobody has to do anything more
		}
		if err := movePayment(tx, o, p, to, "created at the bank"); err != nil {
			return err
		}
		if messageCame {
			return nil // that made it due
		}
		return scheduleCheck(tx, p)
	})
}

// SaveCardAnswered stores whether the bank took the save-card request of an attempt. calls
// are as in StartAnswered.
func (s *Store) SaveCardAnswered(ctx context.Context, paymentID int64, to SaveCardState, calls ...Event) error {
	return s.inTx(ctx, func(tx *Tx) error {
		if err := journalCalls(tx, paymentID, calls); err != nil {
			return err
		}
		return tx.exec("UPDATE payments SET save_card_state = ? WHERE id = ? AND save_card_state = ?", to, paymentID, SaveCardRequested)
	})
}

// TypedByAnybody notes that the bank's page of an open attempt is opened by somebody who only
// has the order's link: their card is not saved in the customer's account, as in RetryPayment.
func (s *Store) TypedByAnybody(ctx context.Context, o *Order) error {
	p := o.LastPayment()
	if p == nil || p.SaveCard == "" || p.SaveCardState == SaveCardFailed || p.State != PaymentStarting && p.State != PaymentOpen {
		return nil
	}
	return s.inTx(ctx, func(tx *Tx) error {
		p.SaveCardState = SaveCardFailed
		return tx.exec("UPDATE payments SET save_card_state = ? WHERE id = ? AND state IN (?, ?)", SaveCardFailed, p.ID, PaymentStarting, PaymentOpen)
	})
}

// StartRefused stores that the bank certainly did not open the attempt; the order can
// be paid in another one. code is the bank's response code if it gave one; calls are as in
// StartAnswered. If watched, the shopper is looking at the page that shows the refusal;
// otherwise they get a mail.
func (s *Store) StartRefused(ctx context.Context, paymentID int64, code, why string, watched bool, calls ...Event) error {
	return s.inTx(ctx, func(tx *Tx) error {
		p, o, err := tx.lockPayment(paymentID)
		if err != nil {
			return err
		}
		if err := journalCalls(tx, p.ID, calls); err != nil || p.State != PaymentStarting || p.BankOrderID != nil {
			return err // a callback has brought the id: an earlier call reached the bank
		}
		p.BankCode = code
		if err := movePayment(tx, o, p, PaymentRefused, Cause(why)); err != nil {
			return err
		}
		if err := cardFailed(tx, p); err != nil {
			return err
		}
		if o.Status == Declined && p.ID == o.LastPayment().ID && (!watched || p.Kind == Automatic) {
			if err := queueMail(tx, o, p, MailDeclined); err != nil {
				return err
			}
		}
		p.NextCheckAt = nil
		return tx.save(p, "BankCode", "NextCheckAt")
	})
}
