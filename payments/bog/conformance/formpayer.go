package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"time"

	"dukani/payments/bog"

	"github.com/PuerkitoBio/goquery"
)

// FormPayer is a customer with a browser without JavaScript. It reads the page's HTML, fills in
// its forms and follows redirects within the bank. It finds card fields by their autocomplete
// names, as browsers do, and buttons and methods by the test ids of the simulator's pages.
type FormPayer struct {
	// Transport carries the requests; nil means http.DefaultTransport.
	Transport http.RoundTripper
}

// Test ids of the simulator's pages.
const (
	payButton     = "pay-submit"
	cancelButton  = "pay-cancel"
	confirmButton = "threeds-confirm"
	rejectButton  = "threeds-reject"
	methodLink    = "pay-method-"
)

// Pay implements Payer.
func (f FormPayer) Pay(ctx context.Context, link string, plan Plan) (Visit, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return Visit{}, err
	}
	b := &browser{ctx: ctx, client: &http.Client{
		Transport: f.Transport, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	b.visit.Followed = true
	err = b.pay(link, plan)
	return b.visit, err
}

// browser is one customer's browser.
type browser struct {
	ctx    context.Context
	client *http.Client
	bank   string // the host of the bank's page
	at     *url.URL
	page   *goquery.Document
	header http.Header
	visit  Visit
}

func (b *browser) pay(link string, plan Plan) error {
	u, err := url.Parse(link)
	if err != nil {
		return err
	}
	b.bank = u.Host
	if err := b.open(http.MethodGet, u, nil); err != nil {
		return err
	}
	if plan.Deed == LookAtIt || b.visit.Landed != "" {
		return nil
	}
	if plan.Challenge {
		if err := b.press(confirmButton, nil); err != nil {
			return err
		}
		return b.refresh()
	}
	if plan.Method != "" && plan.Method != bog.MethodCard {
		if err := b.choose(plan.Method); err != nil {
			return err
		}
	}
	if plan.Deed == CancelIt {
		return b.press(cancelButton, nil)
	}
	fields, err := b.card(plan.Card)
	if err != nil {
		return err
	}
	if err := b.press(payButton, fields); err != nil {
		return err
	}
	if b.visit.Landed == "" && b.button(confirmButton).Length() > 0 {
		if plan.Halfway != nil {
			plan.Halfway()
		}
		answer := confirmButton
		if plan.Deed == RejectIt {
			answer = rejectButton
		}
		if err := b.press(answer, nil); err != nil {
			return err
		}
	}
	return b.refresh()
}

// choose follows the link of a payment method.
func (b *browser) choose(m bog.Method) error {
	href, ok := b.button(methodLink + string(m)).Attr("href")
	if !ok {
		if b.visit.last().CanPay && !b.visit.last().CardForm {
			return nil // a page with one method has no link to it
		}
		return fmt.Errorf("the page does not offer %s", m)
	}
	return b.follow(href)
}

// card returns the values of the card fields, and an error if the page unexpectedly asks for a
// card or does not.
func (b *browser) card(number string) (map[string]string, error) {
	field := func(purpose string) string {
		return b.page.Find(`input[autocomplete="`+purpose+`"]`).AttrOr("name", "")
	}
	names := [3]string{field("cc-number"), field("cc-exp"), field("cc-csc")}
	switch asks := names[0] != ""; {
	case asks && number == "":
		return nil, errors.New("the page asks for a card")
	case !asks && number != "":
		return nil, errors.New("the page does not ask for a card")
	case !asks:
		return nil, nil
	}
	cvv := "123"
	if strings.HasPrefix(number, "37") {
		cvv = "1234"
	}
	return map[string]string{names[0]: number, names[1]: "12/" + time.Now().AddDate(3, 0, 0).Format("06"), names[2]: cvv}, nil
}

func (b *browser) button(id string) *goquery.Selection {
	return b.page.Find(`[data-testid="` + id + `"]`)
}

// press submits the form of a button, with typed in place of the values in its fields.
func (b *browser) press(id string, typed map[string]string) error {
	button := b.button(id)
	form := button.Closest("form")
	if form.Length() == 0 {
		return fmt.Errorf("the page has no button %q: %s", id, b.visit.last().Text)
	}
	values := url.Values{}
	b.controls(form).Each(func(_ int, s *goquery.Selection) {
		name := s.AttrOr("name", "")
		if value, is := control(s); is && name != "" {
			values.Add(name, value)
		}
	})
	for name, value := range typed {
		values.Set(name, value)
	}
	if name, ok := button.Attr("name"); ok {
		values.Set(name, button.AttrOr("value", ""))
	}
	target, err := b.at.Parse(form.AttrOr("action", ""))
	if err != nil {
		return err
	}
	return b.open(http.MethodPost, target, values)
}

// controls returns the fields of a form, including those elsewhere on the page that name it.
func (b *browser) controls(form *goquery.Selection) *goquery.Selection {
	fields := form.Find("input, select, textarea")
	if id, ok := form.Attr("id"); ok {
		fields = fields.AddSelection(b.page.Find(`[form="` + id + `"]`).Filter("input, select, textarea"))
	}
	return fields
}

// control returns the value of a field, and whether a browser sends it.
func control(s *goquery.Selection) (string, bool) {
	if _, disabled := s.Attr("disabled"); disabled {
		return "", false
	}
	switch goquery.NodeName(s) {
	case "textarea":
		return s.Text(), true
	case "select":
		chosen := s.Find("option[selected]")
		if chosen.Length() == 0 {
			chosen = s.Find("option")
		}
		return chosen.First().AttrOr("value", chosen.First().Text()), chosen.Length() > 0
	}
	switch s.AttrOr("type", "text") {
	case "submit", "button", "image", "reset", "file":
		return "", false
	case "checkbox", "radio":
		_, checked := s.Attr("checked")
		return s.AttrOr("value", "on"), checked
	}
	return s.AttrOr("value", ""), true
}

// refresh loads the page again as long as it asks for that by a Refresh header, which it does
// while the payment is processing.
func (b *browser) refresh() error {
	for b.visit.Landed == "" {
		seconds, address, ok := strings.Cut(b.header.Get("Refresh"), ";")
		n, err := strconv.Atoi(strings.TrimSpace(seconds))
		if !ok || err != nil {
			return nil
		}
		if err := sleep(b.ctx, time.Duration(n)*time.Second); err != nil {
			return err
		}
		if err := b.follow(strings.TrimPrefix(strings.TrimSpace(address), "url=")); err != nil {
			return err
		}
	}
	return nil
}

func (b *browser) follow(href string) error {
	u, err := b.at.Parse(href)
	if err != nil {
		return err
	}
	return b.open(http.MethodGet, u, nil)
}

// open makes a request and follows redirects until one leaves the bank.
func (b *browser) open(method string, u *url.URL, form url.Values) error {
	for range 10 {
		r, err := http.NewRequestWithContext(b.ctx, method, u.String(), strings.NewReader(form.Encode()))
		if err != nil {
			return err
		}
		if form != nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		response, err := b.client.Do(r)
		if err != nil {
			return err
		}
		location := response.Header.Get("Location")
		if response.StatusCode < 300 || response.StatusCode > 399 || location == "" {
			return b.show(u, response)
		}
		_ = response.Body.Close() // the body of a redirect does not matter
		next, err := u.Parse(location)
		if err != nil {
			return err
		}
		if next.Host != b.bank {
			b.visit.Landed = location
			return nil
		}
		method, u, form = http.MethodGet, next, nil
	}
	return errors.New("too many redirects")
}

func (b *browser) show(u *url.URL, response *http.Response) error {
	defer response.Body.Close()
	page, err := goquery.NewDocumentFromReader(response.Body)
	if err != nil {
		return err
	}
	b.at, b.page, b.header = u, page, response.Header
	b.visit.Pages = append(b.visit.Pages, Page{
		URL: u.String(), Status: response.StatusCode,
		Lang: page.Find("html").AttrOr("lang", ""), Title: strings.TrimSpace(page.Find("title").Text()),
		Text:     strings.Join(strings.Fields(page.Find("main").Text()), " "),
		CardForm: page.Find(`input[autocomplete="cc-number"]`).Length() > 0,
		CanPay:   b.button(payButton).Length() > 0,
	})
	return nil
}
