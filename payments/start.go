package payments

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"dukani/models"
	"dukani/payments/bog"
)

// Outcome says what came of a shopper's wish to pay an order.
type Outcome string

// The outcomes of Pay, PlaceOrder and Reorder.
const (
	OnBankPage   Outcome = "on_bank_page"   // the shopper pays on the bank's page
	NothingToPay Outcome = "nothing_to_pay" // the order is paid, or it cannot be paid any more
	Undecided    Outcome = "undecided"      // an attempt is under way; the worker finds out what becomes of it
	Failed       Outcome = "failed"         // the bank has declined the attempt, or its time was over
	BankSilent   Outcome = "bank_silent"    // no attempt was made, because the last one may have been paid
	NoAccess     Outcome = "no_access"      // as BankSilent, because the bank does not let the shop in
	InSheet      Outcome = "in_sheet"       // the shopper goes on in Apple Pay's sheet, with Session
)

// PayResult is where a shopper pays an order, or why there is nowhere to pay it. With
// every Outcome but OnBankPage the order's own page tells the shopper how it stands.
type PayResult struct {
	Outcome Outcome
	URL     string // of the bank's page; "" with every other outcome

	Session string // InSheet: the merchant session for Apple's script, as JSON
	Attempt string // InSheet: the number of the order's attempt, for CompleteApplePay
}

// resultOf is what the state of an attempt means to the shopper who wants to pay it.
func resultOf(p *models.Payment) PayResult {
	if page := p.PayPage(); page != "" {
		return PayResult{Outcome: OnBankPage, URL: page}
	}
	switch p.State {
	case models.PaymentStarting, models.PaymentOpen, models.PaymentProcessing, models.PaymentMismatch:
		return PayResult{Outcome: Undecided}
	case models.PaymentDeclined, models.PaymentRefused, models.PaymentExpired:
		return PayResult{Outcome: Failed}
	}
	return PayResult{Outcome: NothingToPay}
}

// PlaceOrder turns a cart into an order and opens its first payment at the bank. If the
// bank cannot be reached the order stands all the same, and the worker goes on trying.
//
// Errors are those of models.PlaceOrder and, with the order, of Pay.
func (d *Desk) PlaceOrder(ctx context.Context, cartKey string, c models.Checkout) (*models.Order, PayResult, error) {
	return d.placeOrder(ctx, cartKey, c, nil)
}

// placeOrder is PlaceOrder, by a wallet's button unless w is nil.
func (d *Desk) placeOrder(ctx context.Context, cartKey string, c models.Checkout, w *WalletButton) (*models.Order, PayResult, error) {
	var err error
	if c.Offered, err = d.Methods(ctx); err != nil {
		return nil, PayResult{}, err
	}
	o, err := d.store.PlaceOrder(ctx, cartKey, c, d.requestFor(w))
	if err != nil {
		return nil, PayResult{}, err
	}
	result, err := d.pay(ctx, o, models.PayWith{Method: c.Method, CardID: c.CardID, Button: c.Button}, w)
	return o, result, err
}

// Pay lets the shopper pay an order that was placed before: on the page that the bank
// already has for it or, after a decline or an expiry, on a new one; there in the way
// that with says. The bank is asked about the earlier attempt first, because it may have been
// paid in the meantime.
//
// Errors: Conflict if the order cannot be paid any more, or not with that card; Invalid (field
// "method") if that way to pay is not offered.
func (d *Desk) Pay(ctx context.Context, o *models.Order, with models.PayWith) (PayResult, error) {
	return d.pay(ctx, o, with, nil)
}

// pay is Pay, by a wallet's button unless w is nil.
func (d *Desk) pay(ctx context.Context, o *models.Order, with models.PayWith, w *WalletButton) (PayResult, error) {
	if with.CardID == models.TypedByAnybody {
		if err := d.store.TypedByAnybody(ctx, o); err != nil {
			return PayResult{}, err
		}
	}
	p := o.LastPayment()
	if p != nil && p.BankOrderID != nil && (o.Status.Payable() || o.Status.Unsettled()) {
		settled, err := d.Settle(ctx, p.ID, models.CauseShopper)
		if errors.Is(err, ErrBankSilent) {
			return resultInSilence(o, p, err), nil
		}
		if err != nil {
			return PayResult{}, err
		}
		o, p = settled, settled.LastPayment()
	}
	if !o.Status.Payable() && !o.Status.Unsettled() {
		return PayResult{Outcome: NothingToPay}, nil
	}
	if p == nil || !o.Status.Unsettled() && p.PayPage() == "" || p.Replaceable() && !w.made(p) {
		var err error
		if with.Offered, err = d.Methods(ctx); err != nil {
			return PayResult{}, err
		}
		if p, err = d.store.RetryPayment(ctx, o.ID, with, d.requestFor(w)); err != nil {
			return PayResult{}, err
		}
	}
	switch {
	case w.made(p):
		return d.openByWallet(ctx, o, p, w)
	case p.State != models.PaymentStarting:
		return resultOf(p), d.requestSaveCard(ctx, p)
	case p.Consented():
		return PayResult{Outcome: Undecided}, nil // another request has handed over a token
	case p.Kind == models.Automatic:
		return PayResult{Outcome: Undecided}, nil // the worker charges the card; the shopper has nothing to do
	}
	return d.open(ctx, o, p)
}

