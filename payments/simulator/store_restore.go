package simulator

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"
)

// Kinds of rows in the file.
const (
	kindMeta     = "meta"
	kindOrder    = "order"
	kindDelivery = "callback"
	kindAnswer   = "answer"
)

// resumePause is how long callbacks that the last run left over wait at the start. A shop
// that is started together with the bank is listening by then.
const resumePause = 500 * time.Millisecond

// restore reads the state from the file. In memory, and for a new file, it makes a new key pair.
func (b *Bank) restore() (err error) {
	if b.DB == "" || b.DB == ":memory:" {
		return b.makeKeys()
	}
	if b.store, err = openStore(b.DB); err != nil {
		return fmt.Errorf("bank's file: %w", err)
	}
	if err = b.readFile(); err != nil {
		_ = b.store.close() // the first error says more
		return fmt.Errorf("bank's file %s: %w", b.DB, err)
	}
	return nil
}

func (b *Bank) readFile() error {
	meta := map[string][]byte{}
	err := b.store.each(kindMeta, func(id string, body []byte) error {
		meta[id] = slices.Clone(body)
		return nil
	})
	if err != nil {
		return err
	}
	if err := b.readMeta(meta); err != nil {
		return err
	}
	return b.readRows()
}

func (b *Bank) readMeta(meta map[string][]byte) (err error) {
	if meta["key"] == nil {
		return b.makeKeys()
	}
	if b.key, err = decodeKey(meta["key"]); err != nil {
		return fmt.Errorf("key: %w", err)
	}
	b.secret = meta["secret"]
	if saved := meta["settings"]; saved != nil {
		var kept keptSettings
		if err := json.Unmarshal(saved, &kept); err != nil {
			return fmt.Errorf("settings: %w", err)
		}
		if reflect.DeepEqual(kept.Start, b.Settings) {
			b.settings = kept.Now
		}
	}
	if saved := meta[clockRow]; saved != nil && b.StartTime.IsZero() && !b.FixedClock {
		kept := &clock{}
		if err := json.Unmarshal(saved, kept); err != nil {
			return fmt.Errorf("clock: %w", err)
		}
		b.clock.Store(kept)
	}
	return nil
}

func (b *Bank) makeKeys() (err error) {
	b.secret = make([]byte, 32)
	rand.Read(b.secret) // never fails
	if b.key, err = processKey(); err != nil || b.store == nil {
		return err
	}
	encoded, err := encodeKey(b.key)
	if err != nil {
		return err
	}
	return b.store.write([]row{{kindMeta, "key", encoded}, {kindMeta, "secret", b.secret}})
}

func (b *Bank) readRows() error {
	err := b.store.each(kindOrder, func(id string, body []byte) error {
		o := &order{}
		if err := json.Unmarshal(body, o); err != nil {
			return err
		}
		b.orders[id] = o
		b.orderIDs = append(b.orderIDs, id)
		b.lastNumber = max(b.lastNumber, o.Number)
		if due := o.nextDue(); !due.IsZero() {
			b.schedule.add(due, id)
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(b.orderIDs, func(x, y string) int { return cmp.Compare(b.orders[x].Number, b.orders[y].Number) })

	resume := b.now().Add(resumePause)
	err = b.store.each(kindDelivery, func(id string, body []byte) error {
		d := &delivery{}
		if err := json.Unmarshal(body, d); err != nil {
			return err
		}
		if d.State == deliveryWaiting && d.Due.Before(resume) {
			d.Due = resume
		}
		b.outbox[id] = d
		if d.State == deliveryWaiting {
			b.waiting[id] = struct{}{}
		}
		b.deliveriesOf[d.OrderID] = append(b.deliveriesOf[d.OrderID], id)
		b.lastNumber = max(b.lastNumber, d.Number)
		return nil
	})
	if err != nil {
		return err
	}
	for _, ids := range b.deliveriesOf {
		slices.SortFunc(ids, func(x, y string) int { return cmp.Compare(b.outbox[x].Number, b.outbox[y].Number) })
	}
	return b.store.each(kindAnswer, func(id string, body []byte) error {
		var s storedAnswer
		if err := json.Unmarshal(body, &s); err != nil {
			return err
		}
		b.answers[id] = s
		return nil
	})
}
