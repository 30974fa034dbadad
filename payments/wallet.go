package payments

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/google/uuid"

	"dukani/models"
	"dukani/payments/bog"
)

// A wallet's button stands on the shop's own page (bog-api.md §12). The shopper consents in the
// wallet's sheet, and the browser brings a token that goes to the bank within the same request. It
// is in no database, no log, no session: the stored request lacks it, and what the client reports
// of its calls has it redacted. So a call with a token can be repeated only by the client itself,
// within the request that brought the token, with the same key and the same bytes.
//
// What the worker may repeat after a lost answer:
//
//   - Google Pay: the creation with its key and without the token. By bog-api.md §3 the bank
//     replays its first answer, so this finds the order that the first call made, and makes none.
//     Whether it does so for another body is not documented. A refusal of the repeat therefore
//     says nothing about the first call: the attempt stays undecided (models.WalletLost).
//   - Apple Pay: the creation, which has no token. The call that hands over the token is never
//     repeated, but the bank's order is known by then, and its receipt tells the outcome.

// WalletButton is a payment by a wallet's button, for PlaceOrderByWallet and PayByWallet.
type WalletButton struct {
	// Token is the whole token of Google's script. Apple Pay has none yet: see CompleteApplePay.
	Token string

	key string // idempotency key of the attempt that was stored for this button; "": none was
}

// PlaceOrderByWallet is PlaceOrder for a wallet's button on the checkout page; c.Method names the
// wallet. The same form sent twice is one order, and only the request that stored an attempt hands
// over its token.
func (d *Desk) PlaceOrderByWallet(ctx context.Context, cartKey string, c models.Checkout, w WalletButton) (*models.Order, PayResult, error) {
	c.Button, c.CardID = true, 0
	return d.placeOrder(ctx, cartKey, c, &w)
}

// TryOrderByWallet reports whether PlaceOrderByWallet would ask for a token now: it checks the whole
// form and leaves nothing behind. If it is false and there is no error, o is an order that was
// placed before and tells on its page how it stands. Errors are those of models.PlaceOrder.
func (d *Desk) TryOrderByWallet(ctx context.Context, cartKey string, c models.Checkout) (o *models.Order, open bool, err error) {
	c.Button, c.CardID = true, 0
	if c.Offered, err = d.Methods(ctx); err != nil {
		return nil, false, err
	}
	w := &WalletButton{}
	if o, err = d.store.TryOrder(ctx, cartKey, c, w.build(d)); err != nil {
		return nil, false, err
	}
	p := o.LastPayment()
	return o, o.Status.Payable() && !p.Consented() && p.PayPage() == "" || w.made(p), nil
}

// PayByWallet is Pay for a wallet's button on the order's page; method names the wallet.
func (d *Desk) PayByWallet(ctx context.Context, o *models.Order, method models.Method, w WalletButton) (PayResult, error) {
	return d.pay(ctx, o, models.PayWith{Method: method, Button: true}, &w)
}

// build makes the request of an attempt, with no token in it, and remembers that it was made for
// this button.
func (w *WalletButton) build(d *Desk) models.BuildPayment {
	return func(o *models.Order, _ models.PaymentKind) (models.NewPayment, error) {
		r := d.pageOrder(o)
		r.ApplicationType = bog.Web
		encode := bog.EncodeGooglePayOrder
		if o.Method == models.ByApplePay {
			if r.Config == nil {
				r.Config = &bog.OrderConfig{}
			}
			r.Config.ApplePay = &bog.ApplePayConfig{External: true}
			encode = bog.EncodeOrder
		}
		body, err := encode(r)
		if err != nil {
			return models.NewPayment{}, fmt.Errorf("request for %s: %w", o.Number, err)
		}
		w.key = uuid.NewString()
		return models.NewPayment{IdempotencyKey: w.key, RequestBody: body, ExpiresAt: d.store.Now().Add(d.ttl), Splits: splitOf(o, r.Capture) != nil}, nil
	}
}

