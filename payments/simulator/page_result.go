package simulator

import (
	"net/http"
	"strings"
)

type resultView struct {
	Page
	Brand, Amount, ExternalID string
	Status, Tone              string // completed, rejected…; good, bad, wait
	Headline, Detail, Advice  string
	Back                      string
	Waiting                   bool
}

// showResult handles GET /receipt?order_id=, the bank's own result page.
func (b *Bank) showResult(w http.ResponseWriter, r *http.Request) {
	o := b.currentOrder(strings.ToLower(r.URL.Query().Get("order_id")))
	switch {
	case o == nil, o.onShopsPage():
		b.showNotFound(w)
	case o.payable():
		redirect(w, "/?order_id="+o.ID)
	default:
		b.renderResult(w, o)
	}
}

func (b *Bank) renderResult(w http.ResponseWriter, o *order) {
	p := b.page(o, "pay.title")
	v := resultView{Page: p, Brand: b.merchant().brand(o.Lang), Amount: p.Money(o.amountDue(), o.Currency), Status: o.Status, Tone: "good",
		ExternalID: o.externalID()}
	headline, advice := "res.completed", "res.done"
	switch o.Status {
	case statusProcessing:
		headline, advice, v.Tone, v.Waiting = "res.processing", "res.wait", "wait", true
		w.Header().Set("Refresh", "1;url=/?order_id="+o.ID+"&wait=1")
	case statusBlocked, statusAuthRequested:
		headline = "res.blocked"
	case statusRefunded:
		headline = "res.refunded"
	case statusPartRefunded:
		headline = "res.part"
	case statusRejected:
		headline, advice, v.Tone = "res.rejected", "res.again", "bad"
		switch text := codeTexts[o.Reason]; {
		case o.Reason == reasonExpiration:
			headline = "res.expired"
		case o.Reason == reasonUnknown:
			v.Detail = p.T("res.cancelled")
		default:
			v.Detail = text.in(o.Lang)
		}
	}
	v.Headline, v.Advice = p.T(headline), p.T(advice)
	v.Title = v.Headline
	v.Back = o.Success
	if o.Status == statusRejected {
		v.Back = o.Fail
	}
	b.render(w, http.StatusOK, "result.html", v, o)
}
