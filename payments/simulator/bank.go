// Package simulator is a simulated Bank of Georgia Online Payment API: the
// token and payment calls, the hosted payment page, signed callbacks. No
// money moves. Everything that steers it lives under /_sim/, so that a client
// cannot come to depend on what the bank does not have.
package simulator

import (
	"cmp"
	"context"
	"crypto/rsa"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Paths of the bank, to be put after the simulator's address.
const (
	TokenPath = "/auth/realms/bog/protocol/openid-connect/token"
	APIPath   = "/payments/v1"
)

// Credentials of the merchant when the fields of Bank are empty.
const (
	DefaultClientID     = "dukani"
	DefaultClientSecret = "dukani-demo-secret"
)

// Bank is the simulated bank. The zero value is ready; set fields before the
// first call and leave them alone afterwards.
type Bank struct {
	// DB is the path of the SQLite file that holds keys, orders and callbacks.
	// Empty or ":memory:" keeps all in memory and forgets it at the end.
	DB string
	// BaseURL is the address put into links. Empty means the address under
	// which a request arrived.
	BaseURL string
	// ClientID and ClientSecret are what the token call accepts.
	ClientID, ClientSecret string
	// Merchant is what receipts and pages say about the shop.
	Merchant Merchant
	// Settings are the switches at the start; POST /_sim/settings changes them.
	// Settings changed that way are kept in the file and win over these as long
	// as these stay the same.
	Settings Settings
	// Chaos is the percentage of API requests that meet a random fault,
	// ChaosCallbacks of callbacks that are lost, late, doubled, badly signed…,
	// ChaosPayments of payments that are declined, slow or later rejected. POST /_sim/chaos
	// changes them.
	Chaos, ChaosCallbacks, ChaosPayments int
	// Seed makes ids and faults repeatable; 0 means unpredictable ids.
	Seed uint64
	// Now is the machine's clock; nil means time.Now.
	Now func() time.Time
	// StartTime is what the bank's clock shows at the start; zero means Now.
	// With FixedClock it stands still until it is moved.
	StartTime  time.Time
	FixedClock bool
	// BeforeAnswer, if not nil, runs after an API call changed the state and
	// before its answer is sent. It may block, or return a status to send
	// instead of the truth; 0 means the truth.
	BeforeAnswer func(*http.Request) int
	// CallbackTransport carries the callbacks; nil means a plain one that uses
	// no proxy.
	CallbackTransport http.RoundTripper
	// Log is told about starts and delivery failures; nil means silence.
	Log *slog.Logger
	// AllowRemote lets the simulator listen on addresses other machines reach.
	AllowRemote bool

	open    sync.Once
	openErr error

	clock   atomic.Pointer[clock]
	address atomic.Pointer[string]
	key     *rsa.PrivateKey
	secret  []byte // signs access tokens
	store   *store // nil in memory
	random  io.Reader
	handler http.Handler
	client  *http.Client
	slots   chan struct{} // limits callbacks in flight

	mu             sync.Mutex // guards everything below
	settings       Settings
	orders         map[string]*order // values are never changed, only replaced
	orderIDs       []string          // order ids, oldest first
	schedule       schedule
	outbox         map[string]*delivery    // values are never changed, only replaced
	waiting        map[string]struct{}     // ids of deliveries that are not finished
	inFlight       map[string]*flight      // deliveries on their way
	deliveriesOf   map[string][]string     // delivery ids of an order, oldest first
	answers        map[string]storedAnswer // idempotency
	lastNumber     int64                   // number of the newest order or delivery
	revoked        map[string]time.Time    // access tokens (jti) cut short, with their end
	verifiedTokens map[string]accessToken  // access tokens whose signature is known to be good

	faults  faults
	journal journal

	wake    chan struct{}
	stop    context.CancelFunc
	stopped context.Context
	workers sync.WaitGroup
}

// Merchant is the shop as the bank knows it.
type Merchant struct {
	ID      string `json:"id"`
	BrandKA string `json:"brand_ka"`
	BrandEN string `json:"brand_en"`
	URL     string `json:"url"`
}

// Open loads or creates the state. It is called by all other methods; call it
// yourself to learn about problems early. Repeating it is harmless.
func (b *Bank) Open() error {
	b.open.Do(func() { b.openErr = b.load() })
	return b.openErr
}

func (b *Bank) load() error {
	b.forgetAll()
	b.inFlight = map[string]*flight{}
	b.wake = make(chan struct{}, 1)
	b.slots = make(chan struct{}, 128)
	b.settings = b.Settings
	if err := b.settings.check(); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	if err := b.chaosAtStart().check(); err != nil {
		return err
	}
	b.clock.Store(b.firstClock())
	b.reseed()
	transport := b.CallbackTransport
	if transport == nil {
		transport = &http.Transport{MaxIdleConnsPerHost: 4, IdleConnTimeout: 10 * time.Second, TLSHandshakeTimeout: callbackTimeout}
	}
	b.client = &http.Client{
		Timeout:       callbackTimeout,
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	b.stopped, b.stop = context.WithCancel(context.Background())
	if err := b.restore(); err != nil {
		return err
	}
	b.handler = b.routes()
	b.workers.Go(b.runWorker)
	return nil
}

func (b *Bank) chaosAtStart() Chaos {
	return Chaos{API: b.Chaos, Callbacks: b.ChaosCallbacks, Payments: b.ChaosPayments}
}

// empty forgets all orders. The caller holds b.mu or is alone.
func (b *Bank) forgetAll() {
	b.orders = map[string]*order{}
	b.orderIDs = nil
	b.schedule = nil
	b.outbox = map[string]*delivery{}
	b.waiting = map[string]struct{}{}
	b.deliveriesOf = map[string][]string{}
	b.answers = map[string]storedAnswer{}
	b.revoked = map[string]time.Time{}
	b.verifiedTokens = map[string]accessToken{}
}

// Close stops callbacks and scheduled work and closes the file. What was not
// delivered is delivered after the next start.
func (b *Bank) Close() error {
	if err := b.Open(); err != nil {
		return err
	}
	b.mu.Lock() // launch adds no worker once this is done
	b.stop()
	b.mu.Unlock()
	b.workers.Wait()
	b.client.CloseIdleConnections()
	if b.store != nil {
		return b.store.close()
	}
	return nil
}

func (b *Bank) log() *slog.Logger {
	if b.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return b.Log
}

func (b *Bank) clientID() string { return cmp.Or(b.ClientID, DefaultClientID) }

func (b *Bank) clientSecret() string { return cmp.Or(b.ClientSecret, DefaultClientSecret) }

func (b *Bank) merchant() Merchant {
	return Merchant{
		ID:      cmp.Or(b.Merchant.ID, "10077"),
		BrandKA: cmp.Or(b.Merchant.BrandKA, "დუქანი"),
		BrandEN: cmp.Or(b.Merchant.BrandEN, "Dukani"),
		URL:     cmp.Or(b.Merchant.URL, "https://dukani.example"),
	}
}
