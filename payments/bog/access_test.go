package bog_test

import (
	"errors"
	"testing"

	"dukani/payments/bog"
)

func TestIsAccessRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"no token":            {&bog.AuthError{Status: 401}, true},
		"401":                 {&bog.APIError{Status: 401, ContentType: "application/json"}, true},
		"403":                 {&bog.APIError{Status: 403, ContentType: "application/json"}, true},
		"a page of the edge":  {&bog.APIError{Status: 404, ContentType: "text/html; charset=utf-8"}, true},
		"the bank's own word": {&bog.APIError{Status: 400, ContentType: "application/json", Message: "Invalid basket"}, false},
		"the edge is down":    {&bog.APIError{Status: 502, ContentType: "text/html"}, false},
		"no answer":           {&bog.NetworkError{Err: errors.New("EOF")}, false},
	} {
		if got := bog.IsAccessRefused(c.err); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
