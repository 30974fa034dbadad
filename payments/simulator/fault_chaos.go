package simulator

import (
	"fmt"
	mathrand "math/rand/v2"
)

// Chaos is how many percent of things go wrong at random. Each kind draws from its own
// seeded source, so that none changes the draws of another.
type Chaos struct {
	API       int `json:"api"`       // API requests that meet a fault
	Callbacks int `json:"callbacks"` // callbacks that travel in another mode
	Payments  int `json:"payments"`  // payments that are declined or slow, or whose later operations are rejected
}

func (c Chaos) check() error {
	for name, percent := range map[string]int{"api": c.API, "callbacks": c.Callbacks, "payments": c.Payments} {
		if percent < 0 || percent > 100 {
			return fmt.Errorf("chaos: %s must be 0..100", name)
		}
	}
	return nil
}

// chaosKinds are the faults that Chaos.API draws from. Faults that hold a request for long,
// or have no effect on most calls, are left out.
var chaosKinds = []string{Fault500Before, Fault500After, FaultLostReply, FaultReset, Fault401, Fault429, FaultTruncatedJSON, FaultHTMLErrorPage,
	FaultExtraFields}

// chaosModes are the modes that Chaos.Callbacks draws from: what can happen to a callback
// on its way. Wrong content, properly signed, is left out.
var chaosModes = []string{ModeLost, ModeDelayed, ModeDuplicate, ModeResigned, ModeOutOfOrder, ModeAfterRedirect, ModeBadSignature, ModeOtherKey,

	ModeMissingHeader, ModeAlteredBody, ModeAlteredEscapes, ModeAlteredOrder, ModeTruncated}

// chaosOutcomes are the response codes that Chaos.Payments draws from, besides a slow
// payment and one whose later operations are rejected.
var chaosOutcomes = []string{"101", "104", "106", "107", "108", "109", "110", "111", "112", "199"}

// chaosSettleMS is how long a slow payment stays in processing.
const chaosSettleMS = 5000

// chaosSource draws what goes wrong at random.
type chaosSource struct {
	Chaos
	seed                     uint64
	api, callbacks, payments *mathrand.Rand
}

func newChaosSource(c Chaos, seed uint64) chaosSource {
	if seed == 0 {
		seed = mathrand.Uint64()
	}
	source := func(stream uint64) *mathrand.Rand { return mathrand.New(mathrand.NewPCG(seed, stream)) }
	return chaosSource{c, seed, source(1), source(2), source(3)}
}

// drawOne returns one of the choices in percent of all cases, and "" in the others.
func drawOne(random *mathrand.Rand, percent int, choices []string) string {
	if percent <= 0 || random.IntN(100) >= percent {
		return ""
	}
	return choices[random.IntN(len(choices))]
}

// randomDelivery is how a callback travels if neither a plan nor the settings say it.
func (f *faults) randomDelivery() Delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	return Delivery{Mode: drawOne(f.chaos.callbacks, f.chaos.Callbacks, chaosModes)}
}

// randomPlan is what happens to a payment of an order without a plan.
func (f *faults) randomPlan() plan {
	f.mu.Lock()
	defer f.mu.Unlock()
	const slow = "slow"
	switch outcome := drawOne(f.chaos.payments, f.chaos.Payments, append([]string{slow, laterReject}, chaosOutcomes...)); outcome {
	case slow:
		ms := chaosSettleMS
		return plan{SettleMS: &ms}
	case laterReject:
		return plan{Later: laterReject}
	default:
		return plan{Outcome: outcome}
	}
}
