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

// Target is a bank and what the suite may use to examine it. Config is
// required; what the rest leaves out is skipped, with the reason, by the checks
// that need it.
type Target struct {
	// Name stands at the head of the report.
	Name string
	// Config says where the bank is and who we are. HTTPClient, when set, lends
	// its Transport. Without CallbackKeys (or Endpoints.CallbackKey) signatures
	// cannot be checked.
	Config bog.Config
	// Remote allows a target on another machine. The bank's production is
	// refused even then.
	Remote bool
	// Payer plays the customer. Nil: nothing is paid.
	Payer Payer
	// Inbox receives callbacks at CallbackURL, an address under which the bank
	// reaches it. Something is appended to its path for every order.
	Inbox       *Inbox
	CallbackURL string
	// Pause is the least time between two requests. Remote targets get at least
	// half a second, as one tester of the sandbox advises.
	Pause time.Duration
	// Patience is how long an outcome (a settled payment, a refund, a callback)
	// may take. 0 means 10 s, and 60 s for a remote target.
	Patience time.Duration
	// Wait lets d pass at the bank, for orders to expire and tokens to die. Nil
	// waits in earnest.
	Wait func(ctx context.Context, d time.Duration) error
	// LongestWait bounds a single Wait. 0 means 6 minutes when Wait is nil, and
	// no bound otherwise.
	LongestWait time.Duration
	// GooglePayToken and ApplePayToken are what the wallets' scripts would hand
	// over. Without them wallet payments on the shop's page are skipped.
	// GooglePayToken3DS is one that needs 3-D Secure.
	GooglePayToken, GooglePayToken3DS, ApplePayToken string
	// AccountTag is a tag of the merchant's own (config.account.tag).
	AccountTag string
	// Only selects checks by id; nil selects all. The others are not in the report.
	Only func(id string) bool
	// Observe, if not nil, is told of every result as it comes.
	Observe func(Result)
	// Waiting, if not nil, is told of every Wait before it begins, and what for.
	Waiting func(d time.Duration, what string)
}

// remotePause is what one tester of the sandbox found it to need (§19).
const remotePause = 500 * time.Millisecond

// prepare checks t and fills in what was left open.
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
		// One attempt: a suite that repeats what failed would hide it.
		t.Config.Retry = bog.Retry{Attempts: 1, PerTry: 20 * time.Second, Total: 30 * time.Second}
	}
	return t, nil
}

// mayReach refuses addresses that must not be called by accident.
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

// lane carries every request of the suite: one at a time with the pause between
// them, and only to where the target allows.
type lane struct {
	target Target
	next   http.RoundTripper
	turn   chan struct{} // holds one token; whoever has it may send
	free   time.Time     // when the next request may leave; owned by the turn
}

func newLane(t Target) *lane {
	next := http.RoundTripper(&http.Transport{Proxy: http.ProxyFromEnvironment, IdleConnTimeout: 30 * time.Second, MaxIdleConnsPerHost: 4})
	if t.Config.HTTPClient != nil && t.Config.HTTPClient.Transport != nil {
		next = t.Config.HTTPClient.Transport
	}
	l := &lane{target: t, next: next, turn: make(chan struct{}, 1)}
	l.turn <- struct{}{}
	return l
}

func (l *lane) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := l.target.mayReach(r.URL); err != nil {
		return nil, err
	}
	select {
	case <-l.turn:
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	defer func() { l.turn <- struct{}{} }()
	if err := sleep(r.Context(), time.Until(l.free)); err != nil {
		return nil, err
	}
	l.free = time.Now().Add(l.target.Pause)
	return l.next.RoundTrip(r)
}

// CloseIdleConnections lets http.Client.CloseIdleConnections through.
func (l *lane) CloseIdleConnections() {
	if c, ok := l.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// checks is every check in the order of the report.
func checks() []check {
	return slices.Concat(tokenChecks, idempotencyChecks, createChecks(), receiptChecks(), paymentChecks, callbackChecks, refundChecks,
		holdChecks, cardChecks, walletChecks, optionChecks, absentChecks)
}
