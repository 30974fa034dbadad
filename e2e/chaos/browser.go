package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// browser is one without scripts: it keeps cookies, follows redirects and sends the forms that
// pages have. Like a person it loads a page again that did not come, and sends a form again that
// was not answered.
type browser struct {
	client http.Client
	shop   string // the shop's address
	at     *url.URL
	page   *goquery.Document
	status int
}

// patience is how long somebody tries to get an answer at all.
const patience = 25 * time.Second

func newBrowser(shop string, transport http.RoundTripper) *browser {
	jar, _ := cookiejar.New(nil) // no options, no error
	return &browser{client: http.Client{Jar: jar, Transport: transport, Timeout: 15 * time.Second}, shop: shop}
}

// errNoForm says that a page does not have the button that was to be pressed.
var errNoForm = errors.New("no such button")

// open loads a page of the shop, or a whole address.
func (b *browser) open(ctx context.Context, address string) error {
	if strings.HasPrefix(address, "/") {
		address = b.shop + address
	}
	return b.load(ctx, http.MethodGet, address, "")
}

// reload loads the page again that is shown.
func (b *browser) reload(ctx context.Context) error { return b.open(ctx, b.at.String()) }

// onShop reports whether the page that is shown is one of the shop's.
func (b *browser) onShop() bool { return b.at != nil && b.shop == b.at.Scheme+"://"+b.at.Host }

func (b *browser) load(ctx context.Context, method, address, form string) error {
	err := untilTrue(ctx, patience, func() (bool, error) {
		r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form))
		if err != nil {
			return false, err
		}
		if method == http.MethodPost {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
		}
		resp, err := b.client.Do(r)
		if err != nil {
			// A form that was answered with a redirect need not be sent again.
			if where, ok := errors.AsType[*url.Error](err); ok && strings.EqualFold(where.Op, http.MethodGet) {
				method, form = http.MethodGet, ""
				if whole, err := url.Parse(where.URL); err == nil && whole.IsAbs() {
					address = where.URL
				}
			}
			return false, nil
		}
		defer resp.Body.Close()
		if resp.Request.Method == http.MethodGet {
			method, address, form = http.MethodGet, resp.Request.URL.String(), ""
		}
		if resp.StatusCode >= 500 {
			return false, nil
		}
		page, err := goquery.NewDocumentFromReader(resp.Body)
		if err != nil {
			return false, nil
		}
		b.page, b.at, b.status = page, resp.Request.URL, resp.StatusCode
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, address, err)
	}
	return nil
}

// find returns the elements with a test id.
func (b *browser) find(id string) *goquery.Selection {
	return b.page.Find(`[data-testid="` + id + `"]`)
}

// submit sends the form in which a button stands, with these values in place of what the page has.
func (b *browser) submit(ctx context.Context, button string, set url.Values) error {
	address, form, err := b.form(button, set)
	if err != nil {
		return err
	}
	return b.load(ctx, http.MethodPost, address, form)
}

func (b *browser) form(button string, set url.Values) (address, body string, err error) {
	press := b.find(button).First()
	form := press.Closest("form")
	if form.Length() == 0 {
		return "", "", fmt.Errorf("%s at %s: %w", button, b.at, errNoForm)
	}
	values := url.Values{}
	for _, field := range form.Find("input[name], textarea[name], select[name]").EachIter() {
		name := field.AttrOr("name", "")
		_, checked := field.Attr("checked")
		switch kind := field.AttrOr("type", ""); {
		case field.Is("select"):
			values.Add(name, field.Find("option[selected]").AttrOr("value", ""))
		case field.Is("textarea"):
			values.Add(name, field.Text())
		case kind == "file" || (kind == "checkbox" || kind == "radio") && !checked:
		default:
			values.Add(name, field.AttrOr("value", ""))
		}
	}
	if name, ok := press.Attr("name"); ok {
		values.Set(name, press.AttrOr("value", ""))
	}
	for name, v := range set {
		values[name] = v
	}
	to, err := b.at.Parse(form.AttrOr("action", ""))
	if err != nil {
		return "", "", err
	}
	return to.String(), values.Encode(), nil
}