// made reports whether p was stored for this button, by this request.
func (w *WalletButton) made(p *models.Payment) bool {
	return w != nil && p != nil && w.key != "" && p.IdempotencyKey == w.key
}

// openByWallet has the bank create an attempt that was stored for w. Google Pay is decided by that
// call, or asks for 3-D Secure; Apple Pay goes on in its sheet.
func (d *Desk) openByWallet(ctx context.Context, o *models.Order, p *models.Payment, w *WalletButton) (PayResult, error) {
	body := p.RequestBody
	if p.ChosenMethod == models.ByGooglePay {
		var err error
		if body, err = bog.WithGooglePayToken(body, w.Token); err != nil {
			return PayResult{}, errors.Join(err, d.store.WalletNotSent(context.WithoutCancel(ctx), p.ID))
		}
	}
	options := bog.CallOptions{IdempotencyKey: p.IdempotencyKey, Language: bog.Lang(o.Lang), Theme: bog.Theme(o.Theme)}
	var answer *bog.Order
	recorded, calls := d.record(ctx)
	err := d.call(recorded, bog.OpCreateOrder, func(ctx context.Context) (err error) {
		answer, err = d.bank.CreateOrderRaw(ctx, body, options)
		return err
	})
	stored := context.WithoutCancel(ctx)
	if err != nil {
		return d.notOpenedByWallet(stored, o, p, err, *calls)
	}
	if err := d.store.StartAnswered(stored, p.ID, answer.ID, answer.RedirectURL, *calls...); err != nil {
		return PayResult{}, err
	}
	switch {
	case p.ChosenMethod == models.ByApplePay && len(answer.ApplePayResult) > 0:
		return PayResult{Outcome: InSheet, Session: string(answer.ApplePayResult), Attempt: strconv.Itoa(p.Attempt)}, nil
	case answer.RedirectURL != "":
		return PayResult{Outcome: OnBankPage, URL: answer.RedirectURL}, nil
	}
	return d.decidedByWallet(ctx, p)
}

// notOpenedByWallet stores how the creation of a wallet's attempt failed. Only what is certain ends
// it: that the bank refused the token, or that the token never reached the bank.
func (d *Desk) notOpenedByWallet(ctx context.Context, o *models.Order, p *models.Payment, why error, calls []models.Event) (PayResult, error) {
	d.log.WarnContext(ctx, "the bank did not open a wallet's payment", "order", o.Number, "payment", p.ID, "err", why)
	switch {
	case errors.Is(why, errNotCalled), bog.Refused(why) && !bog.RefusedForGood(why):
		return notSent(why), d.store.WalletNotSent(ctx, p.ID, calls...)
	case bog.RefusedForGood(why):
		if bog.IsMethodRefused(why) {
			if err := d.store.MethodRefused(ctx, p.ChosenMethod, why.Error()); err != nil {
				return PayResult{}, err
			}
		}
		if err := d.splitRefused(ctx, p.ID, why); err != nil {
			return PayResult{}, err
		}
		return PayResult{Outcome: Failed}, d.store.StartRefused(ctx, p.ID, "", why.Error(), true, calls...)
	}
	return PayResult{Outcome: Undecided}, d.store.PutOffCheck(ctx, p.ID, models.CauseShopper, why.Error(), calls...)
}

// notSent is the result if a token did not reach the bank: the shopper may consent again.
func notSent(why error) PayResult {
	if errors.Is(why, ErrNoAccess) || errors.Is(outageOf(why), ErrNoAccess) {
		return PayResult{Outcome: NoAccess}
	}
	return PayResult{Outcome: BankSilent}
}

