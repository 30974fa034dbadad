package bog_test

import (
	"strings"
	"testing"

	"dukani/payments/bog"
)

func TestNewChecksItsConfig(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]bog.Config{
		"nothing":        {},
		"no secret":      {Endpoints: bog.Sandbox(), ClientID: "1"},
		"no token host":  {Endpoints: bog.Endpoints{API: "https://api.bog.ge"}, ClientID: "1", ClientSecret: "2"},
		"not an address": {Endpoints: bog.Simulator("localhost:8081"), ClientID: "1", ClientSecret: "2"},
		"damaged key":    {Endpoints: bog.Sandbox(), ClientID: "1", ClientSecret: "2", CallbackKeys: []string{"MIIB"}},
	} {
		if _, err := bog.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), "%!") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, e := range []bog.Endpoints{bog.Production(), bog.Sandbox(), bog.Simulator("http://127.0.0.1:8081/")} {
		c, err := bog.New(bog.Config{Endpoints: e, ClientID: "1", ClientSecret: "2"})
		if err != nil {
			t.Errorf("%+v: %v", e, err)
		} else if c.Endpoints() != e {
			t.Errorf("got %+v, want %+v", c.Endpoints(), e)
		}
	}
	if got, want := bog.Simulator("http://127.0.0.1:8081/").Token, "http://127.0.0.1:8081/auth/realms/bog/protocol/openid-connect/token"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
