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

// Bank is the simulated bank. The zero value is ready to use. Its exported fields
// are options: they must not change after the first call.
type Bank struct {
	// DB is the path of the SQLite file that holds keys, orders and callbacks.
	// With "" or ":memory:" the bank keeps them in memory only.
	DB string
	// BaseURL is the address put into links. Empty means the address under
	// which a request arrived.
	BaseURL string
	// ClientID and ClientSecret are what the token call accepts.
	ClientID, ClientSecret string
	// Merchant is what receipts and pages say about the shop.
	Merchant Merchant
	// Settings are the switches at the start. POST /_sim/settings changes them; the file keeps
	// the changed ones, and the next start uses those if it names the same Settings as this one.
	Settings Settings
	// Chaos is the percentage of API requests that meet a random fault. ChaosCallbacks
	// is the percentage of callbacks that are lost, late, doubled, badly signed…, and
	// ChaosPayments that of payments that are declined or slow, or whose later operations
	// are rejected. POST /_sim/chaos changes all three.
	Chaos, ChaosCallbacks, ChaosPayments int
	// Seed makes ids and faults repeatable; 0 means unpredictable ids.
	Seed uint64
	// Now is the machine's clock; nil means time.Now.
	Now func() time.Time
	// StartTime is what the bank's clock shows at the start; zero means Now. With
	// FixedClock the clock stands still until POST /_sim/clock or Advance moves it.
	StartTime  time.Time
	FixedClock bool
	// BeforeAnswer, if not nil, runs after an API call has changed the state and
	// before its answer is sent. It may block. If it returns a status other than 0,
	// that status is sent instead of the answer.
	BeforeAnswer func(*http.Request) int
	// CallbackTransport carries the callbacks; nil means a transport without a proxy.
	CallbackTransport http.RoundTripper
	// Log gets a line for each start and each failed delivery; nil means no log.
	Log *slog.Logger
	// AllowRemote lets the bank listen on addresses that other machines can reach.
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
	orders         map[string]*order // an order is never changed in place, only replaced
	orderIDs       []string          // order ids, oldest first
	schedule       schedule
	outbox         map[string]*delivery    // a delivery is never changed in place, only replaced
	waiting        map[string]struct{}     // ids of deliveries that may still be sent
	inFlight       map[string]*flight      // deliveries that are being sent right now
	deliveriesOf   map[string][]string     // ids of the deliveries of each order, oldest first
	answers        map[string]storedAnswer // by call and Idempotency-Key
	lastNumber     int64                   // the highest number given to an order or a delivery
	revoked        map[string]time.Time    // when to forget each revoked access token (jti)
	verifiedTokens map[string]accessToken  // access tokens whose signature was found good

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

// Open loads the state from the file, or creates it. Every other method calls Open first; a
// program calls it to learn about problems early. Only the first call has an effect.
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

// forgetAll empties the bank of orders, deliveries, answers and tokens. The caller
// holds b.mu, unless nobody else has the bank yet.
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

// Close stops callbacks and timed work and closes the file. Callbacks that were not
// delivered are sent after the next start.
func (b *Bank) Close() error {
	if err := b.Open(); err != nil {
		return err
	}
	b.mu.Lock() // launch checks b.stopped under b.mu before it adds a worker
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