// CompleteApplePay hands Apple Pay's token to the bank for an attempt that PlaceOrderByWallet or
// PayByWallet opened with InSheet. That the token leaves is stored before it does, so that it
// leaves once.
//
// Errors: Conflict if the attempt is not the order's last any more, or the order cannot be paid;
// then nothing was sent.
func (d *Desk) CompleteApplePay(ctx context.Context, o *models.Order, attempt, token string) (PayResult, error) {
	number, err := strconv.Atoi(attempt)
	if err != nil || token == "" {
		return PayResult{}, &models.Error{Kind: models.Invalid, Code: models.CodeFormUnreadable}
	}
	p, err := d.store.ClaimWallet(ctx, o.ID, number, uuid.NewString())
	if err != nil {
		return PayResult{}, err
	}
	recorded, calls := d.record(ctx)
	err = d.call(recorded, bog.OpCompleteApplePay, func(ctx context.Context) error {
		_, err := d.bank.CompleteApplePay(ctx, *p.BankOrderID, token, bog.CallOptions{IdempotencyKey: *p.WalletKey})
		return err
	})
	stored := context.WithoutCancel(ctx)
	switch {
	case err == nil:
		if err := d.store.JournalCalls(stored, p.ID, *calls); err != nil {
			return PayResult{}, err
		}
		return d.decidedByWallet(ctx, p)
	case errors.Is(err, errNotCalled), bog.Refused(err) && !bog.RefusedForGood(err):
		return notSent(err), d.store.WalletNotSent(stored, p.ID, *calls...)
	}
	d.log.WarnContext(ctx, "the bank did not take Apple Pay's token", "order", o.Number, "payment", p.ID, "err", err)
	if !bog.RefusedForGood(err) {
		return PayResult{Outcome: Undecided}, d.store.PutOffCheck(stored, p.ID, models.CauseShopper, err.Error(), *calls...)
	}
	if err := d.store.JournalCalls(stored, p.ID, *calls); err != nil {
		return PayResult{}, err
	}
	result, err := d.decidedByWallet(ctx, p)
	if err != nil || result.Outcome != Undecided || d.asksBank(ctx, p) {
		return result, err
	}
	return PayResult{Outcome: Failed}, d.store.WalletRefused(stored, p.ID)
}

// asksBank reports whether it is the bank's turn to decide about an attempt: its receipt could not
// be read, or says that it is at work.
func (d *Desk) asksBank(ctx context.Context, p *models.Payment) bool {
	now, err := d.store.PaymentByID(ctx, p.ID)
	return err != nil || now.BankStatus != string(bog.StatusCreated)
}

// decidedByWallet reads by the receipt what came of a token that the bank has answered.
func (d *Desk) decidedByWallet(ctx context.Context, p *models.Payment) (PayResult, error) {
	o, err := d.Settle(ctx, p.ID, models.CauseShopper)
	switch {
	case errors.Is(err, ErrBankSilent):
		return PayResult{Outcome: Undecided}, nil
	case err != nil:
		return PayResult{}, err
	}
	return resultOf(o.LastPayment()), nil
}

// repeatWithoutToken is what the worker does about a Google Pay attempt that has no answer: it
// repeats the creation without the token once, as the head of this file says.
func (d *Desk) repeatWithoutToken(ctx context.Context, o *models.Order, p *models.Payment, cause models.Cause) error {
	if p.WalletState != models.WalletSent {
		return d.store.WalletWaits(ctx, p.ID)
	}
	var answer *bog.Order
	options := bog.CallOptions{IdempotencyKey: p.IdempotencyKey, Language: bog.Lang(o.Lang), Theme: bog.Theme(o.Theme)}
	recorded, calls := d.record(ctx)
	err := d.call(recorded, bog.OpCreateOrder, func(ctx context.Context) (err error) {
		answer, err = d.bank.CreateOrderRaw(ctx, p.RequestBody, options)
		return err
	})
	stored := context.WithoutCancel(ctx)
	switch {
	case err == nil:
		return d.store.StartAnswered(stored, p.ID, answer.ID, answer.RedirectURL, *calls...)
	case bog.RefusedForGood(err):
		d.log.WarnContext(ctx, "the bank does not repeat its answer to a wallet's token", "order", o.Number, "payment", p.ID, "err", err)
		return d.store.WalletLost(stored, p.ID, *calls...)
	}
	return d.postpone(ctx, p.ID, cause, err, *calls...)
}
