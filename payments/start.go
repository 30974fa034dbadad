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

// PlaceOrder turns a cart into an order and opens its first payment at the bank.
//
// It returns the order and where the shopper pays it. The place is empty when the
// order needs no paying any more, or when the bank could not be reached: the order
// stands and the worker keeps trying, so the shopper waits on the order's own
// page. Errors are those of models.PlaceOrder and, with the order, of Pay.
func (d *Desk) PlaceOrder(ctx context.Context, cartKey string, c models.Checkout) (*models.Order, string, error) {
	o, err := d.store.PlaceOrder(ctx, cartKey, c, d.request)
	if err != nil {
		return nil, "", err
	}
	payAt, err := d.Pay(ctx, o, c.CardID)
	return o, payAt, err
}

// Pay returns where the shopper can pay an order that was placed before: on the
// page the bank already has for it, or, after a decline or an expiry, on a new
// one; there with the saved card cardID, or with one that is typed if that is 0. The
// bank is asked about the earlier attempt first, because it may have been paid in the
// meantime. The place is empty as in PlaceOrder.
//
// Errors: Conflict if the order cannot be paid any more, or not with that card;
// ErrBankSilent or ErrNoAccess if the earlier attempt is over as far as we know and the
// bank cannot be asked about it.
func (d *Desk) Pay(ctx context.Context, o *models.Order, cardID int64) (string, error) {
	if cardID == models.TypedByAnybody {
		if err := d.store.TypedByAnybody(ctx, o); err != nil {
			return "", err
		}
	}
	if p := o.LastPayment(); p != nil && p.BankOrderID != nil && (o.Status.Payable() || o.Status.Unsettled()) {
		settled, err := d.Settle(ctx, p.ID, models.CauseShopper)
		if errors.Is(err, ErrBankSilent) {
			page := p.PayPage() // is the same one, paid or not
			if page == "" && o.Status.Payable() {
				return "", err
			}
			return page, nil
		}
		if err != nil {
			return "", err
		}
		o = settled
	}
	if !o.Status.Payable() && !o.Status.Unsettled() {
		return "", nil
	}
	p := o.LastPayment()
	if p == nil || !o.Status.Unsettled() && p.PayPage() == "" {
		var err error
		if p, err = d.store.RetryPayment(ctx, o.ID, cardID, d.request); err != nil {
			return "", err
		}
	}
	return d.proceed(ctx, o, p)
}

// proceed returns where an attempt that is not over can be paid, opening it at the
// bank if that is still to be done.
func (d *Desk) proceed(ctx context.Context, o *models.Order, p *models.Payment) (string, error) {
	if p.State != models.PaymentStarting {
		return p.PayPage(), d.requestSaveCard(ctx, p)
	}
	if p.Kind == models.Automatic {
		return "", nil // the worker asks; the shopper has nothing to pay
	}
	return d.openOnce(ctx, o, p)
}

// openOnce is open, shared by all who want the attempt opened at the same moment.
func (d *Desk) openOnce(ctx context.Context, o *models.Order, p *models.Payment) (string, error) {
	_, err := d.share(ctx, questionAbout(p), func() (*models.Order, error) { return nil, d.open(ctx, o, p, models.CauseShopper) })
	if err != nil {
		return "", ignoreSilence(err)
	}
	opened, err := d.store.PaymentByID(ctx, p.ID)
	if err != nil {
		return "", err
	}
	return opened.PayPage(), nil
}

// open asks the bank to open a stored attempt. It can be repeated after any
// failure: key and body are those on disk, so the bank does it once. cause names who
// asked: a refusal is told by mail unless the shopper waits for the answer.
func (d *Desk) open(ctx context.Context, o *models.Order, p *models.Payment, cause models.Cause) error {
	op, create, err := d.creation(ctx, o, p)
	if err != nil {
		return err
	}
	var answer *bog.Order
	recorded, calls := d.record(ctx)
	err = d.ask(recorded, op, func(ctx context.Context) (err error) {
		answer, err = create(ctx)
		return err
	})
	if err == nil {
		if err := d.store.StartAnswered(context.WithoutCancel(ctx), p.ID, answer.ID, answer.RedirectURL, *calls...); err != nil {
			return err
		}
		p.BankOrderID = &answer.ID
		return d.requestSaveCard(ctx, p)
	}
	if errors.Is(err, errNotAsked) {
		return err
	}
	d.log.WarnContext(ctx, "the bank did not open a payment", "order", o.Number, "payment", p.ID, "err", err)
	if bog.RefusedForGood(err) {
		watched := ctx.Err() == nil && slices.Contains(byShopper, cause)
		return d.store.StartRefused(context.WithoutCancel(ctx), p.ID, codeOf(err, p), err.Error(), watched, *calls...)
	}
	return d.silent(ctx, p.ID, cause, err, *calls...)
}

// byShopper is what asks while the shopper waits for the answer.
var byShopper = []models.Cause{models.CauseShopper, models.CauseOrderPage}

// creation is the call that opens an attempt, which one its kind says.
func (d *Desk) creation(ctx context.Context, o *models.Order, p *models.Payment) (bog.Op, func(context.Context) (*bog.Order, error), error) {
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
	op, create := bog.OpPayWithSavedCard, d.bank.PayWithSavedCardRaw
	if p.Kind == models.Automatic {
		op, create = bog.OpChargeSavedCard, d.bank.ChargeSavedCardRaw
	}
	return op, func(ctx context.Context) (*bog.Order, error) {
		return create(ctx, card.ParentBankID, p.RequestBody, options)
	}, nil
}

// request makes the bank's request for an order's money. It only computes: it
// runs inside the transaction that stores the order.
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
	}, nil
}

// pageRequest is for a payment on the bank's page, whether the card is typed there
// or saved.
func (d *Desk) pageRequest(o *models.Order) ([]byte, error) {
	page := d.baseURL + "/" + string(o.Lang) + "/orders/" + o.Token + "/return"
	r := bog.OrderRequest{
		CallbackURL:     d.callbackURL(),
		ExternalOrderID: o.Number,
		Capture:         bog.CaptureAutomatic,
		TTL:             int(d.ttl / time.Minute),
		Buyer:           &bog.Buyer{FullName: o.Name, MaskedEmail: maskEmail(o.Email), MaskedPhone: maskPhone(o.Phone)},
		// Without this the page also offers loans, which this shop does not sell.
		PaymentMethods: []bog.Method{bog.MethodCard},
		RedirectURLs:   &bog.RedirectURLs{Success: page, Fail: page},
		PurchaseUnits: bog.PurchaseUnits{
			Currency: bog.GEL, TotalAmount: bog.Amount(o.TotalTetri),
		},
	}
	if o.DeliveryTetri > 0 {
		r.PurchaseUnits.Delivery = &bog.Delivery{Amount: bog.Amount(o.DeliveryTetri)}
	}
	for _, l := range o.Lines {
		r.PurchaseUnits.Basket = append(r.PurchaseUnits.Basket, bog.BasketItem{
			ProductID: l.Slug, Description: l.Name(o.Lang),
			Quantity: int64(l.Quantity), UnitPrice: bog.Amount(l.UnitTetri),
		})
	}
	return bog.EncodeOrder(r)
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
