package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// steering talks to the simulated bank's own addresses, past the bad network. While the bank is
// dead it waits for it: what the plan has it do must not depend on the moment.
type steering struct {
	bank   *process
	client http.Client
}

type m = map[string]any

// post steers the bank: POST /_sim/{path}.
func (s *steering) post(ctx context.Context, path string, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	_, err = s.do(ctx, http.MethodPost, path, b)
	return err
}

func (s *steering) get(ctx context.Context, path string, into any) error {
	b, err := s.do(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}

// errSteer is the bank's refusal of a steering call.
type errSteer struct {
	status int
	text   string
}

func (e *errSteer) Error() string { return fmt.Sprintf("steering: %d %s", e.status, e.text) }

func (s *steering) do(ctx context.Context, method, path string, body []byte) (answer []byte, err error) {
	err = untilTrue(ctx, 30*time.Second, func() (bool, error) {
		r, err := http.NewRequestWithContext(ctx, method, "http://"+s.bank.host()+"/_sim/"+path, bytes.NewReader(body))
		if err != nil {
			return false, err
		}
		r.Header.Set("Content-Type", "application/json")
		resp, err := s.client.Do(r)
		if err != nil {
			return false, nil // it is dead, and comes back
		}
		defer resp.Body.Close()
		if answer, err = io.ReadAll(resp.Body); err != nil {
			return false, nil
		}
		if resp.StatusCode >= 300 {
			return false, &errSteer{resp.StatusCode, string(answer)}
		}
		return true, nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	return answer, nil
}

// untilTrue asks again and again until the answer is yes, an error ends it, or the time is over.
func untilTrue(ctx context.Context, patience time.Duration, ask func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		yes, err := ask()
		if err != nil || yes {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited %s: %w", patience, ctx.Err())
		case <-tick.C:
		}
	}
}
