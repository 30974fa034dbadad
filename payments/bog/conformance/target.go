package conformance

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"dukani/payments/bog"
)

// Target is a bank and what the suite may use to check it. Only Config is required. A check that
// needs another field that is not set is skipped with the reason.
type Target struct {
	// Name is the name of the target in the report.
	Name string
	// Config has the bank's addresses and the credentials. Of HTTPClient only the Transport is
	// used. Without CallbackKeys or Endpoints.CallbackKey signatures cannot be checked.
	Config bog.Config
	// Remote allows a target on another machine. The bank's production hosts are refused even
	// then.
	Remote bool
	// Payer plays the customer. If it is nil, nothing is paid.
	Payer Payer
	// Inbox receives callbacks at CallbackURL, where the bank can reach it. Each order adds a step
	// to that path.
	Inbox       *Inbox
	CallbackURL string
	// Pause is the least time between two requests. For a remote target it is at least half a
	// second, as one tester of the sandbox advises.
	Pause time.Duration
	// Patience is how long an outcome (a settled payment, a refund, a callback)
	// may take. 0 means 10 s, and 60 s for a remote target.
	Patience time.Duration
	// Wait lets d pass at the bank, so that orders and tokens expire, for instance by moving its
	// clock. If it is nil, the suite really waits.
	Wait func(ctx context.Context, d time.Duration) error
	// LongestWait limits each Wait. 0 means 6 minutes if Wait is nil, and otherwise no limit.
	LongestWait time.Duration
	// GooglePayToken and ApplePayToken are tokens from the wallets' scripts, for payments on the
	// shop's page. GooglePayToken3DS is one that needs 3-D Secure.
	GooglePayToken, GooglePayToken3DS, ApplePayToken string
	// AccountTag is the tag of one of the merchant's accounts (config.account.tag).
	AccountTag string
	// Only selects checks by their id; nil selects all. Other checks are not in the report.
	Only func(id string) bool
	// Observe, if not nil, gets every result when its check has ended.
	Observe func(Result)
	// Waiting, if not nil, is called before each Wait with the reason for it.
	Waiting func(d time.Duration, what string)
}

// remotePause is what the sandbox needs, as one tester found (§19).
const remotePause = 500 * time.Millisecond

// prepare checks t and fills in defaults.
func (t Target) prepare() (Target, error) {
	for _, e := range []struct{ name, address string }{{"API", t.Config.Endpoints.API}, {"token", t.Config.Endpoints.Token}} {
		u, err := url.Parse(e.address)
		if err != nil || u.Host == "" {
			return t, fmt.Errorf("conformance: the %s address %q is not one", e.name, e.address)
		}
		if err := t.mayReach(u); err != nil {
			return t, err
		}
	}
	if (t.Inbox == nil) != (t.CallbackURL == "") {
		return t, errors.New("conformance: Inbox and CallbackURL belong together")
	}
	if t.Remote {
		t.Pause = max(t.Pause, remotePause)
	}
	if t.Patience <= 0 {
		t.Patience = 10 * time.Second
		if t.Remote {
			t.Patience = time.Minute
		}
	}
	if t.Wait == nil {
		t.Wait = sleep
		if t.LongestWait <= 0 {
			t.LongestWait = 6 * time.Minute
		}
	}
	if t.Only == nil {
		t.Only = func(string) bool { return true }
	}
	if t.Observe == nil {
		t.Observe = func(Result) {}
	}
	if t.Config.Retry == (bog.Retry{}) {
		// There is only one attempt, because a repetition would hide a failure.
		t.Config.Retry = bog.Retry{Attempts: 1, PerTry: 20 * time.Second, Total: 30 * time.Second}
	}
	return t, nil
}

// mayReach returns an error for an address that must not be called by accident.
func (t Target) mayReach(u *url.URL) error {
	production := bog.Production()
	for _, address := range []string{production.API, production.Token, production.Page} {
		if p, err := url.Parse(address); err == nil && strings.EqualFold(p.Hostname(), u.Hostname()) {
			return fmt.Errorf("conformance: %s is the bank's production", u.Hostname())
		}
	}
	if !t.Remote && !isLoopback(u.Hostname()) {
		return fmt.Errorf("conformance: %s is another machine, and Target.Remote is not set", u.Hostname())
	}
	return nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lane is a transport that sends one request at a time, with Target.Pause between them, and only
// to addresses that the target allows.
type lane struct {
	target    Target
	next      http.RoundTripper
	ticket    chan struct{} // holds one value; the request that has taken it may be sent
	nextStart time.Time     // when the next request may be sent; used only with the ticket
}

func newLane(t Target) *lane {
	next := http.RoundTripper(&http.Transport{Proxy: http.ProxyFromEnvironment, IdleConnTimeout: 30 * time.Second, MaxIdleConnsPerHost: 4})
	if t.Config.HTTPClient != nil && t.Config.HTTPClient.Transport != nil {
		next = t.Config.HTTPClient.Transport
	}
	l := &lane{target: t, next: next, ticket: make(chan struct{}, 1)}
	l.ticket <- struct{}{}
	return l
}

func (l *lane) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := l.target.mayReach(r.URL); err != nil {
		return nil, err
	}
	select {
	case <-l.ticket:
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	defer func() { l.ticket <- struct{}{} }()
	if err := sleep(r.Context(), time.Until(l.nextStart)); err != nil {
		return nil, err
	}
	l.nextStart = time.Now().Add(l.target.Pause)
	return l.next.RoundTrip(r)
}

// CloseIdleConnections lets http.Client.CloseIdleConnections through.
func (l *lane) CloseIdleConnections() {
	if c, ok := l.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// checks returns every check in the order of the report.
func checks() []check {
	return slices.Concat(tokenChecks, idempotencyChecks, createChecks(), receiptChecks(), paymentChecks, callbackChecks, refundChecks,
		holdChecks, cardChecks, walletChecks, optionChecks, absentChecks)
}
