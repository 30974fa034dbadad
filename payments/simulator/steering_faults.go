package simulator

import (
	"net/http"
	"strings"
)

// chaosRequest is the body of POST /_sim/chaos. Fields that are not named stay; another
// seed starts all draws anew.
type chaosRequest struct {
	Chaos
	Seed uint64 `json:"seed"`
}

func (f *faults) currentChaos() chaosRequest {
	f.mu.Lock()
	defer f.mu.Unlock()
	return chaosRequest{f.chaos.Chaos, f.chaos.seed}
}

func (b *Bank) steerChaos(w http.ResponseWriter, r *http.Request) {
	old := b.faults.currentChaos()
	next := old
	if !readSteering(w, r, &next) {
		return
	}
	b.faults.mu.Lock()
	if next.Seed != old.Seed {
		b.faults.chaos = newChaosSource(next.Chaos, next.Seed)
	}
	b.faults.chaos.Chaos = next.Chaos
	b.faults.mu.Unlock()
	answerSteering(w, r, b.faults.currentChaos(), steeringPage)
}

func (b *Bank) addFault(w http.ResponseWriter, r *http.Request) {
	var f Fault
	if !readSteering(w, r, &f) {
		return
	}
	if f.OrderID = strings.ToLower(f.OrderID); f.OrderID != "" && b.currentOrder(f.OrderID) == nil {
		writeError(w, http.StatusBadRequest, "order_id: no such order")
		return
	}
	b.faults.add(f)
	page := steeringPage
	if f.OrderID != "" {
		page = "/_sim/inspect/" + f.OrderID
	}
	answerSteering(w, r, b.faults.all(), page)
}
