package handlers

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
)

// showHealth handles GET /healthz: the process answers.
func (a *app) showHealth(c *fiber.Ctx) error { return c.JSON(map[string]string{"status": "ok"}) }

// probe keeps the last answer about readiness for a moment, because the checks
// write to the database and call the bank, and anybody may request them.
type probe struct {
	mu   sync.Mutex
	last readiness
	at   time.Time
}

type readiness struct {
	Status string            `json:"status"` // ok, degraded (bank away), unavailable, stopping
	Checks map[string]string `json:"checks"` // ok or failing
	// Bank says how the bank is out of reach: bank-silent or payments-out-of-order, as
	// on the pages of orders.
	Bank string `json:"bank,omitempty"`
}

const (
	probeLife = time.Second
	probeTime = 3 * time.Second
)

// showReadiness handles GET /readyz: whether the shop can do its work. If something
// required fails it answers 503, and so it does before the shop stops, while it still serves: a
// balancer then sends new visitors elsewhere. The bank is not required: products are shown and orders
// wait.
func (a *app) showReadiness(c *fiber.Ctx) error {
	if a.Stopping != nil && a.Stopping() {
		return c.Status(http.StatusServiceUnavailable).JSON(readiness{Status: "stopping", Checks: map[string]string{}})
	}
	a.probe.mu.Lock()
	defer a.probe.mu.Unlock()
	if now := a.Now(); a.probe.at.IsZero() || now.Sub(a.probe.at) >= probeLife {
		a.probe.last, a.probe.at = a.checkAll(c.UserContext()), now
	}
	if a.probe.last.Status == "unavailable" {
		c.Status(http.StatusServiceUnavailable)
	}
	return c.JSON(a.probe.last)
}

func (a *app) checkAll(ctx context.Context) readiness {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	errs := make([]error, len(a.Ready))
	var all sync.WaitGroup
	for i, check := range a.Ready {
		all.Go(func() { errs[i] = check.Func(ctx) })
	}
	all.Wait()
	r := readiness{Status: "ok", Checks: map[string]string{}}
	for i, check := range a.Ready {
		r.Checks[check.Name] = "ok"
		if errs[i] == nil {
			continue
		}
		a.Log.WarnContext(ctx, "not ready", "check", check.Name, "err", errs[i])
		r.Checks[check.Name] = "failing"
		if bank := bankAnswerOf(errs[i]); bank != unknown {
			r.Bank = string(bank)
		}
		if check.Required {
			r.Status = "unavailable"
		} else if r.Status == "ok" {
			r.Status = "degraded"
		}
	}
	return r
}
