package lives

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"dukani/models"
	"dukani/payments"
)

// place fills a new cart and orders it. A request that was cut short is sent again, as a
// browser's reload does.
func (p *person) place(units string) error {
	p.carts++
	cart := fmt.Sprintf("cart %d of life %d", p.carts, p.N)
	goods := products[draw(p.plan.Seed, cart).IntN(len(products))]
	form := models.Checkout{
		Key: uuid.NewString(), Lang: models.Ka, Name: "ნინო კაპანაძე", Email: p.email(), Phone: "+995599123456",
		Delivery: models.Pickup, AcceptsTerms: true, Method: models.ByCard,
	}
	if p.hasAccount() {
		id := int64(p.N + 1)
		form.CustomerID = &id
	}
	switch p.Who {
	case saver:
		form.SaveCard = models.Recurrent
	case oneClick:
		form.SaveCard = models.Subscription
	case byWallet:
		form.Method = models.ByGooglePay
	case borrower:
		form.Method = p.credit()
	}
	quantity := int(units[0] - '0')
	err := p.visit(func(ctx context.Context, d *shop) error {
		_, err := d.store.AddToCart(ctx, cart, goods.slug, quantity)
		return err
	})
	if err != nil {
		return err
	}
	err = p.visit(func(ctx context.Context, d *shop) error {
		holds, err := d.store.Cart(ctx, form.Lang, cart)
		if err == nil {
			form.ExpectedTotal, form.Shown = holds.Items, holds.Shown(form.Lang, form.CustomerID)
		}
		return err
	})
	if err != nil {
		return err
	}
	again := 0
	if p.Who == impatient {
		again = 1
	}
	var twice sync.WaitGroup
	errs := make([]error, 1+again)
	for i := range errs {
		twice.Go(func() {
			time.Sleep(time.Duration(i) * 50 * time.Millisecond)
			for range 4 {
				if errs[i] = p.send(cart, form); !errors.Is(errs[i], errDied) {
					return
				}
			}
		})
	}
	twice.Wait()
	return errors.Join(errs...)
}

func (p *person) send(cart string, form models.Checkout) error {
	return p.visit(func(ctx context.Context, d *shop) (err error) {
		var o *models.Order
		if p.Who == byWallet {
			card := "4000000000000010"
			if p.N%5 == 0 {
				card = "4000000000000002" // has no money
			}
			o, _, err = d.desk.PlaceOrderByWallet(ctx, cart, form, payments.WalletButton{Token: `{"signature":"x","card":"` + card + `"}`})
		} else {
			o, _, err = d.desk.PlaceOrder(ctx, cart, form)
		}
		if o != nil {
			p.order = o.ID
		}
		return err
	})
}

// current is the person's newest order as the shop has it.
func (p *person) current() (o *models.Order, err error) {
	err = p.visit(func(ctx context.Context, d *shop) error {
		o, err = d.store.OrderByID(ctx, p.order)
		return err
	})
	return o, err
}

// pay pays on the bank's page that the shop leads to; old is a page that was left open in
// another tab, of whatever attempt came first.
func (p *person) pay(how string, old bool) (string, error) {
	o, err := p.current()
	if err != nil {
		return "", err
	}
	a := o.LastPayment()
	if old {
		a = &o.Payments[0]
		how = strings.Replace(how, "{", `{"force":true,`, 1)
	} else if a.PayPage() == "" {
		return "nowhere", nil
	}
	if a.BankOrderID == nil {
		return "nowhere", nil
	}
	if p.Who == borrower {
		how = strings.Replace(how, "{", fmt.Sprintf(`{"method":%q,`, p.credit()), 1)
	}
	return statusOnly(p.steer(http.MethodPost, "orders/"+*a.BankOrderID+"/pay", how)), nil
}

// atBank has something happen to the newest attempt at the bank that the shop did not ask for.
func (p *person) atBank(what, how string) string {
	o, err := p.current()
	if err != nil || o.LastPayment().BankOrderID == nil {
		return "nothing"
	}
	return statusOnly(p.steer(http.MethodPost, "orders/"+*o.LastPayment().BankOrderID+"/"+what, how))
}

// again buys the newest order again with a saved card, if there is one, and pays on the
// bank's page if there is need.
func (p *person) again(how string) (string, error) {
	page := false
	err := p.visit(func(ctx context.Context, d *shop) error {
		if !p.hasAccount() {
			return nil
		}
		r, err := d.store.Reorder(ctx, p.order, int64(p.N+1))
		if err != nil {
			return err
		}
		card := r.OneClick.Card
		if r.OneClick.Why != "" {
			cards, err := d.store.SavedCards(ctx, int64(p.N+1))
			if err != nil || len(cards) == 0 || cards[0].Kind != models.Recurrent {
				return err
			}
			card = &cards[0]
		}
		o, result, err := d.desk.Reorder(ctx, models.ReorderRequest{
			OrderID: r.Of.ID, CustomerID: int64(p.N + 1), Last: r.LastID(), CardID: card.ID, Lang: models.Ka, Fingerprint: r.Fingerprint(),
		})
		if o != nil {
			p.order, page = o.ID, result.URL != ""
		}
		return err
	})
	if err != nil || !page {
		return "", err
	}
	time.Sleep(20 * time.Second)
	return p.pay(how, false)
}

// ask is whatever a person, or staff, ask the shop to do with the newest order.
func (p *person) ask(ctx context.Context, d *shop, s step) error {
	o, err := d.store.OrderByID(ctx, p.order)
	if err != nil {
		return err
	}
	amount := models.Tetri(0)
	if _, err := fmt.Sscan(s.How, &amount); err != nil {
		amount = 1
	}
	switch s.Do {
	case "return":
		if last := o.LastPayment(); o.Status.Unsettled() {
			_, err = d.desk.Settle(ctx, last.ID, models.CauseOrderPage)
		}
	case "retry":
		_, err = d.desk.Pay(ctx, o, models.PayWith{})
	case "ask":
		_, err = d.desk.SettleOrder(ctx, o.Number)
	case "refund":
		_, err = d.desk.Refund(ctx, models.RefundRequest{OrderID: o.ID, AmountTetri: amount, OrByHand: p.Who == borrower, Reason: "x"})
	case "refund all":
		_, err = d.desk.Refund(ctx, models.RefundRequest{OrderID: o.ID, All: true, Restock: true, Reason: "x"})
	case "capture":
		_, err = d.desk.Capture(ctx, models.CaptureRequest{OrderID: o.ID, All: true, Reason: "x"})
	case "capture part":
		_, err = d.desk.Capture(ctx, models.CaptureRequest{OrderID: o.ID, AmountTetri: amount, Reason: "x"})
	case "release":
		_, err = d.desk.Release(ctx, models.ReleaseRequest{OrderID: o.ID, Reason: "x"})
	case "cancel":
		_, err = d.store.CancelByStaff(ctx, models.Actor{}, o.ID, "x")
	case "customer cancels":
		_, err = d.store.CancelByCustomer(ctx, o.ID)
	case "remove card":
		var cards []models.SavedCard
		if cards, err = d.store.SavedCards(ctx, int64(p.N+1)); err == nil && len(cards) > 0 {
			err = d.desk.RemoveCard(ctx, int64(p.N+1), cards[0].ID)
		}
	default:
		err = fmt.Errorf("nobody knows how to %q", s.Do)
	}
	return err
}
