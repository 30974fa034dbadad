package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
)

type message struct {
	body      []byte
	signature string
}

// collector receives the bank's callbacks in place of the shop.
type collector struct {
	url      string
	messages chan message
	server   *http.Server
}

func collectCallbacks() (*collector, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &collector{url: "http://" + ln.Addr().String(), messages: make(chan message, 2*freshCallbacks)}
	c.server = &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil && r.URL.Path == "/bog/callback" {
			c.messages <- message{body, r.Header.Get("Callback-Signature")}
		}
	})}
	go c.server.Serve(ln)
	return c, nil
}

func (c *collector) close() { c.server.Close() }

// signedCallbacks has the bank write n different messages about one paid order.
func (w *world) signedCallbacks(ctx context.Context, n int) ([]message, error) {
	cookies, err := w.newCart("dried-apple")
	if err != nil {
		return nil, err
	}
	id, err := w.placeOrder(ctx, cookies, "650")
	if err != nil {
		return nil, err
	}
	if err := w.steer(ctx, "orders/"+id+"/pay", `{}`); err != nil {
		return nil, err
	}
	list := []message{<-w.callbacks.messages}
	for len(list) < n {
		copies := min(1000, n-len(list))
		if err := w.steer(ctx, "orders/"+id+"/callback", fmt.Sprintf(`{"mode":"resigned","copies":%d}`, copies)); err != nil {
			return nil, err
		}
		for range copies {
			select {
			case m := <-w.callbacks.messages:
				list = append(list, m)
			case <-time.After(30 * time.Second):
				return nil, errors.New("the bank stopped sending callbacks")
			}
		}
	}
	return list, nil
}

// placeOrder orders what is in a cart and returns the bank's id of the order.
func (w *world) placeOrder(ctx context.Context, cookies, total string) (string, error) {
	shown, err := w.shown(cookies)
	if err != nil {
		return "", err
	}
	form := url.Values{
		"checkout_key": {uuid.NewString()}, "expected_total": {total}, "shown": {shown}, "name": {"ნინო კაპანაძე"},
		"email": {"nino@example.ge"}, "phone": {"599123456"}, "delivery": {"pickup"}, "terms": {"1"},
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.shop+"/ka/checkout", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Cookie", cookies)
	r.Header.Set("X-Real-IP", "10.255.255.1")
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return "", err
	}
	answer.Body.Close()
	to, err := url.Parse(answer.Header.Get("Location"))
	if err != nil || to.Query().Get("order_id") == "" {
		return "", fmt.Errorf("checkout: %s to %q", answer.Status, answer.Header.Get("Location"))
	}
	return to.Query().Get("order_id"), nil
}

var shownField = regexp.MustCompile(`name="shown" value="([^"]*)"`)

// shown reads from the checkout page what it shows of a cart: the form carries it back.
func (w *world) shown(cookies string) (string, error) {
	r, err := http.NewRequest(http.MethodGet, w.shop+"/ka/checkout", nil)
	if err != nil {
		return "", err
	}
	r.Header.Set("Cookie", cookies)
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", err
	}
	found := shownField.FindSubmatch(page)
	if found == nil {
		return "", fmt.Errorf("checkout page: %s, without what it shows", answer.Status)
	}
	return html.UnescapeString(string(found[1])), nil
}

func (w *world) steer(ctx context.Context, what, body string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.bank+"/_sim/"+what, bytes.NewBufferString(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		var said json.RawMessage
		_ = json.NewDecoder(answer.Body).Decode(&said)
		return fmt.Errorf("steer %s: %s %s", what, answer.Status, said)
	}
	return nil
}
