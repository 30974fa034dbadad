package simulator

import (
	"crypto/rand"
	"encoding/binary"
	mathrand "math/rand/v2"

	"github.com/google/uuid"
)

// reseed makes random ids and faults start anew from b.Seed. The caller holds b.mu,
// unless nobody else has the bank yet.
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

// newID returns a lower-case UUID of version 4. The caller holds b.mu, because a
// seeded source is not safe for use by several goroutines.
func (b *Bank) newID() string {
	id, err := uuid.NewRandomFromReader(b.random)
	if err != nil {
		return uuid.NewString() // the system's random source is broken
	}
	return id.String()
}

// digits returns n random digits, the first of which is not 0.
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