// resultInSilence is the result while the bank cannot say how p, the last attempt, stands.
// A page that is open stays the place to pay. Beside an attempt that is over as far as the
// shop knows no new one is made: the shopper might pay twice.
func resultInSilence(o *models.Order, p *models.Payment, silence error) PayResult {
	switch {
	case p.PayPage() != "" || !o.Status.Payable():
		return resultOf(p)
	case errors.Is(silence, ErrNoAccess):
		return PayResult{Outcome: NoAccess}
	}
	return PayResult{Outcome: BankSilent}
}

// open has the bank create a stored attempt, once for all who want it at the same moment.
func (d *Desk) open(ctx context.Context, o *models.Order, p *models.Payment) (PayResult, error) {
	_, err := d.askOnce(ctx, questionAbout(p), func() (*models.Order, error) { return nil, d.create(ctx, o, p, models.CauseShopper) })
	switch {
	case errors.Is(err, ErrBankSilent):
		return PayResult{Outcome: Undecided}, nil // the worker repeats the call
	case err != nil:
		return PayResult{}, err
	}
	opened, err := d.store.PaymentByID(ctx, p.ID)
	if err != nil {
		return PayResult{}, err
	}
	return resultOf(opened), nil
}

// create sends the request of a stored attempt to the bank and stores the answer. It can
// be repeated after any failure: key and body are those on disk, so the bank does it once.
// cause names who asked: the shopper is told of a refusal by mail, unless they wait for
// the answer.
func (d *Desk) create(ctx context.Context, o *models.Order, p *models.Payment, cause models.Cause) error {
	op, send, err := d.creationCall(ctx, o, p)
	if err != nil {
		return err
	}
	var answer *bog.Order
	recorded, calls := d.record(ctx)
	err = d.call(recorded, op, func(ctx context.Context) (err error) {
		answer, err = send(ctx)
		return err
	})
	if err == nil {
		if err := d.store.StartAnswered(context.WithoutCancel(ctx), p.ID, answer.ID, answer.RedirectURL, *calls...); err != nil {
			return err
		}
		p.BankOrderID = &answer.ID
		return d.requestSaveCard(ctx, p)
	}
	if errors.Is(err, errNotCalled) {
		return err
	}
	d.log.WarnContext(ctx, "the bank did not open a payment", "order", o.Number, "payment", p.ID, "err", err)
	if bog.RefusedForGood(err) {
		if bog.IsMethodRefused(err) && p.Kind == models.ByPage {
			if err := d.store.MethodRefused(context.WithoutCancel(ctx), p.ChosenMethod, err.Error()); err != nil {
				return err
			}
		}
		if err := d.splitRefused(ctx, p.ID, err); err != nil {
			return err
		}
		watched := ctx.Err() == nil && slices.Contains(shopperCauses, cause)
		return d.store.StartRefused(context.WithoutCancel(ctx), p.ID, codeOf(err, p), err.Error(), watched, *calls...)
	}
	return d.postpone(ctx, p.ID, cause, err, *calls...)
}

// shopperCauses are the causes with which a shopper waits for the answer.
var shopperCauses = []models.Cause{models.CauseShopper, models.CauseOrderPage}

// codeOf returns the response code behind a refused call. It is not documented whether the
// bank reports a missing card by the HTTP status or by a rejected order.
func codeOf(err error, p *models.Payment) string {
	if p.CardID != nil && (bog.IsCardNotFound(err) || bog.IsNotFound(err)) {
		return string(bog.CodeCardNotFound)
	}
	return ""
}

// creationCall is the call that creates an attempt at the bank; its kind says which.
func (d *Desk) creationCall(ctx context.Context, o *models.Order, p *models.Payment) (bog.Op, func(context.Context) (*bog.Order, error), error) {
	options := bog.CallOptions{IdempotencyKey: p.IdempotencyKey}
	if p.Kind != models.Automatic {
		options.Language, options.Theme = bog.Lang(o.Lang), bog.Theme(o.Theme)
	}
	if p.Kind == models.ByPage {
		return bog.OpCreateOrder, func(ctx context.Context) (*bog.Order, error) {
			return d.bank.CreateOrderRaw(ctx, p.RequestBody, options)
		}, nil
	}
	card, err := d.store.CardByID(ctx, *p.CardID)
	if err != nil {
		return "", nil, err
	}
	op, send := bog.OpPayWithSavedCard, d.bank.PayWithSavedCardRaw
	if p.Kind == models.Automatic {
		op, send = bog.OpChargeSavedCard, d.bank.ChargeSavedCardRaw
	}
	return op, func(ctx context.Context) (*bog.Order, error) {
		return send(ctx, card.ParentBankID, p.RequestBody, options)
	}, nil
}

