package simulator

import (
	"fmt"
	mathrand "math/rand/v2"
)

// Chaos says what share of things goes wrong without anybody asking, in
// percent. Each kind draws from its own seeded source, so that one does not
// disturb the other.
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

// chaosKinds are what Chaos.API draws from: without those that hold a request
// for long or show nothing on most routes.
var chaosKinds = []string{Fault500Before, Fault500After, FaultLostReply, FaultReset, Fault401, Fault429, FaultTruncatedJSON, FaultHTMLErrorPage, FaultExtraFields}

// chaosModes are what Chaos.Callbacks draws from: what befalls a true callback
// on its way. Untrue ones come only when asked for.
var chaosModes = []string{ModeLost, ModeDelayed, ModeDuplicate, ModeResigned, ModeOutOfOrder, ModeAfterRedirect, ModeBadSignature, ModeOtherKey,

	ModeMissingHeader, ModeAlteredBody, ModeAlteredEscapes, ModeAlteredOrder, ModeTruncated}

// chaosOutcomes are what Chaos.Payments draws from besides a slow payment and
// one after which refunds and the like are rejected.
var chaosOutcomes = []string{"101", "104", "106", "107", "108", "109", "110", "111", "112", "199"}

// chaosSettleMS is how long a slow payment stays in processing.
const chaosSettleMS = 5000

// dice are the sources of chaos.
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

// draw is one of the choices in percent of all cases, else empty.
func drawOne(random *mathrand.Rand, percent int, choices []string) string {
	if percent <= 0 || random.IntN(100) >= percent {
		return ""
	}
	return choices[random.IntN(len(choices))]
}

// befall is how a callback travels that nobody has plans for.
func (f *faults) randomDelivery() Delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	return Delivery{Mode: drawOne(f.chaos.callbacks, f.chaos.Callbacks, chaosModes)}
}

// plan is what becomes of a payment that nobody has plans for.
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
