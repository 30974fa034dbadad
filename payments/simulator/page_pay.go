package simulator

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// payForm is what the payer typed and what is wrong with it. The page never shows the CVV again.
type payForm struct {
	Number, Expiry, CVV string
	Choice, Month       string
	Plan                planForm
	Errors              map[string]string // field -> text
}

type methodView struct {
	Key, Name string
	Current   bool
}

type cardView struct {
	Number, Spaced, Text string
}

type lineView struct{ Name, Quantity, Price string }

type paymentView struct {
	Page
	Brand, Amount, AmountRaw, Currency string
	ExternalID                         string
	Lines                              []lineView
	Until, ExpiresAt                   string
	MinutesLeft                        int
	Manual                             bool
	Campaign, ShopDiscount             string
	Methods                            []methodView
	Method, MethodName, MethodText     string
	Choices                            []choiceView
	Terms                              []termView
	Saved, SavedBrand                  string
	SavedGone                          bool
	Form                               payForm
	Problems                           []string
	BankCards, ExtraCards              []cardView
	PlanQuestions                      []planQuestion
}

// showPayment handles GET /?order_id=. Once the order is paid, the page that waited for it
// (wait=1) goes on to the shop.
func (b *Bank) showPayment(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if query.Get("order_id") == "" {
		if r.URL.RawQuery == "" {
			http.Redirect(w, r, "/_sim/", http.StatusSeeOther)
			return
		}
		b.showNotFound(w)
		return
	}
	o := b.currentOrder(strings.ToLower(query.Get("order_id")))
	switch {
	case o == nil, o.onShopsPage():
		b.showNotFound(w)
	case o.Challenge != nil:
		redirect(w, o.challengePage())
	case o.payable():
		var form payForm
		if number := query.Get("card"); number != "" {
			if _, _, is := testCard(number); is {
				form = b.filledForm(number)
			}
		}
		form.Plan = b.readPlanForm(query, o)
		b.renderPayment(w, http.StatusOK, o, query.Get("method"), form)
	case o.Status != statusProcessing && query.Get("wait") != "":
		redirect(w, o.returnAddress())
	default:
		b.renderResult(w, o)
	}
}

// filledForm is the form after the payer chose a test card.
func (b *Bank) filledForm(number string) payForm {
	form := payForm{Number: spaced(number), Expiry: b.now().AddDate(3, 0, 0).Format("01/06"), CVV: "123"}
	if strings.HasPrefix(number, "3700") {
		form.CVV = "1234"
	}
	return form
}

func spaced(number string) string {
	var out []string
	for ; len(number) > 4; number = number[4:] {
		out = append(out, number[:4])
	}
	return strings.Join(append(out, number), " ")
}

func (o *order) challengePage() string {
	return "/3ds?order_id=" + o.ID + "&challenge=" + o.Challenge.ID
}

// offered returns the methods that the page offers: those the shop requested, or all, if
// they are active for the merchant and allow the order's capture.
func (o *order) offered(active []string) []string {
	var out []string
	for _, m := range allMethods {
		requested := len(o.Methods) == 0 || slices.Contains(o.Methods, m) ||
			m == "card" && (slices.Contains(o.Methods, "google_pay") || slices.Contains(o.Methods, "apple_pay"))
		if requested && slices.Contains(active, m) && (o.Capture != "manual" || slices.Contains(holdable, m)) {
			out = append(out, m)
		}
	}
	return out
}

func (b *Bank) renderPayment(w http.ResponseWriter, status int, o *order, method string, form payForm) {
	v := paymentView{
		Page: b.page(o, "pay.title"), Brand: b.merchant().brand(o.Lang), AmountRaw: o.Total.String(), Currency: o.Currency, ExternalID: o.externalID(),
		ExpiresAt: o.Expires.Format(time.RFC3339), MinutesLeft: int((o.Expires.Sub(b.now()) + time.Minute - 1) / time.Minute),
		Manual: o.Capture == "manual", Form: form, PlanQuestions: form.Plan.questions(o.Lang),
	}
	v.Amount = v.Money(o.Total, o.Currency)
	v.Until = fmt.Sprintf(v.T("until"), o.Expires.In(tbilisi).Format("15:04"))
	v.Lines = v.lines(o)
	if o.ShopDiscount > 0 {
		v.ShopDiscount = v.Money(o.ShopDiscount, o.Currency)
	}
	v.Campaign = o.campaignNote(v.Page, b.currentSettings())
	v.Method = b.setMethods(&v, o, method)
	v.MethodName, v.MethodText = methodName(v.Method, o.Lang), v.T("m."+v.Method)
	v.Choices, v.Terms = choiceViews(v.Method, form.Choice, o.Lang), o.terms(v.Method, form.Month)
	for _, field := range []string{"number", "expiry", "cvv", "choice"} {
		if text := form.Errors[field]; text != "" {
			v.Problems = append(v.Problems, text)
		}
	}
	for _, does := range behaviours {
		number := demoVisa + does.Digits
		one := cardView{Number: number, Spaced: spaced(number), Text: does.Text.in(o.Lang)}
		if does.Extra {
			v.ExtraCards = append(v.ExtraCards, one)
		} else {
			v.BankCards = append(v.BankCards, one)
		}
	}
	b.render(w, status, "pay.html", v, o)
}

// lines returns the basket and, as a line of its own, the delivery.
func (v paymentView) lines(o *order) (lines []lineView) {
	for _, one := range o.Items {
		line := lineView{Name: one.ID, Quantity: one.Quantity, Price: v.Money(one.total(), o.Currency)}
		if one.Description != nil && *one.Description != "" {
			line.Name = *one.Description
		}
		lines = append(lines, line)
	}
	if o.Delivery > 0 {
		lines = append(lines, lineView{Name: v.T("delivery"), Quantity: "1", Price: v.Money(o.Delivery, o.Currency)})
	}
	return lines
}

// setMethods fills in the methods that the payer can choose or, for an order that is paid by
// a saved card, that card. It returns the method to show: the wanted one if it is offered.
func (b *Bank) setMethods(v *paymentView, o *order, wanted string) string {
	b.mu.Lock()
	offered := o.offered(b.settings.activeMethods())
	t := tx{b: b, now: b.now(), orders: map[string]*order{}}
	var saved *card
	if o.ParentID != "" {
		saved = t.savedCard(o)
	}
	b.mu.Unlock()
	if o.ParentID != "" {
		if v.SavedGone = saved == nil; saved != nil {
			v.Saved, v.SavedBrand = saved.Masked, brandNames[saved.Brand]
		}
		return "saved"
	}
	if len(offered) > 0 && !slices.Contains(offered, wanted) {
		wanted = offered[0]
	}
	for _, m := range offered {
		v.Methods = append(v.Methods, methodView{Key: m, Name: methodName(m, o.Lang), Current: m == wanted})
	}
	return wanted
}

var brandNames = map[string]string{"visa": "Visa", "mc": "Mastercard", "amex": "American Express", "solo": "SOLO"}

func methodName(key, lang string) string {
	if key == "card" {
		return texts["card"].in(lang)
	}
	return methodTexts[key].in(lang)
}

// Many reports whether the quantity is another than 1.
func (l lineView) Many() bool {
	n, err := strconv.Atoi(l.Quantity)
	return err != nil || n != 1
}