// requestFor is what makes the request of an attempt, which a wallet's button makes unless w is nil.
func (d *Desk) requestFor(w *WalletButton) models.BuildPayment {
	if w != nil {
		return w.build(d)
	}
	return d.request
}

// request makes the bank's request for an order's money. It runs inside the transaction
// that stores the order, so it only computes.
func (d *Desk) request(o *models.Order, kind models.PaymentKind) (models.NewPayment, error) {
	encode := d.pageRequest
	if kind == models.Automatic {
		encode = d.chargeRequest
	}
	body, err := encode(o)
	if err != nil {
		return models.NewPayment{}, fmt.Errorf("request for %s: %w", o.Number, err)
	}
	return models.NewPayment{
		IdempotencyKey: uuid.NewString(),
		RequestBody:    body,
		ExpiresAt:      d.store.Now().Add(d.ttl),
		Splits:         kind != models.Automatic && splitOf(o, d.captureBy(o.Method)) != nil,
	}, nil
}

// pageRequest is for a payment on the bank's page, whether the card is typed there
// or saved.
func (d *Desk) pageRequest(o *models.Order) ([]byte, error) { return bog.EncodeOrder(d.pageOrder(o)) }

// pageOrder is what the bank is told about an order that the shopper pays.
func (d *Desk) pageOrder(o *models.Order) bog.OrderRequest {
	page := d.baseURL + "/" + string(o.Lang) + "/orders/" + o.Token + "/return"
	r := bog.OrderRequest{
		CallbackURL:     d.callbackURL(),
		ExternalOrderID: o.Number,
		Capture:         d.captureBy(o.Method),
		TTL:             int(d.ttl / time.Minute),
		Buyer:           &bog.Buyer{FullName: o.Name, MaskedEmail: maskEmail(o.Email), MaskedPhone: maskPhone(o.Phone)},
		// Without this the page offers every method that the merchant has.
		PaymentMethods: []bog.Method{bog.Method(o.Method)},
		RedirectURLs:   &bog.RedirectURLs{Success: page, Fail: page},
		PurchaseUnits: bog.PurchaseUnits{
			Currency: bog.GEL, TotalAmount: bog.Amount(o.TotalTetri),
		},
	}
	if campaign, split := d.campaignFor(o.Method), splitOf(o, r.Capture); campaign != nil || split != nil {
		r.Config = &bog.OrderConfig{Campaign: campaign, Split: split}
	}
	if o.DeliveryTetri > 0 {
		r.PurchaseUnits.Delivery = &bog.Delivery{Amount: bog.Amount(o.DeliveryTetri)}
	}
	addLoan(&r, o)
	for _, l := range o.Lines {
		r.PurchaseUnits.Basket = append(r.PurchaseUnits.Basket, bog.BasketItem{
			ProductID: l.Slug, Description: l.Name(o.Lang),
			Quantity: int64(l.Quantity), UnitPrice: bog.Amount(l.UnitTetri),
		})
	}
	return r
}

// chargeRequest is for a charge without the shopper. Amount, currency, buyer and
// goods come from the order the card was saved on; this names only the new order.
func (d *Desk) chargeRequest(o *models.Order) ([]byte, error) {
	return bog.EncodeCharge(bog.ChargeRequest{CallbackURL: d.callbackURL(), ExternalOrderID: o.Number})
}

// callbackURL is where the bank reports to.
func (d *Desk) callbackURL() string { return d.baseURL + "/bog/callback" }

// maskEmail keeps the first letter and the domain: nino@example.ge becomes
// n***@example.ge.
func maskEmail(s string) string {
	for i, r := range s {
		if r == '@' {
			_, first := utf8.DecodeRuneInString(s)
			return s[:first] + "***" + s[i:]
		}
	}
	return "***"
}

// maskPhone keeps the country, the operator's first digit and the last two:
// +995599123456 becomes +9955******56. Of a short number it keeps less.
func maskPhone(s string) string {
	const hidden, tail = 4, 2
	head := min(5, len(s)-hidden-tail)
	if head < 0 {
		return "***"
	}
	masked := []byte(s)
	for i := head; i < len(s)-tail; i++ {
		masked[i] = '*'
	}
	return string(masked)
}
