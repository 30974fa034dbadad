package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/valyala/fasthttp"
)

func scenarios() []scenario {
	return []scenario{
		{name: "search-any", prepare: anyOf(searches, inTurn, false), want: 200},
		{name: "search-zipf", prepare: anyOf(searches, zipf, false), want: 200},
		{name: "search-misspelled", prepare: misspelled, want: 200},
		{name: "product-any", prepare: anyOf(products, inTurn, false), want: 200},
		{name: "product-any-with-cart", prepare: anyOf(products, inTurn, true), want: 200},
		{name: "product-zipf", prepare: anyOf(products, zipf, false), want: 200},
		{name: "product-zipf-with-cart", prepare: anyOf(products, zipf, true), want: 200},
		{name: "category-any", prepare: anyOf(categoryPages, inTurn, false), want: 200},
		{name: "category-any-with-cart", prepare: anyOf(categoryPages, inTurn, true), want: 200},
		{name: "category-zipf", prepare: anyOf(categoryPages, zipf, false), want: 200},
		{name: "category-zipf-with-cart", prepare: anyOf(categoryPages, zipf, true), want: 200},
		{name: "home", prepare: page("/ka", false), want: 200},
		{name: "category", prepare: page("/ka/c/wine", false), want: 200},
		{name: "category-filtered", prepare: page("/ka/c/wine?stock=1&region=kakheti&sort=price_asc", false), want: 200},
		{name: "category-with-cart", prepare: page("/ka/c/wine", true), want: 200},
		{name: "product", prepare: page("/ka/p/churchkhela-saperavi", false), want: 200},
		{name: "product-with-cart", prepare: page("/ka/p/churchkhela-saperavi", true), want: 200},
		{name: "cart-add", prepare: cartAdd, want: 303},
		{name: "callback", prepare: callback(false), want: 200, limit: freshCallbacks},
		{name: "callback-repeated", prepare: callback(true), want: 200},
		{name: "checkout", prepare: checkout, want: 303, to: "order_id=", limit: checkoutCarts},
	}
}

// page asks for one page again and again, as a new visitor or as one with a cart.
func page(path string, withCart bool) prepare {
	return func(_ context.Context, w *world) (requester, error) {
		cookies := ""
		if withCart {
			var err error
			if cookies, err = w.newCart("churchkhela-saperavi"); err != nil {
				return nil, err
			}
		}
		return func(_ int64, r *fasthttp.Request) { get(r, path, cookies) }, nil
	}
}

// get asks for a page as browsers do.
func get(r *fasthttp.Request, path, cookies string) {
	r.SetRequestURI(path)
	r.Header.Set("Accept-Encoding", "gzip, br")
	if cookies != "" {
		r.Header.Set("Cookie", cookies)
	}
}

var words = []string{
	"ღვინო", "churchkhela", "თაფლი", "wine", "tkemali", "ყველი", "saperavi", "ჩაი", "honey", "წიგნი",
	"sulguni", "აჯიკა", "cheese", "ყანწი", "tea", "მურაბა", "kisi", "ჭაჭა", "spices", "სუფრა",
}

// misspelled asks for two words, of which the second is nowhere: no two searches are the
// same, but many find the same.
func misspelled(context.Context, *world) (requester, error) {
	return func(n int64, r *fasthttp.Request) {
		get(r, "/ka/search?q="+url.QueryEscape(words[n%int64(len(words))])+"+x"+strconv.FormatInt(n, 36), "")
	}, nil
}

// cartAdd puts one unit into one of many carts.
func cartAdd(_ context.Context, w *world) (requester, error) {
	carts := make([]string, 1024) // so that none fills up with all there is
	for i := range carts {
		var err error
		if carts[i], err = w.newCart("tsinandali-classic"); err != nil {
			return nil, err
		}
	}
	return func(n int64, r *fasthttp.Request) {
		post(r, "/ka/cart/items", "product=churchkhela-hazelnut&quantity=1")
		r.Header.Set("Cookie", carts[n%int64(len(carts))])
	}, nil
}

