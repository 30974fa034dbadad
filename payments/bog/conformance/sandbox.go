package conformance

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"dukani/payments/bog"
)

// ErrNoCredentials says what the suite needs to run against the bank's sandbox.
var ErrNoCredentials = errors.New("set BOG_SANDBOX_CLIENT_ID and BOG_SANDBOX_CLIENT_SECRET to examine the bank's sandbox")

// Sandbox returns the target that the environment describes: the bank's own sandbox or, with
// BOG_SANDBOX_URL, a bank on this machine in its place. stop ends the server for callbacks.
//
//	BOG_SANDBOX_CLIENT_ID, BOG_SANDBOX_CLIENT_SECRET   the credentials, required
//	BOG_SANDBOX_CALLBACK_URL     the public https address that leads to the next
//	BOG_SANDBOX_CALLBACK_ADDR    where to listen for callbacks, 127.0.0.1:9000
//	BOG_SANDBOX_GOOGLE_PAY_TOKEN, BOG_SANDBOX_APPLE_PAY_TOKEN, BOG_SANDBOX_ACCOUNT_TAG
//	BOG_SANDBOX_URL, BOG_SANDBOX_CALLBACK_KEY   a bank on this machine and its key
//
// In an automatic build (CI is set) the bank's hosts are refused.
func Sandbox(getenv func(string) string) (t Target, stop func(), err error) {
	id, secret := getenv("BOG_SANDBOX_CLIENT_ID"), getenv("BOG_SANDBOX_CLIENT_SECRET")
	if id == "" || secret == "" {
		return t, nil, ErrNoCredentials
	}
	t = Target{
		Name: "sandbox", Config: bog.Config{Endpoints: bog.Sandbox(), ClientID: id, ClientSecret: secret}, Remote: true,
		GooglePayToken: getenv("BOG_SANDBOX_GOOGLE_PAY_TOKEN"), ApplePayToken: getenv("BOG_SANDBOX_APPLE_PAY_TOKEN"),
		AccountTag: getenv("BOG_SANDBOX_ACCOUNT_TAG"),
	}
	if local := getenv("BOG_SANDBOX_URL"); local != "" {
		t.Name, t.Remote, t.Config.Endpoints, t.Payer = local, false, bog.Simulator(local), FormPayer{}
		if key := getenv("BOG_SANDBOX_CALLBACK_KEY"); key != "" {
			t.Config.CallbackKeys = []string{key}
		}
	} else if getenv("CI") != "" {
		return t, nil, errors.New("conformance: the bank's sandbox is not examined in automatic builds")
	}
	t.CallbackURL = getenv("BOG_SANDBOX_CALLBACK_URL")
	if t.CallbackURL == "" {
		return t, func() {}, nil
	}
	address := getenv("BOG_SANDBOX_CALLBACK_ADDR")
	if address == "" {
		address = "127.0.0.1:9000"
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return t, nil, fmt.Errorf("listen for callbacks: %w", err)
	}
	t.Inbox = NewInbox()
	server := &http.Server{Handler: t.Inbox, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // ends with Shutdown; lost callbacks show in the report
	}()
	return t, func() {
		_ = server.Shutdown(context.Background())
		<-ended
	}, nil
}
