package handlers

import (
	"container/list"
	"sync"
)

// lru keeps values up to a number of bytes; what was not asked for longest goes
// first. It is safe for concurrent use.
type lru[K comparable, V any] struct {
	mu    sync.Mutex
	max   int
	size  int
	order *list.List // of *lruEntry, the one used last in front
	items map[K]*list.Element
}

type lruEntry[K comparable, V any] struct {
	key   K
	value V
	size  int
}

func newLRU[K comparable, V any](maxBytes int) *lru[K, V] {
	return &lru[K, V]{max: maxBytes, order: list.New(), items: map[K]*list.Element{}}
}

func (l *lru[K, V]) get(key K) (value V, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.items[key]
	if !ok {
		return value, false
	}
	l.order.MoveToFront(e)
	return e.Value.(*lruEntry[K, V]).value, true
}

// entryCost is about what the keeping of a value takes beside the value.
const entryCost = 200

// put keeps value, which takes size bytes, in place of what key had.
func (l *lru[K, V]) put(key K, value V, size int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.items[key]; ok {
		l.remove(e)
	}
	entry := &lruEntry[K, V]{key, value, size + entryCost}
	l.items[key] = l.order.PushFront(entry)
	l.size += entry.size
	for l.size > l.max && l.order.Len() > 0 {
		l.remove(l.order.Back())
	}
}

func (l *lru[K, V]) remove(e *list.Element) {
	entry := l.order.Remove(e).(*lruEntry[K, V])
	delete(l.items, entry.key)
	l.size -= entry.size
}
