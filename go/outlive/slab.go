package outlive

import (
	"sync"
	"sync/atomic"

	"outlive.dev/go/internal/holds"
)

const (
	chunkBits = 10
	chunkSize = 1 << chunkBits
	maxChunks = 1 << 15
)

// entry is the Go side of a registration: what C's bare integer stands for.
type entry struct {
	host   any // a *box[T]
	policy PanicPolicy
	onEnd  func()
	stash  *stash
	record *holds.Record
}

// kept is an entry with its box, in one piece of memory.
type kept[T any] struct {
	entry entry
	box   box[T]
}

// stash is the first panic that waits for the host's next call, where the policy is Resume; else there is none. It
// outlives the entry, so that a Held does not keep a value that has ended.
type stash struct{ atomic.Pointer[PanicError] }

// box keeps a host value of interface type T behind one concrete type.
type box[T any] struct{ value T }

// newEntry is the Go side of a value that is to be held.
func newEntry[T any](value T, s settings) *entry {
	k := &kept[T]{entry: entry{policy: s.policy, onEnd: s.onEnd}, box: box[T]{value}}
	k.entry.host = &k.box
	if s.policy == Resume {
		k.entry.stash = new(stash)
	}
	return &k.entry
}

// hostOf is the value that an entry holds.
func hostOf[T any](e *entry) T { return e.host.(*box[T]).value }

type chunk [chunkSize]atomic.Pointer[entry]

// entries finds an entry by its number with two loads. Chunks are added and never removed, so that a
// reader needs no lock; the engine's gate lets no call use a number before it is filled or after it is
// emptied.
var entries [maxChunks]atomic.Pointer[chunk]

// numbers hands out the numbers. Zero is never one.
var numbers = struct {
	sync.Mutex
	free []uint32
	next uint32
}{next: 1}

func lookup(number uintptr) *entry {
	if number >= maxChunks<<chunkBits {
		return nil
	}
	found := entries[number>>chunkBits].Load()
	if found == nil {
		return nil
	}
	return found[number&(chunkSize-1)].Load()
}

// keep stores an entry and gives its number, or false when all numbers are taken.
func keep(e *entry) (uintptr, bool) {
	numbers.Lock()
	defer numbers.Unlock()
	var number uint32
	if last := len(numbers.free) - 1; last >= 0 {
		number, numbers.free = numbers.free[last], numbers.free[:last]
	} else {
		if numbers.next == maxChunks<<chunkBits {
			return 0, false
		}
		number = numbers.next
		numbers.next++
		if slot := &entries[number>>chunkBits]; slot.Load() == nil {
			slot.Store(new(chunk))
		}
	}
	entries[number>>chunkBits].Load()[number&(chunkSize-1)].Store(e)
	return uintptr(number), true
}

// forget empties a number, so that it is used again, and gives what was kept there.
func forget(number uintptr) *entry {
	if lookup(number) == nil {
		return nil
	}
	e := entries[number>>chunkBits].Load()[number&(chunkSize-1)].Swap(nil)
	if e == nil {
		return nil
	}
	numbers.Lock()
	numbers.free = append(numbers.free, uint32(number))
	numbers.Unlock()
	return e
}

// entryCount says how many entries there are.
func entryCount() int {
	numbers.Lock()
	defer numbers.Unlock()
	return int(numbers.next) - 1 - len(numbers.free)
}
