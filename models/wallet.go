package models

import (
	"context"
	"slices"
	"time"
)

// WalletState is where an attempt stands that is paid by a wallet's button on the shop's own page
// (bog-api.md §12). The shopper consents in the wallet's sheet, and the token that proves it is
// handed to the bank in the same request. It is stored nowhere, so nobody can hand it over again.
type WalletState string

// The states of such an attempt.
const (
	WalletNone  WalletState = ""      // it is paid in another way
	WalletReady WalletState = "ready" // no token has left the shop: nobody can have paid it
	WalletSent  WalletState = "sent"  // a token is on its way or with the bank
	WalletLost  WalletState = "lost"  // likewise; the bank's answer was lost, and it does not repeat it
)

// Consented reports whether the attempt waits for the bank's word on a wallet's token. Nothing
// recalls the token, so no other attempt is made beside it.
func (p *Payment) Consented() bool {
	return (p.WalletState == WalletSent || p.WalletState == WalletLost) && p.RedirectURL == "" && p.State.open()
}

// Replaceable reports whether another attempt may take the place of an open one: a wallet's, of
// which no token has left the shop.
func (p *Payment) Replaceable() bool { return p.WalletState == WalletReady && p.State.open() }

// TokenLess reports whether the bank was to get a token with the call that opens the attempt, so
// that the call cannot be repeated as it was.
func (p *Payment) TokenLess() bool {
	return p.WalletState != WalletNone && p.ChosenMethod == ByGooglePay
}

// firstWalletState is the state of an attempt that is stored because of a wallet's button. Google
// Pay's token leaves with the call that opens the attempt, Apple Pay's with a later one.
func (m Method) firstWalletState() WalletState {
	if m == ByGooglePay {
		return WalletSent
	}
	return WalletReady
}

// firstStatus is the status of an order whose attempt p is new.
func (p *Payment) firstStatus() OrderStatus {
	if p.WalletState == WalletSent {
		return Confirming // the shopper has nothing more to do
	}
	return AwaitingPayment
}

// closeReplaceable ends an attempt in whose place another one comes.
func closeReplaceable(tx *Tx, p *Payment) error {
	from := p.State
	p.State, p.UpdatedAt = PaymentExpired, tx.now
	if err := tx.save(p, "State", "UpdatedAt"); err != nil {
		return err
	}
	if err := journal(tx, Event{
		PaymentID: &p.ID, At: tx.now, Kind: EventTransition, Cause: "replaced: no token was sent", Verdict: string(from) + " to " + string(p.State),
	}); err != nil {
		return err
	}
	return scheduleCheck(tx, p)
}

// ClaimWallet notes, before it happens, that the token of an Apple Pay attempt is handed to the
// bank under the idempotency key. It does so once: of two requests only one hands over a token.
//
// Errors: NotFound; Conflict "order.not_payable" if the attempt is not the order's last, if its
// token was handed over before, or if the order cannot be paid any more.
func (s *Store) ClaimWallet(ctx context.Context, orderID int64, attempt int, key string) (claimed *Payment, err error) {
	err = s.inTx(ctx, func(tx *Tx) error {
		o, err := tx.lockOrder("id = ?", orderID)
		if err != nil {
			return err
		}
		p := o.LastPayment()
		fits := p != nil && p.Attempt == attempt && p.WalletState == WalletReady && p.State == PaymentOpen && p.BankOrderID != nil
		if !fits || o.CancelledAt != nil || o.Status != AwaitingPayment {
			return errNotPayable
		}
		claimed = p
		p.WalletState, p.WalletKey, p.UpdatedAt = WalletSent, &key, tx.now
		if err := tx.save(p, "WalletState", "WalletKey", "UpdatedAt"); err != nil {
			return err
		}
		return setStatus(tx, o, Confirming, "")
	})
	return claimed, err
}

// WalletNotSent notes that the bank certainly did not get the token of an attempt: the shopper can
// consent again. calls are as in StartAnswered.
func (s *Store) WalletNotSent(ctx context.Context, paymentID int64, calls ...Event) error {
	return s.ofConsented(ctx, paymentID, calls, func(tx *Tx, o *Order, p *Payment) error {
		p.WalletState = WalletReady
		if err := tx.save(p, "WalletState"); err != nil {
			return err
		}
		if p.ID != o.LastPayment().ID || o.Status != Confirming {
			return nil
		}
		return setStatus(tx, o, AwaitingPayment, "")
	})
}

// WalletLost notes that the bank refuses to repeat its answer to a token. That refusal is not the
// outcome of the payment, which may have been made: the attempt stays undecided until a message
// of the bank tells the outcome or, when its time is over, staff find it out (GiveUpStart).
// Repeating it plans the same check.
func (s *Store) WalletLost(ctx context.Context, paymentID int64, calls ...Event) error {
	return s.ofConsented(ctx, paymentID, calls, func(tx *Tx, _ *Order, p *Payment) error {
		p.WalletState = WalletLost
		if err := tx.save(p, "WalletState"); err != nil {
			return err
		}
		return checkWhenClosed(tx, p)
	})
}

// WalletRefused notes that the bank has refused the token of an attempt that it has opened, and
// still says that it is open: nothing was paid, and the order can be paid in another attempt.
func (s *Store) WalletRefused(ctx context.Context, paymentID int64) error {
	return s.ofConsented(ctx, paymentID, nil, func(tx *Tx, o *Order, p *Payment) error {
		if err := movePayment(tx, o, p, PaymentDeclined, "the bank refused the wallet's token"); err != nil {
			return err
		}
		return scheduleCheck(tx, p)
	})
}

// WalletWaits plans the next check of an attempt about which the bank cannot be asked: it is
// looked at again when its time is over, unless a message of the bank comes before.
func (s *Store) WalletWaits(ctx context.Context, paymentID int64) error {
	return s.inTx(ctx, func(tx *Tx) error {
		p, _, err := tx.lockPayment(paymentID)
		if err != nil || p.State != PaymentStarting || p.BankOrderID != nil {
			return err
		}
		return checkWhenClosed(tx, p)
	})
}

func checkWhenClosed(tx *Tx, p *Payment) error {
	over := p.closedAt()
	if soon := tx.now.Add(time.Second); over.Before(soon) {
		over = soon
	}
	return checkAt(tx, p, &over)
}

// ofConsented writes down calls and does something about an attempt that waits for the bank's word
// on a token and has not got it in the meantime.
func (s *Store) ofConsented(ctx context.Context, paymentID int64, calls []Event, do func(*Tx, *Order, *Payment) error) error {
	return s.inTx(ctx, func(tx *Tx) error {
		p, o, err := tx.lockPayment(paymentID)
		if err != nil {
			return err
		}
		if err := journalCalls(tx, p.ID, calls); err != nil {
			return err
		}
		started := p.State == PaymentStarting && p.BankOrderID == nil
		if !p.Consented() || !started && p.ChosenMethod == ByGooglePay || !slices.Contains([]PaymentState{PaymentStarting, PaymentOpen}, p.State) {
			return nil
		}
		return do(tx, o, p)
	})
}