// freshCallbacks is how many different callbacks are sent. With more of them the memory
// would be measured in which the simulated bank remembers them.
const freshCallbacks = 6_000

// callback sends messages that the bank has signed, each one new or all the same.
func callback(repeated bool) prepare {
	return func(ctx context.Context, w *world) (requester, error) {
		want := freshCallbacks
		if repeated {
			want = 1
		}
		messages, err := w.signedCallbacks(ctx, want)
		if err != nil {
			return nil, err
		}
		return func(n int64, r *fasthttp.Request) {
			m := messages[n%int64(len(messages))]
			r.SetRequestURI("/bog/callback")
			r.Header.SetMethod(fasthttp.MethodPost)
			r.Header.SetContentType("application/json")
			r.Header.Set("Callback-Signature", m.signature)
			r.SetBody(m.body)
		}, nil
	}
}

const checkoutCarts = 600

// checkoutGoods are what the carts of checkouts hold, one product each, with their prices in tetri: buyers of the
// same product wait for each other where its stock is counted.
var checkoutGoods = []struct {
	slug  string
	price string
}{
	{"tklapi-plum", "600"}, {"churchkhela-saperavi", "900"}, {"churchkhela-hazelnut", "850"}, {"dried-apple", "650"},
	{"dried-persimmon", "1200"}, {"honey-chestnut", "2400"}, {"honey-alpine", "2800"}, {"tklapi-sour", "550"},
}

// checkout places an order from a fresh cart each time, by a buyer from a network of their own: order
// stored, bank asked, redirect sent.
func checkout(_ context.Context, w *world) (requester, error) {
	carts, forms := make([]string, checkoutCarts), make([]url.Values, len(checkoutGoods))
	for i := range carts {
		var err error
		if carts[i], err = w.newCart(checkoutGoods[i%len(checkoutGoods)].slug); err != nil {
			return nil, err
		}
		if i >= len(forms) {
			continue // the page shows what it shows for the other carts with the same
		}
		shown, err := w.shown(carts[i])
		if err != nil {
			return nil, err
		}
		forms[i] = url.Values{
			"expected_total": {checkoutGoods[i].price}, "shown": {shown}, "name": {"ნინო კაპანაძე"}, "email": {"nino@example.ge"}, "phone": {"599123456"},
			"delivery": {"pickup"}, "terms": {"1"},
		}
	}
	return func(n int64, r *fasthttp.Request) {
		post(r, "/ka/checkout", forms[n%int64(len(forms))].Encode()+"&checkout_key="+uuid.NewString())
		r.Header.Set("Cookie", carts[n%checkoutCarts])
		r.Header.Set("X-Real-IP", fmt.Sprintf("10.%d.%d.1", n>>8&255, n&255))
	}, nil
}

func post(r *fasthttp.Request, path, form string) {
	r.SetRequestURI(path)
	r.Header.SetMethod(fasthttp.MethodPost)
	r.Header.SetContentType("application/x-www-form-urlencoded")
	r.SetBodyString(form)
}

// newCart is a new visitor's cart with one product; it returns the cookies.
func (w *world) newCart(slug string) (string, error) {
	jar, _ := cookiejar.New(nil)
	client := &http.Client{Jar: jar} // follows to the cart's page, which makes the cart
	answer, err := client.PostForm(w.shop+"/ka/cart/items", url.Values{"product": {slug}, "quantity": {"1"}})
	if err != nil {
		return "", err
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("add to cart: %s", answer.Status)
	}
	u, _ := url.Parse(w.shop)
	var cookies []string
	for _, c := range jar.Cookies(u) {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	if len(cookies) == 0 {
		return "", errors.New("add to cart: no cookie")
	}
	return strings.Join(cookies, "; "), nil
}
