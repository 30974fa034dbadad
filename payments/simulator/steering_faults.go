package simulator

import (
	"net/http"
	"strings"
)

// chaosSteer is the body of POST /_sim/chaos. What is not named stays; naming
// the seed starts all draws anew.
type chaosSteer struct {
	Chaos
	Seed uint64 `json:"seed"`
}

func (b *Bank) tellChaos(w http.ResponseWriter) { tell(w, http.StatusOK, b.faults.chaosNow()) }

func (f *faults) chaosNow() chaosSteer {
	f.mu.Lock()
	defer f.mu.Unlock()
	return chaosSteer{f.dice.Chaos, f.dice.seed}
}

func (b *Bank) steerChaos(w http.ResponseWriter, r *http.Request) {
	old := b.faults.chaosNow()
	next := old
	if !listen(w, r, &next) {
		return
	}
	if err := next.check(); err != nil {
		complain(w, http.StatusBadRequest, err.Error())
		return
	}
	b.faults.mu.Lock()
	if next.Seed != old.Seed {
		b.faults.dice = newDice(next.Chaos, next.Seed)
	}
	b.faults.dice.Chaos = next.Chaos
	b.faults.mu.Unlock()
	if isForm(r) {
		redirect(w, steeringPage)
		return
	}
	b.tellChaos(w)
}

func (b *Bank) addFault(w http.ResponseWriter, r *http.Request) {
	var f Fault
	if !listen(w, r, &f) {
		return
	}
	if err := f.check(); err != nil {
		complain(w, http.StatusBadRequest, err.Error())
		return
	}
	if f.OrderID = strings.ToLower(f.OrderID); f.OrderID != "" && b.view(f.OrderID) == nil {
		complain(w, http.StatusBadRequest, "order_id: no such order")
		return
	}
	b.faults.add(f)
	if isForm(r) {
		address := steeringPage
		if f.OrderID != "" {
			address = "/_sim/inspect/" + f.OrderID
		}
		redirect(w, address)
		return
	}
	tell(w, http.StatusOK, b.faults.all())
}
