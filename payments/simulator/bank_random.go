package simulator

import (
	"crypto/rand"
	"encoding/binary"
	mathrand "math/rand/v2"

	"github.com/google/uuid"
)

// reseed starts ids and faults from the seed. The caller holds b.mu or is alone.
func (b *Bank) reseed() {
	b.random = rand.Reader
	if b.Seed != 0 {
		b.random = mathrand.NewChaCha8(seedBytes(b.Seed))
	}
	b.faults.reset(newChaosSource(b.chaosAtStart(), b.Seed))
}

func seedBytes(seed uint64) (out [32]byte) {
	binary.LittleEndian.PutUint64(out[:], seed)
	return out
}

// newID is a lower-case UUID v4. The caller holds b.mu: a seeded source is
// not safe for parallel use.
func (b *Bank) newID() string {
	id, err := uuid.NewRandomFromReader(b.random)
	if err != nil {
		return uuid.NewString() // only a broken system random source gets here
	}
	return id.String()
}

// digits is a random number of n digits that does not begin with 0.
func (b *Bank) digits(n int) string {
	raw := make([]byte, n)
	if _, err := b.random.Read(raw); err != nil {
		raw = make([]byte, n)
	}
	for i := range raw {
		raw[i] = '0' + raw[i]%10
	}
	if raw[0] == '0' {
		raw[0] = '2'
	}
	return string(raw)
}
